using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;
using BodyCam.Log;
using BodyCam.Storage;
using Microsoft.Extensions.Logging;

namespace BodyCam.Ingest;

/// <summary>Takes what recorders send, and answers: verify, place, commit, log, receipt (protocol §5). One instance owns a data folder.</summary>
public sealed partial class IngestService : IAsyncDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "BodyCam.Ingest";

    private const int RefusalsPerSecondMax = 20;
    private const int StoreQueueMax = 256;

    private readonly IngestOptions options;
    private readonly IDownlink downlink;
    private readonly ILogger<IngestService> logger;
    private readonly SegmentStore store;
    private readonly ICatalog catalog;
    private readonly GroupCommitter committer;
    private readonly ReceiptDesk desk;
    private readonly DeviceRegistry registry;
    private readonly AlertList alerts;
    private readonly IngestMeters meters;
    private readonly WorkPool<StoreWork>? stores;
    private readonly ConcurrentDictionary<SegmentKey, bool> strays = new();
    private readonly ConcurrentDictionary<SegmentKey, LackingRow> lacking = new();
    private volatile Exception? fault;

    private IngestService(IngestOptions options, IDownlink downlink, ILogger<IngestService> logger, SegmentStore store, ICatalog catalog, GroupCommitter committer, DownCounter counter)
    {
        this.options = options;
        this.downlink = downlink;
        this.logger = logger;
        this.store = store;
        this.catalog = catalog;
        this.committer = committer;
        meters = new IngestMeters(options.Meters);
        alerts = new AlertList(options.Time);
        registry = new DeviceRegistry(catalog, counter);
        if (counter.IsUnreadable)
            alerts.Raise("counter_unreadable", DownCounter.FileName, $"The counter of the messages down is no number, and goes on from this machine's clock. {DownCounter.Remedy}");
        committer.Failed += Broken;
        committer.Full += NoteFull;
        committer.WorkFailed += failure => Log.WorkFailed(logger, failure);
        committer.Committed += meters.Commit;
        desk = new ReceiptDesk(options, downlink, store, alerts, meters);
        stores = options.StoreWorkers > 0 ? new WorkPool<StoreWork>(options.StoreWorkers, StoreQueueMax, StoreAsync, options.StoreTurn) : null;
        meters.Gauge("bodycam_store_waiting", () => stores?.WaitingCount ?? 0, "Seals and complete segments that wait for a task to bring them to the disk");
        meters.Gauge("bodycam_open_parts", () => store.PartCount, "Segments that are arriving");
        meters.Gauge("bodycam_log_size", () => committer.Current.Checkpoint.Size, "Leaves of the log");
        meters.Gauge("bodycam_storage_full", () => store.IsFull ? 1 : 0, "1 while the disk has no room for uploads");
        meters.Gauge("bodycam_commit_waiting", () => committer.WaitingCount, "Works that wait for log and catalog");
        meters.Gauge("bodycam_archive_waiting_s", ArchiveWaitingS, "Age of the oldest segment that is stored and not archived; 0 for none");
        meters.Gauge("bodycam_disk_free_bytes", () => store.Room().FreeBytes, "Free bytes of the data folder's disk");
        meters.Gauge("bodycam_alerts", () => alerts.Now().Count, "Alerts that stand");
    }

    /// <summary>Raised once when the disk, the log or the catalog failed: no receipt is given any more; the process is to be started again.</summary>
    public event Action<Exception>? Failed;

    /// <summary>The catalog, for reading.</summary>
    public ICatalog Catalog => catalog;

    /// <summary>Newest durable checkpoint of the log.</summary>
    public SignedCheckpoint Checkpoint => committer.Current;

    /// <summary>True after a failure of disk, log or catalog.</summary>
    public bool IsFaulted => fault is not null;

    /// <summary>Opens the data folder: log, catalog brought up to it, parts re-hashed, work that a crash left finished.</summary>
    /// <exception cref="InvalidOperationException">The folder cannot be used; the message says what to do.</exception>
    public static IngestService Open(IngestOptions options, IDownlink downlink, ILogger<IngestService> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        var disk = options.Disk ?? new PosixDisk(options.DataFolder);
        // A copy of its own: one key object does not serve two threads.
        var logKey = GatewayKey.FromPem(options.GatewayKey.ExportPrivatePem());
        var reader = new LogReader(Path.Combine(options.DataFolder, "log"), options.LogFiles);
        LogWriter OpenLog()
        {
            LostLog.AssertNone(options.DataFolder, disk, reader);
            return LogWriter.Open(Path.Combine(options.DataFolder, "log"), logKey.Ecdsa, $"bodycam/gateway/{options.GatewayKey.Id:x16}", options.Time, options.LogFiles);
        }

        var log = OpenLog();
        ICatalog? catalog = null;
        try
        {
            var size = log.Current.Checkpoint.Size;
            var store = new SegmentStore(disk, options.Time, options.Limits);
            (catalog, var isCatalogNew) = CatalogReplay.Open(options.CatalogPath ?? Path.Combine(options.DataFolder, "catalog.db"), reader, size, disk, store);
            var parts = store.Recover(seal => options.Keys.Authenticates(seal));
            disk.WriteWhole("gateway.pem", System.Text.Encoding.ASCII.GetBytes(options.GatewayKey.PublicKeyPem + "\n"));
            var service = new IngestService(options, downlink, logger, store, catalog, new GroupCommitter(log, OpenLog, catalog, options.Time, options.CommitTurn), new DownCounter(disk));
            Log.Opened(logger, options.DataFolder, size, parts);
            service.FinishInterrupted(reader, disk, isCatalogNew);
            return service;
        }
        catch
        {
            catalog?.Dispose();
            log.Dispose();
            throw;
        }
    }

    /// <summary>Takes one message from a recorder's <c>up</c> topic; called on the connection's own task before PUBACK.</summary>
    /// <param name="device">Whose topic it came on.</param>
    /// <param name="payload">Valid until this returns.</param>
    /// <param name="cancel">The connection's end.</param>
    public async ValueTask HandleUpAsync(DeviceId device, ReadOnlySequence<byte> payload, CancellationToken cancel)
    {
        var state = registry.Find(device);
        if (state is null)
            return; // not provisioned here: the link would not have let it in
        var started = Stopwatch.GetTimestamp();
        var length = (int)payload.Length;
        byte[]? rented = null;
        if (!payload.IsSingleSegment)
        {
            rented = ArrayPool<byte>.Shared.Rent(length);
            payload.CopyTo(rented);
        }

        try
        {
            var message = rented is null ? payload.First : rented.AsMemory(0, length);
            await GuardedAsync(state, HandleAsync(state, message, started, cancel)).ConfigureAwait(false);
        }
        finally
        {
            meters.Message(started);
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // A full disk refuses; any other failure of it ends the receipts.
    private async ValueTask GuardedAsync(DeviceState state, ValueTask handling)
    {
        try
        {
            await handling.ConfigureAwait(false);
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            NoteFull();
            Refuse(state, RefusalReason.StorageFull, default, 0);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Broken(failure);
        }
    }

    // What waits for the disk: beside the connection when there are tasks for it.
    private ValueTask ToStoreAsync(StoreWork work, CancellationToken cancel) => stores is null ? DoAsync(work, cancel) : stores.EnqueueAsync(work, cancel);

    private async ValueTask StoreAsync(StoreWork work)
    {
        try
        {
            await GuardedAsync(work.State, DoAsync(work, CancellationToken.None)).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Broken(failure); // nobody else would see it
        }
    }

    private ValueTask DoAsync(StoreWork work, CancellationToken cancel) =>
        work.Complete is { } part ? CompleteAsync(work.State, part, work.StartedAt) : TakeSealAsync(work.State, work.Seal, asksAnswer: false, work.StartedAt, cancel);

    private async ValueTask HandleAsync(DeviceState state, ReadOnlyMemory<byte> message, long started, CancellationToken cancel)
    {
        var reason = MessageStart.ReadUp(message.Span, out var type);
        if (reason != RefusalReason.None)
        {
            Refuse(state, reason, default, message.Length > 1 ? (reason == RefusalReason.UnknownVersion ? message.Span[0] : message.Span[1]) : 0u);
            return;
        }

        switch (type)
        {
            case MessageType.Chunk:
                var completed = TakeChunk(state, message.Span);
                if (completed is not null)
                    await ToStoreAsync(new StoreWork(state, completed, default, started), cancel).ConfigureAwait(false);
                break;
            case MessageType.Seal:
                reason = SealMessage.TryParse(message.Span, out var offered);
                if (reason != RefusalReason.None)
                    Refuse(state, reason, default, 0);
                else
                    await ToStoreAsync(new StoreWork(state, null, offered, started), cancel).ConfigureAwait(false);
                break;
            case MessageType.Offer:
                reason = OfferMessage.TryParse(message.Span, out var offer);
                if (reason != RefusalReason.None)
                    Refuse(state, reason, default, 0);
                else
                    await TakeOfferAsync(state, offer!, cancel).ConfigureAwait(false);
                break;
            default:
                Refuse(state, RefusalReason.UnknownType, default, (uint)type);
                break;
        }
    }

    // Returns the part when this chunk completed it.
    private Part? TakeChunk(DeviceState state, ReadOnlySpan<byte> message)
    {
        var reason = ChunkMessage.TryParse(message, out var chunk);
        if (reason != RefusalReason.None)
        {
            Refuse(state, reason, default, 0);
            return null;
        }

        var key = new SegmentKey(state.Device, chunk.Epoch, chunk.Recording, chunk.Segment);
        if (!state.Knows(chunk.Epoch))
            reason = RefusalReason.UnknownEpoch;
        else if (fault is not null)
            reason = RefusalReason.StorageFault;
        else if (!chunk.DigestMatches())
            reason = RefusalReason.ChunkDigest;
        if (reason != RefusalReason.None)
        {
            Refuse(state, reason, key, chunk.Index);
            return null;
        }

        var outcome = store.Place(key, chunk.Index, chunk.ChunkBytes, chunk.Payload, chunk.Digest);
        meters.Chunks.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));
        switch (outcome)
        {
            case PlaceOutcome.Stored:
                return store.Find(key) is { IsComplete: true } part ? part : null;
            case PlaceOutcome.Conflict:
                NoteConflict(state, key, chunk.Index, chunk.Digest);
                break;
            case PlaceOutcome.ConflictAgain:
                Refuse(state, RefusalReason.Conflict, key, chunk.Index);
                break;
            case PlaceOutcome.OutOfRange:
                Refuse(state, RefusalReason.BadLength, key, chunk.Index);
                break;
            case PlaceOutcome.Quota:
                Refuse(state, RefusalReason.Quota, key, chunk.Index);
                break;
            case PlaceOutcome.Full:
                NoteFull();
                Refuse(state, RefusalReason.StorageFull, key, chunk.Index);
                break;
        }

        return null;
    }

    private async ValueTask TakeOfferAsync(DeviceState state, OfferMessage offer, CancellationToken cancel)
    {
        if (!state.Knows(offer.Epoch))
        {
            Refuse(state, RefusalReason.UnknownEpoch, default, offer.Epoch);
            return;
        }

        state.EpochInForce = offer.Epoch;
        if (offer.IsFirst)
        {
            var (recording, segment) = catalog.Highest(state.Device, offer.Epoch);
            SendCommand(state, "state", [new("epoch", Text(offer.Epoch)), new("lastRecording", Text(recording)), new("lastSegment", Text(segment))]);
        }

        if (offer.WantsNewEpoch && offer.IsFirst)
            await ConfigureNewEpochAsync(state, offer.Epoch, cancel).ConfigureAwait(false);
        foreach (var reason in offer.Refused)
            Refuse(state, reason, default, 0);
        foreach (var offered in offer.Seals)
            await TakeSealAsync(state, offered, asksAnswer: true, Stopwatch.GetTimestamp(), cancel).ConfigureAwait(false);
    }

    private void AskMissing(DeviceState state, Part part)
    {
        var seal = part.Seal!;
        var ranges = part.Missing(seal.ChunkCount, DownMessages.RangesMax).Select(static range => new ChunkRange(range.First, range.Count)).ToArray();
        if (ranges.Length == 0)
            return;
        SendDown(state, counter => DownMessages.Missing(seal.Key, seal.SealDigest, ranges, counter, CommandKey(state)));
    }

    private void Refuse(DeviceState state, RefusalReason reason, SegmentKey key, uint detail)
    {
        meters.Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
        var second = NowUs() / 1_000_000;
        var (counted, count) = state.Refusals;
        state.Refusals = (second, counted == second ? count + 1 : 1);
        if (state.Refusals.Count > RefusalsPerSecondMax)
            return; // a recorder that sends only rubbish gets no flood back
        SendDown(state, counter => DownMessages.Refusal(reason, key, detail, counter, CommandKey(state)));
        Log.Refused(logger, state.Device.Text, reason, detail);
    }

    private void NoteConflict(DeviceState state, SegmentKey key, uint index, ReadOnlySpan<byte> digest)
    {
        Refuse(state, RefusalReason.Conflict, key, index);
        alerts.Raise("conflict", key.ToString(), "Other bytes stand here already; the newcomer is kept under conflicts/. Find out which card or recorder sent it.");
        if (fault is null && !committer.TryEnqueue(new CommitWork([Records.Conflict(key, index, digest, NowUs())], null, static _ => { })))
            Log.ConflictUnlogged(logger, key.ToString());
    }

    private byte[] CommandKey(DeviceState state) => options.Keys.CommandKey(state.Device, state.EpochInForce);

    private void SendCommand(DeviceState state, string name, IEnumerable<KeyValuePair<string, string>> values) =>
        SendDown(state, counter => DownMessages.Command(name, values, counter, CommandKey(state)));

    // A recorder ignores a counter below one that it has seen: counters leave in the order in which they are given.
    private void SendDown(DeviceState state, Func<ulong, byte[]> message)
    {
        try
        {
            lock (state.Down)
                downlink.Send(state.Device, message(state.NextCounter(NowUs())));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Broken(failure); // a disk that failed under the counter has failed for receipts too
            throw;
        }
    }

    private long NowUs() => options.Time.GetUtcNow().Ticks / 10 - 62_135_596_800_000_000L;

    private static string Text(uint number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void Broken(Exception failure)
    {
        if (Interlocked.CompareExchange(ref fault, failure, null) is not null)
            return;
        alerts.Raise("storage_fault", "", "The disk, the log or the catalog failed: no receipt is given. Start the gateway again; it verifies what it has.");
        Log.Broken(logger, failure);
        Failed?.Invoke(failure);
    }

    private void NoteFull()
    {
        store.NoteFull();
        alerts.Raise("storage_full", "", "The disk has less than 10 % free, or none: uploads wait. Free room; they go on by themselves.");
    }

    /// <summary>What waits for the disk.</summary>
    /// <param name="State">Its recorder.</param>
    /// <param name="Complete">A complete part, or null.</param>
    /// <param name="Seal">Else a seal that came.</param>
    /// <param name="StartedAt"><see cref="Stopwatch"/> stamp of the message.</param>
    private readonly record struct StoreWork(DeviceState State, Part? Complete, OfferedSeal Seal, long StartedAt);
}
