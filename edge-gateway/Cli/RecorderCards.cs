using BodyCam.Cli.Boards;

namespace BodyCam.Cli;

/// <summary>Where the virtual recorders' cards and flash lie, and whether they are kept.</summary>
/// <remarks>A board's card stays in the board's folder unless named: its counters of recordings lie beside it, and under the same epoch there is no other.</remarks>
internal sealed class RecorderCards
{
    private const string Chip = "virtual recorder in ";

    private readonly string device;
    private readonly BoardFolder? board;
    private readonly bool isTemporary;
    private readonly bool isNew;

    private RecorderCards(string folder, string device, BoardFolder? board, bool isTemporary) => (Folder, this.device, this.board, this.isTemporary, isNew) = (folder, device, board, isTemporary, !Path.Exists(folder));

    /// <summary>The folder, full path.</summary>
    public string Folder { get; }

    /// <summary>Finds the folder; nothing is made.</summary>
    /// <param name="data">As named; null for none.</param>
    /// <param name="device">Device id of the first recorder.</param>
    /// <param name="board">The board whose identity is used; null for a new one.</param>
    /// <exception cref="InvalidDataException">The board's epoch is in use elsewhere, or its card is gone; the message says what to do.</exception>
    public static RecorderCards Find(string? data, string device, BoardFolder? board)
    {
        var folder = Path.GetFullPath(data ?? (board is null ? Path.Combine(Path.GetTempPath(), $"bodycam-recorder-{Environment.ProcessId}") : Path.Combine(board.Path, "virtual")));
        var cards = new RecorderCards(folder, device, board, data is null && board is null);
        cards.AssertOwn();
        return cards;
    }

    /// <summary>Folder of one recorder.</summary>
    public string Of(string name) => Path.Combine(Folder, name);

    /// <summary>Notes in the board's folder where its identity is used from now on. Call when the flash is written and before power is on.</summary>
    public void Note(TimeProvider time) => board?.Note(Chip + Of(device), "files", time.GetUtcNow());

    /// <summary>Removes a temporary folder once everything in it has its receipt, and one that was made for nothing; what has no receipt stays.</summary>
    public void End(bool isSafe, Action<string> sayKept)
    {
        if (!Directory.Exists(Folder))
            return;
        if (!isSafe)
            sayKept(Folder);
        else if (isTemporary || (isNew && !Directory.EnumerateFileSystemEntries(Folder).Any()))
            Directory.Delete(Folder, recursive: true);
    }

    private void AssertOwn()
    {
        if (board?.Flashed() is not { } before || before.Epoch != board.Epoch)
            return;
        var remedy = $"Begun anew it would count its recordings from 1 again under keys it has used: run 'bodycam board new {device} --again' for a new epoch.";
        if (!before.Mac.StartsWith(Chip, StringComparison.Ordinal))
            throw new InvalidDataException($"epoch {board.Epoch} of {device} is on the board with MAC {before.Mac}. {remedy}");
        var card = before.Mac[Chip.Length..];
        if (!Directory.Exists(Path.Combine(card, "flash")))
            throw new InvalidDataException($"epoch {board.Epoch} of {device} ran in {card}, which is gone. {remedy}");
        if (card != Of(device))
            throw new InvalidDataException($"epoch {board.Epoch} of {device} runs in {card}: go on there with --data {Path.GetDirectoryName(card)}. {remedy}");
    }
}
