using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>Reads stored segments into the ledger's input. Damaged, recovered and missing segments are no errors: they are named in what it gives.</summary>
public static class TimelineReader
{
    // The press that began an activity lies at most this long before it: the pre-use check and the second press (15 s, firmware) lie between.
    private const long PressReachUs = 60_000_000;

    // By how many numbers a start goes on without the card of before, as the last one used stands on the card (firmware, Journal.NumberNeedsLock).
    private const long LinesSkippedAtStart = 1000;

    private static readonly HashSet<string> marks = new(StringComparer.Ordinal) { "noticeGiven", "noticeNotMarked", "keyShot", "obstruction", "warned", "clockSync", "clockStep", "fault", "tamperSuspected", "segmentLost", "recovered", "noteStarted", "noteEnded" };

    /// <summary>Activities of which segments or journal lines are here, rising.</summary>
    public static IReadOnlyList<uint> Activities(string dataFolder, DeviceId device, uint epoch)
    {
        var files = SegmentFiles.Find(dataFolder, device, epoch);
        return [.. files.Select(static file => (long)file.Seal.Activity).Concat(JournalEntries.Read(files).Where(static entry => entry.Event is "activityStarted" or "announced" or "recordingStarted").Select(static entry => entry.Value("activity"))).Where(static activity => activity > 0).Distinct().Order().Select(static activity => (uint)activity)];
    }

    /// <summary>Reads one activity.</summary>
    /// <param name="dataFolder">A gateway's data folder or an archive.</param>
    /// <param name="device">Recorder.</param>
    /// <param name="epoch">Epoch.</param>
    /// <param name="activity">Number of the activity within the epoch, ≥ 1.</param>
    /// <returns>Null when the folder has nothing of it.</returns>
    public static ActivityTimeline? Read(string dataFolder, DeviceId device, uint epoch, uint activity)
    {
        var files = SegmentFiles.Find(dataFolder, device, epoch);
        var journal = JournalEntries.Read(files);
        var numbers = files.Where(file => file.Seal.Activity == activity && file.Seal.Key.Recording > 0).Select(static file => file.Seal.Key.Recording)
            .Concat(journal.Where(entry => (entry.Event is "announced" or "recordingStarted" or "recordingStopped") && entry.Value("activity") == activity && entry.Value("recording") is > 0 and <= uint.MaxValue).Select(static entry => (uint)entry.Value("recording")))
            .Distinct().Order();
        var reader = new RecordingReader(journal);
        var recordings = numbers.Select(number => reader.Read(number, [.. files.Where(file => file.Seal.Key.Recording == number)])).OfType<RecordingPart>().ToList();
        var missing = MissingRecordings.Of(recordings, Known(files, journal));
        var started = journal.FirstOrDefault(entry => Is(entry, "activityStarted", activity));
        var ended = journal.LastOrDefault(entry => Is(entry, "activityEnded", activity));
        var begun = FirstPress(journal, started) ?? started;
        if (begun is null && recordings.Count == 0)
            return null;
        var firstBoot = recordings.Select(static recording => recording.Boot).Append(begun?.Boot ?? uint.MaxValue).Min();
        var lastBoot = recordings.Select(static recording => recording.Boot).Append(ended?.Boot ?? 0).Append(firstBoot).Max();
        var boots = Boots(files, journal, firstBoot, lastBoot);
        var track = new RecorderTrack
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{device}/{epoch}"),
            Boots = boots,
            FirstPress = begun is null ? null : new Moment(begun.Boot, begun.Us),
            Ended = ended is null ? null : new Moment(ended.Boot, ended.Us),
            Runs = [.. recordings.SelectMany(static recording => recording.Runs)],
            Interruptions = new InterruptionFinder(journal, recordings, activity).Find(begun, ended is not null),
            Lost = [.. recordings.SelectMany(static recording => recording.Lost), .. missing.Between],
        };
        var last = ended ?? journal.LastOrDefault(entry => entry.Boot == lastBoot);
        return new ActivityTimeline(track, [.. journal.Where(entry => marks.Contains(entry.Event) && entry.Number >= (begun?.Number ?? 0) && entry.Number <= (last?.Number ?? long.MaxValue))], Remarks(files, journal, [.. track.Lost.Select(static lost => lost.Name), .. missing.Beside]));
    }

    private static bool Is(JournalEntry entry, string name, uint activity) => string.Equals(entry.Event, name, StringComparison.Ordinal) && entry.Value("activity") == activity;

    // The first of the presses that led to it, also one that a failed check answered.
    private static JournalEntry? FirstPress(IReadOnlyList<JournalEntry> journal, JournalEntry? started)
    {
        if (started is null)
            return null;
        var previousEnd = journal.LastOrDefault(entry => entry.Number < started.Number && (entry.Event is "activityEnded" or "boot"))?.Number ?? -1;
        return journal.FirstOrDefault(entry => entry.Number > previousEnd && entry.Number < started.Number && string.Equals(entry.Event, "press", StringComparison.Ordinal)
            && Core.Matroska.JournalReader.Text(entry.Line, "button") == "record" && entry.Boot == started.Boot && started.Us - entry.Us <= PressReachUs);
    }

    private static IReadOnlyList<BootTrack> Boots(IReadOnlyList<SegmentFile> files, IReadOnlyList<JournalEntry> journal, uint first, uint last)
    {
        var boots = new List<BootTrack>();
        foreach (var number in files.Select(static file => file.Seal.Boot).Concat(journal.Select(static entry => entry.Boot)).Where(number => number >= first && number <= last).Distinct().Order())
        {
            var seals = files.Where(file => file.Seal.Boot == number).Select(static file => file.Seal).ToList();
            var lines = journal.Where(entry => entry.Boot == number).ToList();
            var readings = seals.Where(static seal => seal.StartDeviceWallUs <= Times.WallMaxUs).Select(static seal => new ClockReading((long)seal.StartMonotonicUs, (long)seal.StartDeviceWallUs, Times.Bound(unchecked((long)seal.ErrorBoundUs))))
                .Concat(lines.Where(static entry => entry.Event is "clockSync" or "clockStep" && entry.WallUs is >= 0 and <= Times.WallMaxUs).Select(static entry => new ClockReading(entry.Us, entry.WallUs, Times.Bound(entry.Value("boundUs")))));
            boots.Add(new BootTrack(number, 0, seals.Select(static seal => (long)seal.EndMonotonicUs).Concat(lines.Select(static entry => entry.Us)).Append(0).Max(), [.. readings]));
        }

        return boots;
    }

    // Recordings of any activity of which a segment or a journal line is here.
    private static SortedSet<uint> Known(IReadOnlyList<SegmentFile> files, IReadOnlyList<JournalEntry> journal) =>
        [.. files.Select(static file => file.Seal.Key.Recording).Concat(journal.Select(static entry => entry.Value("recording")).Where(static number => number <= uint.MaxValue).Select(static number => (uint)Math.Max(0, number))).Where(static number => number > 0)];

    private static IReadOnlyList<string> Remarks(IReadOnlyList<SegmentFile> files, IReadOnlyList<JournalEntry> journal, List<string> remarks)
    {
        if (journal.Count == 0)
            remarks.Add("no journal segment is here: arrival, end and reasons rest on the footage alone");
        for (var index = 1; index < journal.Count; index++)
        {
            var (before, after) = (journal[index - 1], journal[index]);
            if (after.Number == before.Number + 1)
                continue;
            remarks.Add(IsSkipped(files, before, after, index + 1 < journal.Count ? journal[index + 1] : null)
                ? string.Create(CultureInfo.InvariantCulture, $"journal line numbers {before.Number + 1}–{after.Number - 1} were skipped at boot {after.Boot}: a start without the card that has the last one goes on by {LinesSkippedAtStart}, and no journal segment is missing there")
                : string.Create(CultureInfo.InvariantCulture, $"journal lines {before.Number + 1}–{after.Number - 1} are missing"));
        }

        return remarks;
    }

    // The first line of a boot (what a card is, or that it cannot be opened, is told before it), no further on than the firmware skips, and every text segment from the one before to its own can be read: numbers that no line on the card ever had. What was not yet on the card when the power went has its numbers among them too.
    private static bool IsSkipped(IReadOnlyList<SegmentFile> files, JournalEntry before, JournalEntry after, JournalEntry? next)
    {
        var isFirst = after.Event == "boot" || (after.Event is "card" or "fault" && next?.Event == "boot");
        if (!isFirst || after.Number - before.Number - 1 > LinesSkippedAtStart || after.Segment < before.Segment)
            return false;
        var readable = files.Where(static file => file.Seal.Key.Recording == 0 && file.Path is not null).Select(static file => file.Seal.Key.Segment).ToHashSet();
        for (var segment = before.Segment; segment <= after.Segment; segment++)
        {
            if (!readable.Contains(segment))
                return false;
        }

        return true;
    }
}
