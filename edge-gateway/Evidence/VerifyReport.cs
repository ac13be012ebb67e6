using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>What a verification may claim, and never more (DESIGN D9); each claims less than the one before it.</summary>
public enum VerifyVerdict
{
    /// <summary>No error, and an anchor from outside the folder established who signed.</summary>
    Verified,

    /// <summary>As verified, of a part: what was checked is whole, but the log names what is not in this archive (only the data folder, or a later archive, can show it), or there was no room to compare a database.</summary>
    Partial,

    /// <summary>No error, but nothing from outside says who signed: consistent in itself.</summary>
    ConsistentSignerNotEstablished,

    /// <summary>At least one error.</summary>
    Failed,
}

/// <summary>How much a finding weighs.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Note,

    /// <summary>Something is not shown, or is on record as lost or damaged: a person should see to it.</summary>
    Warning,

    /// <summary>Bytes, a link or a signature are not what the rest says they must be.</summary>
    Error,
}

/// <summary>One finding.</summary>
/// <param name="Code">Stable name.</param>
/// <param name="Severity">Weight.</param>
/// <param name="Segment">The segment it is about, if any.</param>
/// <param name="Path">The file below the folder, if any.</param>
/// <param name="Chunk">Chunk index, if it is about one.</param>
/// <param name="Message">For people; ends with the next action where there is one.</param>
public sealed record Finding(string Code, FindingSeverity Severity, SegmentKey? Segment, string? Path, long? Chunk, string Message)
{
    /// <summary>For people, on one line: a file's name may hold line ends and codes that a terminal follows, and each such character is shown as U+FFFD.</summary>
    public string Message { get; init; } = Printable.Of(Message);

    /// <summary>True when others follow from it: it is mended first, and they are looked at again.</summary>
    public bool IsCause { get; init; }

    /// <summary>Code of the cause that this one follows from, or that keeps it from being told; null when it stands for itself.</summary>
    public string? FollowsFrom { get; init; }

    /// <summary>Of a derived database, which of the two it speaks against; null of everything else.</summary>
    internal DifferenceKind? Difference { get; init; }
}

/// <summary>Completeness of one recording.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="Recording">Recording.</param>
/// <param name="Segments">Segments present with their files.</param>
/// <param name="State">complete, open (no final seal), gaps, files_missing (a file of a segment that the log or another file names is not here), unreadable (one is here and cannot be read), damaged (bytes or seal of a segment are not what they were, or came damaged), not_in_log (the files are whole, and no record of the log speaks of a segment), not_archived (an archive does not have all of it yet), purged (by certificate: bytes are gone, or about to go), or announced_missing.</param>
/// <param name="InManifest">True when a shift manifest speaks of it; before that completeness is not yet shown.</param>
public sealed record RecordingCompleteness(string Device, uint Epoch, uint Recording, int Segments, string State, bool InManifest);

/// <summary>Result of a verification.</summary>
/// <param name="Verdict">What may be claimed.</param>
/// <param name="Findings">Everything found: causes first, then errors.</param>
/// <param name="SegmentCount">Segments checked.</param>
/// <param name="FrameCount">Frames in them.</param>
/// <param name="ByteCount">Bytes read.</param>
/// <param name="LogSize">Leaves of the log.</param>
/// <param name="AnchorSize">Newest checkpoint from outside; completeness is claimed up to it. 0 = none.</param>
/// <param name="Recordings">Completeness of each recording.</param>
public sealed record VerifyReport(VerifyVerdict Verdict, IReadOnlyList<Finding> Findings, int SegmentCount, long FrameCount, long ByteCount, long LogSize, long AnchorSize, IReadOnlyList<RecordingCompleteness> Recordings)
{
    /// <summary>Segments, orphaned tails and linked sources that the log names and this archive does not have yet: nothing here shows that they exist.</summary>
    public int NotHereCount => Findings.Count(static finding => finding.Code == NotHereCode);

    /// <summary>Databases that there was no room to compare: nothing is said of them.</summary>
    public IReadOnlyList<string> NotCompared => [.. Findings.Where(static finding => finding.Code == NotComparedCode).Select(static finding => finding.Path!)];

    /// <summary>The findings that follow from each cause: of a segment's missing file those about the same segment, of any other all that name its code.</summary>
    public ILookup<Finding, Finding> Followers()
    {
        var ofSegment = Findings.Where(static finding => finding is { IsCause: true, Code: "file_missing", Segment: not null }).ToLookup(static finding => finding.Segment!.Value);
        var ofCode = Findings.Where(static finding => finding is { IsCause: true } and not { Code: "file_missing", Segment: not null }).ToLookup(static finding => finding.Code, StringComparer.Ordinal);
        return Findings.Where(static finding => finding.FollowsFrom is not null)
            .Select(finding => (Finding: finding, Cause: (finding is { Code: ReceiptCheck.MissingCode, Segment: { } key } ? ofSegment[key] : ofCode[finding.FollowsFrom!]).FirstOrDefault()))
            .Where(static pair => pair.Cause is not null).ToLookup(static pair => pair.Cause!, static pair => pair.Finding);
    }

    /// <summary>Code of the finding of each that <see cref="NotHereCount"/> counts.</summary>
    internal const string NotHereCode = "not_archived";

    /// <summary>Code of the finding of each of <see cref="NotCompared"/>.</summary>
    internal const string NotComparedCode = "not_compared";
}

/// <summary>What a verification trusts and may use; all of it comes from outside the folder.</summary>
public sealed record VerifyOptions
{
    /// <summary>PEM of the gateway's public key, kept elsewhere.</summary>
    public string? GatewayKeyPem { get; init; }

    /// <summary>Checkpoints that somebody else holds: signed notes.</summary>
    public IReadOnlyList<byte[]> Checkpoints { get; init; } = [];

    /// <summary>Verifier keys of witnesses, <c>name+id+base64</c> (C2SP signed-note): a checkpoint that one of them signed counts as from outside.</summary>
    public IReadOnlyList<string> WitnessKeys { get; init; } = [];

    /// <summary>True when the key lies inside what is checked: it may contradict that, and says nothing about who signed.</summary>
    public bool IsKeyInside { get; init; }

    /// <summary>Checkpoints that lie inside what is checked: the log must continue them too, and they vouch for nothing unless a witness signed them.</summary>
    public IReadOnlyList<byte[]> CheckpointsInside { get; init; } = [];

    /// <summary>Paths, as they were given, of anchors that lie inside what is checked; each is named.</summary>
    public IReadOnlyList<string> AnchorsInside { get; init; } = [];

    /// <summary>A finding for each of <see cref="AnchorsInside"/>.</summary>
    public IEnumerable<Finding> NamedInside() => AnchorsInside.Select(static path => new Finding("anchor_inside", FindingSeverity.Warning, null, null, null, WordsOfInside(path)));

    /// <summary>What is said of an anchor that lies inside what is checked.</summary>
    public static string WordsOfInside(string path) => $"{path} lies in what is checked, and whoever changed that could change it too: it shows nothing about who signed. Give the one that was kept elsewhere.";

    /// <summary>Recorders' keys, when the verifier may hold them: then MACs and running authenticators are checked too.</summary>
    public Core.Keys.KeyRing? Keys { get; init; }

    /// <summary>Compares a derived catalog; returns differences.</summary>
    public Func<string, IReadOnlyList<StoreDifference>>? CatalogComparison { get; init; }

    /// <summary>Compares a derived <c>custody.db</c> with the acts of the log; returns differences.</summary>
    public Func<string, IReadOnlyList<StoreDifference>>? CustodyComparison { get; init; }

    /// <summary>True to check the bytes of an original by its chunk digests and seal alone, and not by the SHA-256 that the log names as well: half the work, and no changed byte passes.</summary>
    public bool IsOneDigest { get; init; }

    /// <summary>Bounds how long the record of a segment that a running gateway has placed is waited for.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
