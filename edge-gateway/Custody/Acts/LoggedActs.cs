using BodyCam.Log;

namespace BodyCam.Custody.Acts;

/// <summary>The acts of a log on disk, each held against its leaf: what <c>custody.db</c> is made of and compared with.</summary>
public static class LoggedActs
{
    /// <summary>Acts from a sequence on, in order, up to a checkpoint; from the first on the whole log is held against its root.</summary>
    /// <exception cref="InvalidDataException">The log is not what its checkpoint says, or an act cannot be read; the message says what to do.</exception>
    public static IEnumerable<LoggedAct> Read(LogReader log, long from, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(log);
        foreach (var stored in log.ReadLeaves(from, checkpoint))
        {
            if (stored.Type == ActJson.RecordType)
                yield return new LoggedAct(stored.Sequence, Of(stored));
        }
    }

    // Acts are never purged: one without its words would be one that nobody did.
    private static Act Of(StoredRecord stored) => stored.Utf8Json is { } bytes
        ? ActJson.FromRecord(bytes) ?? throw new InvalidDataException($"Record {stored.Sequence} of the log is an act that this program cannot read: run the program that wrote it, or 'bodycam verify'.")
        : throw new InvalidDataException($"Record {stored.Sequence} of the log is an act without its words. Restore its file of the log from the archive or from a backup.");
}
