using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Gateway;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board new</c>: identity, key, client certificate and configuration of a board, in a folder of its own.</summary>
internal static class BoardNewCommand
{
    /// <summary>Folder of the boards' folders unless named.</summary>
    public const string DefaultFolder = "boards";

    private const string DefaultBoard = "wrover-arducam";
    private const double GigabyteMin = 1;
    private const double GigabyteMax = 2000;

    private static readonly Argument<string> id = new("id") { Description = "Device id: 3 to 32 of a-z, 0-9 and '-'." };
    private static readonly Option<string> output = new("--out") { Description = "Folder in which the board's folder is made. It holds secrets: keep it off shared disks.", DefaultValueFactory = static _ => DefaultFolder };
    private static readonly Option<string[]> wifi = new("--wifi") { Description = $"Name of a Wi-Fi network, up to {WifiNetworks.CountMax} times in the order of trial. Passwords are asked for, or come from --wifi-passwords or {WifiNetworks.PasswordVariable}1 ….", DefaultValueFactory = static _ => [] };
    private static readonly Option<string?> passwords = new("--wifi-passwords") { Description = "File with the passwords, line n for network n, an empty line for an open network." };
    private static readonly Option<string?> board = new("--board") { Description = $"Board definition, a file of hardware/boards without its ending (default: {DefaultBoard})." };
    private static readonly Option<double?> card = new("--card-gb") { Description = "Size of the card as printed on it, GB (default: what the gateway says)." };
    private static readonly Option<string?> again = new("--again") { Description = "Give the id a new epoch, key and certificate and revoke the old ones, for this reason (default: board made again). Wi-Fi, board and card stay as they were unless named.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("new", "Makes a board's identity: key and certificate, configuration, files for the flasher. Safe to repeat.") { id, output, wifi, passwords, board, card, again, json, BoardGateway.Keys, BoardGateway.Address, BoardGateway.TokenFile };
        command.SetAction((parsed, cancel) => BoardCommand.GuardAsync(() => RunAsync(parsed, cancel)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        if (!DeviceId.TryParse(parsed.GetValue(id), out var device))
            return BoardCommand.Fail($"'{parsed.GetValue(id)}' is no device id: use 3 to 32 of a-z, 0-9 and '-', not starting with '-'.");
        var folder = Path.GetFullPath(Path.Combine(parsed.GetValue(output)!, device.Text));
        var isAgain = parsed.GetResult(again) is not null;
        using var gateway = BoardGateway.Open(parsed);
        var standing = await gateway.FindAsync(device.Text, cancel).ConfigureAwait(false);
        if (standing is not null && !isAgain)
            return TellStanding(standing, folder, parsed.GetValue(json));

        // Everything that can be wrong is looked at before the gateway gives an epoch.
        var before = Before(folder);
        var networks = parsed.GetValue(wifi) is { Length: > 0 } ssids
            ? WifiNetworks.Read(ssids, parsed.GetValue(passwords), Console.IsInputRedirected ? null : Ask)
            : before is null ? [] : WifiNetworks.Of(before.Value.Configuration);
        var definition = parsed.GetValue(board) ?? before?.Board ?? DefaultBoard;
        AssertBoard(definition);
        if (Card(parsed, before?.Configuration) is not { } cardBytes)
            return BoardCommand.Fail(string.Create(CultureInfo.InvariantCulture, $"a card of {parsed.GetValue(card)} GB is none: give {GigabyteMin} to {GigabyteMax} with --card-gb."));
        var (key, request) = BoardIdentity.Create(device.Text);
        var wish = new ProvisionWish(request, OnlyFirst: !isAgain, RevokeOlder: isAgain ? parsed.GetValue(again) ?? "board made again" : null, cardBytes == 0 ? null : cardBytes);
        BoardIdentity.AssertOurs(folder);
        WritableFolder.Assert(folder, isPrivate: true);
        var given = await gateway.ProvisionAsync(device.Text, wish, cancel).ConfigureAwait(false);
        BoardIdentity.Write(folder, given, key, networks, definition);
        if (parsed.GetValue(json))
            Console.WriteLine(JsonSerializer.Serialize(new { device = given.Device, epoch = given.Epoch, made = true, folder, board = definition, serial = given.Serial, notAfter = given.NotAfter, tls = given.Tls, wifi = networks.Select(static network => network.Ssid) }));
        else
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{given.Device}: epoch {given.Epoch}, certificate {given.Serial} until {given.NotAfter:yyyy-MM-dd}, in {folder}.\nNext: ./bodycam board flash {folder} --port PORT"));
        if (networks.Count == 0)
            await Console.Error.WriteLineAsync($"bodycam: no Wi-Fi was named, so the board joins none: name one with 'bodycam board new {device} --again --wifi NAME'.").ConfigureAwait(false);
        if (BoardIdentity.Value(given.File, "gatewayHost") is "localhost" or ['1', '2', '7', '.', ..] or "::1")
            await Console.Error.WriteLineAsync("bodycam: the gateway is told to be at this machine's own loopback address, which no real board reaches: start it with --listen and --host, then make the board again. A virtual recorder on this machine works.").ConfigureAwait(false);
        if (!given.Tls)
            await Console.Error.WriteLineAsync("bodycam: the gateway serves plain MQTT, and so does this board's configuration: start it with --tls and make the board again before it leaves the bench.").ConfigureAwait(false);
        return ExitCode.Done;
    }

    private static int TellStanding(BoardView standing, string folder, bool asJson)
    {
        BoardFolder? whole = null;
        try
        {
            whole = BoardFolder.Open(folder);
        }
        catch (InvalidDataException)
        {
            // Not there, or broken off: told below.
        }

        if (whole is null || whole.Epoch != standing.CertificateEpoch || standing.State != "active")
        {
            var here = whole is null ? $"{folder} does not have its files" : $"{folder} has epoch {whole.Epoch}";
            return BoardCommand.Fail($"{standing.Device} exists: epoch {standing.Epoch}, {standing.State}, and {here}. For a new key, epoch and certificate run 'bodycam board new {standing.Device} --again'; the old ones are revoked then.");
        }

        Console.WriteLine(asJson
            ? JsonSerializer.Serialize(new { device = standing.Device, epoch = whole.Epoch, made = false, folder, board = whole.Board, serial = standing.Serial, notAfter = standing.NotAfter })
            : $"{standing.Device} exists with epoch {whole.Epoch} in {folder}; nothing was done. Flash it: ./bodycam board flash {folder} --port PORT. A new identity: ./bodycam board new {standing.Device} --again.");
        return ExitCode.Done;
    }

    private static (IReadOnlyDictionary<string, string> Configuration, string? Board)? Before(string folder)
    {
        var configuration = Path.Combine(folder, "bodycam.cfg");
        if (!File.Exists(configuration))
            return null;
        string? definition = null;
        try
        {
            definition = BoardFolder.Open(folder).Board;
        }
        catch (InvalidDataException)
        {
            // A folder that was broken off keeps its configuration only.
        }

        return (BoardIdentity.ReadConfiguration(configuration), definition);
    }

    private static void AssertBoard(string name)
    {
        var names = BoardDefinition.Shipped();
        if (!names.Contains(name, StringComparer.Ordinal))
            throw new InvalidDataException($"'{name}' is no board: use one of {string.Join(", ", names)} with --board.");
    }

    // 0: what the gateway says; null: no card has that.
    private static long? Card(ParseResult parsed, IReadOnlyDictionary<string, string>? before) =>
        parsed.GetValue(card) is { } gigabytes
            ? gigabytes is >= GigabyteMin and <= GigabyteMax ? (long)(gigabytes * 1_000_000_000) : null
            : before is not null && long.TryParse(before.GetValueOrDefault("cardBytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;

    private static string Ask(string ssid)
    {
        Console.Error.Write($"Password of '{ssid}' (not shown; none for an open network): ");
        var typed = new StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
