namespace BodyCam.VirtualBoard.Tests;

/// <summary>A stepped board in a folder of its own that goes away with it.</summary>
internal sealed class TestBoard : IDisposable
{
    internal TestBoard(Func<BoardOptions, BoardOptions>? change = null, bool powerOn = true)
    {
        Folder = Directory.CreateTempSubdirectory("board-test-").FullName;
        var options = new BoardOptions { DataFolder = Folder, Stepped = true, Seed = 7 };
        Board = new Board(change?.Invoke(options) ?? options);
        if (powerOn) Board.PowerOn();
    }

    internal string Folder { get; }
    internal Board Board { get; }

    /// <summary>Runs firmware code on the main thread to its end and gives back its failure, if any.</summary>
    internal Exception? Run(Action firmware, double timeoutSeconds = 60)
    {
        bool ended = false;
        Exception? failure = null;
        Board.Boot(() =>
        {
            try
            {
                firmware();
            }
            catch (Exception caught) when (caught is not PowerLossException)
            {
                failure = caught;
            }
            ended = true;
        });
        if (!Board.WaitUntil(() => ended, TimeSpan.FromSeconds(timeoutSeconds))) throw new TimeoutException("The firmware code did not end in virtual time.");
        return failure;
    }

    public void Dispose()
    {
        Board.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
