using System.Buffers;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.TestKit;

namespace BodyCam.Web.Tests;

/// <summary>What becomes of a purge that two persons decided, in a gateway that runs.</summary>
public sealed class PurgeLifeTests(Console console) : IClassFixture<Console>
{
    private static readonly DeviceId device = DeviceId.Parse("bc-01");

    [Fact]
    public async Task A_purge_that_cannot_be_carried_out_raises_one_lead_and_is_done_with_its_tails_once_it_can()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (ingest, office) = (console.Host.Ingest, console.Host.Office);
        await ingest.ProvisionAsync(device, "provisioned", null, cancel);
        await console.Must('C', "/recorders/bc-01/issue", new { officerId = "o-O" });
        var ring = KeyFolder.Open(Path.Combine(Path.GetDirectoryName(console.DataFolder)!, "keys"), console.DataFolder).Ring;
        var recorder = new FakeRecorder(device, ring) { WallBaseUs = (ulong)((office.Now - DateTimeOffset.UnixEpoch).Ticks / 10) };
        FakeSegment[] segments = [recorder.Announce(1), recorder.Footage(1, 1, final: true)];
        await UpAsync(FakeRecorder.ChunkMessage(segments[1], 0));
        Assert.Equal(1, await ingest.CloseOrphansAsync(device, cancel));
        foreach (var segment in segments)
            await UploadAsync(segment);

        const string id = "bc-01.1.1";
        await UntilAsync(() => office.Store.Find<Recording>(id)?.State == RecordingState.Verified);
        var (original, tail) = (Path.Combine(console.DataFolder, "segments/bc-01/0001/000001/000001.mkv"), Path.Combine(console.DataFolder, "orphans/bc-01/0001/000001/000001.mkv"));

        // As if the clock had gone back behind the end of the period after two persons decided.
        await DecideAsync(office.Now.AddDays(1));
        await UntilAsync(() => Leads().Count > 0);
        var lead = Assert.Single(Leads());
        Assert.Equal(("recording/" + id, "unit-1", LeadState.Open), (lead.About, lead.UnitId, lead.State));
        Assert.EndsWith("请核对时钟，并运行 bodycam verify。", lead.Words, StringComparison.Ordinal);
        // Two more recordings that intake takes, one after the other: a whole round of purges lies between.
        foreach (var number in new uint[] { 2, 3 })
        {
            await UploadAsync(recorder.Footage(number, 1, final: true));
            await UntilAsync(() => office.Store.Find<Recording>($"bc-01.1.{number}")?.State == RecordingState.Verified);
        }

        Assert.Single(Leads());
        Assert.Single(office.Store.Acts("lead/" + lead.Id));
        Assert.True(File.Exists(original) && File.Exists(tail));

        await DecideAsync(office.Now.AddDays(-1));
        await UntilAsync(() => office.Store.Find<Recording>(id)!.CertificateSequence is not null);
        Assert.False(File.Exists(original) || File.Exists(tail));

        Task UpAsync(byte[] message) => ingest.HandleUpAsync(device, new ReadOnlySequence<byte>(message), cancel).AsTask();

        async Task UploadAsync(FakeSegment segment)
        {
            await UpAsync(FakeRecorder.SealMessage(segment));
            for (var index = 0; index < segment.ChunkCount; index++)
                await UpAsync(FakeRecorder.ChunkMessage(segment, index));
        }

        List<Lead> Leads() => [.. office.Store.List<Lead>(new EntityQuery("unit", "unit-1")).Where(static lead => lead.Type == "purge_not_done")];

        async Task DecideAsync(DateTimeOffset openedAt)
        {
            var decided = await office.DoAsync(Actor.Gateway, "retention.purge", draft => Outcome.Of(draft.Put(draft.Find<Recording>(id)! with
            {
                State = RecordingState.Purged,
                Review = new ExpiryReview(openedAt, "期满") { Reviewer = "user-C", Approver = "user-1", Reason = "无保存价值" },
            })), cancel);
            Assert.True(decided.IsDone, decided.Refusal?.Message);
        }
    }

    // The gateway's own loop brings it; ends as soon as it is there.
    private static async Task UntilAsync(Func<bool> condition)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
            await timer.WaitForNextTickAsync(end.Token);
    }
}
