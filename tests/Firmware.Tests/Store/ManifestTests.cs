using BodyCam.Core.Matroska;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class ManifestTests
{
    [Fact]
    public void The_manifest_names_every_recording_its_count_and_last_seal_and_what_was_erased()
    {
        using var bench = new Bench();
        var peer = new Peer(bench);
        byte[] footageHead = [];
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Spool.Connected(bench.Now().MonotonicUs);
            bench.Record(5);
            bench.Record(5, StopReasons.Weather);
            peer.Drain();
            bench.Store.Spool.OnReceipt(peer.ReceiptFor(new(bench.Device, 1, 1, 1)), bench.Now());
            bench.Store.Ledger.MakeRoom(long.MaxValue, 10);
            footageHead = [.. bench.State.FootageHead];
            Assert.Equal(StoreResult.Ok, bench.Store.Manifests.Write(bench.Now()));
        });
        int segment = bench.Store.Manifests.ManifestSegment;
        System.Text.Json.JsonElement[] lines = [.. JournalReader.Lines(File.ReadAllBytes(bench.SegmentPath(0, segment)))];
        Assert.Equal(1, lines[0].Number("manifest"));
        Assert.Equal(2, lines[0].Number("lastRecording"));
        Assert.Equal(Convert.ToHexStringLower(footageHead), lines[0].Text("footageHead"));
        Assert.Equal(1, lines[1].Number("recording"));
        Assert.Equal(1, lines[2].Number("erased"));
        Assert.Equal(5, lines[3].Number("stopReason"));
        Assert.Equal(Convert.ToHexStringLower(SegmentTests.ReadSeal(bench, 2, 1).SealDigest), lines[3].Text("lastSeal"));
        Assert.Equal(lines.Length, lines[^1].Number("lines"));
        Assert.Equal(Core.SegmentKind.Manifest, SegmentTests.ReadSeal(bench, 0, segment).Kind);
    }
}
