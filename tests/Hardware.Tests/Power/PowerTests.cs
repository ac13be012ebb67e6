using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Power;

/// <summary>The power budget's arithmetic, and what must hold of it.</summary>
public sealed class PowerTests
{
    private static readonly PowerFigures power = PowerFigures.Load();
    private static readonly BatteryFigures battery = BoardFile.Load(power.Board).Battery!;

    [Fact]
    public void The_power_budget_is_what_the_figures_give() => Repository.HasMade("hardware/power-budget.md", PowerBudget.Of(power, battery));

    [Fact]
    public void Every_mode_sums_known_loads_with_shares_between_nought_and_two()
    {
        foreach (var (mode, shares) in power.Modes)
            Assert.All(shares, share => Assert.True(power.Loads.ContainsKey(share.Key) && share.Value is > 0 and <= 2, $"{mode}: {share.Key} × {share.Value}"));
        Assert.All(power.Loads, load => Assert.Contains(power.Modes.Values, mode => mode.ContainsKey(load.Key)));
    }

    [Fact]
    public void The_peak_is_within_the_regulator_and_the_rail_holds_down_to_the_cut_off()
    {
        Assert.True(power.PeakRailMa <= 0.6 * power.Regulator.OutputMaxMa, $"{power.PeakRailMa} mA leaves too little of {power.Regulator.OutputMaxMa} mA.");
        Assert.True(power.InputAtPeakMv(battery.CutoffMv) >= power.Regulator.InputMinMv + 500);
        Assert.True(battery.CutoffMv >= power.Regulator.StartMinMv, "Below the start voltage the regulator would stay off after the next press of the switch.");
    }

    [Fact]
    public void The_board_files_load_is_the_current_out_of_the_cell_while_recording() => Assert.Equal(power.CellMa(power.RailMa("recording VGA with sound"), power.CellMv), battery.LoadMa, 0.5);

    [Fact]
    public void At_the_voltage_where_recording_stops_a_peak_does_not_reach_the_cut_off() => Assert.True(power.InputAtPeakMv(battery.StopRecordingMv) > battery.CutoffMv);

    [Fact]
    public void The_cell_is_charged_slower_than_half_its_capacity_an_hour_and_within_the_timer()
    {
        Assert.True(power.Charger.ChargeMa <= battery.CapacityMah / 2);
        Assert.True(0.8 * battery.CapacityMah / power.Charger.ChargeMa + 1 <= power.Charger.TimerHours);
    }
}
