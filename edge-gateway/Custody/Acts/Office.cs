using BodyCam.Custody.Store;

namespace BodyCam.Custody.Acts;

/// <summary>Where acts are done: decides on what stands, logs, then applies. One act at a time, so that no two rest on the same state.</summary>
/// <remarks>The log is the truth, the store follows it: what a power cut left between the two is applied at the next start.</remarks>
public sealed class Office : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly ICustodyStore store;
    private readonly IActLog log;
    private readonly TimeProvider time;
    private bool isBehind;

    /// <summary>Opens: applies what the log has and the store has not.</summary>
    public Office(ICustodyStore store, IActLog log, IPolicies policies, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(log);
        this.store = store;
        this.log = log;
        this.time = time;
        Policies = policies;
        if (store.NextSequence > log.Size)
            throw new InvalidOperationException($"custody.db knows {store.NextSequence} records of the log, which has {log.Size}: the log is older than what was made from it. Restore the newest log; where this is the newest, move custody.db away and keep it: the gateway makes it anew.");
        Replay();
    }

    /// <summary>Raised after an act stands; on the caller's task, outside the lock.</summary>
    public event Action<LoggedAct>? Done;

    /// <summary>What stands, for reading.</summary>
    public ICustodyStore Store => store;

    /// <summary>Rules.</summary>
    public IPolicies Policies { get; }

    /// <summary>True while the clock has stepped and nobody has confirmed it; asked at each act.</summary>
    public Func<bool> IsClockHeld { get; set; } = static () => false;

    /// <summary>Gateway-wall time.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Does one act: the deed reads and puts; what it put stands when this returns a value, and nothing does when it returns a refusal.</summary>
    /// <exception cref="IOException">The log takes nothing any more.</exception>
    public async Task<Outcome<T>> DoAsync<T>(Actor actor, string name, Func<Draft, Outcome<T>> deed, CancellationToken cancel = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(deed);
        if (!Permissions.May(actor, name))
            return Permissions.Refuse(name);
        IReadOnlyList<LoggedAct> logged;
        Outcome<T> outcome;
        await one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            CatchUpNeedsOne();
            var draft = new Draft(store, Policies, actor, name, time.GetUtcNow(), IsClockHeld());
            outcome = deed(draft);
            if (!outcome.IsDone || !draft.HasChanges)
                return outcome;
            var acts = ActJson.Split(draft.ToAct());
            if (acts.Count == 0)
                return TooLong;
            // Until the store has it nothing else may rest on the store: what failed between the two may stand in the log.
            isBehind = true;
            // Once appended it stands, whoever gave up waiting.
            var sequence = await log.AppendAsync([.. acts.Select(ActJson.ToRecord)], CancellationToken.None).ConfigureAwait(false);
            logged = [.. acts.Select((act, index) => new LoggedAct(sequence + index, act))];
            store.Apply(logged, sequence + acts.Count);
            isBehind = false;
        }
        finally
        {
            one.Release();
        }

        foreach (var act in logged)
            Done?.Invoke(act);
        return outcome;
    }

    /// <summary>Gives the store back.</summary>
    public void Dispose()
    {
        store.Dispose();
        one.Dispose();
    }

    // What a failure left between log and store is applied before anything rests on it.
    private void CatchUpNeedsOne()
    {
        if (!isBehind)
            return;
        Replay();
        isBehind = false;
    }

    private static Refusal TooLong => Refusal.Invalid("act_too_long", "内容过长，一次登记容纳不下（一件事项最多 64 KiB）。请缩短文字，或分次办理。");

    private void Replay()
    {
        // Before the acts are read: what comes meanwhile is above it.
        var size = log.Size;
        CustodyReplay.Run(store, log.ReadFrom(store.NextSequence), size);
    }
}
