using System.CommandLine;
using System.Text.Json;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board</c>: what a technician does with a board, from its identity to its acceptance.</summary>
internal static class BoardCommand
{
    public static Command Create() => new("board", "Makes, builds, flashes and tests boards.")
    {
        BoardNewCommand.Create(), BoardShowCommand.CreateList(), BoardShowCommand.CreateShow(), BoardRevokeCommand.Create(), BoardBuildCommand.Create(), BoardFlashCommand.Create(), BoardTestCommand.Create(),
    };

    /// <summary>Runs an action; what goes wrong is one line and an exit code.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException or JsonException)
        {
            return Fail(failure.Message);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Says why it did not run.</summary>
    public static int Fail(string message)
    {
        Console.Error.WriteLine($"bodycam: {message}");
        return ExitCode.Usage;
    }
}
