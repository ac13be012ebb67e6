using System.Globalization;
using BodyCam.Log;

namespace BodyCam.Archive;

/// <summary>Why the log in the archive stays as it is: each for people, ending with the next action.</summary>
/// <param name="dataFolder">The gateway's data folder.</param>
/// <param name="archiveFolder">The archive's folder.</param>
internal sealed class LogWords(string dataFolder, string archiveFolder)
{
    private string Stays => $"Nothing of it was written there: the log in {archiveFolder} stays at its last checkpoint.";

    // A checkpoint from a copy may be older than the records: what is written over then is kept.
    private string EitherMayBeBetter => $"The log there has no checkpoint that can be read, so either may be the better one: keep both folders as they are, and run 'bodycam verify' on both. Where a copy of the archive has log/checkpoint, put that one back there. Where none has, and the log in {dataFolder} is whole and is to go on, move log/ out of {archiveFolder} and keep it: the next round brings this station's log there anew.";

    public string NotABeginning(bool isShorter)
    {
        var what = $"The log in {archiveFolder} is not a beginning of the one in {dataFolder}";
        return isShorter
            ? $"{what}, which is as long or longer: a file of one of them is damaged, or this data folder is another one, or an older one that went on. Nothing was written there. Run 'bodycam verify' on both, and restore the files that it names from the folder in which they are whole, never log/ as a whole: the archive does not have what is newest. Where it names none, the log has parted: do as operations.md (A log that parted) says."
            : $"{what}: this data folder is a new or an older one, or its log is damaged. Nothing was written there. Stop the gateway, run 'bodycam verify' on both, and do as operations.md (A log that parted) says.";
    }

    public string Ahead(long here, long there) => string.Create(CultureInfo.InvariantCulture, $"The log in {archiveFolder} has {there} records, the one in {dataFolder} {here}: this data folder is {(here == 0 ? "a new" : "an older")} one, and a receipt given now would stand in a log that has to be replaced. Keep a copy of {dataFolder}, put log/ of the archive in the place of its own, move custody.db, custody.db-wal and custody.db-shm away, start the gateway again, and restore from the archive what 'bodycam verify' then names (operations.md, A log that parted). Where that is not this station's archive, name the right one with --archive.");

    public string CannotBeCompared(Exception failure) => $"The log in {dataFolder} cannot be held against the one in {archiveFolder}, for a file of it cannot be read: {failure.Message.TrimEnd('.')}. Nothing was written there. Look at the disk of {dataFolder}, and run 'bodycam verify' on it; what it names is to be restored from the archive.";

    public string Missing(string name) => $"{name} is missing in {dataFolder}, cut short or cannot be read, and the log in {archiveFolder} stays at its last checkpoint without it. Run 'bodycam verify' on {dataFolder}, and look at its disk.";

    public string Unfit(string name, LogFault fault) => string.Create(CultureInfo.InvariantCulture, $"{name} in {dataFolder} does not fit the log's signed root{(fault.Sequence is { } leaf ? $" at record {leaf}" : "")}: {fault.What} {Stays} Run 'bodycam verify' on {dataFolder}, look at its disk, and put the file back from a backup.");

    public string NoEdge(long size) => string.Create(CultureInfo.InvariantCulture, $"The tiles below log/tile at leaf {size} do not give the root of log/checkpoint in {archiveFolder}, neither there nor in {dataFolder}. {Stays} Run 'bodycam verify' on both folders, and put the tiles that it names back from the one in which they are whole.");

    public string AnotherRoot(long size) => string.Create(CultureInfo.InvariantCulture, $"The first {size} leaves of log/ in {dataFolder} do not give the root that was signed over them. {Stays} Run 'bodycam verify' on both folders, look at the disk of {dataFolder}, and put log/ back from a backup.");

    public string OnlyThere(string name, long size) => string.Create(CultureInfo.InvariantCulture, $"{name} in {archiveFolder} has records at or beyond {size}, where the log in {dataFolder} ends. Nothing was written over them. {EitherMayBeBetter}");

    public string Unknown(string name) => $"{Kept(name)} {EitherMayBeBetter}";

    public string Covered(string name) => $"{Kept(name)} Both logs hold all that it says, so one of the two is damaged: run 'bodycam verify' on both folders, and put the file of the one that is whole in the place of the other.";

    public string TooLong(string name) => $"{name} in {archiveFolder} is longer than any file of a log. Nothing was written over it. Move it out of {archiveFolder} and keep it, and run 'bodycam verify' on {dataFolder}: the next round brings this station's.";

    public string CoveredLines(string name, long lines) => string.Create(CultureInfo.InvariantCulture, $"{Kept(name)} Both logs hold its first {lines} lines, so one of the two is damaged: run 'bodycam verify' on both folders. Where the damage is in {dataFolder}, stop the gateway and put the archive's first {lines} lines in the place of those there, and keep every line after them: the archive does not have it yet. Where it is in {archiveFolder}, copy the file of {dataFolder} there.");

    private string Kept(string name) => $"{name} in {archiveFolder} is not a beginning of the one in {dataFolder}. Nothing was written over it.";
}
