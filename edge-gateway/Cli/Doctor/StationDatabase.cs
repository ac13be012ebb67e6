using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Gateway;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Cli.Doctor;

/// <summary>A database that the gateway opens at its start, looked at for reading only; what is wrong is told in the gateway's words.</summary>
internal static class StationDatabase
{
    private const long LargeBytes = 512L << 20;

    // SQLITE_READONLY_ROLLBACK: a journal stands beside it that only a writer may play back.
    private const int ReadOnlyRollback = 776;

    /// <summary>Passed when SQLite finds nothing wrong with it, or when it is absent.</summary>
    /// <param name="name">Name of the check.</param>
    /// <param name="path">The file.</param>
    /// <param name="whenDamaged">What to do when the file itself is the matter, of <see cref="DatabaseWords"/>.</param>
    /// <param name="leaves">Leaves of the log that it is made from, which bound a copy.</param>
    public static DoctorCheck Look(string name, string path, string whenDamaged, long leaves = 0)
    {
        if (Directory.Exists(path))
            return DoctorCheck.Failed(name, $"{path} is a folder", $"Move it away. {Sentence(whenDamaged)}");
        if (!File.Exists(path))
            return DoctorCheck.Passed(name, "none yet; the gateway makes it at its next start");
        using var copies = new CopyFolder();
        try
        {
            RegularFile.Require(path);
            // SQLite says of one that may not be read what it says of one that is damaged.
            File.OpenHandle(path).Dispose();
            return Fault(path, copies, leaves) is { } fault
                ? DoctorCheck.Failed(name, $"{path} is damaged ({fault})", Sentence(whenDamaged))
                : DoctorCheck.Passed(name, "SQLite finds nothing wrong with it");
        }
        catch (Exception failure) when (copies.IsAtFault(failure))
        {
            return DoctorCheck.Warned(name, $"{path} was not looked at: {CopyFolder.NotCompared(failure).What}", StoreDifference.WhenNotCompared);
        }
        catch (SnapshotTooLongException tooLong)
        {
            return DoctorCheck.Failed(name, $"{path}: {tooLong.Message}", "Run 'bodycam verify' on the data folder.");
        }
        catch (InvalidOperationException other)
        {
            return DoctorCheck.Failed(name, $"{path} is none that a gateway makes ({other.Message.TrimEnd('.')})", Sentence(whenDamaged));
        }
        catch (SqliteException failure) when (failure.SqliteExtendedErrorCode == ReadOnlyRollback)
        {
            return DoctorCheck.Warned(name, "a change of it was broken off", "The gateway's next start takes that back.");
        }
        catch (SqliteException failure)
        {
            var (found, remedy) = Halves(DatabaseWords.Of(path, failure, whenDamaged), whenDamaged);
            return DoctorCheck.Failed(name, found, remedy);
        }
        catch (IOException refusal) when (RegularFile.IsRefusal(refusal))
        {
            return DoctorCheck.Failed(name, $"{path}, or its -wal or -shm: {refusal.Message}", $"Move it away. {Sentence(whenDamaged)}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return DoctorCheck.Failed(name, unreadable.Message.TrimEnd('.'), "Run this as the gateway's user; look at the disk and at who may read there.");
        }
    }

    private static string? Fault(string path, CopyFolder copies, long leaves)
    {
        using var opened = SqliteSnapshot.OpenAsItLies(path, schema: null, isTaken: false) ?? SqliteSnapshot.OpenCopy(path, copies, leaves);
        // A large one is read by its head and its tables' names: all of it takes minutes.
        var isLarge = opened.ExecuteScalar<long>("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()") > LargeBytes;
        var said = isLarge ? opened.ExecuteScalar<long>("SELECT COUNT(*) FROM sqlite_master") >= 0 ? "ok" : "" : opened.ExecuteScalar<string>("PRAGMA quick_check(1)");
        return said == "ok" ? null : said;
    }

    // "… (what SQLite says): what to do".
    private static (string Found, string Remedy) Halves(string words, string whenDamaged)
    {
        var at = words.LastIndexOf("): ", StringComparison.Ordinal);
        return (words[..(at + 1)], words[(at + 3)..] is var remedy && remedy == whenDamaged ? Sentence(remedy) : string.Concat(remedy[..1].ToUpperInvariant(), remedy.AsSpan(1)));
    }

    private static string Sentence(string remedy) => "Stop the gateway, " + remedy;
}
