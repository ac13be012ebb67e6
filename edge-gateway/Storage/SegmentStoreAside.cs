using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>What leaves its place: lost, damaged and orphaned segments, conflicts, what is given up, what is purged.</summary>
public sealed partial class SegmentStore
{
    /// <summary>True when its bytes stand under <c>damaged/</c>.</summary>
    public bool IsDamaged(SegmentKey key) => disk.Exists(AsideFolders.DamagedPath(key, ".mkv"));

    /// <summary>Makes the entries of a damaged segment durable, for work that a crash left.</summary>
    public void SyncDamaged(SegmentKey key)
    {
        disk.SyncEntry(AsideFolders.DamagedPath(key, ".mkv"));
        disk.SyncEntry(AsideFolders.DamagedPath(key, ".seal"));
    }

    /// <summary>SHA-256 and length of a damaged segment, for work that a crash left.</summary>
    public StoredFile HashDamaged(SegmentKey key) => Hash(disk, AsideFolders.DamagedPath(key, ".mkv"));

    /// <summary>The one way in which an original goes: by a purge certificate that stands in the log. Seal and receipt stay. Durable on return; safe to repeat.</summary>
    /// <param name="key">Segment.</param>
    /// <param name="certificateSequence">Leaf of the certificate; it is written beside, so that a person sees why nothing is there.</param>
    public void PurgeOriginal(SegmentKey key, long certificateSequence)
    {
        disk.WriteWhole(Path.ChangeExtension(SegmentPath(key), ".purged"), System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{certificateSequence}\n")));
        if (disk.Exists(SegmentPath(key)))
            disk.Delete(SegmentPath(key));
        disk.SyncEntry(SegmentPath(key));
    }

    /// <summary>The same of what is kept of a damaged segment.</summary>
    public void PurgeDamaged(SegmentKey key)
    {
        var path = AsideFolders.DamagedPath(key, ".mkv");
        var stands = disk.Exists(path);
        if (stands)
            disk.Delete(path);
        // Also when it is gone: who removed it may have been cut before that was durable. Where nothing was ever kept there is no seal, nor a folder.
        if (stands || disk.Exists(AsideFolders.DamagedPath(key, ".seal")))
            disk.SyncEntry(path);
    }

    /// <summary>Orphaned tails of a recording, with SHA-256 and length.</summary>
    public IReadOnlyList<(SegmentKey Key, StoredFile File)> Tails(DeviceId device, uint epoch, uint recording) => aside.Tails(device, epoch, recording);

    /// <summary>The same as <see cref="PurgeOriginal"/> of an orphaned tail that the certificate names; its seal and notes stay.</summary>
    public void PurgeTail(SegmentKey key, string sha256, long certificateSequence) => aside.PurgeTail(key, sha256, certificateSequence);

    /// <summary>Moves a file that stands in a segment's place without a record in the log to <c>conflicts/</c>.</summary>
    public void SetAside(SegmentKey key)
    {
        aside.SetAside(SegmentPath(key), key.Device);
        parts.Remove(key);
    }

    /// <summary>Removes the seal and the notes that a segment in log and catalog left in <c>parts/</c>; a part file stays.</summary>
    public void ForgetSeal(SegmentKey key)
    {
        if (parts.Find(key) is null)
            parts.Remove(key);
        else
            parts.RemoveSeal(key);
    }

    /// <summary>Drops what <c>parts/</c> still holds of a segment that is in the log and the catalog; a part file with bytes is set aside, as nobody said that they stand elsewhere.</summary>
    public void Forget(SegmentKey key) => Leave(key, isDropped: false);

    /// <summary>The same where the bytes that the record names were found whole: a part file goes.</summary>
    public void Drop(SegmentKey key) => Leave(key, isDropped: true);

    private void Leave(SegmentKey key, bool isDropped)
    {
        if (parts.Find(key) is { } part)
        {
            lock (part.Gate)
            {
                if (!part.IsClosed)
                    Close(part, isDropped: isDropped || part.File.Length == 0);
            }
        }

        parts.Remove(key);
    }

    private void Close(Part part, bool isDropped)
    {
        var path = PartTable.PathOf(part.Key, ".part");
        if (!isDropped)
            part.File.Sync();
        part.Close();
        if (isDropped)
            disk.Delete(path);
        else
            aside.SetAside(path, part.Key.Device);
    }

    /// <summary>True when the bytes of a complete part are still those that arrived. One that lay for longer than a minute is read again; where a byte changed, nothing of it stands any more.</summary>
    public bool StillHolds(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            if (part.IsClosed || time.GetElapsedTime(part.RestingSince) < restingMax)
                return true;
            var payload = new byte[part.ChunkBytes];
            foreach (var index in part.Present())
            {
                var chunk = payload.AsSpan(0, part.LengthOf(index));
                if (part.File.ReadAt((long)index * part.ChunkBytes, chunk) == chunk.Length && Digests.ChunkMatches(chunk, part.DigestOf(index)))
                    continue;
                RestartNeedsGate(part);
                return false;
            }

            part.RestingSince = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Forgets a seal that was read back after a restart and does not fit the chunks; the recorder's next offer brings it again.</summary>
    public void DropSeal(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            if (!part.IsSealConfirmed)
                part.DropSeal();
        }
    }

    /// <summary>Moves a part that does not match its seal, or of which the rest is lost on the card, to <c>damaged/</c>; durable on return.</summary>
    /// <returns>Null when it is a part no more.</returns>
    public StoredFile? KeepDamaged(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
            return part.IsClosed ? null : KeepNeedsGate(part, aside.KeepDamaged);
    }

    /// <summary>Keeps the seal of a segment whose bytes are lost on the card and of which none came; durable on return.</summary>
    public void KeepLost(Seal seal) => aside.KeepLost(seal);

    /// <summary>Moves what came of a segment to <c>orphans/</c>; durable on return.</summary>
    /// <returns>Null when it is a part no more, or complete.</returns>
    public StoredFile? KeepOrphan(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        StoredFile stored;
        lock (part.Gate)
        {
            if (part.IsClosed || part.IsComplete)
                return null;
            stored = KeepNeedsGate(part, aside.KeepOrphan);
        }

        parts.Remove(part.Key);
        return stored;
    }

    /// <summary>The record of an orphaned tail is in the log.</summary>
    public void OrphanEntered(SegmentKey key, byte[] sha256) => aside.Entered(key, sha256);

    /// <summary>Orphaned tails whose record a run that ended did not bring into the log.</summary>
    public IReadOnlyList<(SegmentKey Key, StoredFile File)> UnenteredOrphans() => aside.Unentered();

    /// <summary>True when a stored segment has, where a chunk of one of its orphaned tails had arrived, other bytes or none.</summary>
    public bool ContradictsOrphan(SegmentKey key)
    {
        var notes = aside.ReadOrphanNotes(key);
        if (notes.Count == 0)
            return false;
        var bytes = ReadStored(key);
        return notes.Any(each => Sidecar.Contradict(each, bytes));
    }

    /// <summary>Keeps a seal that contradicts what stands, within the bounds.</summary>
    /// <returns>Conflict when it is new, else ConflictAgain.</returns>
    public PlaceOutcome KeepConflict(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        return aside.KeepConflict(seal.Key.Device, seal.Raw, seal.SealDigest);
    }

    // After a failed sync nobody knows what the disk holds of a part that stays one: all chunks are asked for again.
    private StoredFile KeepNeedsGate(Part part, Func<Part, StoredFile> keep)
    {
        // Without room the part stays as it is: whatever it becomes next, it is written anew first.
        part.IsUnsure = true;
        Rewrite(part);
        part.File.Sync();
        return keep(part);
    }

    // A seal cut off in the middle of its first writing is none: its MAC tells, and the recorder offers it again.
    private void KeepSeal(Part part, Seal seal)
    {
        var path = PartTable.PathOf(seal.Key, ".seal");
        if (disk.Exists(path))
            disk.WriteWhole(path, seal.Raw);
        else
            disk.WriteNew(path, seal.Raw);
        part.SealWrittenAt = time.GetTimestamp();
    }
}
