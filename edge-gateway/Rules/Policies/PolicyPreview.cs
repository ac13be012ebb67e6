using BodyCam.Rules.Retention;

namespace BodyCam.Rules.Policies;

/// <summary>What a preview needs of a recording.</summary>
/// <param name="Id">Recording.</param>
/// <param name="Facts">What is known of how long it is kept: storage, promise, classification, cases, holds.</param>
public sealed record PreviewRecording(string Id, RetentionFacts Facts);

/// <summary>A recording that a change would touch.</summary>
/// <param name="Id">Recording.</param>
/// <param name="Before">End of the period by the rules in force, or the promised one if that is later.</param>
/// <param name="After">End of the period by the new rules, taken alone.</param>
/// <param name="Stands">End that will stand, never earlier than before; null while none is in sight (held, in a case, not classified).</param>
/// <param name="Why">The reason that decides it, in Chinese.</param>
public sealed record TouchedRecording(string Id, DateTimeOffset Before, DateTimeOffset After, DateTimeOffset? Stands, string Why)
{
    /// <summary>True when the new rules alone would keep it shorter; it is kept as promised all the same.</summary>
    public bool WouldShorten => After < Before;
}

/// <summary>Says before a change which recordings it would touch; retention never shortens silently.</summary>
public static class PolicyPreview
{
    /// <summary>Every stored recording whose period would end at another time. What is not wholly stored has no period yet and takes the rules of the day on which it is.</summary>
    /// <param name="before">Rules in force, superiors' first.</param>
    /// <param name="after">Rules that would take their place, superiors' first.</param>
    /// <param name="recordings">Recordings that these rules bear on.</param>
    public static IReadOnlyList<TouchedRecording> Of(PolicySet before, PolicySet after, IEnumerable<PreviewRecording> recordings)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(recordings);
        return [.. recordings.Select(recording => Touched(before, after, recording)).OfType<TouchedRecording>()];
    }

    private static TouchedRecording? Touched(PolicySet before, PolicySet after, PreviewRecording recording)
    {
        if (recording.Facts is not { RecordingEnded: { } ended, Stored: { } stored })
            return null;
        var promised = recording.Facts.PromisedUntil;
        var old = RetentionSpan.Of(before, ended, stored).End;
        old = promised > old ? promised.Value : old;
        var young = RetentionSpan.Of(after, ended, stored).End;
        if (young == old)
            return null;
        // At the beginning of time nothing is due yet, so that only the reasons speak.
        var state = RetentionClock.Read([after], recording.Facts with { PromisedUntil = old }, DateTimeOffset.MinValue);
        return new TouchedRecording(recording.Id, old, young, state.End, state.Reasons[0].Words);
    }
}
