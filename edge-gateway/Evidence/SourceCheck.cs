using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Holds every linked source that an act names (D4) to its length and SHA-256, and names what lies in <c>sources/</c> besides.</summary>
internal sealed class SourceCheck(EvidenceFolder folder, LogRecords log)
{
    private const string Sources = "sources";

    /// <summary>True for a SHA-256 in lower-case hex, which is the name of the file.</summary>
    public static bool IsName(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    public void Check(List<Finding> findings)
    {
        foreach (var source in log.Sources.DistinctBy(static source => (source.Sha256, source.Bytes)))
        {
            if (Fault(source) is var (code, severity, message))
                findings.Add(new Finding(code, severity, null, $"{Sources}/{source.Sha256}", source.Sequence, string.Create(CultureInfo.InvariantCulture, $"{source.Id}, which record {source.Sequence} of the log links: {message}")));
        }

        var named = log.Sources.Select(static source => source.Sha256).ToHashSet(StringComparer.Ordinal);
        foreach (var path in folder.Files(Sources).Where(path => !named.Contains(path)).Order(StringComparer.Ordinal))
            findings.Add(new Finding("source_unnamed", FindingSeverity.Note, null, $"{Sources}/{path}", null, $"{Sources}/{path}: no act names it: an upload that was broken off or whose link was refused, or put there."));
    }

    private (string Code, FindingSeverity Severity, string Message)? Fault(SourceRecord source)
    {
        var path = folder.At($"{Sources}/{source.Sha256}");
        try
        {
            using var file = RegularFile.OpenRead(path);
            if (file.Length != source.Bytes)
                return ("source_differs", FindingSeverity.Error, string.Create(CultureInfo.InvariantCulture, $"its file has {file.Length} bytes, the act says {source.Bytes}. {folder.Restore()}"));
            return string.Equals(Convert.ToHexStringLower(SHA256.HashData(file)), source.Sha256, StringComparison.Ordinal)
                ? null
                : ("source_differs", FindingSeverity.Error, $"its file has not the SHA-256 that is its name. {folder.Restore()}");
        }
        catch (Exception failure) when (Unreadable.IsMissing(failure))
        {
            // Nothing in the log says what of the sources an archive has: it may be due.
            return folder.IsArchive
                ? ("not_archived", FindingSeverity.Warning, "it is not in this archive. Verify the gateway's data folder for it; the next rounds bring it.")
                : ("source_missing", FindingSeverity.Error, "its file is missing. Look for it in the archive, and with whoever gave it in.");
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            return (Unreadable.Code, FindingSeverity.Error, $"its file {Unreadable.Words(path, failure)}.");
        }
    }
}
