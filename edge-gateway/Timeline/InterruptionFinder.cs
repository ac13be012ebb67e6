using BodyCam.Core;
using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>Finds the interruptions of an activity: what lies between its recordings with pictures, with the reason and the spoken note.</summary>
internal sealed class InterruptionFinder(IReadOnlyList<JournalEntry> journal, IReadOnlyList<RecordingPart> recordings, uint activity)
{
    // A dead camera is given up after three stalls of 2 s (firmware PictureTrack): up to here the hole before the stop belongs to the fault.
    private const long FaultReachUs = 10_000_000;

    // The note window opens just before or after the recording that it belongs to.
    private const long NoteLeadUs = 3_000_000;

    // Longest window (DESIGN §4: 30 s) where its end is not on record.
    private const long NoteWindowUs = 30_000_000;

    /// <summary>Interruptions in the order of time.</summary>
    /// <param name="begun">The press or line with which the activity began; null when nothing tells it.</param>
    /// <param name="hasEnded">True when the officer's end is on record.</param>
    public IReadOnlyList<Interruption> Find(JournalEntry? begun, bool hasEnded)
    {
        var footage = recordings.Where(static recording => recording.IsFootage).ToList();
        var found = new List<Interruption>();
        if (begun is not null && Told(begun.Boot, begun.Us, footage.Count > 0 ? footage[0] : null) is { } first)
            found.Add(Make(new Moment(first.Boot, first.Us), footage.Count > 0 ? footage[0] : null, Reason(first), first.Value("inferred") > 0));
        for (var index = 0; index < footage.Count; index++)
        {
            var before = footage[index];
            var after = index + 1 < footage.Count ? footage[index + 1] : null;
            var told = Told(before.Boot, before.StartUs, after);
            var reason = before.Stop is { } stop ? stop : told is not null ? Number(told) : (StopReason?)null;
            // The last recording of an activity that ended, or one of which nothing says that it was broken off, was not interrupted.
            if (after is null && (reason is null or StopReason.ActivityEnded || (hasEnded && reason is StopReason.None)))
                continue;
            found.Add(Make(new Moment(before.Boot, FromUs(before, reason)), after, reason is { } known ? InterruptionReasons.Of(known) : null, told is not null && told.Line.TryGetProperty("inferred", out _)));
        }

        return found;
    }

    private static long FromUs(RecordingPart before, StopReason? reason)
    {
        var isFault = reason is null or StopReason.DeviceFault or StopReason.PowerLost or StopReason.CardFault or StopReason.CameraFault;
        return isFault && before.LastFrameUs is { } last && last < before.EndUs && before.EndUs - last <= FaultReachUs ? last : before.EndUs;
    }

    private static string? Reason(JournalEntry told) => InterruptionReasons.Of(Number(told));

    private static StopReason Number(JournalEntry told) => told.Value("reason") is > 0 and <= (long)StopReason.EpochChanged and var said ? (StopReason)said : StopReason.None;

    // The line that tells of an interruption between this moment and the next recording.
    private JournalEntry? Told(uint boot, long us, RecordingPart? after) => journal.FirstOrDefault(entry =>
        string.Equals(entry.Event, "interrupted", StringComparison.Ordinal) && entry.Value("activity") == activity && IsAfter(entry, boot, us) && (after is null || !IsAfter(entry, after.Boot, after.StartUs)));

    private Interruption Make(Moment from, RecordingPart? after, string? reason, bool inferred) => new()
    {
        From = from,
        To = after is null ? null : new Moment(after.Boot, after.StartUs),
        Reason = reason,
        Inferred = inferred,
        Note = Note(from, after),
    };

    private SpokenNote? Note(Moment from, RecordingPart? after)
    {
        SpokenNote? best = null;
        var over = journal.FirstOrDefault(entry => IsAfter(entry, from.Boot, from.MonotonicUs) && (entry.Event is "activityStarted" or "activityEnded") && (entry.Value("activity") == activity) == (entry.Event is "activityEnded"));
        foreach (var opened in journal.Where(entry => string.Equals(entry.Event, "noteStarted", StringComparison.Ordinal) && entry.Line.TryGetProperty("interruptedUs", out _) && IsAfter(entry, from.Boot, from.MonotonicUs)))
        {
            if ((after is not null && IsAfter(opened, after.Boot, after.StartUs + NoteLeadUs)) || opened.Number > over?.Number)
                break;
            var ended = journal.FirstOrDefault(entry => entry.Number > opened.Number && (entry.Event is "noteEnded" or "recordingStopped"));
            var toUs = ended is not null && ended.Boot == opened.Boot ? ended.Us : opened.Us + NoteWindowUs;
            var loudest = SoundLevel.LoudestSecondDbfs(recordings.SelectMany(static recording => recording.Sound), opened.Boot, opened.Us, toUs);
            var note = new SpokenNote(new Moment(opened.Boot, opened.Us), new Moment(opened.Boot, toUs), loudest, loudest is null or < SoundLevel.SilenceDbfs);
            if (best is null || (best.LoudestDbfs ?? double.MinValue) < (loudest ?? double.MinValue))
                best = note;
        }

        return best;
    }

    private static bool IsAfter(JournalEntry entry, uint boot, long us) => entry.Boot > boot || (entry.Boot == boot && entry.Us >= us);
}
