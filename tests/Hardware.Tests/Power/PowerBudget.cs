using System.Globalization;
using System.Text;
using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Power;

/// <summary>The power budget as a document with its arithmetic.</summary>
internal static class PowerBudget
{
    /// <summary>Markdown made from the figures and the board's cell.</summary>
    public static string Of(PowerFigures power, BatteryFigures battery)
    {
        var text = new StringBuilder($"# Power budget of {power.Board}\n\nMade from `hardware/power.json` by a test. Every current is from a data sheet or marked as an estimate; none was measured. Fill in the measured ones with [bench.md](bench.md), change the file, and make the page again.\n");
        text.Append("\n## Currents\n| Part | mA at 3.3 V | Source |\n|---|---|---|\n");
        foreach (var (name, load) in power.Loads) text.Append($"| {name} | {N(load.Ma)} | {load.Source} |\n");

        text.Append($"\n## Modes\nCell current = rail current × {N(power.RailMv / 1000.0)} V / {N(power.RegulatorEfficiency.Value)} / {N(power.CellMv / 1000.0)} V; hours = {battery.CapacityMah} mAh × {N(power.UsableShare.Value)} / cell current.\n");
        text.Append($"Efficiency: {power.RegulatorEfficiency.Source}. Usable share: {power.UsableShare.Source}.\n\n| Mode | Sum of share × mA | Rail, mA | Cell, mA | Hours | With 3,000 mAh |\n|---|---|---|---|---|---|\n");
        foreach (var (mode, shares) in power.Modes)
        {
            string sum = string.Join(" + ", shares.Select(share => share.Value == 1 ? N(power.Loads[share.Key].Ma) : $"{N(share.Value)} × {N(power.Loads[share.Key].Ma)}"));
            text.Append($"| {mode} | {sum} | {power.RailMa(mode):F0} | {power.CellMa(power.RailMa(mode), power.CellMv):F0} | {N1(power.Hours(mode, battery.CapacityMah))} | {N1(power.Hours(mode, 3000))} |\n");
        }

        text.Append("\nEight hours of unbroken recording, which some procurement rules ask for, are not reached with 2,500 mAh; a shift with pauses is. The share of the card is that of `firmware/docs/budget.md`: 590 ms of each second.\n");
        Supply(text, power, battery);
        Charging(text, power, battery);
        return text.ToString();
    }

    private static void Supply(StringBuilder text, PowerFigures power, BatteryFigures battery)
    {
        double ohm = power.Resistances.Values.Sum(static part => part.Ohm);
        text.Append($"\n## Peak, drop and brown-out\nPeak at 3.3 V: {string.Join(" + ", power.Peak.Values.Select(static load => N(load.Ma)))} = **{power.PeakRailMa:F0} mA** ({string.Join(", ", power.Peak.Select(static load => $"{load.Key}: {load.Value.Source}"))}).\n");
        text.Append($"In the way of the current: {string.Join(" + ", power.Resistances.Select(static part => $"{N(part.Value.Ohm)} ohm {part.Key}"))} = {N(ohm)} ohm ({string.Join("; ", power.Resistances.Values.Select(static part => part.Source))}).\n\n");
        text.Append("| Cell | Cell current at the peak, mA | Drop, mV | At the regulator, mV | Above its minimum, mV |\n|---|---|---|---|---|\n");
        foreach (int cell in new[] { 4200, 3700, battery.StopRecordingMv, battery.CutoffMv })
        {
            double ma = power.CellMa(power.PeakRailMa, cell);
            text.Append($"| {N(cell / 1000.0)} V | {ma:F0} | {ma * ohm:F0} | {power.InputAtPeakMv(cell):F0} | {power.InputAtPeakMv(cell) - power.Regulator.InputMinMv:F0} |\n");
        }

        text.Append($"\nRegulator: {power.Regulator.Source}. The recording stops at {N(battery.StopRecordingMv / 1000.0)} V, the regulator's cut-off is set to {N(battery.CutoffMv / 1000.0)} V at its input, under what a peak leaves at the stop voltage; the cell's own protection comes last. What the regulator gives at 3 V in is for the bench.\nThe chip needs 3.0 V and the card 2.7 V; C2 (470 µF) carries 300 mA for 0.3 V × 470 µF / 0.3 A = {0.3 * 470e-6 / 0.3 * 1000:F2} ms until the regulator follows.\n");
        text.Append("\n### Why not simpler\n| Way | Lowest cell voltage at the peak | Hours recording | Verdict |\n|---|---|---|---|\n");
        const string recording = "recording VGA with sound";
        foreach (var (name, way) in power.Alternatives)
        {
            double need = power.RailMv + way.DropoutMv + power.PeakRailMa * ohm;
            text.Append($"| {name} | {power.RailMv} + {way.DropoutMv} + {power.PeakRailMa:F0} mA × {N(ohm)} ohm = {need:F0} mV | – | {(need > 4200 ? "no: more than a full cell gives" : "no: lost with a third of the charge still in the cell")} ({way.Source}) |\n");
        }

        double boost = power.Boost.Efficiency * power.RailMv / power.Boost.OutputMv;
        text.Append($"| 5 V boost, then the controller board's regulator | 3000 mV | {N1(power.Hours(recording, battery.CapacityMah, boost))} | works, wastes: {N(power.Boost.Efficiency)} × {N(power.RailMv / 1000.0)} / {N(power.Boost.OutputMv / 1000.0)} = {boost:P0} efficient ({power.Boost.Source}) |\n");
        text.Append($"| **buck-boost into 3V3** | {battery.CutoffMv} mV at its input | {N1(power.Hours(recording, battery.CapacityMah))} | chosen |\n");
    }

    private static void Charging(StringBuilder text, PowerFigures power, BatteryFigures battery)
    {
        double hours = 0.8 * battery.CapacityMah / power.Charger.ChargeMa + 1;
        double off = power.Off.Values.Sum(static load => load.Ua);
        text.Append($"\n## Charging\n{power.Charger.ChargeMa} mA is {N((double)power.Charger.ChargeMa / battery.CapacityMah)} C; 0.8 × {battery.CapacityMah} / {power.Charger.ChargeMa} + 1 h at constant voltage = about {N1(hours)} h with the recorder off, under the safety timer of {power.Charger.TimerHours} h ({power.Charger.Source}).\n");
        text.Append($"With the 0.5 A jumper it would be {N1(0.8 * battery.CapacityMah / 500 + 1)} h: at the timer's edge, so leave 1.0 A. Take a 5 V supply of at least 1.5 A. A cell is charged between 0 and 45 °C only; the thermistor input is not used, so nobody charges a recorder in a hot car.\n");
        text.Append($"\n## Switched off\n{string.Join(" + ", power.Off.Select(static load => $"{N(load.Value.Ua)} µA {load.Key}"))} = {N1(off)} µA ({string.Join("; ", power.Off.Values.Select(static load => load.Source))}): {battery.CapacityMah} mAh would last {battery.CapacityMah * 1000 / off / 8760:F0} years, so the cell's own discharge decides. The clock runs from its CR1220 while the switch is off: 35 mAh / 3.0 µA at most (DS3231 data sheet) = {35 / 0.003 / 8760:F1} years, 35 mAh / 0.84 µA typical = {35 / 0.00084 / 8760:F1} years; change it every year.\n");
    }

    private static string N(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string N1(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
