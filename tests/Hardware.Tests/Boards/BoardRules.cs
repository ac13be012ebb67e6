using System.Globalization;
using System.Text.Json;

namespace BodyCam.Hardware.Tests.Boards;

/// <summary>What a board definition must obey so that the wired board starts, wakes and reads true levels.</summary>
internal static class BoardRules
{
    // What a recorder needs, and the pins that give it.
    private static readonly (string Function, string[] AnyOf)[] recorder =
    [
        ("camera", ["cameraClock", "cameraPixelClock"]), ("card", ["sdClock"]), ("sound", ["i2sDataIn"]), ("clock", ["i2cData"]), ("battery", ["batteryDivider"]),
        ("recordButton", ["recordButton"]), ("noteButton", ["noteButton"]), ("recordLed", ["recordLed"]), ("statusLed", ["statusLed"]), ("buzzer", ["buzzer"]),
    ];

    /// <summary>Every breach, as "code: words that name the pin or net".</summary>
    public static IReadOnlyList<string> Breaches(BoardFile board, Chip chip) => [.. PinBreaches(board, chip), .. NetBreaches(board, chip), .. BoardBreaches(board)];

    private static IEnumerable<string> PinBreaches(BoardFile board, Chip chip)
    {
        foreach (var pair in board.Pins.GroupBy(static pin => pin.Value.Gpio).Where(static group => group.Count() > 1))
            yield return $"twice: GPIO {pair.Key} is {string.Join(" and ", pair.Select(static pin => pin.Key))}";

        foreach (var (name, pin) in board.Pins)
        {
            if (chip.Pin(pin.Gpio) is not { NotBonded: false } one)
            {
                yield return $"noSuchPin: {name} at GPIO {pin.Gpio}";
                continue;
            }

            if (one.Flash) yield return $"flash: {name} at GPIO {pin.Gpio}";
            if (one.Psram) yield return $"psram: {name} at GPIO {pin.Gpio}";
            if (one.Console is not null) yield return $"console: {name} at GPIO {pin.Gpio} is {one.Console} of the serial console";
            if (one.Strap is not null && (pin.Waiver ?? "").Length < 20) yield return $"strap: {name} at GPIO {pin.Gpio} ({one.Strap}) has no waiver that says why it works";
            if (one.Strap is null && pin.Waiver is not null) yield return $"idleWaiver: {name} at GPIO {pin.Gpio} is no strapping pin";
            if (one.InputOnly && pin.Direction != "in") yield return $"inputOnly: {name} drives GPIO {pin.Gpio}, which has no output stage";
            if (one.InputOnly != pin.InputOnly) yield return $"inputOnlyMark: {name} at GPIO {pin.Gpio}";
            if (pin.Drive is "openDrain" or "switch" && pin.Pull is null) yield return $"noPull: nothing pulls {name} at GPIO {pin.Gpio}";
            if (one.InputOnly && pin.Pull == "internal") yield return $"noPull: GPIO {pin.Gpio} of {name} has no inner pull";
            if (one.InputOnly && pin.Drive == "triState" && pin.Pull is null) yield return $"noPull: nothing holds {name} at GPIO {pin.Gpio} while nobody drives it";
            if (pin.Wake && one.Rtc is null) yield return $"wake: {name} at GPIO {pin.Gpio} is no RTC pin";
            if (board.ReservedPins.Any(reserved => reserved.Gpio == pin.Gpio)) yield return $"reserved: {name} at GPIO {pin.Gpio}";
            if (pin.Drive == "analog" && one.Adc?.StartsWith("ADC2", StringComparison.Ordinal) == true && board.Wifi) yield return $"adc2: {name} at GPIO {pin.Gpio} cannot be read while Wi-Fi is on";
            else if (!Routable(pin, one, chip)) yield return $"route: {pin.Function ?? pin.Drive} of {name} cannot reach GPIO {pin.Gpio}";
            if (pin.AnalogMaxMv > chip.Adc1FullScaleMv) yield return $"analogLevel: {name} reaches {pin.AnalogMaxMv} mV, the converter {chip.Adc1FullScaleMv} mV";
            if (pin.Drive == "analog" && one.Adc != $"ADC1_CH{pin.Adc1Channel}") yield return $"adcChannel: {name} at GPIO {pin.Gpio} is {one.Adc}";
        }
    }

    private static bool Routable(BoardPin pin, ChipPin one, Chip chip) => pin.Function switch
    {
        null => pin.Drive != "analog" || one.Adc is not null,
        var dvp when dvp.StartsWith("DVP_", StringComparison.Ordinal) => dvp != "DVP_XCLK" || !one.InputOnly,
        var adc when adc.StartsWith("ADC", StringComparison.Ordinal) => one.Adc == adc,
        var card when card.StartsWith("SDMMC", StringComparison.Ordinal) => one.Fixed == card,
        var other when chip.Functions.AnyOutput.Contains(other) => !one.InputOnly,
        var other => chip.Functions.AnyInput.Contains(other),
    };

    private static IEnumerable<string> NetBreaches(BoardFile board, Chip chip)
    {
        var known = board.Modules.SelectMany(static module => module.Value.Pins.Select(pin => $"{module.Key}.{pin}")).Concat(board.Passives.Keys.SelectMany(static name => new[] { name + ".1", name + ".2" })).ToHashSet();
        foreach (var node in board.Nets.SelectMany(static net => net.Value).Where(node => !known.Contains(node))) yield return $"noSuchNode: {node}";
        foreach (var node in board.Nets.SelectMany(static net => net.Value).GroupBy(static node => node).Where(static group => group.Count() > 1)) yield return $"shorted: {node.Key} is in two nets or twice in one";
        foreach (var net in board.Nets.Where(static net => net.Value.Count < 2)) yield return $"loose: net {net.Key} has one end";

        var unused = board.Modules.SelectMany(static module => (module.Value.Unused ?? []).Select(pin => $"{module.Key}.{pin}")).ToHashSet();
        foreach (var node in known.Where(node => board.NetOf(node) is null && !unused.Contains(node))) yield return $"unwired: {node} is in no net and not marked unused";
        foreach (var node in unused.Where(node => board.NetOf(node) is not null)) yield return $"unwired: {node} is marked unused and wired";

        foreach (var (name, pin) in board.Pins.Where(static pin => !pin.Value.OnBoard))
            if (board.NetOf($"mcu.GPIO{pin.Gpio}") != name)
                yield return $"pinNet: GPIO {pin.Gpio} is {name} by its pin and {board.NetOf($"mcu.GPIO{pin.Gpio}") ?? "nothing"} by its net";
        foreach (var node in board.Nets.SelectMany(static net => net.Value).Where(static node => node.StartsWith("mcu.GPIO", StringComparison.Ordinal)))
        {
            int gpio = int.Parse(node["mcu.GPIO".Length..], CultureInfo.InvariantCulture);
            if (board.Pins.Values.All(pin => pin.Gpio != gpio) && board.ReservedPins.All(reserved => reserved.Gpio != gpio || reserved.Net != board.NetOf(node)))
                yield return $"pinNet: GPIO {gpio} is wired and has no function";
        }

        foreach (var (name, pin) in board.Pins.Where(static pin => pin.Value.Pull is not (null or "internal" or "modules")))
            if (!Pulls(board, pin.Pull!, name))
                yield return $"noPull: {pin.Pull} does not lead from {name} to 3V3 or GND";
        foreach (var breach in DividerBreaches(board, chip)) yield return breach;
    }

    private static bool Pulls(BoardFile board, string resistor, string net) =>
        board.Passives.TryGetValue(resistor, out var part) && part.Kind == "resistor"
        && new[] { board.NetOf(resistor + ".1"), board.NetOf(resistor + ".2") } is var ends && ends.Contains(net) && (ends.Contains("3V3") || ends.Contains("GND"));

    // A digital pin behind a divider must read high at the lowest USB voltage under load (4.4 V) and stay below supply + 0.3 V at the highest (5.5 V, USB 2.0 and Type-C).
    private static IEnumerable<string> DividerBreaches(BoardFile board, Chip chip)
    {
        if (!board.Nets.TryGetValue("vbusSense", out var nodes)) yield break;
        var resistors = nodes.Where(node => board.Passives.TryGetValue(node[..^2], out var part) && part.Kind == "resistor").ToArray();
        double upper = resistors.Where(node => board.NetOf(BoardFile.OtherEnd(node)) == "VBUS").Sum(node => board.Passives[node[..^2]].Number);
        double lower = resistors.Where(node => board.NetOf(BoardFile.OtherEnd(node)) == "GND").Sum(node => board.Passives[node[..^2]].Number);
        double share = lower / (upper + lower);
        if (!(4400 * share >= chip.InputHighShare * chip.SupplyMv.Typ)) yield return $"level: vbusSense is {4400 * share:F0} mV at 4.4 V, high begins at {chip.InputHighShare * chip.SupplyMv.Typ:F0} mV";
        if (!(5500 * share <= chip.SupplyMv.Typ + chip.InputOverSupplyMv)) yield return $"level: vbusSense is {5500 * share:F0} mV at 5.5 V, the pin stands {chip.SupplyMv.Typ + chip.InputOverSupplyMv} mV";
    }

    private static IEnumerable<string> BoardBreaches(BoardFile board)
    {
        foreach (var (function, anyOf) in recorder)
        {
            bool has = anyOf.Any(board.Pins.ContainsKey), missing = board.Missing.Any(one => one.Function == function && one.Why.Length >= 20);
            if (has == missing) yield return $"function: {function} must either have its pins or be under 'missing' with a reason";
        }

        var addresses = board.Buses.GetProperty("i2c").EnumerateObject().Where(static one => one.Name is "addresses" or "otherAddresses").SelectMany(static one => one.Value.EnumerateObject());
        foreach (var twice in addresses.GroupBy(static one => one.Value.GetInt32()).Where(static group => group.Count() > 1))
            yield return $"i2cAddress: 0x{twice.Key:X2} is {string.Join(" and ", twice.Select(static one => one.Name))}";
    }
}
