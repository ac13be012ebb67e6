using System.Buffers;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>A segment that stands under its final name.</summary>
/// <param name="Sha256">SHA-256 of the file.</param>
/// <param name="Bytes">Its length; of one that is longer than any segment, what was read of it.</param>
public readonly record struct StoredFile(byte[] Sha256, long Bytes);

/// <summary>Part files and segments on disk (storage format §6). Thread-safe; one lock for each segment.</summary>
/// <remarks>A full disk shows as <see cref="PlaceOutcome.Full"/>, or as an <see cref="IOException"/> that <see cref="DiskFull"/> knows: then nothing has changed that a repeat does not mend. Any other one means that the disk failed.</remarks>
public sealed partial class SegmentStore : IDisposable
{
    private const int RoomEveryChunks = 64;
    private const int HashBufferBytes = 128 * 1024;
    private const int RewriteBlockBytes = 4096;
    private static readonly TimeSpan restingMax = TimeSpan.FromMinutes(1);

    private readonly IDisk disk;
    private readonly TimeProvider time;
    private readonly PartTable parts;
    private readonly AsideFolders aside;
    private long roomAskedAt;
    private volatile bool full;

    /// <summary>Opens the store; <see cref="Recover"/> is called once before anything is placed.</summary>
    public SegmentStore(IDisk disk, TimeProvider time, StoreLimits? limits = null)
    {
        this.disk = disk;
        this.time = time;
        Limits = limits ?? new StoreLimits();
        parts = new PartTable(disk, time, Limits);
        aside = new AsideFolders(disk, Limits);
    }

    /// <summary>The bounds in force.</summary>
    public StoreLimits Limits { get; }

    /// <summary>True while the disk has no room for uploads; looks again by itself.</summary>
    public bool IsFull => full;

    /// <summary>Free and whole bytes of the disk.</summary>
    public (long FreeBytes, long TotalBytes) Room() => disk.Room();

    /// <summary>Parts that are open, in the order of their keys.</summary>
    public IReadOnlyList<Part> Parts => parts.All;

    /// <summary>Number of parts that are open.</summary>
    public int PartCount => parts.Count;

    /// <summary>Name of an original below the data folder.</summary>
    public static string SegmentPath(SegmentKey key) => $"segments/{key.RelativePath}.mkv";

    /// <summary>Name of its seal.</summary>
    public static string SealPath(SegmentKey key) => $"segments/{key.RelativePath}.seal";

    /// <summary>Name of its receipt.</summary>
    public static string ReceiptPath(SegmentKey key, bool damaged) => $"{(damaged ? "damaged" : "segments")}/{key.RelativePath}.receipt";

    /// <summary>Reads what the last run left in <c>parts/</c> and removes its temporary files.</summary>
    /// <param name="isAuthentic">Says of a seal that was kept whether its MAC is the recorder's.</param>
    /// <returns>Parts found.</returns>
    public int Recover(Func<Seal, bool> isAuthentic)
    {
        foreach (var path in disk.Files("tmp"))
            disk.Delete(path);
        aside.Recover();
        return parts.Recover(isAuthentic);
    }

    /// <summary>Seals in <c>parts/</c> whose segment may or may not stand already: the work that a crash left between rename and log.</summary>
    public IReadOnlyList<Seal> UnfinishedSeals() => parts.Seals();

    /// <summary>Segments of which <c>parts/</c> has a seal file that cannot be read.</summary>
    public IReadOnlyList<SegmentKey> UnreadableSeals() => parts.UnreadableSeals();

    /// <summary>True when the original stands under its final name.</summary>
    public bool IsStored(SegmentKey key) => disk.Exists(SegmentPath(key));

    /// <summary>Places one verified chunk; not durable until the segment is committed or the part is synced.</summary>
    /// <param name="key">The segment.</param>
    /// <param name="index">Chunk index.</param>
    /// <param name="chunkBytes">4,096 or 8,192.</param>
    /// <param name="payload">1…chunkBytes bytes whose digest was checked; not retained.</param>
    /// <param name="digest">That digest.</param>
    public PlaceOutcome Place(SegmentKey key, uint index, uint chunkBytes, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> digest)
    {
        var offset = (long)index * chunkBytes;
        if (offset + payload.Length > Limits.SegmentBytesMax)
            return PlaceOutcome.OutOfRange;
        var part = parts.Find(key);
        if (part is null)
        {
            if (IsStored(key))
                return CompareWithStored(key, offset, payload, digest);
            if (IsRoomGone(force: true))
                return PlaceOutcome.Full;
            part = parts.Open(key, chunkBytes);
            if (part is null)
                return PlaceOutcome.Quota;
        }
        else if (index % RoomEveryChunks == 0 && IsRoomGone(force: false))
        {
            return PlaceOutcome.Full;
        }

        lock (part.Gate)
        {
            if (part.IsClosed)
                return CompareWithStored(key, offset, payload, digest);
            if (part.ChunkBytes != chunkBytes && part.PresentCount == 0 && part.Seal is null)
                part.ChunkBytes = chunkBytes;
            if (part.ChunkBytes != chunkBytes || (part.Seal is { } seal && (index >= seal.ChunkCount || payload.Length != seal.ChunkLength(index))))
                return aside.KeepConflict(key.Device, payload, digest);
            if (part.Has(index))
                return part.DigestOf(index).SequenceEqual(digest) && part.LengthOf(index) == payload.Length ? PlaceOutcome.Duplicate : aside.KeepConflict(key.Device, payload, digest);
            if (!parts.HasRoom(key, payload.Length))
                return PlaceOutcome.Quota;
            part.File.WriteAt(offset, payload);
            part.Set(index, payload.Length, digest);
            part.NewestUs = NowUs();
            return PlaceOutcome.Stored;
        }
    }

    /// <summary>Keeps a checked seal beside its part, durably; chunks that it does not cover no longer stand.</summary>
    /// <returns>Stored, Duplicate (also of an original that stands: its row is in the catalog since a moment ago), Conflict or ConflictAgain (another seal is kept for this segment, or stands beside its original), OutOfRange, Quota or Full.</returns>
    public PlaceOutcome PlaceSeal(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        if (seal.CoveredBytes > (ulong)Limits.SegmentBytesMax)
            return PlaceOutcome.OutOfRange;
        var part = parts.Find(seal.Key);
        if (part is null)
        {
            if (IsStored(seal.Key))
                return HasSeal(seal) ? PlaceOutcome.Duplicate : KeepConflict(seal);
            if (IsRoomGone(force: true))
                return PlaceOutcome.Full;
            part = parts.Open(seal.Key, seal.ChunkBytes);
            if (part is null)
                return PlaceOutcome.Quota;
        }

        lock (part.Gate)
        {
            if (part.Seal is { } kept && kept.Raw.SequenceEqual(seal.Raw))
            {
                part.IsSealConfirmed = true;
                return PlaceOutcome.Duplicate;
            }

            // The same digest over other fields: the copy that was read back is spoiled, and the recorder's own takes its place.
            if (part.Seal is { } other && (part.IsSealConfirmed || !other.SealDigest.SequenceEqual(seal.SealDigest)))
                return KeepConflict(seal);
            if (part.IsClosed)
                return PlaceOutcome.Duplicate; // an orphan since a moment ago: the recorder offers it again
            KeepSeal(part, seal);
            part.Take(seal);
            part.NewestUs = NowUs();
            return PlaceOutcome.Stored;
        }
    }

    /// <summary>The part of a segment, if it is arriving.</summary>
    public Part? Find(SegmentKey key) => parts.Find(key);

    /// <summary>Makes a complete part the segment: cut to what the seal covers, sync, seal, rename, folders. The copy of the seal in <c>parts/</c> stays until <see cref="Forget"/>, so that a crash before the log is found.</summary>
    /// <param name="part">Complete.</param>
    /// <param name="sha256">What the log has of it already; null for a new one. Other bytes stay where they are.</param>
    /// <returns>Null when another task has committed it, or emptied it, or its bytes are others.</returns>
    public StoredFile? Commit(Part part, byte[]? sha256 = null)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            if (part.IsClosed || part.IsCovered() != true)
                return null;
            try
            {
                if (part.IsUnsure)
                    Rewrite(part);
                // Also when the system shows that length: a sync that failed before may have left another one on the disk.
                part.File.SetLength((long)part.Seal!.CoveredBytes);
                part.File.Sync();
            }
            catch (IOException failure) when (DiskFull.Is(failure))
            {
                // After a failed sync nobody knows what the disk holds: all chunks are asked for again.
                RestartNeedsGate(part);
                throw;
            }

            var stored = Hash(part.File);
            if (sha256 is not null && !stored.Sha256.AsSpan().SequenceEqual(sha256))
                return null;
            var sealPath = PartTable.PathOf(part.Key, ".seal");
            // The copy that was written a moment ago gets a second name, which the rename beside it makes durable; one that has lain may have rotted.
            if (part.SealWrittenAt is not { } written || time.GetElapsedTime(written) >= restingMax || !disk.TryLink(sealPath, SealPath(part.Key)))
                disk.WriteWhole(SealPath(part.Key), part.Seal.Raw);
            try
            {
                disk.Rename(PartTable.PathOf(part.Key, ".part"), SegmentPath(part.Key));
            }
            catch (IOException failure) when (IsStored(part.Key))
            {
                throw new InvalidDataException($"{part.Key} was moved to its place, and its folder could not be synced. Check the disk and start the gateway again.", failure);
            }

            part.Close();
            disk.MakeReadOnly(SegmentPath(part.Key));
            return stored;
        }
    }

    /// <summary>SHA-256 and length of a stored segment, if its bytes are what the seal covers, which is then written beside it; null when not.</summary>
    public StoredFile? CheckStored(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        if (ReadStored(seal.Key) is not { } bytes || !Covers(seal, bytes))
            return null;
        WriteSeal(seal);
        disk.MakeReadOnly(SegmentPath(seal.Key));
        return new StoredFile(SHA256.HashData(bytes), bytes.Length);
    }

    /// <summary>False when the original stands as its record says, and the seal is not of it; reads it whole. Of bytes that are gone or changed nothing can be told.</summary>
    /// <param name="seal">As it was read.</param>
    /// <param name="sha256">Of the original, as its record has it.</param>
    public bool CanBeItsSeal(Seal seal, ReadOnlySpan<byte> sha256)
    {
        ArgumentNullException.ThrowIfNull(seal);
        return !IsStored(seal.Key) || ReadStored(seal.Key) is not { } bytes || Covers(seal, bytes) || !SHA256.HashData(bytes).AsSpan().SequenceEqual(sha256);
    }

    /// <summary>All bytes of a stored segment; null when what stands there is longer than any.</summary>
    public byte[]? ReadStored(SegmentKey key) => disk.TryReadWhole(SegmentPath(key));

    /// <summary>True when the original stands with these bytes; reads it whole.</summary>
    /// <param name="key">Segment.</param>
    /// <param name="sha256">As its record has it.</param>
    public bool IsIntact(SegmentKey key, ReadOnlySpan<byte> sha256) => IsStored(key) && Hash(disk, SegmentPath(key)).Sha256.AsSpan().SequenceEqual(sha256);

    /// <summary>Empties a part whose chunks do not give the seal's content, so that all are taken again.</summary>
    /// <returns>False when another task did, or it is a part no more.</returns>
    public bool Restart(Part part)
    {
        ArgumentNullException.ThrowIfNull(part);
        lock (part.Gate)
        {
            if (part.IsClosed || part.IsCovered() != false)
                return false;
            part.ResendCount++;
            RestartNeedsGate(part);
            return true;
        }
    }

    /// <summary>Syncs every part that grew since the last call, and notes which chunks stand: what has arrived of an open segment is safe within 5 s (DESIGN D3).</summary>
    /// <exception cref="IOException">A sync failed.</exception>
    public void SyncOpenParts()
    {
        var hadRoom = parts.Sync();
        IsRoomGone(force: true);
        full |= !hadRoom;
    }

    /// <summary>Notes that the disk said that it is full; looked at again with the next upload.</summary>
    public void NoteFull() => full = true;

    /// <summary>Writes the newest receipt of a segment; not synced, as it can be issued again.</summary>
    public void WriteReceipt(SegmentKey key, bool damaged, ReadOnlySpan<byte> receipt) => disk.WriteWholeUnsynced(ReceiptPath(key, damaged), receipt);

    /// <summary>The receipt file of a segment; empty when there is none, or what stands there is longer than any.</summary>
    public byte[] ReadReceipt(SegmentKey key, bool damaged) => disk.Exists(ReceiptPath(key, damaged)) ? disk.TryReadWhole(ReceiptPath(key, damaged)) ?? [] : [];

    /// <inheritdoc/>
    public void Dispose() => parts.Dispose();

    internal static StoredFile Hash(IDiskFile file) => Hash(file.ReadAt);

    // In pieces: whoever can lengthen a file does not choose how much memory its reader takes.
    internal static StoredFile Hash(IDisk disk, string path) => Hash((offset, into) => disk.ReadAt(path, offset, into));

    private static StoredFile Hash(Func<long, Span<byte>, int> readAt)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(HashBufferBytes);
        try
        {
            long offset = 0;
            // A file that is longer than any segment has the content of none, whatever follows: whoever can lengthen it does not choose how long its reader takes.
            for (int read; offset <= SegmentReader.FileBytesMax && (read = readAt(offset, buffer)) > 0; offset += read)
                hash.AppendData(buffer, 0, read);
            return new StoredFile(hash.GetHashAndReset(), offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A sync that failed in the part's life left bytes that the system shows, counts as written and never writes again; what the log says of the file is said of all that it shows.
    // Its length too. Blocks of zeros where no chunk stands are left out: they are holes, and need no room as such.
    private static void Rewrite(Part part)
    {
        var block = new byte[RewriteBlockBytes];
        long offset = 0;
        for (int read; (read = part.File.ReadAt(offset, block)) > 0; offset += read)
        {
            if (part.Has((uint)(offset / part.ChunkBytes)) || block.AsSpan(0, read).ContainsAnyExcept((byte)0))
                part.File.WriteAt(offset, block.AsSpan(0, read));
        }

        part.File.SetLength(offset);
    }

    private static bool Covers(Seal seal, ReadOnlySpan<byte> bytes)
    {
        if ((ulong)bytes.Length != seal.CoveredBytes)
            return false;
        var digests = new byte[seal.ChunkCount * 32];
        for (uint index = 0; index < seal.ChunkCount; index++)
            Digests.Chunk(bytes.Slice((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * 32, 32));
        return seal.Covers(digests);
    }

    private void RestartNeedsGate(Part part)
    {
        part.Clear();
        part.IsEntryDurable = false; // its next notes are another file
        disk.Delete(PartTable.PathOf(part.Key, ".chunks"));
    }

    private long NowUs() => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

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
        if (!IsStored(key))
            return PlaceOutcome.Duplicate; // being moved, or damaged: the seal's answer says which
        var standing = new byte[payload.Length];
        return disk.ReadAt(SegmentPath(key), offset, standing) == standing.Length && payload.SequenceEqual(standing) ? PlaceOutcome.Duplicate : aside.KeepConflict(key.Device, payload, digest);
    }
}
