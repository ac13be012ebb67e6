using System.CommandLine;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board</c>: what a technician does with a board, from its identity to its acceptance.</summary>
internal static class BoardCommand
{
    public static Command Create() => new("board", "Makes, builds, flashes and tests boards.") { BoardBuildCommand.Create(), BoardFlashCommand.Create(), BoardTestCommand.Create() };
}
