using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Log;

namespace BodyCam.Simulation.Tests;

/// <summary>The simulation's own Merkle tree (RFC 9162 §2.1.1) over the record lines that are on the device: grows with the log, and its root has to be that of each checkpoint.</summary>
internal sealed class LeafTree
{
    private readonly List<(string Type, string Json)> records = [];
    private readonly List<List<byte[]>> levels = [[]]; // complete subtrees: levels[h][i] is over the 2^h leaves from i × 2^h on
    private int tailOffset;

    /// <summary>Bytes of a records file on the device; none when it is not there.</summary>
    public delegate ReadOnlySpan<byte> Bundle(int number);

    /// <summary>Leaves.</summary>
    public int Size => records.Count;

    /// <summary>Type and text of each record.</summary>
    public IReadOnlyList<(string Type, string Json)> Records => records;

    /// <summary>Takes the leaves up to a size; nothing that was taken before is read again.</summary>
    /// <param name="size">Leaves of a checkpoint.</param>
    /// <param name="bundle">Bytes of a records file on the device, by its number.</param>
    public void Grow(long size, Bundle bundle)
    {
        while (records.Count < size)
        {
            if (records.Count % 256 == 0)
                tailOffset = 0;
            var bytes = bundle(records.Count / 256);
            var rest = bytes[Math.Min(tailOffset, bytes.Length)..];
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
                throw new InvalidOperationException($"Record {records.Count} is under the checkpoint and not on the device.");
            Take(Encoding.ASCII.GetString(rest[..end]));
            tailOffset += end + 1;
        }
    }

    /// <summary>Root over the first leaves.</summary>
    public byte[] Root(int size) => size == 0 ? SHA256.HashData([]) : Root(0, size);

    private byte[] Root(int first, int count)
    {
        var height = BitOperations.Log2((uint)count);
        var left = 1 << height;
        if (left == count)
            return levels[height][first >> height];
        return Node(levels[height][first >> height], Root(first + left, count - left));
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
        levels[0].Add(SHA256.HashData([0, .. entry.ToBytes()]));
        for (var height = 0; levels[height].Count % 2 == 0; height++)
        {
            if (height + 1 == levels.Count)
                levels.Add([]);
            levels[height + 1].Add(Node(levels[height][^2], levels[height][^1]));
        }
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);
}
