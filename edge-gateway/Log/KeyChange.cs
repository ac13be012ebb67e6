using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BodyCam.Log;

/// <summary>A record of type <see cref="Type"/>: from its place on another key signs the log (log-format.md §10).</summary>
/// <param name="Sequence">Its place, which is the size of the tree that it speaks of.</param>
/// <param name="Old">The key that signed before.</param>
/// <param name="New">The key that signs from here on.</param>
/// <param name="Reason"><c>rotated</c>, or <c>lost</c> when the old key could not sign any more.</param>
/// <param name="Root">Root over the leaves before it: the last state that the old key stands for.</param>
/// <param name="AtUs">Gateway-wall time, µs since 1970-01-01 UTC.</param>
public sealed record KeyChange(long Sequence, LogPublicKey Old, LogPublicKey New, string Reason, byte[] Root, long AtUs)
{
    /// <summary>Type of the record.</summary>
    public const string Type = "key";

    /// <summary>True when the old key signed the change: whoever trusts the old key may trust the new one.</summary>
    public bool IsVouchedFor => Reason == "rotated";

    /// <summary>Id of a key as receipts and file names have it.</summary>
    /// <returns>First 8 bytes of SHA-256 of the DER SubjectPublicKeyInfo, 16 lower-case hex digits.</returns>
    public static string IdOf(LogPublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToHexStringLower(SHA256.HashData(key.ToSpki()).AsSpan(0, 8));
    }

    /// <summary>Makes the record that is to be the next one of the log.</summary>
    /// <param name="before">The log's newest checkpoint.</param>
    /// <param name="old">The key that signed until now.</param>
    /// <param name="oldPrivate">Its private half, or null when it is lost.</param>
    /// <param name="next">The new private key.</param>
    /// <param name="atUs">Gateway-wall time, µs.</param>
    public static LogRecord Record(Checkpoint before, LogPublicKey old, ECDsa? oldPrivate, ECDsa next, long atUs)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(next);
        var change = new KeyChange(before.Size, old, LogPublicKey.From(next), oldPrivate is null ? "lost" : "rotated", before.Root, atUs);
        var text = change.SignedText(before.Origin);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", Type);
            json.WriteString("reason", change.Reason);
            json.WriteString("oldKeyId", IdOf(change.Old));
            json.WriteString("newKeyId", IdOf(change.New));
            json.WriteBase64String("oldKey", change.Old.ToSpki());
            json.WriteBase64String("newKey", change.New.ToSpki());
            json.WriteNumber("size", change.Sequence);
            json.WriteBase64String("root", change.Root);
            json.WriteNumber("atUs", change.AtUs);
            json.WriteBase64String("newSignature", next.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            if (oldPrivate is not null)
                json.WriteBase64String("oldSignature", oldPrivate.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            json.WriteEndObject();
        }

        return new LogRecord(Type, buffer.WrittenSpan.ToArray());
    }

    /// <summary>Reads a record of the log.</summary>
    /// <param name="stored">Any record.</param>
    /// <param name="origin">Name of the log.</param>
    /// <returns>The change, or null unless it is one for this very place, signed by the new key and, when <c>rotated</c>, by the old one.</returns>
    public static KeyChange? Read(StoredRecord stored, string origin)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (stored.Type != Type || stored.Utf8Json is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(stored.Utf8Json);
            var json = document.RootElement;
            if (KeyOf(json, "oldKey") is not { } old || KeyOf(json, "newKey") is not { } next || json.GetProperty("size").GetInt64() != stored.Sequence)
                return null;
            var change = new KeyChange(stored.Sequence, old, next, json.GetProperty("reason").GetString() ?? "", json.GetProperty("root").GetBytesFromBase64(), json.GetProperty("atUs").GetInt64());
            var text = change.SignedText(origin);
            var isSigned = next.Verify(text, json.GetProperty("newSignature").GetBytesFromBase64())
                && (change.Reason == "lost" || (change.IsVouchedFor && old.Verify(text, json.GetProperty("oldSignature").GetBytesFromBase64())));
            return isSigned ? change : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What both keys sign, so that openssl can check it.</summary>
    /// <param name="origin">Name of the log.</param>
    /// <returns>ASCII lines (the origin in UTF-8), each with its line end.</returns>
    public byte[] SignedText(string origin) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"bodycam/v1/key\n{origin}\n{Sequence}\n{Convert.ToBase64String(Root)}\n{Reason}\n{Convert.ToBase64String(Old.ToSpki())}\n{Convert.ToBase64String(New.ToSpki())}\n{AtUs}\n"));

    private static LogPublicKey? KeyOf(JsonElement json, string name) => LogPublicKey.FromSpki(json.GetProperty(name).GetBytesFromBase64());
}
