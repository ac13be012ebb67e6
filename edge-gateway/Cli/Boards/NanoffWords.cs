using System.Globalization;
using System.Text.RegularExpressions;

namespace BodyCam.Cli.Boards;

/// <summary>The chip on the port, as the flasher's <c>--devicedetails --checkpsram</c> prints it.</summary>
/// <param name="Chip">ESP32, ESP32-S3 …</param>
/// <param name="Revision">Whole number of the silicon's revision; −1 when it is not said.</param>
/// <param name="FlashMegabytes">Size of the flash; 0 when it is not said.</param>
/// <param name="HasPsram">Null when the flasher could not tell.</param>
/// <param name="Mac">Address of the chip, twelve hexadecimal digits in lower case; empty when it is not said.</param>
internal sealed record FoundChip(string Chip, int Revision, int FlashMegabytes, bool? HasPsram, string Mac);

/// <summary>Reads the words of nanoff 2.5 (nanoFirmwareFlasher, <c>Esp32DeviceInfo</c>, <c>ExitCodes</c>, <c>FileDeploymentManager</c>). Its exit codes are larger than a byte, and a file that was not taken leaves code 0: so its text is read, not its code alone.</summary>
internal static partial class NanoffWords
{
    /// <summary>The chip; null when nothing was said of one.</summary>
    public static FoundChip? Chip(string said)
    {
        var match = ChipLine().Match(said);
        if (!match.Success)
            return null;
        var revision = Revision().Match(match.Groups["name"].Value) is { Success: true } one ? Number(one, -1) : -1;
        var flash = Flash().Match(said) is { Success: true } size ? Number(size, 0) : 0;
        bool? psram = Psram().Match(said).Groups["it"].Value.Trim() switch
        {
            "not available" => false,
            { Length: > 0 } text when char.IsAsciiDigit(text[0]) => true,
            _ => null,
        };
        var mac = Mac().Match(said).Groups["it"].Value.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return new FoundChip(match.Groups["chip"].Value, revision, flash, psram, mac);
    }

    /// <summary>One line that says what is wrong and what to do; null when the call did its work.</summary>
    /// <param name="code">Exit code, as the system cut it.</param>
    /// <param name="said">Everything that was printed.</param>
    /// <param name="port">Port of the call.</param>
    public static string? Fault(int code, string said, string port)
    {
        var number = Error().Match(said) is { Success: true } found ? found.Groups["it"].Value : "";
        if (said.Contains("Can't connect to ESP32 bootloader", StringComparison.Ordinal))
            return $"no ESP32 answers on {port}. Hold BOOT, press EN, let go of BOOT and repeat; with a USB cable that carries data.";
        if (said.Contains("No operation was performed", StringComparison.Ordinal) && code == 0 && number.Length == 0 && !said.Contains("Updating", StringComparison.Ordinal) && !said.Contains("Deploying file", StringComparison.Ordinal))
            return "nanoff did nothing. Update it with 'dotnet tool update --global nanoff' and repeat.";
        if (NotTaken().Match(said) is { Success: true } file)
            return $"the board did not take {file.Groups["it"].Value}. Press EN and repeat with --from files; when it stays so, the flash is full or damaged: '--erase' under a new epoch.";
        if (code == 0 && number.Length == 0)
            return null;
        return number switch
        {
            "E4005" or "E6000" => $"{port} cannot be opened. Close what else uses it, look at your rights to it (group dialout), then repeat.",
            "E6002" => $"another program holds {port} (the nanoFramework extension of an editor does). Close it and repeat.",
            "E2000" or "E2001" or "E2002" => $"the runtime on the board does not answer on {port}. Press EN, wait five seconds and repeat with --from files.",
            "E2003" => $"the board did not take what was sent ({Words(said)}). Press EN and repeat with --from files.",
            "E9005" => "the flasher's repository has no such runtime image. Look at the names with 'nanoff --listtargets --platform esp32', and at --runtime-version.",
            "E9006" or "E9007" => "the runtime image could not be fetched. It comes from the Internet: look at the connection, or fetch it elsewhere with 'nanoff --updatearchive --target TARGET --archivepath FOLDER' and repeat with --archive FOLDER.",
            "E9015" => "the archive given with --archive has no such runtime image. Fetch it with 'nanoff --updatearchive --target TARGET --archivepath FOLDER'.",
            "E9000" => $"this nanoff does not know an option ({Words(said)}). Update it with 'dotnet tool update --global nanoff' and repeat.",
            "E4000" => $"the call to the chip on {port} failed ({Words(said)}). Hold BOOT, press EN, let go of BOOT and repeat, with --baud 115200 when it stays so.",
            "E4001" => "the flash of this board is too small for the runtime. Use a module with 4 MB or more.",
            "E4002" or "E4003" or "E4004" => $"the flash could not be erased, written or read ({Words(said)}). Repeat with --baud 115200; when it stays so, change cable or board.",
            _ => $"nanoff ended with {code.ToString(CultureInfo.InvariantCulture)} ({Words(said)}). Mend that and repeat.",
        };
    }

    private static int Number(Match match, int otherwise) => int.TryParse(match.Groups["it"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string Words(string said) =>
        said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(static line => line.StartsWith("Error", StringComparison.Ordinal))
        ?? said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";

    [GeneratedRegex(@"^(?<chip>ESP32[A-Z0-9-]*)[ \t]*(?:\((?<name>[^\n]*)\))?[ \t]*\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ChipLine();

    [GeneratedRegex(@"revision v(?<it>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Revision();

    [GeneratedRegex(@"^Flash size (?<it>\d+)MB", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Flash();

    [GeneratedRegex(@"^PSRAM: (?<it>[^\n]*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Psram();

    [GeneratedRegex(@"^MAC (?<it>[0-9A-Fa-f:]{12,17})", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mac();

    [GeneratedRegex(@"^Error (?<it>E\d{4})", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Error();

    [GeneratedRegex(@"^(?:Error|Exception) deploying content file [^\n]* to (?<it>[^\n]+?)\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotTaken();
}
