using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Deadlines;

namespace BodyCam.Gateway;

/// <summary>What time brings: reviews of recordings whose time is over, and leads on what is overdue or missing. Safe to repeat: the same cause makes the same lead.</summary>
internal sealed class CustodySweep(Office office, TaskList tasks)
{
    // Journals may still be on their way; and what is older was looked at before.
    private static readonly TimeSpan settles = TimeSpan.FromHours(1);
    private static readonly TimeSpan looksBack = TimeSpan.FromDays(14);

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        await OpenReviewsAsync(cancel).ConfigureAwait(false);
        foreach (var unit in All<Unit>())
            await RaiseLeadsAsync(unit, cancel).ConfigureAwait(false);
    }

    private async Task OpenReviewsAsync(CancellationToken cancel)
    {
        foreach (var recording in All<Recording>("state", nameof(RecordingState.Classified)).Where(recording => recording.KeepUntil <= office.Now).ToList())
            await office.DoAsync(Actor.Gateway, "retention.review", draft => RetentionDesk.OpenReview(draft, recording.Id), cancel).ConfigureAwait(false);
    }

    private async Task RaiseLeadsAsync(Unit unit, CancellationToken cancel)
    {
        var draft = new Draft(office.Store, office.Policies, Actor.Gateway, "read", office.Now, office.IsClockHeld());
        if (draft.IsClockHeld)
            return;
        var leads = new List<(string Type, string About, string Words, IReadOnlyList<string> Cites)>();
        foreach (var task in tasks.Of(draft, unit.Id).Where(static task => task is { State: DeadlineState.Overdue, Kind: "upload" or "classify" or "case_file" or "work_record" }))
            leads.Add(("overdue_" + task.Kind, task.Subject, task.Words, task.Cites));
        foreach (var activity in draft.List<Activity>("unit", unit.Id).Where(activity => activity.EndedAt is { } ended && office.Now - ended > settles && office.Now - ended < looksBack))
            leads.AddRange(ActivityAudit.Of(draft, activity).Select(sign => (sign.Type, Activity.Kind + "/" + activity.Id, sign.Words, sign.Cites)));
        foreach (var (type, about, words, cites) in leads)
            await office.DoAsync(Actor.Gateway, "lead.raise", write => SupervisionDesk.Raise(write, type, unit.Id, about, words, cites), cancel).ConfigureAwait(false);
    }

    private IEnumerable<T> All<T>(string? key = null, string? value = null)
        where T : class, IEntity
    {
        string? after = null;
        while (office.Store.List<T>(new EntityQuery(key, value) { After = after, CountMax = 500 }) is { Count: > 0 } page)
        {
            foreach (var thing in page)
                yield return thing;
            after = page[^1].Id;
        }
    }
}
