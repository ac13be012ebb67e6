using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Rules.Policies;

/// <summary>What a changed value of a rule does to people's duties. What is neither more nor less says <see cref="ChangeEffect.Other"/>.</summary>
internal static class ChangeEffects
{
    private static readonly string[] moreLoosens = ["count", "graceHours", "holeMaxMs", "everyDays", "unlessConsent"];
    private static readonly string[] moreTightens = ["copies", "voiceNote", "reportAtOnce", "requesterPaper", "approver", "reviewer", "reportTo"];
    private static readonly string[] listLoosens = ["circumstances", "kinds"];
    private static readonly string[] listTightens = ["register", "fields", "signatures", "labelFields"];

    public static ChangeEffect Of(string path, JsonNode? before, JsonNode? after)
    {
        var key = path[(path.LastIndexOf('.') + 1)..];
        if (path.Contains("rules.stopUse[", StringComparison.Ordinal) || path.Contains(".admitted[", StringComparison.Ordinal))
        {
            if (before is null || after is null)
                return before is null ? ChangeEffect.Loosens : ChangeEffect.Tightens;
        }

        if (key == "limit" && before is JsonObject && after is JsonObject)
            return Compare(Hours(after).Least - Hours(before).Most, Hours(after).Most - Hours(before).Least);
        if (Amount(before) is { } old && Amount(after) is { } young)
            return moreLoosens.Contains(key, StringComparer.Ordinal) ? Sign(young - old) : moreTightens.Contains(key, StringComparer.Ordinal) ? Sign(old - young) : ChangeEffect.Other;
        if (before is JsonArray list && after is JsonArray other)
            return listLoosens.Contains(key, StringComparer.Ordinal) ? Lists(list, other) : listTightens.Contains(key, StringComparer.Ordinal) ? Lists(other, list) : ChangeEffect.Other;
        return before is null ? ChangeEffect.Tightens : after is null ? ChangeEffect.Loosens : ChangeEffect.Other;
    }

    // Numbers, switches and ranks on one scale; null for anything else.
    private static double? Amount(JsonNode? node) => node is not JsonValue value ? null
        : value.TryGetValue<bool>(out var isSet) ? isSet ? 1 : 0
        : value.TryGetValue<double>(out var number) ? number
        : value.TryGetValue<string>(out var text) && Enum.TryParse<Rank>(text, ignoreCase: true, out var rank) && !char.IsAsciiDigit(text[0]) ? (int)rank : null;

    private static ChangeEffect Sign(double looser) => looser > 0 ? ChangeEffect.Loosens : looser < 0 ? ChangeEffect.Tightens : ChangeEffect.Other;

    // Of two spans of possible lengths: looser when even the shortest is no shorter than the longest was.
    private static ChangeEffect Compare(double least, double most) => least >= 0 ? ChangeEffect.Loosens : most <= 0 ? ChangeEffect.Tightens : ChangeEffect.Other;

    // Items that came make it looser, items that went tighter; both at once is neither.
    private static ChangeEffect Lists(JsonArray before, JsonArray after)
    {
        var (old, young) = (Words(before), Words(after));
        return (young.IsSupersetOf(old), old.IsSupersetOf(young)) switch
        {
            (true, false) => ChangeEffect.Loosens,
            (false, true) => ChangeEffect.Tightens,
            _ => ChangeEffect.Other,
        };

        static HashSet<string> Words(JsonArray list) => [.. list.Select(static item => item?.ToString() ?? "")];
    }

    private static (double Least, double Most) Hours(JsonNode limit) => limit.Deserialize<TimeLimit>(PolicyJson.Options)! is var length ? length.Unit switch
    {
        LimitUnit.AtOnce => (0, 0),
        LimitUnit.Hours => (length.Count, length.Count),
        LimitUnit.WorkingDays => (length.Count * 24.0, double.MaxValue),
        LimitUnit.EndOfDay => (0, 24),
        _ => (24, 8 * 24),
    } : default;
}
