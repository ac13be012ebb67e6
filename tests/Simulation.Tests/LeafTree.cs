using System.Security.Cryptography;
using System.Text;
using BodyCam.Log;

namespace BodyCam.Simulation.Tests;

/// <summary>The simulation's own Merkle tree (RFC 9162 §2.1.1) over the record lines that are on the device: grows with the log, and its root has to be that of each checkpoint.</summary>
internal sealed class LeafTree
{
    private readonly List<(int Height, byte[] Hash)> roots = [];
    private readonly List<(string Type, string Json)> records = [];
    private readonly List<byte[]> leaves = [];
    private int tailOffset;

    /// <summary>Leaves.</summary>
    public int Size => records.Count;

    /// <summary>Type and text of each record.</summary>
    public IReadOnlyList<(string Type, string Json)> Records => records;

    /// <summary>Takes the leaves up to a size; nothing that was taken before is read again.</summary>
    /// <param name="size">Leaves of a checkpoint.</param>
    /// <param name="bundle">Bytes of a records file, by its number.</param>
    public void Grow(long size, Func<int, byte[]> bundle)
    {
        byte[]? bytes = null;
        while (records.Count < size)
        {
            if (records.Count % 256 == 0)
                (bytes, tailOffset) = (null, 0);
            bytes ??= bundle(records.Count / 256);
            var rest = bytes.AsSpan(tailOffset);
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
                throw new InvalidOperationException($"Record {records.Count} is under the checkpoint and not on the device.");
            Take(Encoding.ASCII.GetString(rest[..end]));
            tailOffset += end + 1;
        }
    }

    /// <summary>Root over all leaves.</summary>
    public byte[] Root()
    {
        if (roots.Count == 0)
            return SHA256.HashData([]);
        var root = roots[^1].Hash;
        for (var index = roots.Count - 2; index >= 0; index--)
            root = Node(roots[index].Hash, root);
        return root;
    }

    /// <summary>Root over the first leaves.</summary>
    public byte[] Root(int size) => size == Size ? Root() : size == 0 ? SHA256.HashData([]) : Root(0, size);

    private byte[] Root(int first, int count)
    {
        if (count == 1)
            return leaves[first];
        var left = 1;
        while (left * 2 < count)
            left *= 2;
        return Node(Root(first, left), Root(first + left, count - left));
    }

    private void Take(string line)
    {
        // {"sequence":17,"type":"segment","timeUs":1790000000123456,"salt":"…","record":"…"}
        string Field(string name, char end)
        {
            var at = line.IndexOf($"\"{name}\":", StringComparison.Ordinal) + name.Length + 3;
            return line[at..line.IndexOf(end, at + 1)].Trim('"');
        }

        if (Field("sequence", ',') != records.Count.ToString(System.Globalization.CultureInfo.InvariantCulture))
            throw new InvalidOperationException($"Record {records.Count} is not in its place: {line[..40]}");
        var json = Convert.FromBase64String(Field("record", '}'));
        var entry = new LogEntry(records.Count, long.Parse(Field("timeUs", ','), System.Globalization.CultureInfo.InvariantCulture), Field("type", ','), SHA256.HashData([.. Convert.FromBase64String(Field("salt", ',')), .. json]));
        records.Add((entry.Type, Encoding.UTF8.GetString(json)));
        var (height, hash) = (0, SHA256.HashData([0, .. entry.ToBytes()]));
        leaves.Add(hash);
        for (; roots.Count > 0 && roots[^1].Height == height; height++)
        {
            hash = Node(roots[^1].Hash, hash);
            roots.RemoveAt(roots.Count - 1);
        }

        roots.Add((height, hash));
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);
}
