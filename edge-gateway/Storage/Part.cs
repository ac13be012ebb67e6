using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>A segment that is still arriving: which chunks stand in its part file, with their digests. Questions may come from any thread; it is changed under its gate.</summary>
public sealed class Part : IDisposable
{
    private const int DigestBytes = 32;
    private const int ChunksMin = 16;

    private readonly List<uint> unsaved = [];
    // Of each chunk its length, 0 while it does not stand, and its digest.
    private int[] lengths = [];
    private byte[] digests = [];

    private readonly PartUse use;
    private int handedOver;

    internal Part(SegmentKey key, uint chunkBytes, IDiskFile file, PartUse use)
    {
        Key = key;
        ChunkBytes = chunkBytes;
        File = file;
        this.use = use;
        use.Enter();
    }

    /// <summary>Which segment.</summary>
    public SegmentKey Key { get; }

    /// <summary>Chunk length; fixed by the first chunk or the seal.</summary>
    public uint ChunkBytes { get; internal set; }

    /// <summary>The seal, once it came.</summary>
    public Seal? Seal { get; private set; }

    /// <summary>False while the seal was only read back from the disk after a restart: the recorder's own supersedes it.</summary>
    public bool IsSealConfirmed { get; internal set; }

    /// <summary>Monotonic timestamp since when its bytes lie on the disk unread: made, or read back after a restart.</summary>
    internal long RestingSince { get; set; }

    /// <summary>Monotonic timestamp at which this process wrote the seal beside it; null when it was read back.</summary>
    internal long? SealWrittenAt { get; set; }

    /// <summary>Chunks that stand.</summary>
    public int PresentCount { get; private set; }

    /// <summary>How often all chunks were asked for again because they did not give the seal's content.</summary>
    public int ResendCount { get; internal set; }

    /// <summary>Gateway-wall time of the newest chunk, µs.</summary>
    public long NewestUs { get; internal set; }

    /// <summary>Bytes that stand.</summary>
    public long PresentBytes { get; private set; }

    /// <summary>True when every chunk of the seal stands.</summary>
    public bool IsComplete
    {
        get
        {
            lock (Gate)
                return Seal is not null && PresentCount >= Seal.ChunkCount && Missing(Seal.ChunkCount, 1).Count == 0;
        }
    }

    internal IDiskFile File { get; }

    internal Lock Gate { get; } = new();

    /// <summary>True when a sync of it may have failed: it is written anew before anything is said of it.</summary>
    internal bool IsUnsure { get; set; }

    /// <summary>True when its file holds bytes, verified or not.</summary>
    public bool HoldsBytes
    {
        get
        {
            lock (Gate)
                return !IsClosed && File.Length > 0;
        }
    }

    /// <summary>True once it is a part no more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>True once somebody took it on to bring it into log and catalog.</summary>
    public bool IsHandedOver => Volatile.Read(ref handedOver) != 0;

    /// <summary>True for the one caller that brings the stored segment into log and catalog.</summary>
    public bool TryHandOver() => Interlocked.Exchange(ref handedOver, 1) == 0;

    /// <summary>True once the entries of its files are durable.</summary>
    internal bool IsEntryDurable { get; set; }

    /// <summary>True when its chunks give the seal's content, false when they do not; null while it is not complete.</summary>
    public bool? IsCovered()
    {
        lock (Gate)
            return IsComplete ? Seal!.Covers(Digests()) : null;
    }

    /// <summary>Chunk digests in order, n × 32 bytes; call only when complete.</summary>
    public byte[] Digests()
    {
        lock (Gate)
        {
            return digests[..((int)Seal!.ChunkCount * DigestBytes)];
        }
    }

    /// <summary>Ranges that do not stand among the first <paramref name="chunkCount"/> chunks.</summary>
    public IReadOnlyList<(uint First, uint Count)> Missing(uint chunkCount, int rangesMax)
    {
        var ranges = new List<(uint First, uint Count)>();
        uint index = 0;
        while (index < chunkCount && ranges.Count < rangesMax)
        {
            if (Has(index))
            {
                index++;
                continue;
            }

            var first = index;
            while (index < chunkCount && !Has(index))
                index++;
            ranges.Add((first, index - first));
        }

        return ranges;
    }

    internal bool Has(uint index) => index < lengths.Length && lengths[index] > 0;

    internal ReadOnlySpan<byte> DigestOf(uint index) => digests.AsSpan((int)index * DigestBytes, DigestBytes);

    internal int LengthOf(uint index) => lengths[index];

    internal void Set(uint index, int length, ReadOnlySpan<byte> digest)
    {
        if (index >= lengths.Length)
        {
            Array.Resize(ref lengths, Math.Max((int)index + 1, Math.Max(ChunksMin, lengths.Length * 2)));
            Array.Resize(ref digests, lengths.Length * DigestBytes);
        }

        PresentCount++;
        PresentBytes += length;
        use.Add(length);
        lengths[index] = length;
        digest.CopyTo(digests.AsSpan((int)index * DigestBytes));
        unsaved.Add(index);
    }

    internal void Clear()
    {
        use.Add(-PresentBytes);
        Array.Clear(lengths);
        unsaved.Clear();
        PresentCount = 0;
        PresentBytes = 0;
    }

    /// <summary>Takes the seal: chunks that it does not cover, or covers with another length, no longer stand.</summary>
    internal void Take(Seal seal, bool isConfirmed = true)
    {
        IsSealConfirmed = isConfirmed;
        if (ChunkBytes != seal.ChunkBytes)
            Clear();
        ChunkBytes = seal.ChunkBytes;
        Seal = seal;
        for (var index = 0; index < lengths.Length; index++)
        {
            if (lengths[index] == 0 || (index < seal.ChunkCount && lengths[index] == seal.ChunkLength((uint)index)))
                continue;
            PresentCount--;
            PresentBytes -= lengths[index];
            use.Add(-lengths[index]);
            unsaved.Remove((uint)index);
            lengths[index] = 0;
        }
    }

    /// <summary>Forgets a seal that was read back and is not what the recorder said.</summary>
    internal void DropSeal() => Seal = null;

    /// <summary>Every chunk that stands.</summary>
    internal uint[] Present() => [.. Enumerable.Range(0, lengths.Length).Select(static index => (uint)index).Where(Has)];

    /// <summary>Indexes set since the last call.</summary>
    internal uint[] TakeUnsaved()
    {
        var taken = unsaved.ToArray();
        unsaved.Clear();
        return taken;
    }

    /// <summary>Gives back what could not be noted.</summary>
    internal void GiveBack(uint[] taken) => unsaved.AddRange(taken);

    /// <summary>It is a part no more.</summary>
    internal void Close()
    {
        IsClosed = true;
        use.Add(-PresentBytes);
        use.Leave();
        File.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
