using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace BodyCam.Log;

/// <summary>What a leaf says: <c>bcl1 sequence timeUs type commitment</c>, ASCII, single spaces, no line end. See log-format.md §3.</summary>
/// <param name="Sequence">Place in the log, from 0.</param>
/// <param name="TimeUs">Gateway-wall time of the append, µs since 1970-01-01 UTC.</param>
/// <param name="Type">Kind of record, 1..32 of a–z, 0–9, dot, underscore and hyphen, a letter first.</param>
/// <param name="Commitment">SHA-256(salt ‖ record), 32 bytes.</param>
public sealed record LogEntry(long Sequence, long TimeUs, string Type, byte[] Commitment)
{
    /// <summary>Length of the random salt that stands before a record in its commitment, in bytes.</summary>
    public const int SaltBytes = 16;

    private const int OnStackMax = 1024;

    /// <summary>Whether a text can be a record type.</summary>
    /// <param name="type">The text.</param>
    /// <returns>True if it can be used.</returns>
    public static bool IsType(string type) =>
        type is { Length: > 0 and <= 32 } && char.IsAsciiLetterLower(type[0]) && type.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-');

    /// <summary>The commitment to a record.</summary>
    /// <param name="salt">16 bytes.</param>
    /// <param name="record">The record's exact bytes.</param>
    /// <returns>SHA-256(salt ‖ record), a new array of 32 bytes.</returns>
    public static byte[] Commit(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> record)
    {
        var length = salt.Length + record.Length;
        var rented = length > OnStackMax ? ArrayPool<byte>.Shared.Rent(length) : null;
        var input = rented is null ? stackalloc byte[OnStackMax] : rented;
        salt.CopyTo(input);
        record.CopyTo(input[salt.Length..]);
        var commitment = SHA256.HashData(input[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return commitment;
    }

    /// <summary>The leaf's bytes.</summary>
    /// <returns>A new array, at most 150 bytes.</returns>
    public byte[] ToBytes()
    {
        Span<byte> text = stackalloc byte[256];
        Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"bcl1 {Sequence} {TimeUs} {Type} ", out var used);
        Convert.TryToHexStringLower(Commitment, text[used..], out var digits);
        return text[..(used + digits)].ToArray();
    }

    /// <summary>The leaf's hash in the tree.</summary>
    /// <returns>SHA-256(0x00 ‖ leaf bytes), a new array of 32 bytes.</returns>
    public byte[] LeafHash() => MerkleHash.Leaf(ToBytes());

    /// <summary>Reads a leaf; accepts exactly what <see cref="ToBytes"/> writes.</summary>
    /// <param name="entry">The leaf's bytes.</param>
    /// <returns>The entry, or null if the bytes are not in the canonical form.</returns>
    public static LogEntry? Parse(ReadOnlySpan<byte> entry)
    {
        if (entry.Length > 150)
            return null;
        var fields = Encoding.Latin1.GetString(entry).Split(' ');
        if (fields.Length != 5 || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || !long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var timeUs)
            || !IsType(fields[3]) || fields[4].Length != 2 * MerkleHash.Bytes || !fields[4].All(char.IsAsciiHexDigitLower))
            return null;
        var result = new LogEntry(sequence, timeUs, fields[3], Convert.FromHexString(fields[4]));
        return entry.SequenceEqual(result.ToBytes()) ? result : null;
    }
}
