using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>The two databases of a data folder are made from the log and prove nothing; one that is none keeps the gateway from starting.</summary>
internal static class DatabaseCheck
{
    private static readonly string[] names = ["catalog.db", "custody.db"];

    // SQLite file format §1.3: the first 16 bytes. A file without a byte is an empty database.
    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Names those that are there and are none; a catalog that was compared has been named.</summary>
    public static void Check(EvidenceFolder folder, List<Finding> findings)
    {
        foreach (var name in names.Where(name => !findings.Exists(finding => finding.Path == name && finding.Severity == FindingSeverity.Error)))
        {
            if (Fault(folder.At(name)) is not { } fault)
                continue;
            var (code, says) = fault;
            findings.Add(new Finding(code, FindingSeverity.Error, null, name, null, $"{name} {says}"));
        }
    }

    private static (string Code, string Says)? Fault(string path)
    {
        const string Remedy = "The gateway does not start on it. Once the log is whole: stop the gateway, take it away, also -wal and -shm of its name, and start it again: it is made anew from the log.";
        if (Directory.Exists(path))
            return ("not_a_database", $"is a folder and no database. {Remedy}");
        try
        {
            RegularFile.Require(path);
            using var file = File.OpenHandle(path);
            Span<byte> head = stackalloc byte[Magic.Length];
            return RandomAccess.GetLength(file) > 0 && (RandomAccess.Read(file, head, 0) < head.Length || !head.SequenceEqual(Magic)) ? ("not_a_database", $"is no SQLite database. {Remedy}") : null;
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            return Unreadable.IsMissing(failure) ? null : (Unreadable.Code, Unreadable.Words(path, failure) + ".");
        }
    }
}
