using BodyCam.Firmware.Drivers;

namespace BodyCam.Drivers.Tests;

public class ClockTests
{
    private const int Address = 0x68;

    [Theory]
    [InlineData("2000-01-01T00:00:00")]
    [InlineData("2024-02-29T23:59:58")]
    [InlineData("2099-12-31T12:00:00")]
    [InlineData("2100-03-01T00:00:01")]
    [InlineData("2199-12-31T23:59:57")]
    public void A_time_that_is_written_is_read_back_and_goes_on(string utc)
    {
        long seconds = new DateTimeOffset(DateTime.Parse(utc, null, System.Globalization.DateTimeStyles.None), TimeSpan.Zero).ToUnixTimeSeconds();
        using var bench = new DriverBench();
        Ds3231 clock = Parts.Clock();
        Assert.True(bench.Run(() => clock.WriteUnixSeconds(seconds)));
        Assert.Equal(seconds, bench.Run(() => clock.ReadUnixSeconds()));
        bench.Board.RunFor(TimeSpan.FromSeconds(1.5));
        Assert.Equal(seconds + 1, bench.Run(() => clock.ReadUnixSeconds()));
    }

    [Theory]
    [InlineData("1999-12-31T23:59:59")]
    [InlineData("2200-01-01T00:00:00")]
    public void A_time_that_the_registers_cannot_hold_is_refused_and_changes_nothing(string utc)
    {
        long seconds = new DateTimeOffset(DateTime.Parse(utc, null, System.Globalization.DateTimeStyles.None), TimeSpan.Zero).ToUnixTimeSeconds();
        using var bench = new DriverBench();
        Ds3231 clock = Parts.Clock();
        Assert.True(bench.Run(() => clock.WriteUnixSeconds(1_800_000_000)));
        Assert.False(bench.Run(() => clock.WriteUnixSeconds(seconds)));
        Assert.InRange(bench.Run(() => clock.ReadUnixSeconds()), 1_800_000_000, 1_800_000_001);
    }

    [Theory]
    [InlineData(0x52, 0)]
    [InlineData(0x41, 1)]
    [InlineData(0x51, 11)]
    [InlineData(0x72, 12)]
    [InlineData(0x61, 13)]
    [InlineData(0x71, 23)]
    [InlineData(0x23, 23)]
    public void Both_ways_of_writing_the_hour_are_read(byte register, int hour)
    {
        using var bench = new DriverBench();
        Ds3231 clock = Parts.Clock();
        bench.Run(() => bench.Board.Buses.I2cTransfer(1, Address, [0x00, 0x00, 0x30, register, 0x02, 0x15, 0x06, 0x26], []));
        Assert.Equal(new DateTimeOffset(2026, 6, 15, hour, 30, 0, TimeSpan.Zero).ToUnixTimeSeconds(), bench.Run(() => clock.ReadUnixSeconds()));
    }

    [Fact]
    public void A_clock_that_had_stopped_is_not_believed_until_it_was_set()
    {
        using var bench = new DriverBench();
        bench.Board.Rtc.LoseClock();
        Ds3231 clock = Parts.Clock();
        Assert.Equal(-1, bench.Run(() => clock.ReadUnixSeconds()));
        Assert.True(bench.Run(() => clock.WriteUnixSeconds(1_800_000_000)));
        Assert.InRange(bench.Run(() => clock.ReadUnixSeconds()), 1_800_000_000, 1_800_000_001);
    }

    [Fact]
    public void One_transfer_without_acknowledgement_is_survived_and_silence_is_told()
    {
        using var bench = new DriverBench();
        Ds3231 clock = Parts.Clock();
        for (int skip = 0; skip < 3; skip++)
        {
            bench.Board.NakI2c(Address, skip, 1);
            Assert.True(bench.Run(() => clock.WriteUnixSeconds(1_800_000_000)), $"write, transfer {skip}");
        }

        bench.Board.NakI2c(Address, 0, 1);
        Assert.InRange(bench.Run(() => clock.ReadUnixSeconds()), 1_800_000_000, 1_800_000_002);
        bench.Board.SetI2cSilent(Address, true);
        Assert.Equal((-1L, false), bench.Run(() => (clock.ReadUnixSeconds(), clock.WriteUnixSeconds(1_800_000_000))));
    }

    [Fact]
    public void A_clock_set_by_half_stays_one_that_is_not_set()
    {
        using var bench = new DriverBench();
        bench.Board.Rtc.LoseClock();
        Ds3231 clock = Parts.Clock();
        bench.Board.NakI2c(Address, 1, 2);
        Assert.False(bench.Run(() => clock.WriteUnixSeconds(1_800_000_000)));
        Assert.Equal(-1, bench.Run(() => clock.ReadUnixSeconds()));
    }

    [Fact]
    public void Setting_starts_the_oscillator_on_the_coin_cell_and_silences_both_outputs()
    {
        using var bench = new DriverBench();
        bench.Run(() => bench.Board.Buses.I2cTransfer(1, Address, [0x0E, 0x80, 0x88], []));
        Assert.True(bench.Run(() => Parts.Clock().WriteUnixSeconds(1_800_000_000)));
        Assert.Equal([0x1C, 0x00], bench.Run(() =>
        {
            var flags = new byte[2];
            Assert.True(bench.Board.Buses.I2cTransfer(1, Address, [0x0E], flags));
            return flags;
        }));
    }
}
