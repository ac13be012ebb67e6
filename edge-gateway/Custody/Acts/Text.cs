using BodyCam.Custody.People;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Acts;

/// <summary>Small questions that every deed asks.</summary>
public static class Text
{
    /// <summary>Longest text of a field, characters.</summary>
    public const int CharactersMax = 4000;

    /// <summary>The agencies' zone, UTC+8: China has kept one without daylight saving since 1991.</summary>
    public static TimeSpan Zone { get; } = TimeSpan.FromHours(8);

    /// <summary>The day in the agencies' zone (UTC+8).</summary>
    public static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(Zone).DateTime);

    /// <summary>A refusal when one of the texts is empty or too long; null when all are fine.</summary>
    public static Refusal? Missing(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (string.IsNullOrWhiteSpace(text))
                return Refusal.Invalid("text_missing", "必填内容为空。请补全后再提交。");
            if (text.Length > CharactersMax)
                return Refusal.Invalid("text_too_long", $"内容超过 {CharactersMax} 字。请缩短，或作为附件提交。");
        }

        return null;
    }

    /// <summary>Longest text of a field that stands in a thing ever after, characters: things stand whole in each act about them, so none may grow until no act (a hold, say) fits any more.</summary>
    public const int StandingMax = 300;

    /// <summary>A refusal when one of the texts is longer than some characters; null when all are fine.</summary>
    public static Refusal? Long(int charactersMax, params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (text?.Length > charactersMax)
                return Refusal.Invalid("text_too_long", $"内容超过 {charactersMax} 字。请缩短，或作为附件提交。");
        }

        return null;
    }

    /// <summary>Longest id that people give, characters.</summary>
    public const int IdCharactersMax = 64;

    /// <summary>A refusal when an id that people give could not stand in an address: 1 to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit; null when it can.</summary>
    public static Refusal? BadId(string? id) =>
        id is { Length: > 0 and <= IdCharactersMax } && char.IsLetterOrDigit(id[0]) && id.All(static character => char.IsLetterOrDigit(character) || character is '-' or '_' or '.')
            ? null
            : Refusal.Invalid("id", $"编号 “{id}” 不能使用。请用 1 至 {IdCharactersMax} 个字母、数字、“-”、“_”和“.”，以字母或数字开头。");

    /// <summary>The rules of a unit's agency today, or null.</summary>
    public static PolicySet? PolicyOf(Draft draft, string? unitId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return draft.Find<Unit>(unitId) is { } unit && draft.Find<Agency>(unit.AgencyId) is { } agency ? draft.Policies.At(agency.PolicyId, Day(draft.Now)) : null;
    }

    /// <summary>Articles with the policy's id, for a refusal.</summary>
    public static IReadOnlyList<string> Cites(PolicySet? policy, params IEnumerable<Rule> rules) =>
        policy is null ? [] : [.. rules.SelectMany(static rule => rule.Cites).Distinct(StringComparer.Ordinal).Select(policy.Qualify)];
}
