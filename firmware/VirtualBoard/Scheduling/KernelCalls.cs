namespace BodyCam.VirtualBoard;

/// <summary>The part of the kernel that frames simulated calls and ends runs.</summary>
internal sealed partial class Kernel
{
    /// <summary>Bound of the calls that throw while a dead run unwinds; a thread that still does not end is left parked.</summary>
    private const int UnwindTriesMax = 200;

    /// <summary>Begins a simulated call on this thread; dispose the result to end it.</summary>
    internal NativeCall Enter()
    {
        Monitor.Enter(Gate);
        try
        {
            if (_firing) throw new InvalidOperationException("A planned action must not make firmware calls; use the board's own members.");
            FirmwareThread me = _current.Value ??= new FirmwareThread(Run, Run.NextThreadId++, "host", foreign: true);
            _callCount++;
            if (me.Foreign && me.BlockingDepth == 0) BeginForeignNeedsLock(me);
            ParkIfCutNeedsLock(me);
            var call = new NativeCall(this, me);
            call.Spend(CostModel.Ticks(_options.Costs.NativeCallUs));
            return call;
        }
        catch
        {
            if (_current.Value is { Foreign: true, BlockingDepth: 0 } host && _foreignInside.Contains(host)) EndForeignNeedsLock(host);
            Monitor.Exit(Gate);
            throw;
        }
    }

    internal void Leave(FirmwareThread me)
    {
        try
        {
            if (me.Foreign)
            {
                if (me.BlockingDepth == 0) EndForeignNeedsLock(me);
            }
            else if (Running == me && _ready.Count > 0 && NowTicks - me.GrantedAtTicks >= _options.Quantum.Ticks)
            {
                YieldNeedsLock(me);
            }
        }
        finally
        {
            Monitor.Exit(Gate);
        }
    }

    private void BeginForeignNeedsLock(FirmwareThread me)
    {
        me.Run = Run;
        if (me.Run.Cut) throw new InvalidOperationException("The board has no power. Call PowerOn first.");
        _foreignInside.Add(me);
        me.SavedFrozen = _frozen;
        me.SavedLimitTicks = _limitTicks;
        _frozen = false;
        _limitTicks = long.MaxValue;
        Monitor.PulseAll(Gate);
        YieldNeedsLock(me);
    }

    private void EndForeignNeedsLock(FirmwareThread me)
    {
        _foreignInside.Remove(me);
        _frozen = me.SavedFrozen;
        _limitTicks = me.SavedFrozen ? NowTicks : me.SavedLimitTicks;
        ReleaseNeedsLock(me);
    }

    /// <summary>Runs a real read outside the gate and without the CLR lock; waiting for a peer that owes nothing does not slow the virtual clock.</summary>
    internal int RunReading(Func<int> read)
    {
        using NativeCall call = Enter();
        FirmwareThread me = call.Thread;
        bool nested = me.BlockingDepth > 0;
        if (nested) _outstandingIo--;
        else ReleaseNeedsLock(me);
        me.BlockingDepth++;
        Monitor.Exit(Gate);
        int count = 0;
        try
        {
            count = read();
        }
        finally
        {
            Monitor.Enter(Gate);
            me.BlockingDepth--;
            if (nested) _outstandingIo++;
            if (count > 0) IoAnsweredNeedsLock();
            ParkIfCutNeedsLock(me);
            if (!nested && Running != me) YieldNeedsLock(me);
        }
        return count;
    }

    /// <summary>Waits in virtual time, also from inside a blocking section, whose I/O then does not count as real.</summary>
    internal int WaitVirtualNeedsLock(FirmwareThread me, int timeoutMs)
    {
        bool nested = me.BlockingDepth > 0;
        if (nested) _outstandingIo--;
        try
        {
            return BlockNeedsLock(me, timeoutMs);
        }
        finally
        {
            if (nested) _outstandingIo++;
        }
    }

    /// <summary>Runs real I/O outside the gate.</summary>
    internal void RunBlocking(Action blocking, bool releaseLock, TimeSpan? quiet = null)
    {
        using NativeCall call = Enter();
        FirmwareThread me = call.Thread;
        me.BlockingDepth++;
        IoBeginsNeedsLock();
        if (releaseLock) ReleaseNeedsLock(me);
        Monitor.Exit(Gate);
        bool done = false;
        try
        {
            blocking();
            done = true;
        }
        finally
        {
            Monitor.Enter(Gate);
            me.BlockingDepth--;
            // After a call that failed no answer is owed.
            IoEndsNeedsLock(done && quiet is { } owed ? owed : _options.NetworkQuiet);
            ParkIfCutNeedsLock(me);
            if (Running != me) YieldNeedsLock(me);
            long costTicks = me.PendingCostTicks;
            me.PendingCostTicks = 0;
            if (costTicks > 0) SpendNeedsLock(me, costTicks);
        }
    }

    internal void ParkIfCutNeedsLock(FirmwareThread me)
    {
        if (!me.Run.Cut && !_disposed) return;
        ReleaseNeedsLock(me);
        if (me.Foreign) throw new InvalidOperationException("The board lost its power during this call. Call PowerOn first.");
        while (!me.Run.Unwinding || me.UnwindTries >= UnwindTriesMax) Monitor.Wait(Gate);
        me.UnwindTries++;
        throw new PowerLossException();
    }

    /// <summary>Ends the run: no thread of it returns from a simulated call any more.</summary>
    internal void CutNeedsLock()
    {
        if (Run.Cut) return;
        Run.Cut = true;
        _ready.Clear();
        // A host thread inside a call learns of it by an exception; it is never parked.
        foreach (FirmwareThread host in _foreignInside)
        {
            foreach (LinkedList<FirmwareThread> list in host.WaitingIn) list.Remove(host);
            host.WaitingIn.Clear();
            if (host != Running) ReadyNeedsLock(host, -1);
        }
        foreach (FirmwareThread thread in Run.Threads)
        {
            thread.Waiting = false;
            foreach (LinkedList<FirmwareThread> list in thread.WaitingIn) list.Remove(thread);
            thread.WaitingIn.Clear();
        }
        // The caller lets time go on once everything else of the cut is done.
        if (Running is { Foreign: false }) Running = null;
        Monitor.PulseAll(Gate);
    }

    internal void BeginRunNeedsLock()
    {
        _oldRuns.Add(Run);
        Run = new PowerRun(Run.Number + 1, NowTicks);
    }

    /// <summary>Lets the threads of dead runs unwind, so that their code can be unloaded.</summary>
    internal void UnwindNeedsLock()
    {
        if (Run.Cut) _oldRuns.Add(Run);
        foreach (PowerRun run in _oldRuns)
        {
            run.Unwinding = true;
            foreach (FirmwareThread thread in run.Threads)
            {
                if (!thread.Ended) thread.Go.Release();
            }
        }
        _oldRuns.Clear();
        Monitor.PulseAll(Gate);
    }

    private readonly List<PowerRun> _oldRuns = [];

    /// <summary>Host threads inside a call.</summary>
    private readonly HashSet<FirmwareThread> _foreignInside = [];
}

/// <summary>A simulated call in progress: the gate is held and the calling thread owns the CLR lock.</summary>
internal readonly struct NativeCall(Kernel kernel, FirmwareThread thread) : IDisposable
{
    internal FirmwareThread Thread => thread;

    internal void Spend(long costTicks) => kernel.SpendNeedsLock(thread, costTicks);

    public void Dispose() => kernel.Leave(thread);
}
