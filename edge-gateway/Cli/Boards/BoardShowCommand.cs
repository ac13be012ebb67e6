using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BodyCam.Gateway;
using Spectre.Console;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board list|show</c>: which identities the gateway gave, and how they stand.</summary>
internal static class BoardShowCommand
{
    private static readonly JsonSerializerOptions camel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Command CreateList()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("list", "Lists every recorder's identity: epoch, certificate, custody.") { json, BoardGateway.Keys, BoardGateway.Address, BoardGateway.TokenFile };
        command.SetAction((parsed, cancel) => BoardCommand.GuardAsync(async () =>
        {
            using var gateway = BoardGateway.Open(parsed);
            var boards = await gateway.ListAsync(cancel).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { boards }, camel));
                return ExitCode.Done;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("Recorder", "Epoch", "State", "Certificate until", "Custody", "Connected");
            foreach (var board in boards)
                table.AddRow(new[] { board.Device, Text(board.Epoch), board.State, Day(board.NotAfter), board.Custody ?? "not registered", board.Connected ? "yes" : "no" }.Select(static cell => new Spectre.Console.Text(cell)));
            AnsiConsole.Write(table);
            foreach (var note in boards.SelectMany(Notes))
                Console.WriteLine(note);
            return ExitCode.Done;
        }));
        return command;
    }

    public static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = "Device id." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("show", "Shows one recorder's identity and what is to be done about it.") { id, json, BoardGateway.Keys, BoardGateway.Address, BoardGateway.TokenFile };
        command.SetAction((parsed, cancel) => BoardCommand.GuardAsync(async () =>
        {
            var device = BoardGateway.Id(parsed.GetValue(id));
            using var gateway = BoardGateway.Open(parsed);
            if (await gateway.FindAsync(device, cancel).ConfigureAwait(false) is not { } board)
                return BoardCommand.Fail($"{device} was never given an identity here: see 'bodycam board list', or make it with 'bodycam board new {device}'.");
            Show(board, parsed.GetValue(json));
            return ExitCode.Done;
        }));
        return command;
    }

    /// <summary>Prints one board.</summary>
    public static void Show(BoardView board, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { board, notes = Notes(board) }, camel));
            return;
        }

        Console.WriteLine($"Recorder     {board.Device}, {board.State}, {(board.Connected ? "connected" : "not connected")}");
        Console.WriteLine($"Epoch        {Text(board.Epoch)}");
        Console.WriteLine(board.Serial is null ? "Certificate  none" : $"Certificate  {board.Serial}, epoch {Text(board.CertificateEpoch!.Value)}, until {Day(board.NotAfter)}");
        Console.WriteLine($"Custody      {board.Custody ?? "not registered"}");
        if (board.RevokedEpoch is { } revoked)
            Console.WriteLine($"Revoked      up to epoch {Text(revoked)} on {Day(board.RevokedAt)}: {board.RevokedReason}");
        foreach (var note in Notes(board))
            Console.WriteLine(note);
    }

    // What a person should do, each with its command.
    private static IReadOnlyList<string> Notes(BoardView board)
    {
        var notes = new List<string>();
        if (board.Custody is "Lost" or "Retired" && board.State == "active")
            notes.Add($"{board.Device} is {(board.Custody == "Lost" ? "reported lost" : "retired")} and still comes in: what it recorded may yet arrive. To shut it out for good: ./bodycam board revoke {board.Device} --reason TEXT");
        if (board.State == "untrusted")
            notes.Add($"{board.Device} has a certificate of a CA that is trusted no more, and does not come in. Make it again and flash it: ./bodycam board new {board.Device} --again");
        if (board.State == "expired")
            notes.Add($"{board.Device}: its certificate is over and it does not come in. Make it again and flash it: ./bodycam board new {board.Device} --again");
        if (board.ExpiresSoon)
            notes.Add($"{board.Device}: its certificate ends on {Day(board.NotAfter)}. Make it again and flash it before that: ./bodycam board new {board.Device} --again");
        if (board.OldAuthority && board.State == "active")
            notes.Add($"{board.Device} has a certificate of an earlier CA: make it again when it is on the bench: ./bodycam board new {board.Device} --again");
        return notes;
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "–";
}
