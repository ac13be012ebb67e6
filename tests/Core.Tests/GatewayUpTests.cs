using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;

namespace BodyCam.Core.Tests;

/// <summary>The gateway reads every golden message that goes up, field by field.</summary>
public sealed class GatewayUpTests
{
    [Fact]
    public void Chunks_are_read_field_by_field_and_their_digest_holds()
    {
        foreach (var vector in Vectors.Of("chunk"))
        {
            var message = vector.Hex("message");
            Assert.Equal(RefusalReason.None, MessageStart.ReadUp(message, out var type));
            Assert.Equal(MessageType.Chunk, type);
            Assert.Equal(RefusalReason.None, ChunkMessage.TryParse(message, out var chunk));
            Assert.Equal(vector.Flag("open"), chunk.IsOpen);
            Assert.Equal(vector.U32("kind"), (uint)chunk.Kind);
            Assert.Equal(vector.U32("epoch"), chunk.Epoch);
            Assert.Equal(vector.U32("recording"), chunk.Recording);
            Assert.Equal(vector.U32("segment"), chunk.Segment);
            Assert.Equal(vector.U32("index"), chunk.Index);
            Assert.Equal(vector.U32("chunkBytes"), chunk.ChunkBytes);
            Assert.Equal((long)vector.U32("index") * vector.U32("chunkBytes"), chunk.Offset);
            Assert.Equal(vector.Hex("payload"), chunk.Payload.ToArray());
            Assert.Equal(vector.Hex("digest"), chunk.Digest.ToArray());
            Assert.True(chunk.DigestMatches());
        }
    }

    [Fact]
    public void Seals_are_read_field_by_field_cover_their_file_and_authenticate()
    {
        var keys = KeyTests.Ring();
        foreach (var vector in Vectors.Of("seal"))
        {
            Assert.Equal(RefusalReason.None, SealMessage.TryParse(vector.Hex("message"), out var offered));
            Assert.Equal(vector.U32("availability") == 1, offered.IsLost);
            var seal = offered.Seal;
            Assert.Equal(vector.Hex("seal"), seal.Raw.ToArray());
            Assert.Equal(new SegmentKey(DeviceId.Parse(Vectors.File("seal").Text("device")), Vectors.File("seal").U32("epoch"), vector.U32("recording"), vector.U32("segment")), seal.Key);
            Assert.Equal(vector.U32("kind"), (uint)seal.Kind);
            Assert.Equal(vector.U32("flags"), (uint)seal.Flags);
            Assert.Equal(vector.U32("stopReason"), (uint)seal.StopReason);
            Assert.Equal(vector.U32("activity"), seal.Activity);
            Assert.Equal(vector.U32("chunkBytes"), seal.ChunkBytes);
            Assert.Equal(vector.U32("chunkCount"), seal.ChunkCount);
            Assert.Equal(vector.U64("coveredBytes"), seal.CoveredBytes);
            Assert.Equal(vector.U64("authenticatedBytes"), seal.AuthenticatedBytes);
            Assert.Equal(vector.U64("bytesBeyond"), seal.BytesBeyond);
            Assert.Equal(vector.U64("startMonotonicUs"), seal.StartMonotonicUs);
            Assert.Equal(vector.U64("endMonotonicUs"), seal.EndMonotonicUs);
            Assert.Equal(vector.U64("startWallUs"), seal.StartDeviceWallUs);
            Assert.Equal(vector.U64("endWallUs"), seal.EndDeviceWallUs);
            Assert.Equal(vector.U64("errorBoundUs"), seal.ErrorBoundUs);
            Assert.Equal(vector.U64("lastSyncUs"), seal.LastSyncUs);
            Assert.Equal(vector.U32("boot"), seal.Boot);
            Assert.Equal(vector.U32("clockSource"), seal.ClockSource);
            Assert.Equal(vector.U32("frameCount"), seal.FrameCount);
            Assert.Equal(vector.U32("segmentCount"), seal.SegmentCount);
            Assert.Equal(vector.U64("checkpointSize"), seal.CheckpointSize);
            Assert.Equal(vector.Hex("checkpointRoot"), seal.CheckpointRoot.ToArray());
            Assert.Equal(vector.Hex("otherHead"), seal.OtherHead.ToArray());
            Assert.Equal(vector.Hex("previousSealDigest"), seal.PreviousSealDigest.ToArray());
            Assert.Equal(vector.Hex("sealDigest"), seal.SealDigest.ToArray());
            Assert.True(keys.Authenticates(seal));

            var file = vector.SealedFile();
            var digests = new byte[seal.ChunkCount * 32];
            for (uint index = 0; index < seal.ChunkCount; index++)
                Digests.Chunk(file.AsSpan((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * 32, 32));
            Assert.Equal(vector.HexList("chunkDigests").SelectMany(static digest => digest).ToArray(), digests);
            Assert.True(seal.Covers(digests));
        }
    }

    [Fact]
    public void Offers_bring_their_seals_in_order()
    {
        var seals = Vectors.Of("seal").ToDictionary(static seal => seal.Text("name"));
        foreach (var vector in Vectors.Of("offer"))
        {
            Assert.Equal(RefusalReason.None, OfferMessage.TryParse(vector.Hex("message"), out var offer));
            Assert.Equal(vector.U32("epoch"), offer!.Epoch);
            Assert.Equal(vector.Flag("newEpochWanted"), offer.WantsNewEpoch);
            Assert.Equal(vector.Flag("firstOfConnection"), offer.IsFirst);
            Assert.Empty(offer.Refused);
            var expected = vector.GetProperty("seals").EnumerateArray().Select(name => seals[name.GetString()!]).ToList();
            Assert.Equal(expected.Select(static seal => seal.Text("seal")), offer.Seals.Select(static offered => Convert.ToHexStringLower(offered.Seal.Raw)));
            Assert.Equal(expected.Select(static seal => seal.U32("availability") == 1), offer.Seals.Select(static offered => offered.IsLost));
        }
    }

    [Fact]
    public void A_live_frame_is_read()
    {
        foreach (var vector in Vectors.Of("live"))
        {
            Assert.Equal(RefusalReason.None, LiveFrame.TryParse(vector.Hex("message"), out var frame));
            Assert.Equal(vector.U32("recording"), frame.Recording);
            Assert.Equal(vector.U64("monotonicUs"), frame.MonotonicUs);
            Assert.Equal(vector.Hex("jpeg"), frame.Jpeg.ToArray());
        }
    }

    [Fact]
    public void Running_authenticators_are_found_in_their_void_elements()
    {
        foreach (var vector in Vectors.Of("authenticator"))
        {
            var file = vector.HexList("voidElements").SelectMany(static element => element).ToArray();
            var found = SegmentReader.Read(file).Authenticators;
            Assert.Equal(vector.HexList("running").Length, found.Count);
            for (var index = 0; index < found.Count; index++)
            {
                Assert.Equal((uint)index, found[index].ChunkCount);
                Assert.Equal(vector.HexList("running")[index], file[found[index].ValueOffset..(found[index].ValueOffset + 32)]);
            }
        }
    }
}
