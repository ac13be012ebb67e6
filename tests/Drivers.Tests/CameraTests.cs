using System.Security.Cryptography;
using BodyCam.Firmware.Drivers;
using BodyCam.VirtualBoard;

namespace BodyCam.Drivers.Tests;

public class CameraTests
{
    private const int Sensor = 0x30;

    [Theory]
    [InlineData(320, 240)]
    [InlineData(640, 480)]
    [InlineData(800, 600)]
    public void The_sensor_is_set_to_the_size_the_compression_and_the_daylight_ceiling(int widthPx, int heightPx)
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        Assert.True(bench.Run(() => camera.Tune(20, night: false) && camera.Begin(widthPx, heightPx)));
        Assert.Equal(((widthPx, heightPx), 20, 8), (bench.Board.Camera.Resolution, bench.Board.Camera.QuantizationScale, bench.Board.Camera.GainCeiling));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(2046)]
    public void A_frame_is_taken_to_its_end_marker_whatever_lies_behind_it(int trailingBytes)
    {
        using DriverBench bench = NewBench();
        (bench.Board.Camera.TrailingBytesMin, bench.Board.Camera.TrailingBytesMax) = (trailingBytes, trailingBytes);
        ArduCam camera = Parts.Camera();
        int lengthBytes = bench.Run(() => camera.Begin(640, 480) ? Take(bench.Board, camera) : -1);
        DeliveredFrame frame = Assert.Single(bench.Board.Camera.Delivered);
        Assert.Equal((frame.Length, frame.Sha256), (lengthBytes, Convert.ToHexStringLower(SHA256.HashData(camera.Frame.AsSpan(0, lengthBytes)))));
    }

    [Fact]
    public void More_bytes_behind_the_picture_than_are_looked_through_make_it_none()
    {
        using DriverBench bench = NewBench();
        (bench.Board.Camera.TrailingBytesMin, bench.Board.Camera.TrailingBytesMax) = (2047, 2047);
        ArduCam camera = Parts.Camera();
        Assert.Equal(0, bench.Run(() => camera.Begin(640, 480) ? Take(bench.Board, camera) : -1));
    }

    [Theory]
    [InlineData(CameraFault.NoEndMarker, true)]
    [InlineData(CameraFault.LengthZero, false)]
    [InlineData(CameraFault.LengthOverflow, false)]
    public void A_fifo_without_a_picture_gives_none_and_the_next_frame_is_good(CameraFault fault, bool isRead)
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        Assert.True(bench.Run(() => camera.Begin(640, 480)));
        bench.Board.Camera.Fault = fault;
        BusTrace trace = bench.Board.StartTrace();
        Assert.Equal(0, bench.Run(() => Take(bench.Board, camera)));
        Assert.Equal(isRead, trace.Lines.Any(line => line.StartsWith("spi 2.5 > 3C", StringComparison.Ordinal)));
        bench.Board.Camera.Fault = CameraFault.None;
        Assert.InRange(bench.Run(() => Take(bench.Board, camera)), 1, ArduCam.FrameBytesMax);
    }

    [Fact]
    public void A_capture_that_never_ends_stays_undone_and_a_new_beginning_mends_it()
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        Assert.True(bench.Run(() => camera.Begin(640, 480)));
        bench.Board.Camera.Fault = CameraFault.Stalled;
        Assert.False(bench.Run(() => Captured(bench.Board, camera)));
        bench.Board.Camera.Fault = CameraFault.None;
        Assert.InRange(bench.Run(() => camera.Begin(640, 480) ? Take(bench.Board, camera) : -1), 1, ArduCam.FrameBytesMax);
    }

    [Theory]
    [InlineData(CameraFault.Dead)]
    [InlineData(CameraFault.SensorLost)]
    public void A_camera_that_does_not_answer_says_so_within_a_second_and_comes_back(CameraFault fault)
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        bench.Board.Camera.Fault = fault;
        TimeSpan begin = bench.Board.Now;
        Assert.False(bench.Run(() => camera.Begin(640, 480)));
        Assert.InRange(bench.Board.Now - begin, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        bench.Board.Camera.Fault = CameraFault.None;
        Assert.True(bench.Run(() => camera.Begin(640, 480)));
    }

    [Fact]
    public void A_sensor_lost_between_two_frames_gives_no_frame_and_no_exception()
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        Assert.True(bench.Run(() => camera.Begin(640, 480) && Take(bench.Board, camera) > 0));
        bench.Board.Camera.Fault = CameraFault.SensorLost;
        Assert.False(bench.Run(() => Captured(bench.Board, camera)));
        Assert.False(bench.Run(() => camera.Tune(30, night: true)));
        Assert.False(bench.Run(() => camera.Begin(640, 480)));
    }

    [Fact]
    public void One_transfer_without_acknowledgement_is_survived_wherever_it_falls()
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        int transfers = SensorTransfers(bench, camera);
        for (int skip = 0; skip < transfers; skip++)
        {
            bench.Board.NakI2c(Sensor, skip, 1);
            Assert.True(bench.Run(() => camera.Begin(640, 480)), $"transfer {skip}");
        }
    }

    [Fact]
    public void A_sensor_silent_from_any_transfer_on_is_told_and_the_next_beginning_is_whole()
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        int transfers = SensorTransfers(bench, camera);
        for (int skip = 0; skip < transfers; skip += 7)
        {
            bench.Board.NakI2c(Sensor, skip, 1000);
            Assert.False(bench.Run(() => camera.Begin(640, 480)), $"transfer {skip}");
            bench.Board.NakI2c(Sensor, 0, 0);
            Assert.True(bench.Run(() => camera.Begin(320, 240) && Take(bench.Board, camera) > 0), $"transfer {skip}");
            Assert.Equal((320, 240), bench.Board.Camera.Resolution);
        }
    }

    [Fact]
    public void At_night_exposure_takes_up_to_eight_frames_and_by_day_one_and_both_are_switched_while_it_runs()
    {
        using DriverBench bench = NewBench();
        bench.Board.Camera.IsDark = true;
        ArduCam camera = Parts.Camera();
        double Expose()
        {
            TimeSpan begin = bench.Board.Now;
            Assert.True(Captured(bench.Board, camera));
            return (bench.Board.Now - begin) / bench.Board.Camera.FrameTime;
        }

        Assert.InRange(bench.Run(() => camera.Begin(640, 480) ? Expose() : -1), 1, 2.2);
        Assert.InRange(bench.Run(() => camera.Tune(12, night: true) ? Expose() : -1), 8, 16.2);
        Assert.Equal(16, bench.Board.Camera.GainCeiling);
        Assert.InRange(bench.Run(() => camera.Tune(12, night: false) ? Expose() : -1), 1, 2.2);
        Assert.Equal(8, bench.Board.Camera.GainCeiling);
    }

    [Theory]
    [InlineData(-5, 4)]
    [InlineData(4, 4)]
    [InlineData(63, 63)]
    [InlineData(200, 63)]
    public void Compression_stays_within_what_the_buffer_can_hold(int asked, int set)
    {
        using DriverBench bench = NewBench();
        ArduCam camera = Parts.Camera();
        Assert.True(bench.Run(() => camera.Begin(640, 480) && camera.Tune(asked, night: false)));
        Assert.Equal(set, bench.Board.Camera.QuantizationScale);
    }

    private static DriverBench NewBench()
    {
        var bench = new DriverBench();
        bench.Board.Camera.Source = FrameFile.Load(Footage.Scene);
        return bench;
    }

    private static int SensorTransfers(DriverBench bench, ArduCam camera)
    {
        BusTrace trace = bench.Board.StartTrace();
        Assert.True(bench.Run(() => camera.Begin(640, 480)));
        bench.Board.StopTrace();
        Assert.InRange(trace.Of("i2c 1.30").Count, 150, 400);
        return trace.Of("i2c 1.30").Count;
    }

    private static int Take(Board board, ArduCam camera) => Captured(board, camera) ? camera.TakeFrame() : -1;

    private static bool Captured(Board board, ArduCam camera)
    {
        camera.StartCapture();
        for (int waitedMs = 0; waitedMs < 3000; waitedMs += 5)
        {
            if (camera.CaptureDone()) return true;
            board.Scheduler.Sleep(5);
        }

        return false;
    }
}
