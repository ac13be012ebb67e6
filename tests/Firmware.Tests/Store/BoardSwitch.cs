extern alias nano;
using BodyCam.VirtualBoard;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>The one board that this process's facade is tied to; hands every call on to the board of the running test.</summary>
internal sealed class BoardSwitch : INativeCalls
{
    private static readonly Lazy<BoardSwitch> Instance = new(() =>
    {
        var made = new BoardSwitch();
        nano::BodyCam.Nano.Hosting.HostBoard.Attach(made);
        return made;
    });

    private Board? _board;

    public IScheduler Scheduler => Now.Scheduler;

    public IClocks Clocks => Now.Clocks;

    public IPins Pins => ((INativeCalls)Now).Pins;

    public IBuses Buses => ((INativeCalls)Now).Buses;

    public IStorage Storage => Now.Storage;

    public INetwork Network => ((INativeCalls)Now).Network;

    public ISystem System => ((INativeCalls)Now).System;

    private Board Now => _board ?? throw new InvalidOperationException("No test has put a board in.");

    internal static void Put(Board board) => Instance.Value._board = board;
}
