using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>A segment that stands under its final name.</summary>
/// <param name="Sha256">SHA-256 of the file.</param>
/// <param name="Bytes">Its length.</param>
public readonly record struct StoredFile(byte[] Sha256, long Bytes);

/// <summary>Part files and segments on disk (storage format §6). Thread-safe; one lock for each segment.</summary>
public sealed class SegmentStore : IDisposable
{
    private const int SidecarEntryBytes = 40;
    private const int RoomEveryChunks = 64;

    private readonly IDisk disk;
    private readonly TimeProvider time;
    private readonly ConcurrentDictionary<SegmentKey, Part> parts = new();
    private readonly ConcurrentDictionary<DeviceId, int> conflictCounts = new();
    private long roomAskedAt;
    private volatile bool full;

    /// <summary>Opens the store; <see cref="Recover"/> is called once before anything is placed.</summary>
    public SegmentStore(IDisk disk, TimeProvider time, StoreLimits? limits = null)
    {
        this.disk = disk;
        this.time = time;
        Limits = limits ?? new StoreLimits();
    }

    /// <summary>The bounds in force.</summary>
    public StoreLimits Limits { get; }

    /// <summary>True while the disk has no room for uploads; looks again by itself.</summary>
    public bool IsFull => full;

    /// <summary>Parts that are open.</summary>
    public ICollection<Part> Parts => parts.Values;

    /// <summary>Name of an original below the data folder.</summary>
    public static string SegmentPath(SegmentKey key) => $"segments/{key.RelativePath}.mkv";

    /// <summary>Name of its seal.</summary>
    public static string SealPath(SegmentKey key) => $"segments/{key.RelativePath}.seal";

    /// <summary>Name of its receipt.</summary>
    public static string ReceiptPath(SegmentKey key, bool damaged) => $"{(damaged ? "damaged" : "segments")}/{key.RelativePath}.receipt";

    /// <summary>Reads the part files left by the last run: keeps each chunk whose bytes still have their digest.</summary>
    /// <returns>Parts found.</returns>
    public int Recover()
    {
        foreach (var path in disk.Files("parts"))
        {
            if (!path.EndsWith(".part", StringComparison.Ordinal) || !TryParsePartPath(path, out var key))
                continue;
            var file = disk.Open(path);
            var part = new Part(key, 0, file) { NewestUs = NowUs() };
            ReadSidecar(part);
            parts[key] = part;
        }

        foreach (var path in disk.Files("parts"))
        {
            if (path.EndsWith(".seal", StringComparison.Ordinal) && TryParsePartPath(path, out var key)
                && Seal.TryParse(disk.ReadWhole(path), out var seal) == RefusalReason.None && seal!.Key == key && parts.TryGetValue(key, out var part))
            {
                part.Seal = seal;
                if (part.ChunkBytes != seal.ChunkBytes)
                {
                    part.Clear();
                    part.ChunkBytes = seal.ChunkBytes;
                }
            }
        }

        foreach (var path in disk.Files("conflicts"))
        {
            var names = path.Split('/');
            if (names.Length >= 2 && DeviceId.TryParse(names[1], out var device))
                conflictCounts.AddOrUpdate(device, 1, static (_, count) => count + 1);
        }

        return parts.Count;
    }

    /// <summary>Seals in <c>parts/</c> whose segment may or may not stand already: the work that a crash left between rename and log.</summary>
    public IReadOnlyList<Seal> UnfinishedSeals()
    {
        var seals = new List<Seal>();
        foreach (var path in disk.Files("parts"))
        {
            if (path.EndsWith(".seal", StringComparison.Ordinal) && Seal.TryParse(disk.ReadWhole(path), out var seal) == RefusalReason.None)
                seals.Add(seal!);
        }

        return seals;
    }

    /// <summary>True when the original stands under its final name.</summary>
    public bool IsStored(SegmentKey key) => disk.Exists(SegmentPath(key));

    /// <summary>Places one verified chunk; not durable until the segment is committed or the part is synced.</summary>
    /// <param name="key">The segment.</param>
    /// <param name="index">Chunk index.</param>
    /// <param name="chunkBytes">4,096 or 8,192.</param>
    /// <param name="payload">1…chunkBytes bytes whose digest was checked; not retained.</param>
    /// <param name="digest">That digest.</param>
    /// <exception cref="IOException">The disk failed in another way than being full.</exception>
    public PlaceOutcome Place(SegmentKey key, uint index, uint chunkBytes, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> digest)
    {
        if (!parts.TryGetValue(key, out var part))
        {
            if (IsStored(key))
                return CompareWithStored(key, (long)index * chunkBytes, payload, digest);
            if (IsRoomGone(force: true))
                return PlaceOutcome.Full;
            var opened = OpenPart(key, chunkBytes);
            if (opened is null)
                return PlaceOutcome.Quota;
            part = opened;
        }
        else if (index % RoomEveryChunks == 0 && IsRoomGone(force: false))
        {
            return PlaceOutcome.Full;
        }

        lock (part.Gate)
        {
            if (part.IsClosed)
                return CompareWithStored(key, (long)index * chunkBytes, payload, digest);
            if (part.ChunkBytes != chunkBytes && part.PresentCount == 0 && part.Seal is null)
                part.ChunkBytes = chunkBytes;
            if (part.ChunkBytes != chunkBytes || (part.Seal is { } seal && (index >= seal.ChunkCount || payload.Length != seal.ChunkLength(index))))
                return KeepConflict(key, payload, digest);
            if (part.Has(index))
                return part.DigestOf(index).SequenceEqual(digest) && part.LengthOf(index) == payload.Length ? PlaceOutcome.Duplicate : KeepConflict(key, payload, digest);
            try
            {
                part.File.WriteAt((long)index * chunkBytes, payload);
            }
            catch (IOException failure) when (IsNoSpace(failure))
            {
                full = true;
                return PlaceOutcome.Full;
            }

            part.Set(index, payload.Length, digest);
            part.NewestUs = NowUs();
            return PlaceOutcome.Stored;
        }
    }

    /// <summary>Keeps a checked seal beside its part, durably.</summary>
    /// <returns>Stored, Duplicate, Conflict (another seal is kept for this segment), Quota or Full.</returns>
    public PlaceOutcome PlaceSeal(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        if (!parts.TryGetValue(seal.Key, out var part))
        {
            if (IsRoomGone(force: true))
                return PlaceOutcome.Full;
            var opened = OpenPart(seal.Key, seal.ChunkBytes);
            if (opened is null)
                return PlaceOutcome.Quota;
            part = opened;
        }

        lock (part.Gate)
        {
            if (part.Seal is { } kept)
                return kept.Raw.SequenceEqual(seal.Raw) ? PlaceOutcome.Duplicate : PlaceOutcome.Conflict;
            try
            {
                disk.WriteWhole(PartPath(seal.Key, ".seal"), seal.Raw);
            }
            catch (IOException failure) when (IsNoSpace(failure))
            {
                full = true;
                return PlaceOutcome.Full;
            }

            if (part.ChunkBytes != seal.ChunkBytes)
            {
                part.Clear();
                part.ChunkBytes = seal.ChunkBytes;
            }

            part.Seal = seal;
            part.NewestUs = NowUs();
            return PlaceOutcome.Stored;
        }
    }

    /// <summary>The part of a segment, if it is arriving.</summary>
    public Part? Find(SegmentKey key) => parts.GetValueOrDefault(key);

    /// <summary>Makes a complete part the segment: seal, sync, rename, folders. The copy of the seal in <c>parts/</c> stays until <see cref="Forget"/>, so that a crash before the log is found.</summary>
    /// <returns>Null when another task has committed it.</returns>
    public StoredFile? Commit(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            if (part.IsClosed)
                return null;
            part.File.Sync();
            var stored = Hash(part.File);
            disk.WriteWhole(SealPath(part.Key), part.Seal!.Raw);
            disk.Rename(PartPath(part.Key, ".part"), SegmentPath(part.Key));
            disk.MakeReadOnly(SegmentPath(part.Key));
            part.IsClosed = true;
            part.Dispose();
            return stored;
        }
    }

    /// <summary>SHA-256 and length of a stored segment, for work that a crash left.</summary>
    public StoredFile HashStored(SegmentKey key)
    {
        var bytes = disk.ReadWhole(SegmentPath(key));
        return new StoredFile(SHA256.HashData(bytes), bytes.Length);
    }

    /// <summary>All bytes of a stored segment.</summary>
    public byte[] ReadStored(SegmentKey key) => disk.ReadWhole(SegmentPath(key));

    /// <summary>Drops what <c>parts/</c> still holds of a segment that is in the log and the catalog.</summary>
    public void Forget(SegmentKey key)
    {
        disk.Delete(PartPath(key, ".chunks"));
        disk.Delete(PartPath(key, ".seal"));
        if (parts.TryRemove(key, out var part) && !part.IsClosed)
            Drop(part);
    }

    /// <summary>Empties a part whose chunks do not give the seal's content, so that all are taken again.</summary>
    public void Restart(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            part.Clear();
            part.ResendCount++;
            disk.Delete(PartPath(part.Key, ".chunks"));
        }
    }

    /// <summary>Moves a part that does not match its seal to <c>damaged/</c>, with its seal; durable on return.</summary>
    public StoredFile KeepDamaged(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            part.File.Sync();
            var stored = Hash(part.File);
            disk.WriteWhole($"damaged/{part.Key.RelativePath}.seal", part.Seal!.Raw);
            disk.Rename(PartPath(part.Key, ".part"), $"damaged/{part.Key.RelativePath}.mkv");
            part.IsClosed = true;
            part.Dispose();
            return stored;
        }
    }

    /// <summary>Keeps the seal of a segment whose bytes are lost on the card; durable on return.</summary>
    public void KeepLost(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        disk.WriteWhole($"damaged/{seal.Key.RelativePath}.seal", seal.Raw);
    }

    /// <summary>Moves an open part without a seal to <c>orphans/</c>; durable on return.</summary>
    public StoredFile KeepOrphan(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            part.File.Sync();
            var stored = Hash(part.File);
            disk.Rename(PartPath(part.Key, ".part"), OrphanPath(part.Key));
            part.IsClosed = true;
            part.Dispose();
        }

        parts.TryRemove(part.Key, out _);
        disk.Delete(PartPath(part.Key, ".chunks"));
        return HashOf(OrphanPath(part.Key));
    }

    /// <summary>Bytes of the orphaned tail of a segment, or null.</summary>
    public byte[]? ReadOrphan(SegmentKey key) => disk.Exists(OrphanPath(key)) ? disk.ReadWhole(OrphanPath(key)) : null;

    /// <summary>Syncs every part that grew since the last call, and notes which chunks stand: what has arrived of an open segment is safe within 5 s (DESIGN D3).</summary>
    /// <exception cref="IOException">A sync failed.</exception>
    public void SyncOpenParts()
    {
        foreach (var part in parts.Values)
        {
            lock (part.Gate)
            {
                if (part.IsClosed)
                    continue;
                var unsaved = part.TakeUnsaved();
                if (unsaved.Length == 0)
                    continue;
                part.File.Sync();
                var entries = new byte[unsaved.Length * SidecarEntryBytes];
                for (var slot = 0; slot < unsaved.Length; slot++)
                {
                    var entry = entries.AsSpan(slot * SidecarEntryBytes, SidecarEntryBytes);
                    BinaryPrimitives.WriteUInt32LittleEndian(entry, unsaved[slot]);
                    BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)part.LengthOf(unsaved[slot]));
                    part.DigestOf(unsaved[slot]).CopyTo(entry[8..]);
                }

                using var sidecar = disk.Open(PartPath(part.Key, ".chunks"));
                sidecar.WriteAt(sidecar.Length / SidecarEntryBytes * SidecarEntryBytes, entries);
                sidecar.Sync();
            }
        }

        IsRoomGone(force: true);
    }

    /// <summary>Writes the newest receipt of a segment; not synced, as it can be issued again.</summary>
    public void WriteReceipt(SegmentKey key, bool damaged, ReadOnlySpan<byte> receipt) => disk.WriteWholeUnsynced(ReceiptPath(key, damaged), receipt);

    /// <summary>True when the receipt file of a segment stands.</summary>
    public bool HasReceipt(SegmentKey key, bool damaged) => disk.Exists(ReceiptPath(key, damaged));

    /// <summary>Conflicting chunks seen of a recorder, kept or counted.</summary>
    public int ConflictCount(DeviceId device) => conflictCounts.GetValueOrDefault(device);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in parts.Values)
            part.Dispose();
    }

    private static string PartPath(SegmentKey key, string ending) =>
        $"parts/{key.PartPath}{ending}";

    private static string OrphanPath(SegmentKey key) => $"orphans/{key.RelativePath}.mkv";

    private static bool IsNoSpace(IOException failure) => (failure.HResult & 0xFFFF) is 28 or 122; // ENOSPC, EDQUOT

    private static bool TryParsePartPath(string path, out SegmentKey key) => SegmentKey.TryParsePath(path["parts/".Length..], out key);

    private static StoredFile Hash(IDiskFile file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        long offset = 0;
        for (int read; (read = file.ReadAt(offset, buffer)) > 0; offset += read)
            hash.AppendData(buffer, 0, read);
        return new StoredFile(hash.GetHashAndReset(), offset);
    }

    private StoredFile HashOf(string path)
    {
        var bytes = disk.ReadWhole(path);
        return new StoredFile(SHA256.HashData(bytes), bytes.Length);
    }

    private long NowUs() => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private Part? OpenPart(SegmentKey key, uint chunkBytes)
    {
        var count = 0;
        long bytes = 0;
        foreach (var other in parts.Values)
        {
            if (other.Key.Device == key.Device)
            {
                count++;
                bytes += other.PresentBytes;
            }
        }

        if (count >= Limits.PartsMax || bytes >= Limits.PartBytesMax)
            return null;
        return parts.GetOrAdd(key, static (wanted, state) => new Part(wanted, state.ChunkBytes, state.Store.disk.Open(PartPath(wanted, ".part"))) { NewestUs = state.Store.NowUs() }, (Store: this, ChunkBytes: chunkBytes));
    }

    private void Drop(Part part)
    {
        lock (part.Gate)
        {
            part.IsClosed = true;
            part.Dispose();
            disk.Delete(PartPath(part.Key, ".part"));
        }
    }

    // Looks at the disk once a second, or when forced.
    private bool IsRoomGone(bool force)
    {
        var now = time.GetTimestamp();
        if (!force && !full && time.GetElapsedTime(Interlocked.Read(ref roomAskedAt), now).TotalSeconds < 1)
            return full;
        Interlocked.Exchange(ref roomAskedAt, now);
        var (freeBytes, totalBytes) = disk.Room();
        full = freeBytes < totalBytes * Limits.ReservedShare;
        return full;
    }

    private PlaceOutcome CompareWithStored(SegmentKey key, long offset, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> digest)
    {
        if (!disk.Exists(SegmentPath(key)))
            return PlaceOutcome.Duplicate; // being moved, or damaged: the seal's answer says which
        var bytes = disk.ReadWhole(SegmentPath(key));
        return offset + payload.Length <= bytes.Length && bytes.AsSpan((int)offset, payload.Length).SequenceEqual(payload) ? PlaceOutcome.Duplicate : KeepConflict(key, payload, digest);
    }

    private PlaceOutcome KeepConflict(SegmentKey key, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> digest)
    {
        var count = conflictCounts.AddOrUpdate(key.Device, 1, static (_, seen) => seen + 1);
        var path = $"conflicts/{key.Device}/{Convert.ToHexStringLower(digest)}.bin";
        if (count <= Limits.ConflictsMax && !disk.Exists(path))
        {
            try
            {
                disk.WriteWholeUnsynced(path, payload);
            }
            catch (IOException failure) when (IsNoSpace(failure))
            {
                full = true;
            }
        }

        return PlaceOutcome.Conflict;
    }

    private void ReadSidecar(Part part)
    {
        var path = PartPath(part.Key, ".chunks");
        if (!disk.Exists(path))
            return;
        var entries = disk.ReadWhole(path);
        var payload = new byte[8192];
        for (var at = 0; at + SidecarEntryBytes <= entries.Length; at += SidecarEntryBytes)
        {
            var index = BinaryPrimitives.ReadUInt32LittleEndian(entries.AsSpan(at));
            var length = BinaryPrimitives.ReadUInt32LittleEndian(entries.AsSpan(at + 4));
            var digest = entries.AsSpan(at + 8, 32);
            if (index >= 1 << 16 || length is 0 or > 8192)
                continue;
            // Full chunks tell the chunk length; a single short one is the first chunk of a short segment.
            foreach (var chunkBytes in part.ChunkBytes != 0 ? [part.ChunkBytes] : new uint[] { 8192, 4096 })
            {
                if (length <= chunkBytes && part.File.ReadAt((long)index * chunkBytes, payload.AsSpan(0, (int)length)) == length && Digests.ChunkMatches(payload.AsSpan(0, (int)length), digest))
                {
                    if (part.ChunkBytes == 0 && (index > 0 || length > 4096))
                        part.ChunkBytes = chunkBytes;
                    if (!part.Has(index))
                        part.Set(index, (int)length, digest);
                    break;
                }
            }
        }

        part.TakeUnsaved();
        if (part.ChunkBytes == 0)
            part.ChunkBytes = 4096;
    }
}
