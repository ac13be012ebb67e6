namespace BodyCam.Log;

/// <summary>Kind of a fault that an audit found.</summary>
public enum LogFaultKind
{
    /// <summary>A file, or what should stand at its end, is not there.</summary>
    Missing = 0,

    /// <summary>Bytes are not what the rest of the log says they must be.</summary>
    Damaged = 1,

    /// <summary>The checkpoint cannot be read, or its root is not the root over the leaves.</summary>
    Checkpoint = 2,

    /// <summary>The checkpoint is not signed by the key that was given.</summary>
    Signature = 3,

    /// <summary>The log is not a continuation of a checkpoint that somebody else kept: leaves were changed, dropped or taken back.</summary>
    Anchor = 4,

    /// <summary>A file that no log of this kind has.</summary>
    Unexpected = 5,
}

/// <summary>One fault.</summary>
/// <param name="Path">The file, relative to the log's folder.</param>
/// <param name="Sequence">The first record concerned, or null if it is not about one.</param>
/// <param name="Kind">Kind of fault.</param>
/// <param name="What">What is wrong, for people.</param>
public sealed record LogFault(string Path, long? Sequence, LogFaultKind Kind, string What)
{
    /// <summary>Every record concerned, at most those of one bundle, in order.</summary>
    public IReadOnlyList<long> Leaves { get; init; } = [];
}

/// <summary>What an audit found.</summary>
/// <param name="Signed">The checkpoint that was audited, or null if it cannot be read: then <see cref="Standing"/> was. Of one whose signature lines cannot be read it is the text, and a fault says so.</param>
/// <param name="Faults">The faults in the order of the log, at most <see cref="LogAudit.FaultsMax"/> of a kind; one more says how many others there are.</param>
/// <param name="SignerEstablished">True if a key was given and it signed the checkpoint. Without it the log is at best consistent in itself.</param>
/// <param name="AnchorsHeld">How many of the given anchors the log continues.</param>
/// <param name="Purged">Records of which only the leaf is left.</param>
/// <param name="BeyondCheckpoint">Files and record lines beyond the checkpoint: a batch under way, one that a power cut interrupted, or an older checkpoint put in place of a newer one. No fault; an anchor tells the last case apart.</param>
public sealed record LogAuditReport(
    SignedCheckpoint? Signed, IReadOnlyList<LogFault> Faults, bool SignerEstablished, int AnchorsHeld, long Purged, long BeyondCheckpoint)
{
    /// <summary>True when two sources agree on every leaf below the checkpoint: then a root that does not fit says that leaves were written anew, whatever else is damaged.</summary>
    public bool AreLeavesSettled { get; init; }

    /// <summary>In <see cref="LostKinds"/>: one may have been of any kind.</summary>
    public const string AnyKind = "";

    /// <summary>True when the leaves give the checkpoint's root.</summary>
    public bool IsRootGiven { get; init; }

    /// <summary>Kinds of the records that are gone, purged, or not the ones that were committed to, by their entries.</summary>
    public IReadOnlySet<string> LostKinds { get; init; } = new HashSet<string>();

    /// <summary>True when a record of a kind may be gone, or the log may not be the one that was signed: by its signature, or by an anchor that covers more or other leaves.</summary>
    public bool MayLack(string kind) => !IsRootGiven || LostKinds.Contains(AnyKind) || LostKinds.Contains(kind) || Faults.Any(static fault => fault.Kind is LogFaultKind.Signature or LogFaultKind.Anchor);

    /// <summary>Where no checkpoint can be read: the tree over the leaves that stand, which nobody signed. The origin is that of the newest anchor, and empty without one. Null when a checkpoint was audited.</summary>
    public Checkpoint? Standing { get; init; }

    /// <summary>Leaves that a held anchor covers.</summary>
    public long HeldTo { get; init; }

    /// <summary>True if no fault was found.</summary>
    public bool IsSound => Faults.Count == 0;
}
