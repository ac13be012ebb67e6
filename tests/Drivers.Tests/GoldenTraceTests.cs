using BodyCam.Firmware.Drivers;
using BodyCam.Vectors;
using BodyCam.VirtualBoard;

namespace BodyCam.Drivers.Tests;

public class GoldenTraceTests
{
    [Fact]
    public void Beginning_a_capture_and_reading_the_fifo_are_the_documented_transfers()
    {
        using var bench = new DriverBench();
        bench.Board.Camera.Source = new OnePicture(10_000);
        (bench.Board.Camera.TrailingBytesMin, bench.Board.Camera.TrailingBytesMax) = (100, 100);
        ArduCam camera = Parts.Camera();
        BusTrace trace = bench.Board.StartTrace();
        int lengthBytes = bench.Run(() =>
        {
            if (!camera.Begin(640, 480)) return -1;
            camera.StartCapture();
            while (!camera.CaptureDone()) bench.Board.Scheduler.Sleep(5);
            return camera.TakeFrame();
        });
        Assert.Equal(10_000, lengthBytes);
        Assert.Equal(GoldenTrace.Load("camera-capture"), GoldenTrace.WithoutRepeats(trace.Lines, "spi 2.5 > 41"));
    }

    [Fact]
    public void Setting_and_reading_the_clock_are_the_documented_transfers()
    {
        using var bench = new DriverBench();
        Firmware.Drivers.Ds3231 clock = Parts.Clock();
        BusTrace trace = bench.Board.StartTrace();
        Assert.Equal(1_800_000_000, bench.Run(() => clock.WriteUnixSeconds(1_800_000_000) ? clock.ReadUnixSeconds() : -1));
        Assert.Equal(GoldenTrace.Load("clock-set"), trace.Lines);
    }

    private sealed class OnePicture(int bytes) : IFrameSource
    {
        public int FrameCount => 1;

        public double FramesPerSecond => 5;

        // Start marker, bytes that are no marker, end marker: the FIFO does not look inside.
        public ReadOnlyMemory<byte> Frame(int index) => (byte[])[0xFF, 0xD8, .. Enumerable.Repeat((byte)0x55, bytes - 4), 0xFF, 0xD9];
    }
}
