using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Collects what is found about the files of one segment.</summary>
/// <param name="key">The segment.</param>
/// <param name="stem">Path of its files below the folder, without ending.</param>
/// <param name="folder">The folder.</param>
/// <param name="mayBeMissing">True while the archive need not have its files: a missing one is then due, not lost.</param>
/// <param name="isUntold">True while nobody can tell whether the archive has to have them.</param>
internal sealed class SegmentFindings(SegmentKey key, string stem, EvidenceFolder folder, bool mayBeMissing, bool isUntold = false)
{
    public List<Finding> List { get; } = [];

    /// <summary>Where they lie.</summary>
    public EvidenceFolder Folder => folder;

    public void Error(string code, string ending, string message, long? chunk = null) => Add(code, FindingSeverity.Error, ending, message, chunk);

    public void Warning(string code, string ending, string message) => Add(code, FindingSeverity.Warning, ending, message, null);

    public void Note(string code, string ending, string message) => Add(code, FindingSeverity.Note, ending, message, null);

    /// <summary>A file whose read failed: gone, or there and not to be read.</summary>
    public void NotRead(string path, string ending, Exception failure, string whenMissing)
    {
        if (Unreadable.IsMissing(failure))
            Missing(ending, whenMissing);
        else
            Error(Unreadable.Code, ending, $"{stem}{ending} {Unreadable.Words(path, failure)}.");
    }

    /// <summary>A file that is not there; what is due is said once.</summary>
    public void Missing(string ending, string message)
    {
        if (!mayBeMissing)
            Error("file_missing", ending, isUntold ? $"{message} {ArchiveDues.Untold}" : message);
        else if (!List.Exists(static finding => finding.Code == "not_archived"))
            Warning("not_archived", ending, "it is not yet archived; it is in the gateway's data folder. The next rounds bring it.");
    }

    private void Add(string code, FindingSeverity severity, string ending, string message, long? chunk) => List.Add(new Finding(code, severity, key, stem + ending, chunk, $"{key}: {message}"));
}
