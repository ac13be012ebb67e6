namespace BodyCam.VirtualBoard.Tests;

public class PartTests
{
    private static byte[] ReadI2c(Board board, int address, byte register, int count)
    {
        var bytes = new byte[count];
        Assert.True(board.Buses.I2cTransfer(1, address, [register], bytes));
        return bytes;
    }

    [Fact]
    public void The_clock_counts_in_bcd_and_survives_a_power_cut()
    {
        using var test = new TestBoard();
        Exception? failure = test.Run(() =>
        {
            Assert.True(test.Board.Buses.I2cTransfer(1, 0x68, [0x00, 0x58, 0x59, 0x23, 0x02, 0x28, 0x02, 0x28], []));
            test.Board.Scheduler.Sleep(2500);
            Assert.Equal([0x00, 0x00, 0x00, 0x03, 0x29, 0x02, 0x28], ReadI2c(test.Board, 0x68, 0x00, 7));
        });
        Assert.Null(failure);
        test.Board.CutPower();
        test.Board.RunFor(TimeSpan.FromHours(1));
        test.Board.PowerOn();
        Assert.Null(test.Run(() => Assert.Equal(0x01, ReadI2c(test.Board, 0x68, 0x02, 1)[0])));
    }

    [Fact]
    public void A_lost_clock_raises_its_flag_until_software_clears_it()
    {
        using var test = new TestBoard();
        test.Board.Rtc.LoseClock();
        Exception? failure = test.Run(() =>
        {
            Assert.Equal(0x80, ReadI2c(test.Board, 0x68, 0x0F, 1)[0] & 0x80);
            Assert.Equal(0x00, ReadI2c(test.Board, 0x68, 0x06, 1)[0]);
            Assert.True(test.Board.Buses.I2cTransfer(1, 0x68, [0x0F, 0x00], []));
        });
        Assert.Null(failure);
        Assert.False(test.Board.Rtc.OscillatorStopFlag);
    }

    [Fact]
    public void Clock_and_crystal_drift_apart_from_true_time_at_their_own_rates()
    {
        using var test = new TestBoard(options => options with { RtcPpm = 2, CrystalPpm = -50 });
        test.Board.RunFor(TimeSpan.FromSeconds(1_000_000));
        Assert.InRange((test.Board.Rtc.Utc - test.Board.TrueUtc).TotalSeconds, 1.99, 2.01);
        Assert.InRange((test.Board.ChipUtc - DateTime.UnixEpoch - test.Board.Now).TotalSeconds, -50.1, -49.9);
    }

    [Fact]
    public void The_square_wave_falls_as_the_second_begins()
    {
        using var test = new TestBoard();
        var fallsAtMs = new List<double>();
        Exception? failure = test.Run(() =>
        {
            test.Board.Pins.Open(36, 0);
            Assert.True(test.Board.Buses.I2cTransfer(1, 0x68, [0x0E, 0x00], []));
            test.Board.Pins.Watch(36, rising => { if (!rising) fallsAtMs.Add(test.Board.Rtc.Utc.TimeOfDay.TotalMilliseconds % 1000); }, 0);
            test.Board.Scheduler.Sleep(3500);
        });
        Assert.Null(failure);
        Assert.InRange(fallsAtMs.Count, 3, 4);
        Assert.All(fallsAtMs, ms => Assert.InRange(ms, 0, 1));
    }

    [Fact]
    public void The_gauge_follows_the_cell_and_an_empty_cell_ends_the_run()
    {
        using var test = new TestBoard();
        test.Board.Battery.SetPercent(50);
        Exception? failure = test.Run(() =>
        {
            byte[] bytes = ReadI2c(test.Board, 0x36, 0x02, 4);
            Assert.InRange((bytes[0] << 8 | bytes[1]) * 78.125 / 1000, 3780, 3800);
            Assert.InRange((bytes[2] << 8 | bytes[3]) / 256.0, 49.9, 50);
            Assert.InRange(test.Board.Pins.ReadAdc(6) * 3300 / 4095.0 * 2, 3770, 3810);
        });
        Assert.Null(failure);
        test.Board.RunFor(TimeSpan.FromHours(6));
        Assert.True(test.Board.IsPowered);
        test.Board.RunFor(TimeSpan.FromHours(2));
        Assert.False(test.Board.IsPowered);
        Assert.Equal("battery empty", test.Board.Timeline.Last("power"));
    }

    [Fact]
    public void An_address_without_a_part_and_a_silenced_one_do_not_acknowledge()
    {
        using var test = new TestBoard();
        test.Board.SetI2cSilent(0x68, true);
        Exception? failure = test.Run(() =>
        {
            Assert.False(test.Board.Buses.I2cTransfer(1, 0x42, [0], new byte[1]));
            Assert.False(test.Board.Buses.I2cTransfer(1, 0x68, [0], new byte[1]));
            Assert.True(test.Board.Buses.I2cTransfer(1, 0x36, [0x02], new byte[2]));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void The_microphone_blocks_for_the_time_of_its_sound_and_hears_the_scene_and_the_voice()
    {
        using var test = new TestBoard();
        Board board = test.Board;
        board.Microphone.Scene = WavSound.Load(Footage.Sound);
        WavSound voice = WavSound.Load(Footage.NoteLowBattery);
        bool heardScene = false, heardVoice = false;
        Exception? failure = test.Run(() =>
        {
            board.Buses.I2sOpen(1, 8000, 16, 2, 32_768);
            var block = new byte[2048];
            ulong begin = board.Clocks.MonotonicUs;
            for (int i = 0; i < 32; i++) board.Buses.I2sRead(1, block);
            Assert.InRange((board.Clocks.MonotonicUs - begin) / 1000.0, 2040, 2060);
            heardScene = block.Any(value => value != 0);
            for (int i = 0; i < block.Length; i += 4) Assert.Equal(0, block[i + 2] | block[i + 3]);
            board.Scheduler.Sleep(1);
        });
        Assert.Null(failure);
        board.Microphone.Scene = null;
        board.Microphone.Say(Footage.NoteLowBattery);
        test.Run(() =>
        {
            var block = new byte[2048];
            for (int i = 0; i < 32; i++)
            {
                board.Buses.I2sRead(1, block);
                heardVoice |= block.Any(value => value != 0);
            }
        });
        Assert.True(heardScene);
        Assert.True(heardVoice);
        Assert.Equal(0, board.Microphone.OverrunCount);
        Assert.True(voice.Duration > TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_late_reader_loses_what_the_buffer_could_not_hold()
    {
        using var test = new TestBoard();
        test.Run(() =>
        {
            test.Board.Buses.I2sOpen(1, 8000, 16, 2, 32_768);
            test.Board.Scheduler.Sleep(1500);
            test.Board.Buses.I2sRead(1, new byte[1024]);
        });
        Assert.Equal(1, test.Board.Microphone.OverrunCount);
    }

    [Fact]
    public void Mono_takes_twice_the_time_as_every_second_sample_is_lost()
    {
        using var test = new TestBoard();
        Exception? failure = test.Run(() =>
        {
            test.Board.Buses.I2sOpen(1, 8000, 16, 1, 32_768);
            ulong begin = test.Board.Clocks.MonotonicUs;
            test.Board.Buses.I2sRead(1, new byte[1600]);
            Assert.InRange((test.Board.Clocks.MonotonicUs - begin) / 1000.0, 199, 202);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_dead_microphone_hangs_the_whole_firmware()
    {
        using var test = new TestBoard();
        int beats = 0;
        bool returned = false;
        test.Board.Microphone.Dead = true;
        test.Board.Boot(() =>
        {
            test.Board.Scheduler.StartThread(() => { while (true) { test.Board.Scheduler.Sleep(100); beats++; } }, "beat");
            test.Board.Scheduler.Sleep(1050);
            test.Board.Buses.I2sOpen(1, 8000, 16, 2, 32_768);
            test.Board.Buses.I2sRead(1, new byte[1024]);
            returned = true;
        });
        test.Board.RunUntil(TimeSpan.FromMinutes(1));
        Assert.False(returned);
        Assert.Equal(10, beats);
    }

    [Fact]
    public void A_bouncing_press_is_one_press_after_debouncing()
    {
        using var test = new TestBoard();
        Board board = test.Board;
        var edges = new List<bool>();
        board.Boot(() =>
        {
            board.Pins.Open(27, 3);
            board.Pins.Watch(27, edges.Add, 20);
            board.Scheduler.Sleep(-1);
        });
        board.At(TimeSpan.FromSeconds(1), board.RecordButton.Press);
        board.At(TimeSpan.FromSeconds(2), () => board.RecordButton.Hold(TimeSpan.FromSeconds(2)));
        board.At(TimeSpan.FromSeconds(6), board.RecordButton.Triple);
        board.RunUntil(TimeSpan.FromSeconds(8));
        Assert.Equal(10, edges.Count);
        for (int i = 0; i < edges.Count; i++) Assert.Equal(i % 2 == 1, edges[i]);
    }

    [Fact]
    public void Leds_and_buzzer_leave_a_timeline()
    {
        using var test = new TestBoard();
        test.Run(() =>
        {
            test.Board.Pins.Open(13, 1);
            test.Board.Pins.Write(13, true);
            test.Board.Pins.Pwm(33, 2000, 0.5);
            test.Board.Scheduler.Sleep(200);
            test.Board.Pins.Pwm(33, 2000, 0);
            Assert.Throws<ArgumentException>(() => test.Board.Pins.Open(35, 1));
        });
        Assert.Equal(["power on", "record led on", "buzzer 2000 Hz 50%", "buzzer off"], test.Board.Timeline.Entries.Select(entry => $"{entry.Part} {entry.State}"));
    }

    [Fact]
    public void The_board_description_says_what_the_defaults_say()
    {
        BoardProfile loaded = BoardProfile.Load(Path.Combine(AppContext.BaseDirectory, "boards", "wrover-arducam.json"));
        Assert.Equal(new BoardProfile(), loaded);
    }
}
