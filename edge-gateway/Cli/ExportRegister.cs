using System.Globalization;
using System.Text.Json;
using BodyCam.Custody.Access;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Log;
using BodyCam.Packaging;

namespace BodyCam.Cli;

/// <summary>The register of access as the log itself has it (M1–M7): what an export must be entered in before a byte leaves, also from a command line.</summary>
/// <remarks>Read from the log and not from <c>custody.db</c>, which is derived: it works on a gateway that runs, on an archive, and on a copy.</remarks>
internal sealed class ExportRegister
{
    /// <summary>How long an entry opens a recording; the same as at the console.</summary>
    public static readonly TimeSpan EntryHolds = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, RegisterEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccessRequest> requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Recording> recordings = new(StringComparer.Ordinal);

    /// <summary>Acts that speak of the recordings, oldest first.</summary>
    public List<CustodyLine> Custody { get; } = [];

    /// <summary>Reads the acts of a log up to its checkpoint.</summary>
    /// <exception cref="InvalidOperationException">An act cannot be read; the message says what to do.</exception>
    public static ExportRegister Read(LogReader reader, long size, IReadOnlyCollection<string> recordingIds)
    {
        var register = new ExportRegister();
        var things = recordingIds.Select(static id => Recording.Kind + "/" + id).ToHashSet(StringComparer.Ordinal);
        foreach (var stored in reader.ReadRecords(0, size))
        {
            if (stored.Type != ActJson.RecordType || stored.Utf8Json is not { } bytes)
                continue;
            var act = ActJson.FromRecord(bytes) ?? throw new InvalidOperationException($"Record {stored.Sequence} of the log is an act that this program cannot read: run the program that wrote it, or 'bodycam verify'.");
            foreach (var change in act.Changes)
            {
                if (change.Kind == RegisterEntry.Kind && change.Body.Deserialize<RegisterEntry>(ActJson.Options) is { } entry)
                    register.entries[entry.Id] = entry;
                else if (change.Kind == KindOf<AccessRequest>() && change.Body.Deserialize<AccessRequest>(ActJson.Options) is { } request)
                    register.requests[request.Id] = request;
                else if (change.Kind == Recording.Kind && things.Contains(Recording.Kind + "/" + change.Id) && change.Body.Deserialize<Recording>(ActJson.Options) is { } recording)
                    register.recordings[recording.Id] = recording;
            }

            if (act.Things().Any(things.Contains))
                register.Custody.Add(new CustodyLine(stored.Sequence, act.At, act.Name, act.ActorName, act.Reason, act.Cites));
        }

        return register;
    }

    /// <summary>Id of a recording in custody.</summary>
    public static string IdOf(PackagedRecording recording) => string.Create(CultureInfo.InvariantCulture, $"{recording.Device}.{recording.Epoch}.{recording.Recording}");

    /// <summary>Why a recording may not leave under the entries named; null when it may.</summary>
    public string? Refusal(string recordingId, IReadOnlyCollection<string> named, DateTimeOffset now)
    {
        if (!recordings.TryGetValue(recordingId, out var recording))
            return $"custody does not know {recordingId} yet, so nobody can have approved its extraction. Wait until the gateway has taken it in.";
        if (recording.IsQuarantined)
            return $"{recordingId} is quarantined (state secret) and leaves by no package. Hand it over by the secrecy rules.";
        if (recording.State == RecordingState.Purged)
            return $"{recordingId} was purged by certificate. Look at its custody report.";
        var standing = named.Select(entries.GetValueOrDefault).OfType<RegisterEntry>()
            .Where(entry => entry is { Action: AccessAction.Extract, RequestId: not null } && entry.RecordingId == recordingId && entry.At <= now && now - entry.At <= EntryHolds).ToList();
        if (standing.Count == 0)
            return $"the register has no extraction of {recordingId} within the last {EntryHolds.TotalMinutes:F0} minutes under the entries named. Enter it under an approved request (POST /api/v1/recordings/{recordingId}/open with action extract) and name the entry with --register.";
        // The same rule as at the console: what was withdrawn or is over since the entry was made opens nothing.
        return standing.Exists(entry => requests.GetValueOrDefault(entry.RequestId!)?.Opens(recordingId, entry.Action, now) == true)
            ? null
            : $"the approval under which the extraction of {recordingId} was entered does not open it any more: it was withdrawn, is over, or does not cover it. Ask for a new approval and enter the extraction under it.";
    }

    private static string KindOf<T>()
        where T : IEntity => T.Kind;
}
