using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Log;

/// <summary>Writes, reads and checks checkpoints in signed notes (C2SP signed-note, tlog-checkpoint). Pure functions.</summary>
public static class CheckpointNote
{
    /// <summary>Longest note that is read, in bytes; room for 16 signatures of any kind in use.</summary>
    public const int NoteBytesMax = 64 * 1024;

    private const string SignatureStart = "— ";
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether a name can be an origin or a key name: 1..255 characters, none of them a space, a control character or a plus sign.</summary>
    /// <param name="name">The name.</param>
    /// <returns>True if it can be used.</returns>
    public static bool IsName(string name) =>
        name is { Length: > 0 and < 256 } && name.All(c => !char.IsWhiteSpace(c) && !char.IsControl(c) && c != '+');

    /// <summary>The text that is signed: origin, size and root, a line each.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <returns>UTF-8 bytes with a final line end.</returns>
    public static byte[] Text(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return StrictUtf8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Origin}\n{checkpoint.Size}\n{Convert.ToBase64String(checkpoint.Root)}\n"));
    }

    /// <summary>Signs a checkpoint under the origin as key name.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="key">The log's private P-256 key.</param>
    /// <param name="publicHalf">The same key's public half, for whoever signs often: to take it out of the key costs as much as to sign. Null to take it out.</param>
    /// <returns>The note: text, empty line, one signature line.</returns>
    public static byte[] Sign(Checkpoint checkpoint, ECDsa key, LogPublicKey? publicHalf = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var text = Text(checkpoint);
        return [.. text, (byte)'\n', .. SignatureLine(text, checkpoint.Origin, key, publicHalf)];
    }

    /// <summary>Makes one signature line over a note's text, for the log itself or for a witness that adds its own.</summary>
    /// <param name="text">The note's text, as <see cref="Text"/> gives it.</param>
    /// <param name="keyName">Name of the signing key.</param>
    /// <param name="key">A private P-256 key.</param>
    /// <param name="publicHalf">See <see cref="Sign"/>.</param>
    /// <returns>UTF-8 bytes with a final line end, to be appended to the note.</returns>
    public static byte[] SignatureLine(ReadOnlySpan<byte> text, string keyName, ECDsa key, LogPublicKey? publicHalf = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        var signature = key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        byte[] tagged = [.. (publicHalf ?? LogPublicKey.From(key)).KeyId, .. signature];
        return StrictUtf8.GetBytes($"{SignatureStart}{keyName} {Convert.ToBase64String(tagged)}\n");
    }

    /// <summary>Reads a checkpoint without checking any signature.</summary>
    /// <param name="note">The note's bytes.</param>
    /// <returns>The checkpoint, or null if the bytes are not one.</returns>
    public static Checkpoint? Parse(ReadOnlySpan<byte> note) => Split(note)?.Checkpoint;

    /// <summary>Reads a checkpoint from the first three lines of what may be a note, whatever stands behind them: nobody vouches for it. For whoever judges a log at fault; nothing may be opened or continued by it.</summary>
    /// <param name="note">The note's bytes.</param>
    /// <returns>The checkpoint, or null if those lines are none.</returns>
    public static Checkpoint? ParseUnsigned(ReadOnlySpan<byte> note)
    {
        var end = 0;
        for (var line = 0; line < 3; line++)
        {
            if (note[end..Math.Min(note.Length, NoteBytesMax)].IndexOf((byte)'\n') is not (>= 0 and var length))
                return null;
            end += length + 1;
        }

        try
        {
            return ParseText(StrictUtf8.GetString(note[..end]));
        }
        catch (Exception e) when (e is DecoderFallbackException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Checks that a key signed a checkpoint.</summary>
    /// <param name="note">The note's bytes.</param>
    /// <param name="key">The key to look for; signatures of others are ignored.</param>
    /// <param name="checkpoint">What the note says, also when the signature is bad; null if malformed.</param>
    /// <param name="keyName">Name of the key; null means the log's own key, which is named like the origin.</param>
    /// <returns>Valid only if a line with the key's name and id carries a signature that fits the text.</returns>
    public static CheckpointVerdict Verify(ReadOnlySpan<byte> note, LogPublicKey key, out Checkpoint? checkpoint, string? keyName = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        var parts = Split(note);
        checkpoint = parts?.Checkpoint;
        if (parts is null)
            return CheckpointVerdict.Malformed;
        foreach (var (name, tagged) in parts.Signatures)
        {
            if (!string.Equals(name, keyName ?? parts.Checkpoint.Origin, StringComparison.Ordinal) || !tagged.AsSpan(0, 4).SequenceEqual(key.KeyId))
                continue;
            return key.Verify(parts.Text, tagged.AsSpan(4)) ? CheckpointVerdict.Valid : CheckpointVerdict.BadSignature;
        }
        return CheckpointVerdict.UnknownSigner;
    }

    private static Parts? Split(ReadOnlySpan<byte> note)
    {
        if (note.Length is 0 or > NoteBytesMax || note[^1] != '\n')
            return null;
        foreach (var b in note)
        {
            if (b < 0x20 && b != '\n')
                return null;
        }
        var gap = note.LastIndexOf("\n\n"u8);
        if (gap < 0)
            return null;
        try
        {
            var text = note[..(gap + 1)].ToArray();
            var checkpoint = ParseText(StrictUtf8.GetString(text));
            var signatures = ParseSignatures(StrictUtf8.GetString(note[(gap + 2)..]));
            return checkpoint is null || signatures is null ? null : new Parts(checkpoint, text, signatures);
        }
        catch (Exception e) when (e is DecoderFallbackException or FormatException)
        {
            return null;
        }
    }

    private static Checkpoint? ParseText(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 4 || lines[..^1].Any(line => line.Length == 0) || !IsName(lines[0]))
            return null;
        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || (lines[1].Length > 1 && lines[1][0] == '0'))
            return null;
        var root = Convert.FromBase64String(lines[2]);
        // Base64 has several spellings of the same bytes; only the canonical one counts.
        return root.Length == MerkleHash.Bytes && string.Equals(Convert.ToBase64String(root), lines[2], StringComparison.Ordinal)
            ? new Checkpoint(lines[0], size, root)
            : null;
    }

    private static List<(string Name, byte[] Tagged)>? ParseSignatures(string lines)
    {
        var result = new List<(string, byte[])>();
        foreach (var line in lines.Split('\n')[..^1])
        {
            var fields = line.Split(' ');
            if (fields.Length != 3 || !string.Equals(fields[0], "—", StringComparison.Ordinal) || !IsName(fields[1]))
                return null;
            var tagged = Convert.FromBase64String(fields[2]);
            if (tagged.Length < 5 || !string.Equals(Convert.ToBase64String(tagged), fields[2], StringComparison.Ordinal))
                return null;
            result.Add((fields[1], tagged));
        }
        return result.Count == 0 ? null : result;
    }

    private sealed record Parts(Checkpoint Checkpoint, byte[] Text, List<(string Name, byte[] Tagged)> Signatures);
}
