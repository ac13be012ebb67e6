using System.Text.Json;
using System.Text.Json.Serialization;

namespace BodyCam.Hardware.Tests.Boards;

/// <summary>What one chip's pins can do (<c>hardware/chips/*.json</c>).</summary>
internal sealed record Chip(
    string Name,
    IReadOnlyList<string> Sources,
    SupplyRange SupplyMv,
    double InputHighShare,
    double InputLowShare,
    int InputOverSupplyMv,
    int InternalPullOhm,
    int Adc1FullScaleMv,
    RoutableFunctions Functions,
    IReadOnlyList<ChipPin> Pins)
{
    /// <summary>Reads a chip file.</summary>
    public static Chip Load(string name) => JsonSerializer.Deserialize<Chip>(Repository.Read($"hardware/chips/{name}.json"), BoardFile.Json)!;

    /// <summary>The pin with that number, or null when the chip has none.</summary>
    public ChipPin? Pin(int gpio) => Pins.FirstOrDefault(pin => pin.Gpio == gpio);
}

/// <summary>Supply in mV.</summary>
internal sealed record SupplyRange(int Min, int Typ, int Max);

/// <summary>Functions that the GPIO matrix brings to any pin with an output stage, and to any pin at all.</summary>
internal sealed record RoutableFunctions(IReadOnlyList<string> AnyOutput, IReadOnlyList<string> AnyInput);

/// <summary>One GPIO.</summary>
/// <param name="Gpio">Number.</param>
/// <param name="InputOnly">No output stage and no inner pulls.</param>
/// <param name="Adc">Unit and channel, or null.</param>
/// <param name="Rtc">RTC GPIO number, or null: only RTC pins wake the chip.</param>
/// <param name="Fixed">Function of a peripheral that reaches this pin only.</param>
/// <param name="Strap">What the level at reset decides, or null.</param>
/// <param name="Flash">Belongs to the module's flash.</param>
/// <param name="Psram">Belongs to the module's PSRAM.</param>
/// <param name="Console">RX or TX of the serial console, or null.</param>
/// <param name="NotBonded">On the chip, not on the module.</param>
internal sealed record ChipPin(int Gpio, bool InputOnly = false, string? Adc = null, int? Rtc = null, string? Fixed = null, string? Strap = null, bool Flash = false, bool Psram = false,
    string? Console = null, bool NotBonded = false);
