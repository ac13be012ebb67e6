using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>What a running gateway appended to the log after it was audited. A newer checkpoint counts where the key that signed the audited one signed it too and the log continues from the one to the other; nothing else is taken from it.</summary>
/// <param name="files">The log.</param>
/// <param name="audited">The checkpoint that was audited; null when it cannot be read.</param>
/// <param name="isSound">True when the audit found no fault.</param>
/// <param name="anchors">Say which key signs.</param>
internal sealed class NewerLog(LogFiles files, SignedCheckpoint? audited, bool isSound, Anchors anchors)
{
    private readonly long auditedSize = audited?.Checkpoint.Size ?? 0;
    private bool isBroken;

    // Nobody can tell whether it continues: a file of it is not there or not sound.
    private bool isUnfollowed;

    /// <summary>The newest checkpoint that counts.</summary>
    public SignedCheckpoint? Signed { get; private set; } = audited;

    /// <summary>Leaves of <see cref="Signed"/>.</summary>
    public long Size => Signed?.Checkpoint.Size ?? 0;

    /// <summary>True when it is newer than the audited one.</summary>
    public bool HasGrown => Size > auditedSize;

    /// <summary>Reads the checkpoint again, and lets the log's records take those since <see cref="Signed"/>: nobody has the newer checkpoint without them.</summary>
    /// <param name="log">Has all records up to <see cref="Signed"/>, and afterwards too.</param>
    /// <returns>True when there were some; false when it is the newest, or does not count.</returns>
    public bool Advance(LogRecords log)
    {
        var records = Read();
        foreach (var record in records)
            log.Take(record);
        return records.Count > 0;
    }

    private IReadOnlyList<StoredRecord> Read()
    {
        if (isBroken || Signed is null || !anchors.IsSigner(Signed))
            return [];
        var newer = new LogReader("", files).ReadCheckpoint();
        if (newer is not null && newer.Note.AsSpan().SequenceEqual(Signed.Note))
            return [];
        var isLacking = false;
        if (newer is null || !anchors.IsSigner(newer) || LogContinuation.Read(files, Signed.Checkpoint, newer.Checkpoint, out isLacking) is not { } records)
        {
            isBroken = true;
            isUnfollowed = newer is null || (anchors.IsSigner(newer) && newer.Checkpoint.Size >= Size && (isLacking || !isSound));
            return [];
        }

        Signed = newer;
        return records;
    }

    /// <summary>Tells that the log grew, or that its checkpoint became another log's.</summary>
    public void Tell(List<Finding> findings)
    {
        if (isUnfollowed)
            findings.Add(new Finding("log_not_followed", FindingSeverity.Error, null, "log/checkpoint", null, $"log/checkpoint became another while this ran, and what came after the {Size} leaves that were read before could not be followed: the checkpoint or files of the log are missing or damaged. Verify again: what is wrong with them is then named."));
        else if (isBroken)
            findings.Add(new Finding("log_changed", FindingSeverity.Error, null, "log/checkpoint", null, $"log/checkpoint was replaced while this ran by one that does not continue the {Size} leaves that were read before. Verify again: what is wrong with it is then named."));
        if (HasGrown)
            findings.Add(new Finding("log_grew", FindingSeverity.Note, null, "log", null, $"The log grew from {auditedSize} to {Size} leaves while this ran: a gateway is at work here. What it wrote meanwhile is judged against the newer log, and a warning about it may be of work under way: run this again."));
    }
}
