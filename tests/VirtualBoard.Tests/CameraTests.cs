using System.Security.Cryptography;

namespace BodyCam.VirtualBoard.Tests;

public class CameraTests
{
    private const int Bus = 2, ChipSelect = 5;

    private static void WriteRegister(Board board, byte register, byte value) => board.Buses.SpiTransfer(Bus, ChipSelect, 8_000_000, 0, [(byte)(register | 0x80), value], []);

    private static byte ReadRegister(Board board, byte register)
    {
        var value = new byte[1];
        board.Buses.SpiTransfer(Bus, ChipSelect, 8_000_000, 0, [register], value);
        return value[0];
    }

    private static void SensorWrite(Board board, byte register, byte value) => Assert.True(board.Buses.I2cTransfer(1, 0x30, [register, value], []));

    private static byte SensorRead(Board board, byte register)
    {
        var value = new byte[1];
        Assert.True(board.Buses.I2cTransfer(1, 0x30, [register], []));
        Assert.True(board.Buses.I2cTransfer(1, 0x30, [], value));
        return value[0];
    }

    private static void SetUpJpeg(Board board)
    {
        SensorWrite(board, 0xFF, 1);
        SensorWrite(board, 0x12, 0x80);
        board.Scheduler.Sleep(100);
        SensorWrite(board, 0xFF, 0);
        SensorWrite(board, 0xDA, 0x10);
        SensorWrite(board, 0x5A, 0xA0);
        SensorWrite(board, 0x5B, 0x78);
        SensorWrite(board, 0x5C, 0x00);
    }

    private static byte[] Capture(Board board)
    {
        WriteRegister(board, 0x04, 0x01);
        WriteRegister(board, 0x04, 0x02);
        for (int i = 0; (ReadRegister(board, 0x41) & 0x08) == 0; i++)
        {
            Assert.True(i < 1000, "The capture never ended.");
            board.Scheduler.Sleep(1);
        }
        int length = ReadRegister(board, 0x42) | ReadRegister(board, 0x43) << 8 | (ReadRegister(board, 0x44) & 0x7F) << 16;
        var fifo = new byte[length];
        for (int at = 0; at < length; at += 4096)
            board.Buses.SpiTransfer(Bus, ChipSelect, 8_000_000, 0, [0x3C], fifo.AsSpan(at, Math.Min(4096, length - at)));
        return fifo;
    }

    [Fact]
    public void The_test_register_echoes_and_the_sensor_gives_its_identity()
    {
        using var test = new TestBoard();
        Exception? failure = test.Run(() =>
        {
            WriteRegister(test.Board, 0x00, 0x55);
            Assert.Equal(0x55, ReadRegister(test.Board, 0x00));
            SensorWrite(test.Board, 0xFF, 1);
            Assert.Equal(0x26, SensorRead(test.Board, 0x0A));
            Assert.InRange(SensorRead(test.Board, 0x0B), 0x41, 0x42);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_capture_in_pieces_gives_the_scene_frame_followed_by_other_bytes()
    {
        using var test = new TestBoard();
        test.Board.Camera.Source = FrameFile.Load(Footage.Scene);
        byte[] fifo = [];
        Exception? failure = test.Run(() =>
        {
            SetUpJpeg(test.Board);
            test.Board.Scheduler.Sleep(1000);
            fifo = Capture(test.Board);
        });
        Assert.Null(failure);
        int length = JpegSplitter.LengthOf(fifo);
        DeliveredFrame frame = Assert.Single(test.Board.Camera.Delivered);
        Assert.Equal(frame.Length, length);
        Assert.True(fifo.Length > length);
        Assert.Equal(frame.Sha256, Convert.ToHexStringLower(SHA256.HashData(fifo.AsSpan(0, length))));
        Assert.Equal((int)(frame.At.TotalSeconds * 5), frame.SceneIndex);
        Assert.Equal((640, 480), test.Board.Camera.Resolution);
    }

    [Fact]
    public void A_capture_takes_at_least_a_frame_time_and_reading_costs_a_microsecond_a_byte()
    {
        using var test = new TestBoard();
        test.Board.Camera.Source = FrameFile.Load(Footage.Scene);
        double captureMs = 0;
        int bytes = 0;
        Exception? failure = test.Run(() =>
        {
            SetUpJpeg(test.Board);
            TimeSpan begin = test.Board.Now;
            bytes = Capture(test.Board).Length;
            captureMs = (test.Board.Now - begin).TotalMilliseconds;
        });
        Assert.Null(failure);
        Assert.InRange(captureMs, 50 + bytes / 1000.0, 105 + bytes / 1000.0);
    }

    [Fact]
    public void A_dead_camera_reads_zeros_and_does_not_acknowledge_and_a_stalled_one_never_ends()
    {
        using var test = new TestBoard();
        test.Board.Camera.Source = FrameFile.Load(Footage.Scene);
        test.Board.Camera.Fault = CameraFault.Dead;
        Exception? failure = test.Run(() =>
        {
            WriteRegister(test.Board, 0x00, 0x55);
            Assert.Equal(0, ReadRegister(test.Board, 0x00));
            Assert.False(test.Board.Buses.I2cTransfer(1, 0x30, [0x0A], []));
            test.Board.Camera.Fault = CameraFault.Stalled;
            WriteRegister(test.Board, 0x04, 0x02);
            test.Board.Scheduler.Sleep(5000);
            Assert.Equal(0, ReadRegister(test.Board, 0x41) & 0x08);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void The_footage_splits_into_its_150_frames()
    {
        FrameFile scene = FrameFile.Load(Footage.Scene);
        Assert.Equal(150, scene.FrameCount);
        long sum = 0;
        for (int i = 0; i < scene.FrameCount; i++) sum += scene.Frame(i).Length;
        Assert.Equal(new FileInfo(Footage.Scene).Length, sum);
    }

    [Fact]
    public void An_end_marker_inside_an_application_segment_does_not_end_the_frame()
    {
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xE1, 0x00, 0x06, 0xFF, 0xD8, 0xFF, 0xD9, 0xFF, 0xDA, 0x00, 0x02, 0x11, 0xFF, 0x00, 0xFF, 0xD0, 0x22, 0xFF, 0xD9];
        Assert.Equal(2, JpegSplitter.Split((byte[])[.. jpeg, 0x00, .. jpeg, .. jpeg[..9]]).Count);
        Assert.Equal(jpeg.Length, JpegSplitter.LengthOf(jpeg));
    }
}
