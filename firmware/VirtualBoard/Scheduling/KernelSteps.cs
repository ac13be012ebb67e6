namespace BodyCam.VirtualBoard;

/// <summary>The part of the kernel that tests use to run for a while or until something holds.</summary>
internal sealed partial class Kernel
{
    private sealed class Watch(Func<bool> predicate)
    {
        internal Func<bool> Predicate { get; } = predicate;
        internal bool Met { get; set; }
        internal Exception? Failure { get; set; }
        internal bool Over => Met || Failure != null;
    }

    /// <summary>Evaluates what tests wait for, at every hand-over and every event.</summary>
    private void CheckWatchesNeedsLock()
    {
        foreach (Watch watch in _watches)
        {
            if (watch.Over) continue;
            try
            {
                watch.Met = watch.Predicate();
            }
            catch (Exception failure)
            {
                watch.Failure = failure;
            }
            if (!watch.Over) continue;
            if (_options.Stepped) _frozen = true;
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>Runs until the predicate holds; false when that much virtual time went by first.</summary>
    internal bool RunUntil(Func<bool>? predicate, long limitTicks)
    {
        lock (Gate)
        {
            if (_current.Value is { Foreign: false }) throw new InvalidOperationException("Firmware must not step its own board.");
            Watch? watch = predicate == null ? null : new Watch(predicate);
            if (watch != null) _watches.Add(watch);
            try
            {
                return StepNeedsLock(watch, limitTicks);
            }
            finally
            {
                if (watch != null) _watches.Remove(watch);
            }
        }
    }

    private bool StepNeedsLock(Watch? watch, long limitTicks)
    {
        // A free-running board gets an event at the limit, so that the time-out is seen on time.
        bool timeIsUp = false;
        PlannedEvent? alarm = _options.Stepped ? null : _events.Add(limitTicks, () =>
        {
            timeIsUp = true;
            Monitor.PulseAll(Gate);
        });
        if (_options.Stepped)
        {
            _limitTicks = limitTicks;
            _frozen = false;
        }
        CheckWatchesNeedsLock();
        ScheduleNeedsLock();
        Monitor.PulseAll(Gate);
        long seenCalls = _callCount;
        long seenRealTicks = RealTicks();
        while (!(_options.Stepped ? StoppedNeedsLock(watch) : timeIsUp || watch is { Over: true }))
        {
            Monitor.Wait(Gate, 1000);
            if (_disposed) throw new ObjectDisposedException(nameof(Board));
            if (seenCalls != _callCount || Running == null)
            {
                seenCalls = _callCount;
                seenRealTicks = RealTicks();
            }
            else if (RealTicks() - seenRealTicks > _options.HangGuard.Ticks && Running is not { HeldByClock: true })
            {
                throw new TimeoutException($"Firmware thread '{Running.Name}' made no call for {_options.HangGuard.TotalSeconds} s. Look for a loop without Sleep in it.");
            }
        }
        if (_options.Stepped) _frozen = true;
        if (alarm != null) alarm.Cancelled = true;
        if (watch?.Failure != null) throw new InvalidOperationException("The awaited condition threw: " + watch.Failure.Message, watch.Failure);
        return watch is not { Met: false };
    }

    /// <summary>Nothing of the firmware moves any more, so what the test looks at next stands still.</summary>
    private bool StoppedNeedsLock(Watch? watch) =>
        (watch is { Over: true } && (Running is null or { HeldByClock: true })) || AtRestNeedsLock();

    private bool AtRestNeedsLock() => NowTicks >= _limitTicks && (Running is { HeldByClock: true } || (Running == null && _ready.Count == 0));
}
