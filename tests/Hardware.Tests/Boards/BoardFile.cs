using System.Text.Json;
using System.Text.Json.Serialization;

namespace BodyCam.Hardware.Tests.Boards;

/// <summary>One board definition (<c>hardware/boards/*.json</c>): pins, wiring, what is missing. Members that nobody reads are refused.</summary>
internal sealed record BoardFile(
    string Name,
    string Title,
    string Module,
    string Chip,
    string Route,
    bool Wifi,
    string? NanoTarget,
    IReadOnlyDictionary<string, BoardPin> Pins,
    IReadOnlyList<MissingFunction> Missing,
    IReadOnlyList<ReservedPin> ReservedPins,
    JsonElement Buses,
    IReadOnlyDictionary<string, BoardModule> Modules,
    IReadOnlyDictionary<string, Passive> Passives,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Nets,
    BatteryFigures? Battery = null,
    JsonElement? Costs = null)
{
    /// <summary>camelCase, unknown members refused.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true };

    /// <summary>Names of the board definitions.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Repository.PathOf("hardware/boards"), "*.json").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>Text of a board definition.</summary>
    public static string Text(string name) => Repository.Read($"hardware/boards/{name}.json");

    /// <summary>Reads a board definition.</summary>
    public static BoardFile Load(string name) => Parse(Text(name));

    /// <summary>Reads a board definition from its text.</summary>
    public static BoardFile Parse(string text) => JsonSerializer.Deserialize<BoardFile>(text, Json)!;

    /// <summary>Net that a node belongs to, or null.</summary>
    public string? NetOf(string node) => Nets.FirstOrDefault(net => net.Value.Contains(node)).Key;

    /// <summary>The other end of a part with two terminals.</summary>
    public static string OtherEnd(string node) => node[..^1] + (node[^1] == '1' ? '2' : '1');
}

/// <summary>One function of the board at one GPIO.</summary>
/// <param name="Gpio">Number.</param>
/// <param name="Direction">in, out or both, seen from the chip.</param>
/// <param name="Drive">What moves the line: pushPull, openDrain, triState, switch, analog.</param>
/// <param name="Function">nanoFramework's name of the chip function, or DVP_… for the camera port; null for plain GPIO.</param>
/// <param name="Pull">internal, modules (on a breakout), or the passive that pulls; null where nothing does.</param>
/// <param name="Wake">Wakes the chip from deep sleep.</param>
/// <param name="Active">low or high.</param>
/// <param name="InputOnly">Said once more for people; must agree with the chip.</param>
/// <param name="Adc1Channel">Channel of ADC1.</param>
/// <param name="DividerRatio">Voltage before the divider over voltage at the pin.</param>
/// <param name="AnalogMaxMv">Highest voltage expected at the pin.</param>
/// <param name="Waiver">Why a strapping pin may be used here.</param>
/// <param name="Notes">For people.</param>
/// <param name="OnBoard">Wired on the bought board: not in the nets.</param>
internal sealed record BoardPin(int Gpio, string Direction, string Drive, string? Function = null, string? Pull = null, bool Wake = false, string? Active = null, bool InputOnly = false,
    int? Adc1Channel = null, int? DividerRatio = null, int? AnalogMaxMv = null, string? Waiver = null, string? Notes = null, bool OnBoard = false);

/// <summary>A function that this board cannot have.</summary>
internal sealed record MissingFunction(string Function, string Why);

/// <summary>A GPIO that no function may take; <paramref name="Net"/> is the one net that may touch it.</summary>
internal sealed record ReservedPin(int Gpio, string Why, string? Net = null);

/// <summary>A bought part with named pins, in the order of its header where it has one.</summary>
internal sealed record BoardModule(string Title, IReadOnlyList<string> Pins, IReadOnlyList<string>? Unused = null, string? HeaderTop = null, string? HeaderBottom = null, IReadOnlyList<string>? Left = null,
    IReadOnlyList<string>? Right = null);

/// <summary>A part with two terminals, 1 and 2; ohms and farads as people write them.</summary>
internal sealed record Passive(string Kind, string Value)
{
    /// <summary>Ohms or farads.</summary>
    public double Number => double.Parse(Value.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) * (Value.Split(' ') is [_, var unit] ? unit switch { "k" => 1e3, "u" => 1e-6, "n" => 1e-9, _ => double.NaN } : 1);
}

/// <summary>Cell and thresholds.</summary>
internal sealed record BatteryFigures(int CapacityMah, int LoadMa, int CutoffMv, int StopRecordingMv);
