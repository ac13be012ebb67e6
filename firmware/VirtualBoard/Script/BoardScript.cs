using System.Globalization;

namespace BodyCam.VirtualBoard;

/// <summary>A plan of commands by virtual time: one line each, <c>at 00:12.500 press record</c>; <c>#</c> begins a comment.</summary>
public sealed class BoardScript
{
    private BoardScript(IReadOnlyList<(TimeSpan At, BoardCommand Command)> lines) => Lines = lines;

    /// <summary>The commands with their times since the script was applied.</summary>
    public IReadOnlyList<(TimeSpan At, BoardCommand Command)> Lines { get; }

    /// <summary>Time of the last command.</summary>
    public TimeSpan Length => Lines.Count == 0 ? TimeSpan.Zero : Lines.Max(line => line.At);

    /// <summary>Reads a script.</summary>
    /// <param name="text">Its lines.</param>
    /// <param name="folder">Where relative file names begin.</param>
    /// <exception cref="CommandException">The message begins with the line number and ends with what is allowed.</exception>
    public static BoardScript Parse(string text, string folder = ".")
    {
        var lines = new List<(TimeSpan, BoardCommand)>();
        foreach ((int index, string raw) in text.Split('\n').Index())
        {
            string line = raw.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            try
            {
                lines.Add(ParseLine(line, folder));
            }
            catch (CommandException failure)
            {
                throw new CommandException($"line {index + 1}: {failure.Message}");
            }
        }
        return new BoardScript(lines);
    }

    /// <summary>Reads a script file; file names in it are relative to it.</summary>
    public static BoardScript Load(string path) => Parse(File.ReadAllText(path), Path.GetDirectoryName(Path.GetFullPath(path))!);

    private static (TimeSpan, BoardCommand) ParseLine(string line, string folder)
    {
        string[] parts = line.Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 3 || !parts[0].Equals("at", StringComparison.OrdinalIgnoreCase))
            throw new CommandException($"'{line}' is not understood. Allowed: at MM:SS.mmm COMMAND, or # comment.");
        string[] formats = [@"m\:ss", @"mm\:ss", @"mm\:ss\.FFF", @"m\:ss\.FFF", @"h\:mm\:ss", @"hh\:mm\:ss", @"hh\:mm\:ss\.FFF", @"h\:mm\:ss\.FFF"];
        if (!TimeSpan.TryParseExact(parts[1], formats, CultureInfo.InvariantCulture, out TimeSpan at))
            throw new CommandException($"'{parts[1]}' is no time. Allowed: MM:SS.mmm or HH:MM:SS.mmm, such as 00:12.500.");
        return (at, BoardCommand.Parse(parts[2], folder));
    }

    /// <summary>Plans every command on the board, counted from now.</summary>
    public void Apply(Board board)
    {
        TimeSpan begin = board.Now;
        foreach ((TimeSpan at, BoardCommand command) in Lines) board.At(begin + at, () => command.Run(board));
    }
}
