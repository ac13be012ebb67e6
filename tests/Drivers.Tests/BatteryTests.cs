using BodyCam.Firmware.Drivers;

namespace BodyCam.Drivers.Tests;

public class BatteryTests
{
    private const int Address = 0x36;

    [Fact]
    public void The_gauge_gives_charge_and_voltage_of_the_cell()
    {
        using var bench = new DriverBench();
        bench.Board.Battery.SetPercent(57.9);
        Max17048 gauge = Parts.Gauge();
        Assert.Equal(57, bench.Run(() => gauge.ReadPercent()));
        Assert.InRange(bench.Run(() => gauge.ReadMillivolts()), (int)bench.Board.Battery.Millivolts - 1, (int)bench.Board.Battery.Millivolts + 1);
    }

    [Fact]
    public void One_transfer_without_acknowledgement_is_survived_and_a_silent_gauge_is_told()
    {
        using var bench = new DriverBench();
        Max17048 gauge = Parts.Gauge();
        bench.Board.NakI2c(Address, 0, 1);
        Assert.InRange(bench.Run(() => gauge.ReadPercent()), 90, 100);
        bench.Board.NakI2c(Address, 0, 2);
        Assert.Equal(-1, bench.Run(() => gauge.ReadPercent()));
        bench.Board.SetI2cSilent(Address, true);
        Assert.Equal((-1, -1), bench.Run(() => (gauge.ReadPercent(), gauge.ReadMillivolts())));
    }

    [Fact]
    public void Where_the_gauge_is_silent_the_divider_stands_in()
    {
        using var bench = new DriverBench();
        bench.Board.SetI2cSilent(Address, true);
        bench.Board.Battery.SetPercent(50);
        var either = new EitherGauge(Parts.Gauge(), new BatteryDivider(6));
        Assert.InRange(bench.Run(() => either.ReadMillivolts()), (int)bench.Board.Battery.Millivolts - 15, (int)bench.Board.Battery.Millivolts + 15);
        Assert.InRange(bench.Run(() => either.ReadPercent()), 35, 65);
    }

    [Theory]
    [InlineData(6, 10)]
    [InlineData(60, 60)]
    public void Noise_of_the_converter_is_averaged(int counts, int toleranceMv)
    {
        using var bench = new DriverBench();
        bench.Board.SetAdcNoise(counts);
        bench.Board.Battery.SetPercent(70);
        var divider = new BatteryDivider(6);
        for (int reading = 0; reading < 50; reading++)
            Assert.InRange(bench.Run(() => divider.ReadMillivolts()) - bench.Board.Battery.Millivolts, -toleranceMv, toleranceMv);
    }

    [Fact]
    public void Charge_read_off_the_voltage_never_rises_while_the_cell_empties()
    {
        using var bench = new DriverBench();
        bench.Board.SetAdcNoise(0);
        var divider = new BatteryDivider(6);
        int before = 100;
        for (int percent = 100; percent > 0; percent--)
        {
            bench.Board.Battery.SetPercent(percent);
            int now = bench.Run(() => divider.ReadPercent());
            Assert.InRange(now, 0, before);
            before = now;
        }

        Assert.InRange(before, 0, 10);
    }
}
