using BodyCam.Catalog;

namespace BodyCam.Ingest;

/// <summary>A recorder in the status.</summary>
/// <param name="Device">Id.</param>
/// <param name="EpochInForce">What its last offer said.</param>
/// <param name="NewestEpoch">What it was given last.</param>
public sealed record RecorderStatus(string Device, uint EpochInForce, uint NewestEpoch);

/// <summary>A segment that is arriving.</summary>
/// <param name="Segment">Which one.</param>
/// <param name="PresentBytes">What is here.</param>
/// <param name="Sealed">True when its seal is here.</param>
/// <param name="CoveredBytes">Its length, when sealed.</param>
public sealed record PartStatus(string Segment, long PresentBytes, bool Sealed, ulong CoveredBytes);

/// <summary>A shift manifest.</summary>
public sealed record ManifestStatus(string Device, uint Epoch, uint FirstRecording, uint LastRecording, bool Complete, string Lacks);

/// <summary>Something a person should see to.</summary>
/// <param name="Code">Stable name.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Message">For people; ends with the next action.</param>
/// <param name="Count">How often it was raised.</param>
/// <param name="At">When last.</param>
public sealed record Alert(string Code, string Subject, string Message, long Count, DateTimeOffset At);

/// <summary>What the gateway knows at one moment.</summary>
/// <param name="Recorders">Recorders provisioned here.</param>
/// <param name="SegmentsByState">Number of segments by state.</param>
/// <param name="Recordings">The 200 recordings begun last, with their sums, newest first.</param>
/// <param name="Parts">Segments that are arriving.</param>
/// <param name="PendingLinks">Segments whose predecessor is not here, at most 100, oldest first.</param>
/// <param name="AnnouncedMissing">Recordings that were announced and of which nothing came, at most 100, oldest first.</param>
/// <param name="Manifests">The 100 shift manifests entered last, newest first.</param>
/// <param name="Alerts">What a person should see to.</param>
/// <param name="LogSize">Leaves of the log.</param>
/// <param name="StorageFull">True while uploads wait for room.</param>
/// <param name="StorageFault">True after a failure: no receipt is given.</param>
public sealed record IngestStatus(
    IReadOnlyList<RecorderStatus> Recorders, IReadOnlyDictionary<string, long> SegmentsByState, IReadOnlyList<RecordingRow> Recordings, IReadOnlyList<PartStatus> Parts, IReadOnlyList<string> PendingLinks,
    IReadOnlyList<string> AnnouncedMissing, IReadOnlyList<ManifestStatus> Manifests, IReadOnlyList<Alert> Alerts, long LogSize, bool StorageFull, bool StorageFault);

/// <summary>Alerts, at most <see cref="CountMax"/>; the one raised longest ago gives way, but for those that a start alone raises.</summary>
internal sealed class AlertList(TimeProvider time)
{
    public const int CountMax = 256;
    public const string SealLacking = "seal_lacking";

    private readonly Lock gate = new();
    private readonly Dictionary<(string Code, string Subject), Alert> alerts = [];
    private readonly Dictionary<(string Code, string Subject), HashSet<long>> causes = [];

    public void Raise(string code, string subject, string message)
    {
        lock (gate)
        {
            var count = alerts.TryGetValue((code, subject), out var standing) ? standing.Count + 1 : 1;
            alerts[(code, subject)] = new Alert(code, subject, message, count, time.GetUtcNow());
            if (alerts.Count > CountMax)
                alerts.Remove(alerts.Where(static pair => pair.Key.Code != SealLacking).MinBy(static pair => pair.Value.At).Key);
        }
    }

    /// <summary>One alert of several causes: it ends with the last of them.</summary>
    public void Raise(string code, string subject, long cause, string message)
    {
        lock (gate)
        {
            if (!causes.TryGetValue((code, subject), out var standing))
                causes[(code, subject)] = standing = [];
            standing.Add(cause);
            Raise(code, subject, message);
        }
    }

    public void Clear(string code)
    {
        lock (gate)
        {
            foreach (var key in alerts.Keys.Where(key => key.Code == code).ToList())
                alerts.Remove(key);
        }
    }

    public void Clear(string code, string subject)
    {
        lock (gate)
            alerts.Remove((code, subject));
    }

    /// <summary>One of its causes has ended.</summary>
    public void Clear(string code, string subject, long cause)
    {
        lock (gate)
        {
            if (!causes.TryGetValue((code, subject), out var standing) || !standing.Remove(cause) || standing.Count > 0)
                return;
            causes.Remove((code, subject));
            alerts.Remove((code, subject));
        }
    }

    public IReadOnlyList<Alert> Now()
    {
        lock (gate)
            return [.. alerts.Values.OrderBy(static alert => alert.At)];
    }
}
