using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Storage;

namespace BodyCam.Cli;

/// <summary>An interruption between two recordings of an activity.</summary>
/// <param name="AfterRecording">Recording that ended.</param>
/// <param name="Reason">Its stop reason.</param>
/// <param name="Seconds">Length by the recorder's clocks.</param>
/// <param name="SpokenNote">True when a spoken note window followed.</param>
internal sealed record InterruptionSummary(long AfterRecording, string Reason, double Seconds, bool SpokenNote);

/// <summary>One recording of the summary.</summary>
internal sealed record RecordingSummary(long Recording, long Activity, long Segments, long Frames, double Seconds, string StopReason);

/// <summary>Sums of the continuity ledger after the note was confirmed, seconds.</summary>
internal sealed record LedgerSummary(double IntervalSeconds, double FootageSeconds, double ExplainedSeconds, double UnexplainedSeconds, double ClockErrorSeconds)
{
    public static LedgerSummary Of(JsonElement ledger)
    {
        var sums = ledger.GetProperty("sums");
        return new LedgerSummary(Seconds(ledger, "intervalUs"), Seconds(sums, "footageUs"), Seconds(sums, "explainedUs"), Seconds(sums, "unexplainedUs"), Seconds(sums, "seamUs"));
    }

    private static double Seconds(JsonElement from, string name) => from.GetProperty(name).GetInt64() / 1e6;
}

/// <summary>What the demo shows at its end.</summary>
internal sealed record DemoSummary(
    string Device,
    IReadOnlyList<RecordingSummary> Recordings,
    IReadOnlyList<InterruptionSummary> Interruptions,
    long Segments,
    long Frames,
    long FramesDelivered,
    double RecordedSeconds,
    double InterruptedSeconds,
    IReadOnlyDictionary<string, long> Receipts,
    long LogLeaves,
    bool ManifestComplete,
    int Markers,
    double VirtualSeconds,
    double RealSeconds,
    double PaceFactor,
    LedgerSummary Ledger,
    IReadOnlyList<string> Leads,
    string DataFolder,
    string ArchiveFolder,
    string AnchorFile,
    string Play,
    string Check,
    string Verdict,
    IReadOnlyList<string> Findings,
    bool Ok)
{
    public static DemoSummary Of(DemoRun run, double realSeconds, string verdict, IReadOnlyList<string> findings, bool verified)
    {
        var catalog = run.Gateway.Ingest.Catalog;
        var rows = catalog.Recordings(run.Device);
        var segments = catalog.Segments(run.Device, 1);
        var footage = segments.Where(static row => row.Key.Recording > 0).ToList();
        var lines = segments.Where(static row => row.Kind == SegmentKind.Journal)
            .SelectMany(row => JournalReader.Lines(File.ReadAllBytes(Path.Combine(run.DataFolder, SegmentStore.SegmentPath(row.Key))))).ToList();
        var recordings = rows.Select(row => new RecordingSummary(row.Recording, row.Activity, row.Segments, row.Frames, row.RecordedUs / 1e6, Name((StopReason)row.StopReason))).ToList();
        var interruptions = new List<InterruptionSummary>();
        foreach (var (before, after) in rows.Zip(rows.Skip(1)).Where(static pair => pair.First.Activity == pair.Second.Activity))
        {
            var end = footage.Where(row => row.Key.Recording == before.Recording).Max(static row => row.EndUs);
            var start = footage.Where(row => row.Key.Recording == after.Recording).Min(static row => row.StartUs);
            interruptions.Add(new InterruptionSummary(before.Recording, Name((StopReason)before.StopReason), (start - end) / 1e6, lines.Any(static line => line.Text("event") == "noteStarted")));
        }

        var delivered = run.Recorder.Board.Camera.DeliveredCount - 1; // the first is the camera test of the pre-use check
        var frames = rows.Sum(static row => row.Frames);
        var manifest = catalog.Manifests(run.Device) is [.., { Complete: true }];
        var first = footage.FirstOrDefault();
        return new DemoSummary(
            run.Device.Text, recordings, interruptions, segments.Count, frames, delivered, recordings.Sum(static row => row.Seconds), interruptions.Sum(static row => row.Seconds),
            catalog.CountByState().ToDictionary(static pair => pair.Key.ToString(), static pair => pair.Value, StringComparer.Ordinal), run.Gateway.Ingest.Checkpoint.Checkpoint.Size, manifest,
            lines.Count(static line => line.Text("event") == "keyShot"), run.ShiftTime.TotalSeconds, realSeconds, DemoRun.PaceFactor, LedgerSummary.Of(run.Ledger), run.Leads, run.DataFolder, run.ArchiveFolder, run.AnchorFile,
            first is null ? "" : $"ffplay {Path.Combine(run.DataFolder, SegmentStore.SegmentPath(first.Key))}", $"./bodycam verify {run.DataFolder} --gateway-key {run.AnchorFile}", verdict, findings,
            verified && manifest && frames == delivered && interruptions.Count > 0 && rows.All(static row => row.IsComplete) && LedgerSummary.Of(run.Ledger).ExplainedSeconds > 0 && !run.Leads.Contains("no_assignment", StringComparer.Ordinal));
    }

    public string ToJson() => JsonSerializer.Serialize(this, options);

    private static readonly JsonSerializerOptions options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static string Name(StopReason reason) => reason switch
    {
        StopReason.ActivityEnded => "activity_ended",
        StopReason.LowBattery => "low_battery",
        StopReason.LowStorage => "low_storage",
        StopReason.PowerLost => "power_lost",
        _ => reason.ToString(),
    };
}
