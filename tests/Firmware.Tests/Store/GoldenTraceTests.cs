using BodyCam.Vectors;
using BodyCam.VirtualBoard;

namespace BodyCam.Firmware.Tests.Store;

public sealed class GoldenTraceTests
{
    [Fact]
    public void A_segment_from_its_first_byte_to_its_seal_is_the_documented_file_calls()
    {
        using var bench = new Bench();
        string[] lines = [];
        bench.Run(() =>
        {
            Assert.Equal(BodyCam.Firmware.Storage.StoreResult.Ok, bench.Start());
            BusTrace trace = bench.Board.StartTrace();
            bench.Record(8);
            // Journal segments (r0) have their own times.
            lines = [.. trace.Of("file").Where(line => !line.Contains("\\r0\\", StringComparison.Ordinal))];
        });
        Assert.Equal(GoldenTrace.Load("segment-write"), lines);
    }
}
