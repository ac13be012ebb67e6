namespace BodyCam.VirtualBoard;

/// <summary>One life of the chip between power-up and power loss.</summary>
internal sealed class PowerRun(int number, long startTicks)
{
    internal int Number { get; } = number;
    internal long StartTicks { get; } = startTicks;
    internal bool Cut { get; set; }
    internal bool Unwinding { get; set; }
    internal int NextThreadId { get; set; } = 1;
    internal List<FirmwareThread> Threads { get; } = [];
}

/// <summary>One managed thread of the firmware, carried by a real background thread that runs only while it holds the CLR lock.</summary>
internal sealed class FirmwareThread(PowerRun run, int id, string name, bool foreign)
{
    internal PowerRun Run { get; set; } = run;
    internal int Id { get; } = id;
    internal string Name { get; } = name;

    /// <summary>A thread of the host (test, tool) that holds the CLR lock only inside a call.</summary>
    internal bool Foreign { get; } = foreign;
    internal SemaphoreSlim Go { get; } = new(0);
    internal bool Waiting { get; set; }
    internal bool Ended { get; set; }

    /// <summary>Inside a native call whose time is not over yet though the clock may not move.</summary>
    internal bool HeldByClock { get; set; }
    internal int BlockingDepth { get; set; }
    internal long PendingCostTicks { get; set; }
    internal long GrantedAtTicks { get; set; }
    internal int WakeIndex { get; set; }
    internal long WaitNumber { get; set; }
    internal List<LinkedList<FirmwareThread>> WaitingIn { get; } = [];
    internal LinkedList<FirmwareThread> Joiners { get; } = new();
    internal int UnwindTries { get; set; }
    internal Exception? Failure { get; set; }
    internal bool SavedFrozen { get; set; }
    internal long SavedLimitTicks { get; set; }
}
