using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace BodyCam.Log;

/// <summary>One line of a records file: a record with its salt, or what a purge leaves of it. See log-format.md §4.</summary>
/// <param name="Sequence">Place in the log, from 0.</param>
/// <param name="TimeUs">Gateway-wall time of the append, µs since 1970-01-01 UTC.</param>
/// <param name="Type">Kind of record.</param>
/// <param name="Commitment">SHA-256(salt ‖ record), 32 bytes; computed from them unless purged.</param>
/// <param name="Salt">16 random bytes; null if purged.</param>
/// <param name="Utf8Json">The record's exact bytes as they were appended; null if purged.</param>
public sealed record StoredRecord(long Sequence, long TimeUs, string Type, byte[] Commitment, byte[]? Salt, byte[]? Utf8Json)
{
    /// <summary>True if salt and record are gone and only the commitment is left.</summary>
    public bool IsPurged => Utf8Json is null;

    /// <summary>The leaf that stands for this record.</summary>
    /// <returns>The entry; the same before and after a purge.</returns>
    public LogEntry ToEntry() => new(Sequence, TimeUs, Type, Commitment);

    /// <summary>What is left when salt and record are purged.</summary>
    /// <returns>A record with the same leaf.</returns>
    public StoredRecord Purged() => this with { Salt = null, Utf8Json = null };

    /// <summary>The line with its line end; the only accepted spelling.</summary>
    internal byte[] ToLine()
    {
        var line = new ArrayBufferWriter<byte>();
        WriteLine(line);
        return line.WrittenSpan.ToArray();
    }

    /// <summary>Writes the line with its line end.</summary>
    internal void WriteLine(IBufferWriter<byte> output)
    {
        // The names, three numbers of at most 20 digits, the salt or the commitment.
        var span = output.GetSpan(256 + Type.Length + (Utf8Json is null ? 0 : Base64.GetMaxEncodedToUtf8Length(Utf8Json.Length)));
        Utf8.TryWrite(span, CultureInfo.InvariantCulture, $"{{\"sequence\":{Sequence},\"type\":\"{Type}\",\"timeUs\":{TimeUs},", out var used);
        if (Utf8Json is null)
        {
            Put(span, "\"commitment\":\""u8, ref used);
            Convert.TryToHexStringLower(Commitment, span[used..], out var digits);
            used += digits;
            Put(span, "\",\"purged\":true}\n"u8, ref used);
        }
        else
        {
            Put(span, "\"salt\":\""u8, ref used);
            PutBase64(span, Salt!, ref used);
            Put(span, "\",\"record\":\""u8, ref used);
            PutBase64(span, Utf8Json, ref used);
            Put(span, "\"}\n"u8, ref used);
        }

        output.Advance(used);
    }

    /// <summary>Reads a line with its line end; null unless it is spelled exactly as <see cref="ToLine"/> spells it.</summary>
    internal static StoredRecord? ParseLine(ReadOnlySpan<byte> line)
    {
        var rest = line;
        if (!Skip(ref rest, "{\"sequence\":"u8) || !Number(ref rest, out var sequence)
            || !Skip(ref rest, ",\"type\":\""u8) || !Until(ref rest, out var typeBytes)
            || !Skip(ref rest, "\",\"timeUs\":"u8) || !Number(ref rest, out var timeUs))
            return null;
        var type = Encoding.Latin1.GetString(typeBytes);
        if (!LogEntry.IsType(type))
            return null;
        StoredRecord result;
        if (Skip(ref rest, ",\"commitment\":\""u8))
        {
            if (!Until(ref rest, out var hex) || hex.Length != 2 * MerkleHash.Bytes || !Encoding.Latin1.GetString(hex).All(char.IsAsciiHexDigitLower))
                return null;
            result = new StoredRecord(sequence, timeUs, type, Convert.FromHexString(Encoding.Latin1.GetString(hex)), Salt: null, Utf8Json: null);
        }
        else
        {
            if (!Skip(ref rest, ",\"salt\":\""u8) || !Until(ref rest, out var saltText) || Decode(saltText) is not { Length: LogEntry.SaltBytes } salt
                || !Skip(ref rest, "\",\"record\":\""u8) || !Until(ref rest, out var recordText) || Decode(recordText) is not { } record)
                return null;
            result = new StoredRecord(sequence, timeUs, type, LogEntry.Commit(salt, record), salt, record);
        }
        return line.SequenceEqual(result.ToLine()) ? result : null;
    }

    private static void Put(Span<byte> span, ReadOnlySpan<byte> text, ref int used)
    {
        text.CopyTo(span[used..]);
        used += text.Length;
    }

    private static void PutBase64(Span<byte> span, ReadOnlySpan<byte> bytes, ref int used)
    {
        Base64.EncodeToUtf8(bytes, span[used..], out _, out var written);
        used += written;
    }

    private static bool Skip(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> literal)
    {
        if (!rest.StartsWith(literal))
            return false;
        rest = rest[literal.Length..];
        return true;
    }

    private static bool Number(ref ReadOnlySpan<byte> rest, out long value)
    {
        if (!Utf8Parser.TryParse(rest, out value, out var used) || value < 0)
            return false;
        rest = rest[used..];
        return true;
    }

    private static bool Until(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        var quote = rest.IndexOf((byte)'"');
        text = quote < 0 ? default : rest[..quote];
        rest = quote < 0 ? rest : rest[quote..];
        return quote >= 0;
    }

    private static byte[]? Decode(ReadOnlySpan<byte> base64)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        return Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == OperationStatus.Done ? bytes[..written] : null;
    }
}
