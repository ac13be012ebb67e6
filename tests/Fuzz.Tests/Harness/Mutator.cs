using System.Buffers.Binary;
using System.Text;

namespace BodyCam.Fuzz.Tests.Harness;

/// <summary>Changes inputs the way damage and malice do: bits, lengths, cuts, splices, repetitions, numbers at their edges. All from one seed.</summary>
internal sealed class Mutator(Random random, FuzzTarget target)
{
    private static readonly ulong[] edges =
    [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x3FFF, 0x4000, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x1F_FFFF, 0xFFF_FFFF, 0x1000_0000,
        int.MaxValue, 0x8000_0000, uint.MaxValue, 0x1_0000_0000, long.MaxValue, 0x8000_0000_0000_0000, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly byte[][] textEdges =
    [
        .. new[] { "0", "-1", "1", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400", "-0", "0.1", "1E-400", "NaN", "null", "true", "{}", "[]", "\"\"", "\"\\ud800\"", "\\u0000", "\u0000", "\uFEFF", "\u2028", "\r\n", "\n", "\t", " ", "", "=", "+", "/", "..", "-", ",", ":", "\"", "\\", "{", "}", "[", "]", "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z" }.Select(Encoding.UTF8.GetBytes),
        [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xFF], [0xF4, 0x90, 0x80, 0x80],
    ];

    /// <summary>A changed copy of one of the inputs, at most <see cref="FuzzTarget.InputBytesMax"/> bytes.</summary>
    public byte[] Next(IReadOnlyList<byte[]> inputs)
    {
        byte[] bytes = inputs[random.Next(inputs.Count)];
        for (int changes = 1 + Geometric(6); changes > 0; changes--)
        {
            bytes = Change(bytes, inputs);
            if (bytes.Length > target.InputBytesMax)
                bytes = bytes[..target.InputBytesMax];
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes, IReadOnlyList<byte[]> inputs)
    {
        if (bytes.Length == 0)
            return Noise(1 + random.Next(32));
        int at = random.Next(bytes.Length);
        int count = 1 + random.Next(Math.Min(bytes.Length - at, 1 << random.Next(12)));
        switch (random.Next(target.IsText ? 16 : 13))
        {
            case 0 or 1:
                return With(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8))));
            case 2:
                return With(bytes, at, (byte)edges[random.Next(6)]);
            case 3 or 4:
                return Edge(bytes, at);
            case 5:
                return bytes[..at];
            case 6:
                return [.. bytes, .. Noise(1 + random.Next(64))];
            case 7:
                byte[] other = inputs[random.Next(inputs.Count)];
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(other.Length == 0 ? 0 : random.Next(other.Length))];
            case 8:
                return Repeated(bytes, at, count);
            case 9:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + count)];
            case 10:
                int to = random.Next(bytes.Length);
                return [.. bytes.AsSpan(0, to), .. bytes.AsSpan(at, count), .. bytes.AsSpan(to)];
            case 11:
                return Moved(bytes, at, count);
            case 12:
                return target.Words.Count == 0 ? With(bytes, at, (byte)random.Next(256)) : Inserted(bytes, at, target.Words[random.Next(target.Words.Count)], over: random.Next(2) == 0);
            case 13:
                return Number(bytes, at);
            default:
                return Inserted(bytes, at, textEdges[random.Next(textEdges.Length)], over: random.Next(2) == 0);
        }
    }

    // A number of 1, 2, 4 or 8 bytes at an edge, or the length of the input more or less, in either byte order.
    private byte[] Edge(byte[] bytes, int at)
    {
        ulong value = random.Next(3) == 0 ? (ulong)(bytes.Length - at + random.Next(-9, 10)) : edges[random.Next(edges.Length)];
        var number = new byte[8];
        bool little = random.Next(2) == 0;
        int width = 1 << random.Next(4);
        if (little)
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        else
            BinaryPrimitives.WriteUInt64BigEndian(number, value);
        return Inserted(bytes, at, little ? number[..width] : number[^width..], over: true);
    }

    // The digits around this place become another number.
    private byte[] Number(byte[] bytes, int at)
    {
        int start = Array.FindIndex(bytes, at, static letter => letter is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
            return Inserted(bytes, at, textEdges[random.Next(16)], over: false);
        int end = start;
        while (end < bytes.Length && bytes[end] is >= (byte)'0' and <= (byte)'9')
            end++;
        return [.. bytes.AsSpan(0, start), .. textEdges[random.Next(16)], .. bytes.AsSpan(end)];
    }

    private byte[] Repeated(byte[] bytes, int at, int count)
    {
        int times = 1 << random.Next(1, 14);
        times = Math.Min(times, ((target.InputBytesMax - bytes.Length) / count) + 1);
        var grown = new List<byte>(bytes.Length + (Math.Max(0, times) * count));
        grown.AddRange(bytes.AsSpan(0, at));
        for (int turn = 0; turn < times; turn++)
            grown.AddRange(bytes.AsSpan(at, count));
        grown.AddRange(bytes.AsSpan(at));
        return [.. grown];
    }

    private byte[] Moved(byte[] bytes, int at, int count)
    {
        byte[] without = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + count)];
        int to = random.Next(without.Length + 1);
        return [.. without.AsSpan(0, to), .. bytes.AsSpan(at, count), .. without.AsSpan(to)];
    }

    private static byte[] Inserted(byte[] bytes, int at, ReadOnlySpan<byte> piece, bool over) =>
        [.. bytes.AsSpan(0, at), .. piece, .. bytes.AsSpan(over ? Math.Min(bytes.Length, at + piece.Length) : at)];

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    private byte[] Noise(int count)
    {
        byte[] noise = new byte[count];
        random.NextBytes(noise);
        return noise;
    }

    private int Geometric(int max)
    {
        int value = 0;
        while (value < max && random.Next(2) == 0)
            value++;
        return value;
    }
}
