using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Log;

namespace BodyCam.Ingest;

/// <summary>Records of the transparency log (storage format §7).</summary>
internal static class Records
{
    public static LogRecord Segment(Seal seal, byte[] sha256, long bytes, ReceiptState state, long storedAtUs, GatewayKey key) =>
        Segment(seal, sha256, bytes, state, storedAtUs, key.SignDer(SignedText(seal.SealDigest, sha256, NameOf(state), storedAtUs)));

    /// <summary>The same with a signature that was made elsewhere.</summary>
    public static LogRecord Segment(Seal seal, byte[] sha256, long bytes, ReceiptState state, long storedAtUs, byte[] signature)
    {
        return Make("segment", json =>
        {
            WriteKey(json, seal.Key);
            json.WriteNumber("kind", (int)seal.Kind);
            json.WriteString("sealDigest", Convert.ToHexStringLower(seal.SealDigest));
            json.WriteString("sha256", Convert.ToHexStringLower(sha256));
            json.WriteNumber("bytes", bytes);
            json.WriteString("state", NameOf(state));
            json.WriteNumber("storedAtUs", storedAtUs);
            json.WriteBase64String("signature", signature);
        });
    }

    /// <summary>What the gateway signs for a segment, so that openssl can check it.</summary>
    public static byte[] SignedText(ReadOnlySpan<byte> sealDigest, ReadOnlySpan<byte> sha256, string state, long storedAtUs) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{Convert.ToHexStringLower(sealDigest)}\n{Convert.ToHexStringLower(sha256)}\n{state}\n{storedAtUs}\n"));

    public static LogRecord Archived(SegmentKey key, byte[] sealDigest, long atUs) => Make("archived", json =>
    {
        WriteKey(json, key);
        json.WriteString("sealDigest", Convert.ToHexStringLower(sealDigest));
        json.WriteNumber("archivedAtUs", atUs);
    });

    public static LogRecord Announced(DeviceId device, uint epoch, uint recording, long activity) => Make("announced", json =>
    {
        json.WriteString("device", device.Text);
        json.WriteNumber("epoch", epoch);
        json.WriteNumber("recording", recording);
        json.WriteNumber("activity", activity);
    });

    public static LogRecord Manifest(ManifestContent manifest, bool complete, string lacks) => Make("manifest", json =>
    {
        WriteKey(json, manifest.Key);
        json.WriteNumber("firstRecording", manifest.FirstRecording);
        json.WriteNumber("lastRecording", manifest.LastRecording);
        json.WriteBoolean("complete", complete);
        json.WriteString("lacks", lacks);
    });

    public static LogRecord Epoch(DeviceId device, uint epoch, string reason, uint previousEpoch, byte[]? footageHead, byte[]? journalHead, long atUs) => Make("epoch", json =>
    {
        json.WriteString("device", device.Text);
        json.WriteNumber("epoch", epoch);
        json.WriteString("reason", reason);
        json.WriteNumber("previousEpoch", previousEpoch);
        json.WriteString("footageHead", footageHead is null ? "" : Convert.ToHexStringLower(footageHead));
        json.WriteString("journalHead", journalHead is null ? "" : Convert.ToHexStringLower(journalHead));
        json.WriteNumber("atUs", atUs);
    });

    /// <summary>A certificate for one epoch of a recorder; without such a record none is accepted.</summary>
    public static LogRecord Certificate(DeviceId device, uint epoch, IssuedCertificate certificate, long atUs) => Make("certificate", json =>
    {
        json.WriteString("device", device.Text);
        json.WriteNumber("epoch", epoch);
        json.WriteString("serial", certificate.Serial);
        json.WriteString("sha256", certificate.Sha256);
        json.WriteString("authority", certificate.Authority);
        json.WriteNumber("notBeforeUs", certificate.NotBefore.ToUnixTimeMilliseconds() * 1000);
        json.WriteNumber("notAfterUs", certificate.NotAfter.ToUnixTimeMilliseconds() * 1000);
        json.WriteNumber("atUs", atUs);
    });

    /// <summary>A revocation of an epoch and of all before it.</summary>
    public static LogRecord Revoked(DeviceId device, uint epoch, string reason, long atUs) => Make("revoked", json =>
    {
        json.WriteString("device", device.Text);
        json.WriteNumber("epoch", epoch);
        json.WriteString("reason", reason);
        json.WriteNumber("atUs", atUs);
    });

    public static LogRecord Conflict(SegmentKey key, uint index, ReadOnlySpan<byte> digest, long atUs)
    {
        var hex = Convert.ToHexStringLower(digest);
        return Make("conflict", json =>
        {
            WriteKey(json, key);
            json.WriteNumber("chunk", index);
            json.WriteString("digest", hex);
            json.WriteNumber("atUs", atUs);
        });
    }

    public static LogRecord Orphan(SegmentKey key, byte[] sha256, long bytes, long atUs) => Make("orphan", json =>
    {
        WriteKey(json, key);
        json.WriteString("sha256", Convert.ToHexStringLower(sha256));
        json.WriteNumber("bytes", bytes);
        json.WriteNumber("atUs", atUs);
    });

    /// <summary>A purge certificate, or one part of it: who reviewed, who approved, why, and each segment as the log has it.</summary>
    public static LogRecord Purge(PurgeOrder order, IReadOnlyList<PurgeSegment> segments, IReadOnlyList<PurgeTail> tails, long atUs, GatewayKey key)
    {
        var signature = key.SignDer(PurgeText(order, segments, tails, atUs));
        return Make("purge", json =>
        {
            json.WriteString("device", order.Device.Text);
            json.WriteNumber("epoch", order.Epoch);
            json.WriteNumber("recording", order.Recording);
            json.WriteString("reason", order.Reason);
            json.WriteStartArray("cites");
            foreach (var cite in order.Cites)
                json.WriteStringValue(cite);
            json.WriteEndArray();
            json.WriteString("reviewer", order.Reviewer);
            json.WriteString("approver", order.Approver);
            json.WriteNumber("expiredAtUs", order.ExpiredAtUs);
            json.WriteNumber("atUs", atUs);
            json.WriteStartArray("segments");
            foreach (var segment in segments)
            {
                json.WriteStartObject();
                json.WriteNumber("segment", segment.Segment);
                json.WriteString("sealDigest", segment.SealDigest);
                json.WriteString("sha256", segment.Sha256);
                json.WriteNumber("bytes", segment.Bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (tails.Count > 0)
            {
                json.WriteStartArray("tails");
                foreach (var tail in tails)
                {
                    json.WriteStartObject();
                    json.WriteNumber("segment", tail.Segment);
                    json.WriteString("sha256", tail.Sha256);
                    json.WriteNumber("bytes", tail.Bytes);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteBase64String("signature", signature);
        });
    }

    /// <summary>What the gateway signs in a certificate, so that openssl can check it.</summary>
    public static byte[] PurgeText(PurgeOrder order, IReadOnlyList<PurgeSegment> segments, IReadOnlyList<PurgeTail> tails, long atUs)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/purge\n{order.Device.Text}\n{order.Epoch}\n{order.Recording}\n{order.Reviewer}\n{order.Approver}\n{order.ExpiredAtUs}\n{atUs}\n"));
        foreach (var segment in segments)
            text.Append(CultureInfo.InvariantCulture, $"{segment.Segment} {segment.SealDigest} {segment.Sha256} {segment.Bytes}\n");
        foreach (var tail in tails)
            text.Append(CultureInfo.InvariantCulture, $"tail {tail.Segment} {tail.Sha256} {tail.Bytes}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static LogRecord Simple(string type, Action<Utf8JsonWriter> fields) => Make(type, fields);

    private static string NameOf(ReceiptState state) => state == ReceiptState.Damaged ? "damaged" : "stored";

    private static void WriteKey(Utf8JsonWriter json, SegmentKey key)
    {
        json.WriteString("device", key.Device.Text);
        json.WriteNumber("epoch", key.Epoch);
        json.WriteNumber("recording", key.Recording);
        json.WriteNumber("segment", key.Segment);
    }

    private static LogRecord Make(string type, Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            fields(json);
            json.WriteEndObject();
        }

        return new LogRecord(type, buffer.WrittenSpan.ToArray());
    }
}
