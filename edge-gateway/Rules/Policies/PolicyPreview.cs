namespace BodyCam.Rules.Policies;

/// <summary>What a preview needs of a recording.</summary>
/// <param name="Id">Recording.</param>
/// <param name="RetentionStart">Later of recording end and storage.</param>
/// <param name="KeptUntil">End that was promised at storage; null when none was.</param>
public sealed record PreviewRecording(string Id, DateTimeOffset RetentionStart, DateTimeOffset? KeptUntil);

/// <summary>A recording that a change would touch.</summary>
/// <param name="Id">Recording.</param>
/// <param name="Before">End by the rules in force.</param>
/// <param name="After">End by the new rules, taken alone.</param>
/// <param name="Stands">End that will stand: never earlier than before.</param>
public sealed record TouchedRecording(string Id, DateTimeOffset Before, DateTimeOffset After, DateTimeOffset Stands)
{
    /// <summary>True when the new rules alone would keep it shorter; it is kept as promised all the same.</summary>
    public bool WouldShorten => After < Before;
}

/// <summary>Says before a change which recordings it would touch; retention never shortens silently.</summary>
public static class PolicyPreview
{
    private static readonly TimeSpan zone = TimeSpan.FromHours(8);

    /// <summary>Every recording whose end would move.</summary>
    public static IReadOnlyList<TouchedRecording> Of(RetentionRule before, RetentionRule after, IEnumerable<PreviewRecording> recordings)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(recordings);
        return
        [
            .. recordings.Select(recording =>
            {
                var old = Later(End(recording, before), recording.KeptUntil);
                var young = End(recording, after);
                return new TouchedRecording(recording.Id, old, young, young > old ? young : old);
            }).Where(static touched => touched.Before != touched.After),
        ];
    }

    private static DateTimeOffset End(PreviewRecording recording, RetentionRule rule)
    {
        var day = DateOnly.FromDateTime(recording.RetentionStart.ToOffset(zone).DateTime).AddMonths(rule.Months).AddDays(1);
        return new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), zone);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other is { } promised && promised > one ? promised : one;
}
