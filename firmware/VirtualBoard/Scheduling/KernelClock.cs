namespace BodyCam.VirtualBoard;

/// <summary>The part of the kernel that moves time and grants the CLR lock.</summary>
internal sealed partial class Kernel
{
    /// <summary>Events taken in one go while the gate is held; the clock thread goes on after others had their chance.</summary>
    private const int MovesMax = 1000;

    private const long PollRealTicks = 5 * TimeSpan.TicksPerMillisecond;

    /// <summary>Virtual time may run ahead by so much before the board waits: a host wait is not finer.</summary>
    private const long AheadRealTicks = 2 * TimeSpan.TicksPerMillisecond;

    /// <summary>A host that was slower than the pace catches up by at most so much.</summary>
    private const long LagMaxRealTicks = 200 * TimeSpan.TicksPerMillisecond;

    private int _outstandingIo;
    private long _ioActiveUntilRealTicks;

    private long RealStampTicks { get; set; }

    private bool NetworkBusyNeedsLock => _outstandingIo > 0 || RealTicks() < _ioActiveUntilRealTicks;

    internal void IoBeginsNeedsLock()
    {
        if (!NetworkBusyNeedsLock) RealStampTicks = RealTicks();
        _outstandingIo++;
    }

    internal void IoEndsNeedsLock(TimeSpan quiet)
    {
        _outstandingIo--;
        _ioActiveUntilRealTicks = Math.Max(_ioActiveUntilRealTicks, RealTicks() + quiet.Ticks);
    }

    /// <summary>The peer has answered; only the usual quiet time is left.</summary>
    internal void IoAnsweredNeedsLock() => _ioActiveUntilRealTicks = RealTicks() + _options.NetworkQuiet.Ticks;

    /// <summary>Virtual time that native calls have held the CLR lock since the board was made.</summary>
    internal long BlockedTicks { get; private set; }

    /// <summary>Lets the calling thread's native call take that much virtual time while it keeps the CLR lock.</summary>
    internal void SpendNeedsLock(FirmwareThread me, long costTicks)
    {
        if (me.BlockingDepth > 0 && Running != me)
        {
            me.PendingCostTicks += costTicks;
            return;
        }
        long targetTicks = NowTicks + costTicks;
        BlockedTicks += costTicks;
        while (true)
        {
            ParkIfCutNeedsLock(me);
            long nextTicks = Math.Min(targetTicks, _events.NextTicks);
            if (_frozen || nextTicks > _limitTicks)
            {
                if (!_frozen) NowTicks = Math.Max(NowTicks, _limitTicks);
                me.HeldByClock = true;
                Monitor.PulseAll(Gate);
                Monitor.Wait(Gate);
                me.HeldByClock = false;
                continue;
            }
            long waitTicks = RealWaitNeedsLock(nextTicks);
            if (waitTicks > 0)
            {
                Monitor.Wait(Gate, WaitMs(waitTicks));
                continue;
            }
            MoveNeedsLock(nextTicks);
            if (NowTicks >= targetTicks && _events.NextTicks > NowTicks && !_frozen) break;
        }
        ParkIfCutNeedsLock(me);
    }

    /// <summary>Grants the CLR lock to the next ready thread; moves time to the next event when there is none.</summary>
    internal void ScheduleNeedsLock()
    {
        if (_scheduling || _firing || _actionDepth > 0 || _disposed) return;
        _scheduling = true;
        int moves = 0;
        try
        {
            while (Running == null)
            {
                CheckWatchesNeedsLock();
                if (_frozen) break;
                if (_ready.TryDequeue(out FirmwareThread? thread))
                {
                    if (thread.Run.Cut && !thread.Foreign) continue;
                    Running = thread;
                    thread.GrantedAtTicks = NowTicks;
                    thread.Go.Release();
                    break;
                }
                long nextTicks = _events.NextTicks;
                if (nextTicks == long.MaxValue && _limitTicks == long.MaxValue) break;
                if (nextTicks > _limitTicks && NowTicks >= _limitTicks) break;
                if (AwaitsFirmwareNeedsLock || ++moves > MovesMax || RealWaitNeedsLock(Math.Min(nextTicks, _limitTicks)) > 0) break;
                MoveNeedsLock(Math.Min(nextTicks, _limitTicks));
            }
        }
        finally
        {
            _scheduling = false;
        }
        if (Running == null) Monitor.PulseAll(Gate);
    }

    /// <summary>A free-running board with power but without firmware: jumping on would only empty its battery.</summary>
    private bool AwaitsFirmwareNeedsLock => _options.Pace.IsJump && !_options.Stepped && !Run.Cut && Run.Threads.Count == 0 && _foreignInside.Count == 0;

    private void MoveNeedsLock(long toTicks)
    {
        if (toTicks > NowTicks)
        {
            StampNeedsLock(toTicks - NowTicks);
            NowTicks = toTicks;
        }
        _firing = true;
        try
        {
            while (_events.TakeDue(NowTicks) is { } due)
            {
                if (!due.Cancelled) FireNeedsLock(due.Action);
            }
        }
        finally
        {
            _firing = false;
        }
        CheckWatchesNeedsLock();
    }

    /// <summary>Notes where virtual time stands against real time. At a pace the debt of waits that were too long is kept, so that many short calls do not slow the board down.</summary>
    private void StampNeedsLock(long movedTicks)
    {
        long realTicks = RealTicks();
        bool paced = !_options.Pace.IsJump || NetworkBusyNeedsLock;
        double factor = _options.Pace.IsJump ? 1 : _options.Pace.Factor;
        RealStampTicks = paced ? Math.Max(RealStampTicks + (long)(movedTicks / factor), realTicks - LagMaxRealTicks) : realTicks;
    }

    /// <summary>A planned action that throws must not take down the thread that happens to move the clock.</summary>
    private void FireNeedsLock(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure)
        {
            Failures.Add(("planned action", failure));
        }
    }

    /// <summary>Real ticks to wait before virtual time may reach <paramref name="toTicks"/>; 0 when it may now.</summary>
    private long RealWaitNeedsLock(long toTicks)
    {
        double factor = _options.Pace.Factor;
        if (_options.Pace.IsJump)
        {
            if (!NetworkBusyNeedsLock) return 0;
            factor = 1;
        }
        // Large waits are cut, so the double stays exact and a change of the peer is seen soon.
        long ahead = Math.Min(toTicks - NowTicks, TimeSpan.TicksPerDay);
        long waitTicks = (long)(ahead / factor) - (RealTicks() - RealStampTicks);
        if (waitTicks < AheadRealTicks) return 0;
        return _options.Pace.IsJump ? Math.Min(waitTicks, PollRealTicks) : waitTicks;
    }

    private static int WaitMs(long realTicks) => (int)Math.Clamp((realTicks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, 1, 1000);

    private void Drive()
    {
        lock (Gate)
        {
            while (!_disposed)
            {
                ScheduleNeedsLock();
                long nextTicks = Math.Min(_events.NextTicks, _limitTicks);
                bool idle = Running == null && !_frozen && nextTicks != long.MaxValue && nextTicks > NowTicks && !AwaitsFirmwareNeedsLock;
                if (idle) Monitor.Wait(Gate, WaitMs(RealWaitNeedsLock(nextTicks)));
                else Monitor.Wait(Gate);
            }
        }
    }
}
