namespace BodyCam.Core;

/// <summary>Which of the two a difference speaks against.</summary>
public enum DifferenceKind
{
    /// <summary>The derived database: it may be made anew.</summary>
    OfStore,

    /// <summary>The log, or the whole folder: the database tells of more, so they may be older ones that were put back. It is kept.</summary>
    AheadOfLog,

    /// <summary>Neither: the log is not whole, and nothing can be said of the database before it is.</summary>
    LogNotWhole,

    /// <summary>Neither: there was no room to compare them.</summary>
    NotCompared,
}

/// <summary>Where a derived database (<c>catalog.db</c>, <c>custody.db</c>) is not what files and log give.</summary>
/// <param name="What">For people, without a full stop.</param>
/// <param name="Kind">Which of the two it speaks against.</param>
/// <param name="Segment">The segment that it is about; null when it is about none.</param>
public sealed record StoreDifference(string What, DifferenceKind Kind = DifferenceKind.OfStore, SegmentKey? Segment = null)
{
    /// <summary>What to do about <see cref="DifferenceKind.NotCompared"/>, as a sentence.</summary>
    public const string WhenNotCompared = "Make room there, or name another folder with the variable TMPDIR, and run this again.";
}
