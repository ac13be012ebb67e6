using BodyCam.Firmware.Drivers;
using BodyCam.VirtualBoard;

namespace BodyCam.Drivers.Tests;

public class MicrophoneTests
{
    [Fact]
    public void It_is_opened_as_stereo_of_16_bit_at_8_kHz_and_read_in_pieces_of_64_ms()
    {
        using DriverBench bench = NewBench();
        BusTrace trace = bench.Board.StartTrace();
        var microphone = new Inmp441(1);
        TimeSpan took = bench.Run(() =>
        {
            Assert.True(microphone.Begin() && microphone.Begin());
            var piece = new byte[microphone.PieceBytes];
            TimeSpan begin = bench.Board.Now;
            for (int i = 0; i < 10; i++) microphone.Read(piece);
            Assert.Contains(piece, value => value != 0);
            for (int i = 0; i < piece.Length; i += 4) Assert.Equal(0, piece[i + 2] | piece[i + 3]);
            TimeSpan end = bench.Board.Now;
            microphone.End();
            microphone.End();
            return end - begin;
        });
        Assert.InRange(took.TotalMilliseconds, 635, 650);
        Assert.Equal(["i2s 1 open 8000 Hz, 16 bit, 2 channels, 65536 bytes", .. Enumerable.Repeat("i2s 1 read 2048", 10), "i2s 1 close"], trace.Of("i2s"));
    }

    [Theory]
    [InlineData(950, 0)]
    [InlineData(1100, 1)]
    public void The_librarys_buffer_holds_one_second_and_what_a_later_reader_missed_is_gone(int lateMs, int overruns)
    {
        using DriverBench bench = NewBench();
        var microphone = new Inmp441(1);
        bench.Run(() =>
        {
            Assert.True(microphone.Begin());
            bench.Board.Scheduler.Sleep(lateMs);
            microphone.Read(new byte[microphone.PieceBytes]);
            microphone.End();
            return true;
        });
        Assert.Equal(overruns, bench.Board.Microphone.OverrunCount);
    }

    private static DriverBench NewBench()
    {
        var bench = new DriverBench();
        bench.Board.Microphone.Scene = WavSound.Load(Footage.Sound);
        return bench;
    }
}
