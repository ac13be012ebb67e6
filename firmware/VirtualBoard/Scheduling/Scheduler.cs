using System.Runtime.CompilerServices;

namespace BodyCam.VirtualBoard;

/// <summary>Threads, locks, events and timers of the firmware, all waits in virtual time and first in, first out.</summary>
internal sealed class Scheduler(Kernel kernel) : IScheduler
{
    private const int WaitTimeout = 258;

    private readonly ConditionalWeakTable<object, LockState> _locks = [];
    private readonly ConditionalWeakTable<PowerRun, CallbackThread> _dispatchers = [];
    private readonly ConditionalWeakTable<PowerRun, CallbackThread> _timerThreads = [];

    private sealed class LockState
    {
        internal FirmwareThread? Owner;
        internal int Depth;
        internal LinkedList<FirmwareThread> Waiters { get; } = new();
    }

    private sealed class WaitEvent(bool manualReset, bool signaled)
    {
        internal bool ManualReset { get; } = manualReset;
        internal bool Signaled { get; set; } = signaled;
        internal LinkedList<FirmwareThread> Waiters { get; } = new();
        internal Dictionary<FirmwareThread, int> Index { get; } = [];
    }

    private sealed class TimerState(Action callback, PowerRun run)
    {
        internal Action Callback { get; } = callback;
        internal PowerRun Run { get; } = run;
        internal PlannedEvent? Next { get; set; }
        internal int PeriodMs { get; set; }
        internal bool Disposed { get; set; }
    }

    private sealed class CallbackThread
    {
        internal Queue<Action> Queue { get; } = new();
        internal FirmwareThread? Thread { get; set; }
        internal bool Idle { get; set; }
    }

    public int CurrentThreadId
    {
        get
        {
            using NativeCall call = kernel.Enter();
            return call.Thread.Id;
        }
    }

    public object StartThread(Action body, string name)
    {
        using NativeCall call = kernel.Enter();
        return kernel.StartNeedsLock(body, name);
    }

    public bool Join(object thread, int timeoutMs)
    {
        using NativeCall call = kernel.Enter();
        var other = (FirmwareThread)thread;
        if (other.Ended) return true;
        WaitIn(call.Thread, other.Joiners);
        return kernel.BlockNeedsLock(call.Thread, timeoutMs) >= 0;
    }

    public bool IsAlive(object thread)
    {
        using NativeCall call = kernel.Enter();
        return !((FirmwareThread)thread).Ended;
    }

    public void Sleep(int ms)
    {
        using NativeCall call = kernel.Enter();
        if (ms == 0) kernel.YieldNeedsLock(call.Thread);
        else kernel.BlockNeedsLock(call.Thread, ms);
    }

    public void MonitorEnter(object target)
    {
        using NativeCall call = kernel.Enter();
        LockState state = _locks.GetOrCreateValue(target);
        FirmwareThread me = call.Thread;
        if (state.Owner is { } owner && owner.Run != me.Run && owner.Run.Cut) state.Owner = null;
        if (state.Owner == null) state.Owner = me;
        else if (state.Owner != me)
        {
            WaitIn(me, state.Waiters);
            kernel.BlockNeedsLock(me, -1);
        }
        state.Depth++;
    }

    public void MonitorExit(object target)
    {
        using NativeCall call = kernel.Enter();
        if (!_locks.TryGetValue(target, out LockState? state) || state.Owner != call.Thread)
            throw new SynchronizationLockException("The thread leaves a lock that it does not hold.");
        if (--state.Depth > 0) return;
        state.Owner = state.Waiters.First?.Value;
        if (state.Owner != null) kernel.WakeNeedsLock(state.Owner, 0);
    }

    public object CreateEvent(bool manualReset, bool signaled) => new WaitEvent(manualReset, signaled);

    public void SetEvent(object waitEvent) => kernel.Outside(() => SetNeedsLock((WaitEvent)waitEvent));

    public void ResetEvent(object waitEvent) => kernel.Outside(() => ((WaitEvent)waitEvent).Signaled = false);

    private void SetNeedsLock(WaitEvent waitEvent)
    {
        waitEvent.Signaled = true;
        while (waitEvent.Signaled && waitEvent.Waiters.First is { } first)
        {
            if (!waitEvent.ManualReset) waitEvent.Signaled = false;
            kernel.WakeNeedsLock(first.Value, waitEvent.Index[first.Value]);
        }
    }

    public int WaitAny(object[] waitEvents, int timeoutMs)
    {
        using NativeCall call = kernel.Enter();
        FirmwareThread me = call.Thread;
        for (int i = 0; i < waitEvents.Length; i++)
        {
            var waitEvent = (WaitEvent)waitEvents[i];
            if (!waitEvent.Signaled) continue;
            if (!waitEvent.ManualReset) waitEvent.Signaled = false;
            return i;
        }
        if (timeoutMs == 0)
        {
            // A poll must not starve the thread that would signal.
            kernel.YieldNeedsLock(me);
            return WaitTimeout;
        }
        for (int i = 0; i < waitEvents.Length; i++)
        {
            var waitEvent = (WaitEvent)waitEvents[i];
            waitEvent.Index.TryAdd(me, i);
            WaitIn(me, waitEvent.Waiters);
        }
        int index = kernel.BlockNeedsLock(me, timeoutMs);
        foreach (object waitEvent in waitEvents) ((WaitEvent)waitEvent).Index.Remove(me);
        return index < 0 ? WaitTimeout : index;
    }

    private static void WaitIn(FirmwareThread me, LinkedList<FirmwareThread> list)
    {
        list.AddLast(me);
        me.WaitingIn.Add(list);
    }

    public object CreateTimer(Action callback, int dueMs, int periodMs)
    {
        using NativeCall call = kernel.Enter();
        var timer = new TimerState(callback, kernel.Run);
        ArmNeedsLock(timer, dueMs, periodMs);
        return timer;
    }

    public void ChangeTimer(object timer, int dueMs, int periodMs)
    {
        using NativeCall call = kernel.Enter();
        ArmNeedsLock((TimerState)timer, dueMs, periodMs);
    }

    public void DisposeTimer(object timer)
    {
        using NativeCall call = kernel.Enter();
        var state = (TimerState)timer;
        state.Disposed = true;
        if (state.Next != null) state.Next.Cancelled = true;
    }

    private void ArmNeedsLock(TimerState timer, int dueMs, int periodMs)
    {
        if (timer.Next != null) timer.Next.Cancelled = true;
        timer.PeriodMs = periodMs;
        if (dueMs < 0 || timer.Disposed) return;
        timer.Next = kernel.At(kernel.NowTicks + dueMs * TimeSpan.TicksPerMillisecond, () => FireNeedsLock(timer));
    }

    private void FireNeedsLock(TimerState timer)
    {
        if (timer.Disposed || timer.Run.Cut || timer.Run != kernel.Run) return;
        PostNeedsLock(_timerThreads, "timer", timer.Callback);
        if (timer.PeriodMs > 0) ArmNeedsLock(timer, timer.PeriodMs, timer.PeriodMs);
    }

    public void RunBlocking(Action blocking, bool releaseLock) => kernel.RunBlocking(blocking, releaseLock);

    public void Post(Action callback) => kernel.Outside(() =>
    {
        if (!kernel.Run.Cut) PostNeedsLock(_dispatchers, "events", callback);
    });

    private void PostNeedsLock(ConditionalWeakTable<PowerRun, CallbackThread> threads, string name, Action callback)
    {
        CallbackThread thread = threads.GetOrCreateValue(kernel.Run);
        thread.Queue.Enqueue(callback);
        if (thread.Thread == null) thread.Thread = kernel.StartNeedsLock(() => Dispatch(thread), name);
        else if (thread.Idle)
        {
            thread.Idle = false;
            kernel.WakeNeedsLock(thread.Thread, 0);
        }
    }

    private void Dispatch(CallbackThread thread)
    {
        while (true)
        {
            Action? callback;
            using (NativeCall call = kernel.Enter())
            {
                while (!thread.Queue.TryDequeue(out callback))
                {
                    thread.Idle = true;
                    kernel.BlockNeedsLock(call.Thread, -1);
                }
            }
            callback();
        }
    }
}
