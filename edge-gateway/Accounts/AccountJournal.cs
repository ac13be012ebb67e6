namespace BodyCam.Accounts;

/// <summary>The way of account events into the log. An event is kept in the step that makes the change, so that neither a log that takes nothing just then nor a program that dies loses it; it is forwarded in order, at least once, and before anybody signs in.</summary>
internal sealed class AccountJournal(AccountStore store, IAccountEvents events, TimeProvider time)
{
    private static readonly TimeSpan lateAfter = TimeSpan.FromMinutes(1);

    /// <summary>Keeps an event; inside the step of its change.</summary>
    public void Note(string name, string userId, string by, string detail) => store.Pend(name, userId, by, detail, time.GetUtcNow());

    /// <summary>Writes into the log what is kept; at the command line nothing, as its events wait for the gateway.</summary>
    public async ValueTask ForwardAsync()
    {
        if (events is PendingEvents)
            return;
        await store.Forwarding.WaitAsync().ConfigureAwait(false);
        try
        {
            while (store.Pending() is { Count: > 0 } waiting)
            {
                foreach (var pending in waiting)
                {
                    await events.RaiseAsync(pending.Name, pending.UserId, pending.By, Told(pending)).ConfigureAwait(false);
                    store.Forwarded(pending.Id);
                }
            }
        }
        finally
        {
            store.Forwarding.Release();
        }
    }

    // The log's own time is that of forwarding: what was done elsewhere or before says when.
    private string Told(PendingEvent pending) =>
        pending.By.StartsWith(PendingEvents.ByPrefix, StringComparison.Ordinal) ? $"{pending.Detail} (at the command line, {pending.At:yyyy-MM-ddTHH:mm:ssZ})".TrimStart()
        : (time.GetUtcNow() - pending.At).Duration() >= lateAfter ? $"{pending.Detail} (done {pending.At:yyyy-MM-ddTHH:mm:ssZ})".TrimStart()
        : pending.Detail;
}
