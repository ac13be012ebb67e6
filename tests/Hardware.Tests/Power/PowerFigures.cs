using System.Text.Json;
using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Power;

/// <summary>Currents with their sources, and the arithmetic over them (<c>hardware/power.json</c>).</summary>
internal sealed record PowerFigures(
    string Board,
    int RailMv,
    int CellMv,
    Sourced RegulatorEfficiency,
    Sourced UsableShare,
    IReadOnlyDictionary<string, Resistance> Resistances,
    IReadOnlyDictionary<string, Load> Loads,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Modes,
    IReadOnlyDictionary<string, Load> Peak,
    RegulatorLimits Regulator,
    ChargerSetting Charger,
    IReadOnlyDictionary<string, OffLoad> Off,
    IReadOnlyDictionary<string, Dropout> Alternatives,
    Boost Boost)
{
    /// <summary>Reads the file.</summary>
    public static PowerFigures Load() => JsonSerializer.Deserialize<PowerFigures>(Repository.Read("hardware/power.json"), BoardFile.Json)!;

    /// <summary>Mean current in mA at 3.3 V in one mode.</summary>
    public double RailMa(string mode) => Modes[mode].Sum(share => Loads[share.Key].Ma * share.Value);

    /// <summary>Current in mA out of the cell for a current at 3.3 V, at a given cell voltage and overall efficiency.</summary>
    public double CellMa(double railMa, double cellMv, double? efficiency = null) => railMa * RailMv / (efficiency ?? RegulatorEfficiency.Value) / cellMv;

    /// <summary>Hours that a cell of that capacity lasts in one mode.</summary>
    public double Hours(string mode, int capacityMah, double? efficiency = null) => capacityMah * UsableShare.Value / CellMa(RailMa(mode), CellMv, efficiency);

    /// <summary>Peak current in mA at 3.3 V.</summary>
    public double PeakRailMa => Peak.Values.Sum(static load => load.Ma);

    /// <summary>Voltage in mV at the regulator's input at the peak, for a cell's open voltage.</summary>
    public double InputAtPeakMv(double cellMv) => cellMv - CellMa(PeakRailMa, cellMv) * Resistances.Values.Sum(static part => part.Ohm);
}

/// <summary>A figure and where it is from.</summary>
internal sealed record Sourced(double Value, string Source);

/// <summary>mA at 3.3 V.</summary>
internal sealed record Load(double Ma, string Source);

/// <summary>Ohms in the way from the cell to the regulator.</summary>
internal sealed record Resistance(double Ohm, string Source);

/// <summary>µA out of the cell with the switch off.</summary>
internal sealed record OffLoad(double Ua, string Source);

/// <summary>mV a linear regulator needs above its output.</summary>
internal sealed record Dropout(int DropoutMv, string Source);

/// <summary>A 5 V boost converter ahead of a linear regulator.</summary>
internal sealed record Boost(double Efficiency, int OutputMv, string Source);

/// <summary>What the regulator stands.</summary>
internal sealed record RegulatorLimits(int OutputMaxMa, int InputMinMv, int StartMinMv, string Source);

/// <summary>How the charger is set.</summary>
internal sealed record ChargerSetting(int ChargeMa, int TimerHours, string Source);
