using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BodyCam.Recorder.Tests;

/// <summary>The wiring list and the firmware's pins, each the other's check.</summary>
public sealed partial class PinTests
{
    private static readonly JsonElement board = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "hardware", "boards", "wrover-arducam.json"))).RootElement;
    private static readonly string source = File.ReadAllText(Path.Combine(Repository.Root, "firmware", "App", "Boards", "WroverArducam.cs"));

    [Fact]
    public void Every_pin_has_the_same_name_and_number_in_the_wiring_list_and_in_the_firmware()
    {
        var wired = board.GetProperty("pins").EnumerateObject().ToDictionary(static pin => pin.Name, static pin => pin.Value.GetProperty("gpio").GetInt32());
        var coded = Constants().Where(static one => one.Key.EndsWith("Pin", StringComparison.Ordinal)).ToDictionary(static one => NameOf(one.Key), static one => one.Value);
        Assert.Equal(Lines(wired), Lines(coded));
    }

    [Fact]
    public void Every_pin_function_is_set_in_the_firmware_as_the_wiring_list_says()
    {
        var wired = board.GetProperty("pins").EnumerateObject().Where(static pin => pin.Value.TryGetProperty("function", out _)).ToDictionary(static pin => pin.Name, static pin => pin.Value.GetProperty("function").GetString()!);
        var coded = FunctionCall().Matches(source).ToDictionary(static call => NameOf(call.Groups[1].Value), static call => call.Groups[2].Value);
        Assert.Equal(Lines(wired), Lines(coded));
    }

    [Fact]
    public void Buses_channels_addresses_and_rates_are_those_of_the_wiring_list()
    {
        var constants = Constants();
        var buses = board.GetProperty("buses");
        Assert.Equal(buses.GetProperty("cameraSpi").GetProperty("busId").GetInt32(), constants["CameraSpiBus"]);
        Assert.Equal(buses.GetProperty("cameraSpi").GetProperty("clockHz").GetInt32(), constants["CameraClockHz"]);
        Assert.Equal(buses.GetProperty("i2c").GetProperty("busId").GetInt32(), constants["I2cBus"]);
        Assert.Equal(buses.GetProperty("i2s").GetProperty("busId").GetInt32(), constants["I2sBus"]);
        Assert.Equal(board.GetProperty("pins").GetProperty("batteryDivider").GetProperty("adc1Channel").GetInt32(), constants["BatteryAdcChannel"]);
        var addresses = AddressCall().Matches(source).Select(static call => int.Parse(call.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).Order();
        Assert.Equal(buses.GetProperty("i2c").GetProperty("addresses").EnumerateObject().Select(static one => one.Value.GetInt32()).Order(), addresses);
    }

    [Fact]
    public void No_pin_is_used_twice_or_reserved_and_input_only_pins_drive_nothing()
    {
        var pins = board.GetProperty("pins").EnumerateObject().ToDictionary(static pin => pin.Name, static pin => pin.Value.GetProperty("gpio").GetInt32());
        Assert.Equal(pins.Values.Distinct().Count(), pins.Count);
        Assert.Empty(pins.Values.Intersect(board.GetProperty("reservedPins").EnumerateArray().Select(static pin => pin.GetProperty("gpio").GetInt32())));
        // GPIO 34 to 39 have no output stage (ESP32 datasheet, 2.2).
        Assert.All(board.GetProperty("pins").EnumerateObject(), static pin => Assert.Equal(pin.Value.GetProperty("gpio").GetInt32() >= 34, pin.Value.TryGetProperty("inputOnly", out _)));
    }

    private static Dictionary<string, int> Constants() =>
        Declaration().Matches(source).SelectMany(static line => Value().Matches(line.Groups[1].Value)).ToDictionary(static one => one.Groups[1].Value, static one => int.Parse(one.Groups[2].Value, CultureInfo.InvariantCulture));

    private static string NameOf(string constant) => char.ToLowerInvariant(constant[0]) + constant[1..^"Pin".Length];

    private static IEnumerable<string> Lines<T>(Dictionary<string, T> pins) => pins.Select(static pin => $"{pin.Key} {pin.Value}").Order(StringComparer.Ordinal);

    [GeneratedRegex(@"const int ([^;]+);", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"(\w+) = (\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex Value();

    [GeneratedRegex(@"SetPinFunction\((\w+), DeviceFunction\.(\w+)\)", RegexOptions.NonBacktracking)]
    private static partial Regex FunctionCall();

    [GeneratedRegex(@"Device\(0x([0-9A-Fa-f]+)\)", RegexOptions.NonBacktracking)]
    private static partial Regex AddressCall();
}
