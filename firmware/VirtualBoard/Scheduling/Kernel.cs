using System.Diagnostics;

namespace BodyCam.VirtualBoard;

/// <summary>The one CLR lock and the virtual clock. Every field is guarded by <see cref="Gate"/>.</summary>
/// <remarks>
/// A thread that runs managed code is <see cref="Running"/> and does not hold the gate; the gate is held only inside simulated calls.
/// Time moves in two places: <see cref="SpendNeedsLock"/> (a native call takes time) and <see cref="ScheduleNeedsLock"/> (all threads wait).
/// </remarks>
internal sealed partial class Kernel : IDisposable
{
    private readonly BoardOptions _options;
    private readonly EventQueue _events = new();
    private readonly Queue<FirmwareThread> _ready = new();
    private readonly ThreadLocal<FirmwareThread?> _current = new();
    private readonly List<Watch> _watches = [];
    private readonly Thread _driver;
    private bool _firing;
    private int _actionDepth;
    private bool _scheduling;
    private bool _disposed;
    private bool _frozen;
    private long _limitTicks;
    private long _callCount;

    internal Kernel(BoardOptions options)
    {
        _options = options;
        _frozen = options.Stepped;
        _limitTicks = options.Stepped ? 0 : long.MaxValue;
        RealStampTicks = RealTicks();
        _driver = new Thread(Drive) { IsBackground = true, Name = "virtual clock" };
        _driver.Start();
    }

    internal object Gate { get; } = new();
    internal long NowTicks { get; private set; }
    internal FirmwareThread? Running { get; private set; }
    internal PowerRun Run { get; private set; } = new(0, 0) { Cut = true };
    internal List<(string Thread, Exception Failure)> Failures { get; } = [];
    internal BoardOptions Options => _options;

    internal static long RealTicks() => Stopwatch.GetElapsedTime(0).Ticks;

    internal TimeSpan Now
    {
        get
        {
            lock (Gate) return TimeSpan.FromTicks(NowTicks);
        }
    }

    internal PlannedEvent At(long atTicks, Action action)
    {
        lock (Gate)
        {
            PlannedEvent planned = _events.Add(Math.Max(atTicks, NowTicks), action);
            ScheduleNeedsLock();
            Monitor.PulseAll(Gate);
            return planned;
        }
    }

    /// <summary>Runs <paramref name="action"/> on the host's side under the gate, then lets the firmware go on.</summary>
    internal void Outside(Action action)
    {
        lock (Gate)
        {
            // Time stands still until the whole action is done, so that what it plans stays in order.
            _actionDepth++;
            try
            {
                action();
            }
            finally
            {
                _actionDepth--;
            }
            ScheduleNeedsLock();
            Monitor.PulseAll(Gate);
        }
    }

    internal T Look<T>(Func<T> look)
    {
        lock (Gate) return look();
    }

    internal FirmwareThread StartNeedsLock(Action body, string name)
    {
        PowerRun run = Run;
        var thread = new FirmwareThread(run, run.NextThreadId++, name, foreign: false);
        run.Threads.Add(thread);
        var carrier = new Thread(() => Carry(thread, body), 1024 * 1024) { IsBackground = true, Name = "firmware " + name };
        carrier.Start();
        ReadyNeedsLock(thread, 0);
        return thread;
    }

    private void Carry(FirmwareThread me, Action body)
    {
        _current.Value = me;
        me.Go.Wait();
        try
        {
            if (!me.Run.Cut) body();
        }
        catch (PowerLossException)
        {
            // The run is over; nothing of it may be reported.
        }
        catch (Exception failure)
        {
            // The chip ends such a thread without a word; the test sees it here.
            me.Failure = failure;
            lock (Gate)
            {
                if (!me.Run.Cut) Failures.Add((me.Name, failure));
            }
        }
        lock (Gate)
        {
            me.Ended = true;
            while (me.Joiners.First is { } joiner) WakeNeedsLock(joiner.Value, 0);
            ReleaseNeedsLock(me);
        }
    }

    /// <summary>Gives up the CLR lock and lets the next one run.</summary>
    internal void ReleaseNeedsLock(FirmwareThread me)
    {
        if (Running == me) Running = null;
        ScheduleNeedsLock();
    }

    internal void ReadyNeedsLock(FirmwareThread thread, int wakeIndex)
    {
        thread.Waiting = false;
        thread.WakeIndex = wakeIndex;
        _ready.Enqueue(thread);
        ScheduleNeedsLock();
    }

    internal void WakeNeedsLock(FirmwareThread thread, int wakeIndex)
    {
        foreach (LinkedList<FirmwareThread> list in thread.WaitingIn) list.Remove(thread);
        thread.WaitingIn.Clear();
        if (thread.Waiting) ReadyNeedsLock(thread, wakeIndex);
    }

    /// <summary>Waits without the CLR lock until woken or until <paramref name="timeoutMs"/> of virtual time are over (−1: never).</summary>
    /// <returns>The wake index, or −1 after the time-out.</returns>
    internal int BlockNeedsLock(FirmwareThread me, int timeoutMs)
    {
        me.Waiting = true;
        long number = ++me.WaitNumber;
        PlannedEvent? deadline = timeoutMs < 0 ? null : _events.Add(NowTicks + timeoutMs * TimeSpan.TicksPerMillisecond, () =>
        {
            if (me.Waiting && me.WaitNumber == number) WakeNeedsLock(me, -1);
        });
        AwaitGrantNeedsLock(me);
        if (deadline != null) deadline.Cancelled = true;
        return me.WakeIndex;
    }

    /// <summary>Queues behind the threads that are ready and waits for the CLR lock.</summary>
    internal void YieldNeedsLock(FirmwareThread me)
    {
        me.WakeIndex = 0;
        _ready.Enqueue(me);
        AwaitGrantNeedsLock(me);
    }

    private void AwaitGrantNeedsLock(FirmwareThread me)
    {
        ReleaseNeedsLock(me);
        Monitor.Exit(Gate);
        try
        {
            me.Go.Wait();
        }
        finally
        {
            Monitor.Enter(Gate);
        }
        ParkIfCutNeedsLock(me);
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (_disposed) return;
            _disposed = true;
            CutNeedsLock();
            UnwindNeedsLock();
            Monitor.PulseAll(Gate);
        }
    }
}
