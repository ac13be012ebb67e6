using System.Globalization;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Wire;

namespace BodyCam.Core.Tests;

/// <summary>The recorder's own sources, compiled here, write and read the same golden bytes.</summary>
public sealed class RecorderTests
{
    [Fact]
    public void The_recorder_writes_the_golden_chunks_seals_offers_and_live_frames()
    {
        foreach (var vector in Vectors.Of("chunk"))
        {
            var (payload, target) = (vector.Hex("payload"), new byte[56 + 8192]);
            var length = UpMessages.Chunk(target, vector.Flag("open"), Int(vector, "kind"), Int(vector, "epoch"), Int(vector, "recording"), Int(vector, "segment"), Int(vector, "index"), Int(vector, "chunkBytes"), Bytes.ChunkDigest(payload), payload, 0, payload.Length);
            Assert.Equal(vector.Hex("message"), target[..length]);
        }

        var seals = Vectors.Of("seal").ToDictionary(static seal => seal.Text("name"));
        foreach (var vector in seals.Values)
        {
            var target = new byte[360];
            Assert.Equal(360, UpMessages.Seal(target, vector.U32("availability") == 1, vector.Hex("seal")));
            Assert.Equal(vector.Hex("message"), target);
        }

        foreach (var vector in Vectors.Of("offer"))
        {
            var names = vector.GetProperty("seals").EnumerateArray().Select(static name => name.GetString()!).ToList();
            var target = new byte[12 + (20 * 356)];
            var flags = (vector.Flag("newEpochWanted") ? UpMessages.OfferNewEpochWanted : 0) | (vector.Flag("firstOfConnection") ? 2 : 0);
            _ = UpMessages.OfferHead(target, names.Count, Int(vector, "epoch"), flags);
            for (var index = 0; index < names.Count; index++)
                UpMessages.OfferEntry(target, index, seals[names[index]].U32("availability") == 1, seals[names[index]].Hex("seal"));
            Assert.Equal(vector.Hex("message"), target[..(12 + (names.Count * 356))]);
        }

        foreach (var vector in Vectors.Of("live"))
        {
            var head = new byte[16];
            _ = UpMessages.LiveHead(head, Int(vector, "recording"), (long)vector.U64("monotonicUs"));
            Assert.Equal(vector.Hex("message")[..16], head);
        }
    }

    [Fact]
    public void The_recorder_makes_the_golden_seals_from_their_fields()
    {
        foreach (var vector in Vectors.Of("seal"))
        {
            var header = Header(vector, Vectors.File("seal"));
            var digests = vector.HexList("chunkDigests");
            var draft = new SealDraft(header, digests.Length);
            draft.SetContent((long)vector.U64("coveredBytes"), (long)vector.U64("authenticatedBytes"), (long)vector.U64("bytesBeyond"), Int(vector, "frameCount"));
            draft.SetEnd((long)vector.U64("endMonotonicUs"), (long)vector.U64("endWallUs"));
            draft.SetFlags(Int(vector, "flags") & ~SealDraft.ChainRestarted, Int(vector, "stopReason"));
            for (var index = 0; index < digests.Length; index++)
                digests[index].CopyTo(draft.Body, SealDraft.HeadBytes + (index * 32));
            var device = DeviceId.Parse(header.Device);
            var key = KeyTests.Ring().RecordingKey(device, (uint)header.Epoch, (uint)header.Recording);
            var seal = draft.Seal(key, vector.Hex("previousSealDigest"), vector.Hex("otherHead"), (long)vector.U64("checkpointSize"), vector.Hex("checkpointRoot"), (Int(vector, "flags") & SealDraft.ChainRestarted) != 0);
            Assert.Equal(vector.Text("seal"), Convert.ToHexStringLower(seal));
        }
    }

    [Fact]
    public void The_recorder_walks_the_golden_authenticators()
    {
        foreach (var vector in Vectors.Of("authenticator"))
        {
            var file = Vectors.File("authenticator");
            var header = new SegmentHeader { Device = file.Text("device"), Epoch = Int(file, "epoch"), Recording = Int(vector, "recording"), Segment = Int(vector, "segment") };
            var (key, expected, digests) = (vector.Hex("recordingKey"), vector.HexList("running"), vector.HexList("chunkDigests"));
            var running = header.FirstAuthenticator(key);
            Assert.Equal(expected[0], running);
            for (var index = 0; index < digests.Length; index++)
            {
                running = Bytes.Mac(key, running, 32, digests[index], 0, 32);
                Assert.Equal(expected[index + 1], running);
            }

            Assert.Equal(vector.Hex("keyCheck"), Bytes.Mac(key, "BCK1"));
        }
    }

    [Fact]
    public void The_recorder_reads_the_golden_receipts_and_every_message_under_a_mac_once()
    {
        foreach (var vector in Vectors.Of("receipt"))
        {
            var receipt = Receipt.Read(vector.Hex("message"));
            Assert.NotNull(receipt);
            Assert.Equal((Int(vector, "state"), Int(vector, "epoch"), Int(vector, "keyEpoch"), (long)vector.U64("storedAtUs"), (long)vector.U64("checkpointSize")), (receipt.State, receipt.Epoch, receipt.KeyEpoch, receipt.StoredAtUs, receipt.CheckpointSize));
            Assert.True(receipt.MacMatches(vector.Hex("receiptKey")));
            Assert.False(receipt.MacMatches(new byte[32]));
            var device = new byte[32];
            DeviceId.Parse(vector.Text("device")).Write(device);
            Assert.True(receipt.IsFor(device));
            var entries = vector.GetProperty("entries").EnumerateArray().ToList();
            for (var index = 0; index < entries.Count; index++)
                Assert.Equal((entries[index].U32("recording"), entries[index].U32("segment"), entries[index].Text("sealDigest")), ((uint)receipt.Recording(index), (uint)receipt.Segment(index), Bytes.ToHex(receipt.Message, receipt.DigestOffset(index), 32)));
        }

        foreach (var vector in Vectors.Of("missing"))
        {
            var counter = (long)vector.U64("counter");
            Assert.Equal(DownOutcome.Ok, MissingRanges.Read(vector.Hex("message"), CommandKey("missing"), counter - 1, out var missing));
            Assert.Equal(vector.GetProperty("ranges").EnumerateArray().Select(static range => (range.U32("first"), range.U32("count"))), Enumerable.Range(0, missing.Count).Select(index => ((uint)missing.First(index), (uint)missing.Length(index))));
            Assert.Equal(DownOutcome.Replayed, MissingRanges.Read(vector.Hex("message"), CommandKey("missing"), counter, out _));
            Assert.Equal(DownOutcome.BadMac, MissingRanges.Read(vector.Hex("message"), new byte[32], counter - 1, out _));
        }

        foreach (var vector in Vectors.Of("refusal"))
        {
            Assert.Equal(DownOutcome.Ok, Refusal.Read(vector.Hex("message"), CommandKey("refusal"), 0, out var refusal));
            Assert.Equal((Int(vector, "reason"), Int(vector, "epoch"), Int(vector, "segment"), Int(vector, "detail"), vector.Flag("final"), vector.Flag("later")), (refusal.Reason, refusal.Epoch, refusal.Segment, refusal.Detail, refusal.IsFinal, refusal.IsLater));
        }

        foreach (var vector in Vectors.Of("command"))
        {
            Assert.Equal(DownOutcome.Ok, Command.Read(vector.Hex("message"), CommandKey("command"), 0, out var command));
            Assert.Equal(vector.Text("name"), command.Name);
            Assert.Equal(vector.Text("counter"), command.Counter.ToString(CultureInfo.InvariantCulture));
            foreach (var value in vector.GetProperty("values").EnumerateArray())
                Assert.Equal(value.Text("value"), command.Get(value.Text("key")));
        }
    }

    [Fact]
    public void No_beginning_of_a_message_and_no_changed_byte_gets_past_the_recorder()
    {
        foreach (var (file, read) in new (string, Func<byte[], byte[], bool>)[]
        {
            ("missing", static (message, key) => MissingRanges.Read(message, key, 0, out _) == DownOutcome.Ok),
            ("refusal", static (message, key) => Refusal.Read(message, key, 0, out _) == DownOutcome.Ok),
            ("command", static (message, key) => Command.Read(message, key, 0, out _) == DownOutcome.Ok),
            ("receipt", static (message, _) => Receipt.Read(message) is { } receipt && receipt.MacMatches(Vectors.Of("receipt").First().Hex("receiptKey"))),
        })
        {
            var whole = Vectors.Of(file).First().Hex("message");
            var key = file == "receipt" ? [] : CommandKey(file);
            Assert.True(read(whole, key));
            for (var length = 0; length < whole.Length; length++)
                Assert.False(read(whole[..length], key), $"{file} cut to {length}");
            // A receipt's signature is the gateway's to check: the recorder knows its MAC.
            for (var offset = 0; offset < whole.Length - (file == "receipt" ? 64 : 0); offset++)
            {
                whole[offset] ^= 0x10;
                Assert.False(read(whole, key), $"{file} changed at {offset}");
                whole[offset] ^= 0x10;
            }
        }
    }

    private static byte[] CommandKey(string file) => Vectors.File(file).Hex("commandKey");

    private static int Int(System.Text.Json.JsonElement vector, string name) => (int)vector.U32(name);

    private static SegmentHeader Header(System.Text.Json.JsonElement vector, System.Text.Json.JsonElement file)
    {
        var header = new SegmentHeader { Kind = Int(vector, "kind"), Device = file.Text("device"), Epoch = Int(file, "epoch"), Recording = Int(vector, "recording"), Segment = Int(vector, "segment"), Activity = Int(vector, "activity"), ChunkBytes = Int(vector, "chunkBytes"), Boot = Int(vector, "boot") };
        header.Start.MonotonicUs = (long)vector.U64("startMonotonicUs");
        header.Start.WallUs = (long)vector.U64("startWallUs");
        header.Start.ErrorBoundUs = (long)vector.U64("errorBoundUs");
        header.Start.LastSyncUs = (long)vector.U64("lastSyncUs");
        header.Start.Source = Int(vector, "clockSource");
        return header;
    }
}
