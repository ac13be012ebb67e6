using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>A segment that is still arriving: which chunks stand in its part file, with their digests. Used under its own lock.</summary>
public sealed class Part : IDisposable
{
    private readonly List<Entry> entries = [];
    private readonly List<uint> unsaved = [];

    internal Part(SegmentKey key, uint chunkBytes, IDiskFile file)
    {
        Key = key;
        ChunkBytes = chunkBytes;
        File = file;
    }

    /// <summary>Which segment.</summary>
    public SegmentKey Key { get; }

    /// <summary>Chunk length; fixed by the first chunk or the seal.</summary>
    public uint ChunkBytes { get; internal set; }

    /// <summary>The seal, once it came.</summary>
    public Seal? Seal { get; internal set; }

    /// <summary>Chunks that stand.</summary>
    public int PresentCount { get; private set; }

    /// <summary>How often all chunks were asked for again because they did not give the seal's content.</summary>
    public int ResendCount { get; internal set; }

    /// <summary>Gateway-wall time of the newest chunk, µs.</summary>
    public long NewestUs { get; internal set; }

    /// <summary>Bytes that stand.</summary>
    public long PresentBytes { get; private set; }

    /// <summary>True when every chunk of the seal stands.</summary>
    public bool IsComplete => Seal is not null && PresentCount >= Seal.ChunkCount && Missing(Seal.ChunkCount, 1).Count == 0;

    internal IDiskFile File { get; }

    internal Lock Gate { get; } = new();

    internal bool IsClosed { get; set; }

    /// <summary>Chunk digests in order, n × 32 bytes; call only when complete.</summary>
    public byte[] Digests()
    {
        var digests = new byte[Seal!.ChunkCount * 32];
        for (var index = 0; index < Seal.ChunkCount; index++)
            entries[index].Digest!.CopyTo(digests, index * 32);
        return digests;
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

    internal bool Has(uint index) => index < entries.Count && entries[(int)index].Digest is not null;

    internal ReadOnlySpan<byte> DigestOf(uint index) => entries[(int)index].Digest;

    internal int LengthOf(uint index) => entries[(int)index].Length;

    internal void Set(uint index, int length, ReadOnlySpan<byte> digest)
    {
        while (entries.Count <= index)
            entries.Add(default);
        PresentCount++;
        PresentBytes += length;
        entries[(int)index] = new Entry(digest.ToArray(), length);
        unsaved.Add(index);
    }

    internal void Clear()
    {
        entries.Clear();
        unsaved.Clear();
        PresentCount = 0;
        PresentBytes = 0;
    }

    /// <summary>Indexes set since the last call.</summary>
    internal uint[] TakeUnsaved()
    {
        var taken = unsaved.ToArray();
        unsaved.Clear();
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private readonly record struct Entry(byte[]? Digest, int Length);
}
