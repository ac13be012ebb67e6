using System.CommandLine;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board revoke</c>: shuts a recorder out at once and for good.</summary>
internal static class BoardRevokeCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "Device id." };
        var reason = new Option<string>("--reason") { Description = "Why, in words; it stands in the log.", Required = true };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("revoke", "Revokes every key and certificate that a recorder was given so far: its session ends, and it comes in again only made anew. What it sent stands; what it still holds does not come in. Safe to repeat.") { id, reason, json, BoardGateway.Keys, BoardGateway.Address, BoardGateway.TokenFile };
        command.SetAction((parsed, cancel) => BoardCommand.GuardAsync(async () =>
        {
            var device = BoardGateway.Id(parsed.GetValue(id));
            using var gateway = BoardGateway.Open(parsed);
            BoardShowCommand.Show(await gateway.RevokeAsync(device, parsed.GetValue(reason)!, cancel).ConfigureAwait(false), parsed.GetValue(json));
            return ExitCode.Done;
        }));
        return command;
    }
}
