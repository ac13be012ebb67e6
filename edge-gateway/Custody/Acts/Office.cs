using BodyCam.Custody.Store;

namespace BodyCam.Custody.Acts;

/// <summary>Where acts are done: decides on what stands, logs, then applies. One act at a time, so that no two rest on the same state.</summary>
/// <remarks>The log is the truth, the store follows it: what a power cut left between the two is applied at the next start.</remarks>
public sealed class Office : IDisposable
{
    private const int ReplayGroup = 256;

    private readonly SemaphoreSlim one = new(1, 1);
    private readonly ICustodyStore store;
    private readonly IActLog log;
    private readonly TimeProvider time;

    /// <summary>Opens: applies what the log has and the store has not.</summary>
    public Office(ICustodyStore store, IActLog log, IPolicies policies, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(log);
        this.store = store;
        this.log = log;
        this.time = time;
        Policies = policies;
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
            return Refusal.NotAllowed($"您的职责不包含“{name}”。请由有此职责的人员办理。");
        LoggedAct? logged = null;
        Outcome<T> outcome;
        await one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var draft = new Draft(store, Policies, actor, name, time.GetUtcNow(), IsClockHeld());
            outcome = deed(draft);
            if (!outcome.IsDone || !draft.HasChanges)
                return outcome;
            var act = draft.ToAct();
            // Once appended it stands, whoever gave up waiting.
            var sequence = await log.AppendAsync([ActJson.ToRecord(act)], CancellationToken.None).ConfigureAwait(false);
            logged = new LoggedAct(sequence, act);
            store.Apply([logged], sequence + 1);
        }
        finally
        {
            one.Release();
        }

        Done?.Invoke(logged);
        return outcome;
    }

    /// <summary>Gives the store back.</summary>
    public void Dispose()
    {
        store.Dispose();
        one.Dispose();
    }

    private void Replay()
    {
        foreach (var group in log.ReadFrom(store.NextSequence).Chunk(ReplayGroup))
            store.Apply(group, group[^1].Sequence + 1);
    }
}
