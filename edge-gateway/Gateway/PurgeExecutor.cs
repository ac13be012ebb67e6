using BodyCam.Core;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Ingest;

namespace BodyCam.Gateway;

/// <summary>Carries out what two persons decided: the final act, then the certificate and the bytes, then the certificate's leaf. Broken off anywhere, the next round goes on.</summary>
internal sealed class PurgeExecutor(Office office, IngestService ingest)
{
    /// <summary>One round; returns the number of recordings purged.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        foreach (var approved in office.Store.List<Recording>(new EntityQuery("purge", "approved")))
        {
            // Refused when anything has changed since: then the review stands or is void, and the tasks say so.
            await office.DoAsync(Actor.Gateway, "retention.purge", draft => RetentionDesk.Purge(draft, approved.Id), cancel).ConfigureAwait(false);
        }

        var count = 0;
        foreach (var decided in office.Store.List<Recording>(new EntityQuery("purge", "to_certify")))
        {
            var device = DeviceId.Parse(decided.Device);
            var order = new PurgeOrder(
                device, decided.Epoch, decided.Number, decided.Review!.Reason, Cites(decided), (decided.Review.OpenedAt - DateTimeOffset.UnixEpoch).Ticks / 10, decided.Review.Reviewer!, decided.Review.Approver!, ingest.PurgeList(device, decided.Epoch, decided.Number))
            {
                Tails = ingest.PurgeTails(device, decided.Epoch, decided.Number),
            };
            var (outcome, sequence) = await ingest.PurgeAsync(order, cancel).ConfigureAwait(false);
            if (outcome != PurgeOutcome.Done)
            {
                // Decided and not carried out: somebody has to look. The same lead once, however often it is tried.
                await office.DoAsync(Actor.Gateway, "lead.raise", draft => SupervisionDesk.Raise(draft, "purge_not_done", decided.UnitId, Recording.Kind + "/" + decided.Id, $"清除决定未能执行（{outcome}），影像仍在，将继续尝试。请核对时钟，并运行 bodycam verify。"), cancel).ConfigureAwait(false);
                continue;
            }

            await office.DoAsync(Actor.Gateway, "retention.certify", draft => RetentionDesk.Certify(draft, decided.Id, sequence), cancel).ConfigureAwait(false);
            count++;
        }

        return count;
    }

    private IReadOnlyList<string> Cites(Recording recording)
    {
        var draft = new Draft(office.Store, office.Policies, Actor.Gateway, "read", office.Now);
        return Text.PolicyOf(draft, recording.UnitId) is { } policy ? Text.Cites(policy, policy.Rules.Retention) : [];
    }
}
