using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>Reads one recording: runs of footage, what is lost between them, and its sound.</summary>
internal sealed class RecordingReader(IReadOnlyList<JournalEntry> journal)
{
    /// <summary>Reads it; null when neither a segment nor the journal knows when it was.</summary>
    public RecordingPart? Read(uint number, IReadOnlyList<SegmentFile> segments)
    {
        var started = Line("recordingStarted", number) ?? Line("announced", number);
        var stopped = Line("recordingStopped", number);
        if (segments.Count == 0 && started is null)
            return null;
        var boot = segments.Count > 0 ? segments[0].Seal.Boot : started!.Boot;
        var hasFirst = segments.Count > 0 && segments[0].Seal.Key.Segment == 1;
        var startUs = hasFirst ? (long)segments[0].Seal.StartMonotonicUs : Math.Min(started?.Boot == boot ? started.Us : long.MaxValue, segments.Count > 0 ? (long)segments[0].Seal.StartMonotonicUs : long.MaxValue);
        var lastSeal = segments.Count > 0 ? (long)segments[^1].Seal.EndMonotonicUs : startUs;
        var isWhole = segments.Count > 0 && segments[^1].Seal.IsFinal;
        // Without its final segment it went on until the journal says that it stopped, or until nothing more is known of the boot.
        var endUs = isWhole ? lastSeal : Math.Max(lastSeal, stopped?.Boot == boot ? stopped.Us : LastKnownUs(boot, startUs));
        var runs = new List<FootageRun>();
        var lost = new List<LostFootage>();
        var sound = new List<SoundPiece>();
        var open = new List<SegmentContents>();
        var nextSegment = 1u;
        var lastUs = startUs;
        foreach (var file in segments)
        {
            var content = file.Read() is { } read ? SegmentContents.Of(file.Seal, read.Bytes, read.Content) : null;
            if (file.Seal.Key.Segment > nextSegment)
            {
                Close(open, runs);
                Lose(lost, boot, lastUs, (long)file.Seal.StartMonotonicUs, Name(number, nextSegment, file.Seal.Key.Segment - 1, "missing"));
            }

            if (content is null)
            {
                Close(open, runs);
                Lose(lost, boot, Math.Max(lastUs, (long)file.Seal.StartMonotonicUs), (long)file.Seal.EndMonotonicUs, Name(number, file.Seal.Key.Segment, file.Seal.Key.Segment, file.Fault ?? "the bytes are not what the seal covers"));
            }
            else
            {
                sound.AddRange(content.Sound);
                if (file.Seal.Kind == SegmentKind.Footage)
                    open.Add(content);
            }

            nextSegment = file.Seal.Key.Segment + 1;
            lastUs = (long)file.Seal.EndMonotonicUs;
        }

        Close(open, runs);
        if (!isWhole && !IsCutByPower(boot, segments))
            Lose(lost, boot, lastUs, endUs, Name(number, nextSegment, null, "missing"));
        return new RecordingPart
        {
            Number = number,
            Boot = boot,
            IsFootage = segments.Count > 0 ? segments[0].Seal.Kind == SegmentKind.Footage : started!.Value("kind") != (long)SegmentKind.SpokenNote,
            StartUs = startUs,
            EndUs = endUs,
            LastFrameUs = runs.Count > 0 && runs[^1].FrameUs.Count > 0 ? runs[^1].FrameUs[^1] : null,
            Stop = stopped is not null && stopped.Value("reason") is > 0 and <= (long)StopReason.EpochChanged and var said ? (StopReason)said : isWhole ? segments[^1].Seal.StopReason : null,
            Runs = runs,
            Lost = lost,
            Sound = sound,
        };
    }

    private static string Name(uint recording, uint first, uint? last, string state) => string.Create(CultureInfo.InvariantCulture, $"recording {recording} segment {first}{(last is null ? "…" : last == first ? "" : $"–{last}")} {state}");

    private static void Lose(List<LostFootage> lost, uint boot, long fromUs, long toUs, string name) => lost.Add(new LostFootage(new Moment(boot, fromUs), new Moment(boot, Math.Max(fromUs, toUs)), name));

    private static void Close(List<SegmentContents> open, List<FootageRun> runs)
    {
        if (open.Count == 0)
            return;
        var first = open[0].Seal;
        var last = open[^1].Seal;
        runs.Add(new FootageRun
        {
            Boot = first.Boot,
            Segments = string.Create(CultureInfo.InvariantCulture, $"recording {first.Key.Recording} segment {first.Key.Segment}–{last.Key.Segment}"),
            FromUs = open.Min(static content => (long)content.Seal.StartMonotonicUs),
            ToUs = open.Max(static content => (long)content.Seal.EndMonotonicUs),
            FrameUs = [.. open.SelectMany(static content => content.FrameUs).Order()],
            SoundUs = [.. open.SelectMany(static content => content.Sound).Where(static piece => piece.SampleCount > 0).Select(static piece => piece.Us).Order()],
            Flags = [.. open.SelectMany(static content => content.Flags), .. PictureSpans.Of(open)],
        });
        open.Clear();
    }

    // A recovered last segment is where the power went: nothing followed it. It is not final when the recorder could not tell; a later boot without a stop line says the same.
    private bool IsCutByPower(uint boot, IReadOnlyList<SegmentFile> segments) => segments.Count > 0 && segments[^1].Seal.Flags.HasFlag(SealFlags.Recovered) && Line("recordingStopped", segments[^1].Seal.Key.Recording) is null && journal.Any(entry => entry.Boot > boot);

    private long LastKnownUs(uint boot, long fromUs) => journal.Where(entry => entry.Boot == boot).Select(static entry => entry.Us).Append(fromUs).Max();

    private JournalEntry? Line(string name, uint recording) => journal.FirstOrDefault(entry => string.Equals(entry.Event, name, StringComparison.Ordinal) && entry.Value("recording") == recording);
}
