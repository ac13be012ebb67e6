using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>A station with one recorder and an archive, of which a copy is kept and put back.</summary>
public abstract class PutBackScene : IAsyncLifetime
{
    private protected readonly Station station = new();
    private protected FakeRecorder recorder = null!;
    private protected ArchiveForwarder forwarder = null!;

    private protected string Folder => station.Folder + "-archive";

    public async ValueTask InitializeAsync()
    {
        recorder = await station.OpenWithRecorderAsync();
        Renew();
    }

    public async ValueTask DisposeAsync()
    {
        await station.DisposeAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private protected async Task<PurgeOutcome> PurgeAsync(uint recording = 1) =>
        (await station.Ingest.PurgeAsync(new PurgeOrder(Station.Device, 1, recording, "expired", [], 1, "one", "two", station.Ingest.PurgeList(Station.Device, 1, recording)) { Tails = station.Ingest.PurgeTails(Station.Device, 1, recording) }, default)).Outcome;

    private protected long SizeThere => CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(Folder, "log/checkpoint")))!.Size;

    private protected string At(FakeSegment segment) => Path.Combine(Folder, SegmentStore.SegmentPath(segment.Key));

    private protected IEnumerable<string> Alerts(string code) => station.Ingest.Status().Alerts.Where(alert => alert.Code == code).Select(static alert => alert.Subject);

    private protected VerifyReport Verify() => Verifier.Run(Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);

    private protected FolderArchive Open() => new(station.Folder, Folder, () => station.Ingest.HasArchived);

    private protected void Renew() => forwarder = new ArchiveForwarder(station.Ingest, Open(), NullLogger<ArchiveForwarder>.Instance);

    private protected async Task RestartAsync(bool restart)
    {
        if (!restart)
            return;
        await station.CloseAsync();
        station.Open();
        Renew();
    }

    private protected async Task<FakeSegment> ArchiveAsync(uint recording)
    {
        var segment = recorder.Footage(recording, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Equal(1, (await forwarder.RunOnceAsync(default)).Archived);
        return segment;
    }

    private protected void Keep() => FolderTree.Copy(Folder, Folder + ".old");

    private protected void PutBack()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Move(Folder + ".old", Folder);
    }

    private protected sealed class Racing(FolderArchive inner, Func<Task> afterLog) : IArchive
    {
        public string? Refusal => inner.Refusal;

        public IReadOnlyDictionary<string, ArchiveOutcome> NotThere => inner.NotThere;

        public ValueTask<int?> MediumAsync(CancellationToken cancel) => inner.MediumAsync(cancel);

        public bool Has(ArchiveItem item) => inner.Has(item);

        public bool HasBytesOf(SegmentKey key) => inner.HasBytesOf(key);

        public ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel) => inner.ForwardAsync(item, cancel);

        public ValueTask<ArchiveOutcome> ForwardReceiptAsync(ArchiveItem item, CancellationToken cancel) => inner.ForwardReceiptAsync(item, cancel);

        public async ValueTask<ArchiveOutcome> ForwardLogAsync(SignedCheckpoint durable, CancellationToken cancel)
        {
            var outcome = await inner.ForwardLogAsync(durable, cancel);
            await afterLog();
            return outcome;
        }

        public ValueTask<ArchiveOutcome> PurgeAsync(PurgeItem item, CancellationToken cancel) => inner.PurgeAsync(item, cancel);
    }
}
