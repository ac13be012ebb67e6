using System.Security.Cryptography;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;

namespace BodyCam.Core.Tests;

/// <summary>The gateway writes every golden message that goes down, byte for byte.</summary>
public sealed class GatewayDownTests
{
    [Fact]
    public void Receipts_are_written_as_the_golden_ones_up_to_the_signature_and_read_back()
    {
        using var any = GatewayKey.Create();
        using var golden = ECDsa.Create();
        golden.ImportFromPem(Vectors.File("receipt").Text("gatewayPublicKey"));
        foreach (var vector in Vectors.Of("receipt"))
        {
            var message = vector.Hex("message");
            Assert.Equal(RefusalReason.None, Receipt.TryParse(message, out var receipt));
            Assert.Equal(vector.U32("state"), (uint)receipt!.State);
            Assert.Equal(vector.Text("device"), receipt.Device.Text);
            Assert.Equal(vector.U32("epoch"), receipt.Epoch);
            Assert.Equal(vector.U32("keyEpoch"), receipt.KeyEpoch);
            Assert.Equal(vector.U64("storedAtUs"), receipt.StoredAtUs);
            Assert.Equal(vector.U64("checkpointSize"), receipt.CheckpointSize);
            Assert.Equal(vector.Hex("checkpointRoot"), receipt.CheckpointRoot.ToArray());
            Assert.Equal(GatewayKey.IdOf(golden), receipt.GatewayKeyId);
            Assert.Equal(vector.Text("gatewayKeyId"), receipt.GatewayKeyId.ToString("x16"));
            var entries = vector.GetProperty("entries").EnumerateArray().ToList();
            Assert.Equal(entries.Select(static entry => (entry.U32("recording"), entry.U32("segment"), entry.Text("sealDigest"))), receipt.Entries.Select(static entry => (entry.Recording, entry.Segment, Convert.ToHexStringLower(entry.SealDigest.Span))));
            Assert.True(Receipt.MacMatches(message, vector.Hex("receiptKey")));
            Assert.True(Receipt.SignatureMatches(message, golden));
            Assert.Equal(vector.Hex("receiptKey"), KeyTests.Ring().ReceiptKey(receipt.Device, receipt.KeyEpoch));

            var written = receipt.Write(vector.Hex("receiptKey"), any);
            Assert.Equal(message[..^64], written[..^64]);
            Assert.True(Receipt.SignatureMatches(written, any.Ecdsa));
            Assert.False(Receipt.SignatureMatches(written, golden));
        }
    }

    [Fact]
    public void Missing_refusal_and_command_are_written_as_the_golden_ones()
    {
        foreach (var vector in Vectors.Of("missing"))
        {
            var ranges = vector.GetProperty("ranges").EnumerateArray().Select(static range => new ChunkRange(range.U32("first"), range.U32("count"))).ToArray();
            Assert.Equal(vector.Text("message"), Convert.ToHexStringLower(DownMessages.Missing(Key("missing", vector), vector.Hex("sealDigest"), ranges, vector.U64("counter"), CommandKey("missing"))));
        }

        foreach (var vector in Vectors.Of("refusal"))
        {
            var reason = (RefusalReason)vector.U32("reason");
            Assert.Equal(vector.Text("name"), reason.ToString(), ignoreCase: true);
            Assert.Equal(vector.Text("message"), Convert.ToHexStringLower(DownMessages.Refusal(reason, Key("refusal", vector), vector.U32("detail"), vector.U64("counter"), CommandKey("refusal"))));
        }

        foreach (var vector in Vectors.Of("command"))
        {
            var values = vector.GetProperty("values").EnumerateArray().Select(static value => KeyValuePair.Create(value.Text("key"), value.Text("value")));
            Assert.Equal(vector.Text("message"), Convert.ToHexStringLower(DownMessages.Command(vector.Text("name"), values, vector.U64("counter"), CommandKey("command"))));
        }
    }

    [Fact]
    public void Every_refusal_reason_has_a_golden_message() =>
        Assert.Equal(Enum.GetValues<RefusalReason>().Where(static reason => reason != RefusalReason.None), Vectors.Of("refusal").Select(static vector => (RefusalReason)vector.U32("reason")));

    [Fact]
    public void A_command_that_would_break_its_lines_is_not_written()
    {
        foreach (var (key, value) in new[] { ("a=b", "c"), ("a\nb", "c"), ("a", "b\nc"), ("a", new string('x', 2048)) })
            Assert.Throws<ArgumentException>(() => DownMessages.Command("configure", [KeyValuePair.Create(key, value)], 1, new byte[32]));
    }

    private static byte[] CommandKey(string file) => Vectors.File(file).Hex("commandKey");

    private static SegmentKey Key(string file, System.Text.Json.JsonElement vector) =>
        new(DeviceId.Parse(Vectors.File(file).Text("device")), vector.U32("epoch"), vector.U32("recording"), vector.U32("segment"));
}
