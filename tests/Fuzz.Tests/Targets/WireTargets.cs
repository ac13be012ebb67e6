using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Wire;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.TestKit;
using GatewayReceipt = BodyCam.Core.Wire.Receipt;
using RecorderReceipt = BodyCam.Firmware.Wire.Receipt;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>Messages of the wire protocol: what the gateway reads, and what the recorder reads. Nothing that was changed verifies.</summary>
internal static class WireTargets
{
    private static readonly DeviceId device = DeviceId.Parse("unit-7");
    private static readonly KeyRing keys = new([.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);
    private static readonly GatewayKey gatewayKey = GatewayKey.Create();
    private static readonly FakeSegment[] segments = Segments();

    public static IEnumerable<FuzzTarget> All()
    {
        byte[][] seals = [.. segments.Select(static segment => segment.SealBytes)];
        byte[][] digests = [.. segments.Select(Digests)];
        byte[][] receipts = [.. new[] { 1, 2, 16 }.Select(Receipt)];
        byte[] commandKey = keys.CommandKey(device, 1);
        byte[][] commands = [Core.Wire.DownMessages.Command("configure", [new("chunkBytes", "4096"), new("sound", "0")], 7, commandKey), Core.Wire.DownMessages.Command("locate", [], 8, commandKey)];
        byte[][] missing = [Core.Wire.DownMessages.Missing(segments[0].Key, seals[0].AsSpan(288, 32), [new(0, 2), new(5, 1)], 9, commandKey)];
        byte[][] refusals = [Core.Wire.DownMessages.Refusal(RefusalReason.ChunkDigest, segments[0].Key, 3, 10, commandKey)];
        return
        [
            new("seal", seals, static bytes => Core.Seals.Seal.TryParse(bytes, out var seal) == RefusalReason.None ? seal : null, (bytes, seal) => SealHolds(bytes, (Seal)seal, seals, digests)),
            new("message chunk", [.. segments.Select(static segment => FakeRecorder.ChunkMessage(segment, 0))], Chunk, static (_, _) => true),
            new("message seal", [.. segments.Select(static segment => FakeRecorder.SealMessage(segment))], static bytes => MessageStart.ReadUp(bytes, out _) == RefusalReason.None && SealMessage.TryParse(bytes, out var offered) == RefusalReason.None ? offered.Seal : null, static (bytes, seal) => Same(((Seal)seal).Raw, bytes.AsSpan(8))),
            new("message offer", [new FakeRecorder(device, keys).OfferMessage(first: true, newEpoch: false, segments), new FakeRecorder(device, keys).OfferMessage(first: false, newEpoch: true)], static bytes => MessageStart.ReadUp(bytes, out _) == RefusalReason.None && OfferMessage.TryParse(bytes, out var offer) == RefusalReason.None ? offer : null, OfferHolds),
            new("message live", [[1, 4, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xD8, 1, 2, 0xFF, 0xD9]], static bytes => MessageStart.ReadUp(bytes, out _) == RefusalReason.None && LiveFrame.TryParse(bytes, out var frame) == RefusalReason.None ? frame.Jpeg.Length : null, static (bytes, length) => (int)length == bytes.Length - LiveFrame.HeaderBytes),
            new("receipt", receipts, static bytes => GatewayReceipt.TryParse(bytes, out var receipt) == RefusalReason.None ? receipt : null, (bytes, receipt) => ReceiptHolds(bytes, (GatewayReceipt)receipt, receipts)),
            new("recorder receipt", receipts, static bytes => RecorderReceipt.Read(bytes), (bytes, receipt) => Touched((RecorderReceipt)receipt) && OnlyOriginal(((RecorderReceipt)receipt).MacMatches(keys.ReceiptKey(device, 1)), bytes.AsSpan(0, bytes.Length - 96), receipts, 96)),
            new("recorder command", commands, bytes => Command.Read(bytes, commandKey, 0, out var command) == DownOutcome.Ok ? command : null, (bytes, command) => OnlyOriginal(isAuthentic: true, bytes, commands, 0) && ((Command)command).Name.Length > 0),
            new("recorder missing", missing, bytes => MissingRanges.Read(bytes, commandKey, 0, out var ranges) == DownOutcome.Ok ? ranges : null, (bytes, _) => OnlyOriginal(isAuthentic: true, bytes, missing, 0)),
            new("recorder refusal", refusals, bytes => Refusal.Read(bytes, commandKey, 0, out var refusal) == DownOutcome.Ok ? refusal : null, (bytes, _) => OnlyOriginal(isAuthentic: true, bytes, refusals, 0)),
        ];
    }

    private static FakeSegment[] Segments()
    {
        var recorder = new FakeRecorder(device, keys);
        return [recorder.Announce(1), recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true, frames: 3, chunkBytes: 8192), recorder.Journal("press")];
    }

    private static byte[] Digests(FakeSegment segment)
    {
        var digests = new byte[segment.ChunkCount * 32];
        for (int index = 0; index < segment.ChunkCount; index++)
            Core.Seals.Digests.Chunk(segment.Chunk(index), digests.AsSpan(index * 32, 32));
        return digests;
    }

    private static byte[] Receipt(int count) => new GatewayReceipt(
        ReceiptState.Stored, device, 1, 1, 1_790_000_000_000_000, 99, new byte[32], gatewayKey.Id,
        [.. Enumerable.Range(1, count).Select(static number => new ReceiptEntry(1, (uint)number, new byte[32]))]).Write(keys.ReceiptKey(device, 1), gatewayKey);

    private static bool SealHolds(byte[] bytes, Seal seal, byte[][] originals, byte[][] digests)
    {
        Require(seal.Raw.SequenceEqual(bytes), "a seal does not keep its bytes");
        Require(seal.ChunkCount == 0 || (seal.ChunkLength(seal.ChunkCount - 1) > 0 && seal.ChunkLength(0) <= 8192), "a seal has a chunk of no length");
        if (keys.Authenticates(seal, recordingMax: 1000) && Array.Exists(digests, covered => seal.Covers(covered)))
            Require(IsOriginal(bytes, originals, 0), "a changed seal verifies");
        return true;
    }

    private static object? Chunk(byte[] bytes)
    {
        if (MessageStart.ReadUp(bytes, out _) != RefusalReason.None || ChunkMessage.TryParse(bytes, out var chunk) != RefusalReason.None)
            return null;
        Require(chunk.Payload.Length == bytes.Length - ChunkMessage.HeaderBytes && chunk.Payload.Length <= 8192, "a chunk has other bytes than its message");
        return chunk.DigestMatches() ? chunk.Payload.Length : null;
    }

    private static bool OfferHolds(byte[] bytes, object offer)
    {
        Require(((OfferMessage)offer).Seals.Count + ((OfferMessage)offer).Refused.Count == (bytes.Length - OfferMessage.HeaderBytes) / OfferMessage.EntryBytes, "an offer lost an entry");
        return true;
    }

    private static bool ReceiptHolds(byte[] bytes, GatewayReceipt receipt, byte[][] originals)
    {
        Require(bytes.Length == GatewayReceipt.Bytes(receipt.Entries.Count), "a receipt has other entries than its length");
        var body = bytes.AsSpan(0, bytes.Length - 96);
        OnlyOriginal(GatewayReceipt.MacMatches(bytes, keys.ReceiptKey(device, 1)), body, originals, 96);
        if (!IsOriginal(body, originals, 96))
            Require(!GatewayReceipt.SignatureMatches(bytes, gatewayKey.Ecdsa), "a changed receipt is signed");
        return true;
    }

    private static bool Touched(RecorderReceipt receipt)
    {
        long sum = receipt.Epoch + receipt.KeyEpoch + receipt.StoredAtUs + receipt.CheckpointSize;
        for (int index = 0; index < receipt.Count; index++)
            sum += receipt.Recording(index) + receipt.Segment(index) + receipt.Message[receipt.DigestOffset(index) + 31];
        return sum != long.MinValue;
    }

    // A right MAC and a counter that rises: only what the gateway wrote has that.
    private static bool OnlyOriginal(bool isAuthentic, ReadOnlySpan<byte> body, byte[][] originals, int tailBytes)
    {
        Require(!isAuthentic || IsOriginal(body, originals, tailBytes), "changed bytes have a right MAC");
        return true;
    }

    private static bool IsOriginal(ReadOnlySpan<byte> body, byte[][] originals, int tailBytes)
    {
        foreach (byte[] original in originals)
        {
            if (body.SequenceEqual(original.AsSpan(0, original.Length - tailBytes)))
                return true;
        }

        return false;
    }

    private static bool Same(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        Require(one.SequenceEqual(other), "a message does not keep its bytes");
        return true;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }
}
