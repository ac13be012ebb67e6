namespace BodyCam.VirtualBoard;

/// <summary>An action planned for a virtual time; cancelled ones stay queued and do nothing.</summary>
internal sealed class PlannedEvent(long atTicks, Action action)
{
    internal long AtTicks { get; } = atTicks;
    internal Action Action { get; } = action;
    internal bool Cancelled { get; set; }
}

/// <summary>Planned events by time; events of the same time keep the order in which they were planned.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<PlannedEvent, (long At, long Number)> _queue = new();
    private long _number;

    internal PlannedEvent Add(long atTicks, Action action)
    {
        var planned = new PlannedEvent(atTicks, action);
        _queue.Enqueue(planned, (atTicks, _number++));
        return planned;
    }

    /// <summary>Time of the next live event, or <see cref="long.MaxValue"/>.</summary>
    internal long NextTicks
    {
        get
        {
            while (_queue.TryPeek(out PlannedEvent? planned, out _))
            {
                if (!planned.Cancelled) return planned.AtTicks;
                _queue.Dequeue();
            }
            return long.MaxValue;
        }
    }

    internal PlannedEvent? TakeDue(long nowTicks) => NextTicks <= nowTicks ? _queue.Dequeue() : null;
}
