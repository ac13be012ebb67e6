using BodyCam.Firmware.Tests.Store;
using BodyCam.VirtualBoard;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace BodyCam.Drivers.Tests;

/// <summary>A powered virtual board on which one driver at a time is run by the firmware's own thread.</summary>
internal sealed class DriverBench : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("driver-test-").FullName;

    internal DriverBench(Func<BoardOptions, BoardOptions>? change = null)
    {
        var options = new BoardOptions { DataFolder = _folder, Stepped = true, Seed = 11 };
        Board = new Board(change?.Invoke(options) ?? options);
        BoardSwitch.Put(Board);
        Board.PowerOn();
    }

    internal Board Board { get; }

    /// <summary>Runs firmware code as the board's main thread to its end and gives back what it makes.</summary>
    internal T Run<T>(Func<T> firmware, double timeoutSeconds = 120)
    {
        T? made = default;
        Exception? failure = null;
        bool ended = false;
        Board.Boot(() =>
        {
            try
            {
                made = firmware();
            }
            catch (Exception caught) when (caught.GetType().Name != "PowerLossException")
            {
                failure = caught;
            }
            ended = true;
        });
        Assert.True(Board.WaitUntil(() => ended, TimeSpan.FromSeconds(timeoutSeconds)), "The driver did not come back in virtual time.");
        return failure is null ? made! : throw new InvalidOperationException("The driver threw: " + failure, failure);
    }

    public void Dispose()
    {
        Board.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
