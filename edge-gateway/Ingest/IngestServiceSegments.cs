using System.Diagnostics;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>A segment from its seal to its receipt: verify, store, commit, log.</summary>
public sealed partial class IngestService
{
    private const int ResendsMax = 2;
    private const int AnnouncedMax = 64;
    private const uint RecordingsAhead = 10_000;
    // Far above what the firmware writes; what says more is kept as it is, and nothing is read out of it.
    private const ulong AnnouncementBytesMax = 64 * 1024;
    private const ulong ManifestBytesMax = 1024 * 1024;

    private async ValueTask TakeSealAsync(DeviceState state, OfferedSeal offered, bool asksAnswer, long started, CancellationToken cancel)
    {
        var seal = offered.Seal;
        var reason = seal.Key.Device != state.Device ? RefusalReason.WrongDevice
            : !state.Knows(seal.Key.Epoch) ? RefusalReason.UnknownEpoch
            : fault is not null ? RefusalReason.StorageFault
            : !options.Keys.Authenticates(seal, RecordingMax(seal.Key)) ? RefusalReason.SealMac
            : RefusalReason.None;
        if (reason != RefusalReason.None)
        {
            Refuse(state, reason, seal.Key with { Device = state.Device }, 0);
            return;
        }

        // In this order: it leaves what lacks after its row has come.
        var lacks = lacking.TryGetValue(seal.Key, out var lackingRow);
        if (catalog.Find(seal.Key) is { } row)
        {
            if (row.SealDigest.AsSpan().SequenceEqual(seal.SealDigest))
                await ReissueAsync(state, row, seal).ConfigureAwait(false);
            else
                Answer(state, seal, store.KeepConflict(seal));
            return;
        }

        // Of which nothing stands, it comes as a new one does, and is held against its record once it is whole.
        if (lacks && (offered.IsLost || !IsMissing(seal, lackingRow!)))
        {
            await TakeLackingAsync(state, seal, lackingRow!).ConfigureAwait(false);
            return;
        }

        if (!lacks && await TakeStrayAsync(state, seal).ConfigureAwait(false))
            return;
        var outcome = store.PlaceSeal(seal);
        if (!Answer(state, seal, outcome))
            return;
        // Another task brought it into log and catalog since this one looked: the part that was opened for it now is nobody's. From here on whoever comes finds this part.
        if (catalog.Find(seal.Key) is not null)
        {
            store.Forget(seal.Key);
            return;
        }

        if (store.Find(seal.Key) is not { } part)
            return;
        if (part.IsComplete)
            await CompleteAsync(state, part, started).ConfigureAwait(false);
        else if (offered.IsLost)
            await RecordLostAsync(state, part).ConfigureAwait(false);
        else if (asksAnswer)
            AskMissing(state, part);
    }

    // A segment of the log whose seal here is missing or rotten: the recorder's own takes its place, if it is the one that the record speaks of.
    private async ValueTask TakeLackingAsync(DeviceState state, Seal seal, LackingRow row)
    {
        if (!row.SealDigest.AsSpan().SequenceEqual(seal.SealDigest))
            Answer(state, seal, store.KeepConflict(seal));
        else if (!state.MayReissue(NowUs()))
            return; // it is offered again
        else if (!IsOfRecord(seal, row))
            NoteOriginalDiffers(seal.Key);
        else
            await committer.EnqueueAsync(LackingWork(state, seal, row)).ConfigureAwait(false);
    }

    // True when what stands is what seal and record say; then the seal stands beside it.
    private bool IsOfRecord(Seal seal, LackingRow row)
    {
        if (!row.SealDigest.AsSpan().SequenceEqual(seal.SealDigest))
            return false;
        if (row.State == ReceiptState.Damaged)
            store.KeepLost(seal);
        else if (catalog.FindPurge(seal.Key) is not null)
            store.WriteSeal(seal);
        else
            return store.IsStored(seal.Key) && store.CheckStored(seal) is { } stored && stored.Sha256.AsSpan().SequenceEqual(row.Sha256);
        return true;
    }

    // True when the record is of an original, the seal is the record's, and no file stands in the original's place.
    private bool IsMissing(Seal seal, LackingRow row) =>
        row.State != ReceiptState.Damaged && row.SealDigest.AsSpan().SequenceEqual(seal.SealDigest) && !store.IsStored(seal.Key) && catalog.FindPurge(seal.Key) is null;

    private CommitWork LackingWork(DeviceState state, Seal seal, LackingRow row) => new(
        [],
        (batch, _) =>
        {
            // Another was faster, and the archive may have come since.
            if (catalog.Find(seal.Key) is null)
                batch.Segments.Add(row.With(seal));
        },
        checkpoint =>
        {
            // In this order: who finds that it lacks no more finds its part closed.
            store.Forget(seal.Key);
            lacking.TryRemove(seal.Key, out _);
            alerts.Clear(AlertList.SealLacking, seal.Key.ToString());
            alerts.Clear("original_differs", seal.Key.ToString());
            desk.Issue(state, seal.Key, catalog.Find(seal.Key)!.State, row.SealDigest, row.StoredAtUs, checkpoint);
            FollowManifests(seal.Key, null);
            EnterUnread(seal.Key);
        });

    // A segment that stands without a record, and whose waiting seal a start did not find or could not believe: the recorder's own seal says what it is.
    private async ValueTask<bool> TakeStrayAsync(DeviceState state, Seal seal)
    {
        // In this order: a part leaves the table after its row has come.
        if (store.Find(seal.Key) is not null || !store.IsStored(seal.Key) || catalog.Find(seal.Key) is not null)
            return false;
        if (!strays.TryAdd(seal.Key, true))
            return true; // looked at already: its row is under way
        try
        {
            if (store.CheckStored(seal) is { } stored)
            {
                await committer.EnqueueAsync(SegmentWork(state, seal, ReceiptState.Stored, stored, Stopwatch.GetTimestamp())).ConfigureAwait(false);
                return true;
            }

            store.SetAside(seal.Key);
        }
        catch
        {
            strays.TryRemove(seal.Key, out _);
            throw;
        }

        strays.TryRemove(seal.Key, out _);
        alerts.Raise("conflict", seal.Key.ToString(), "A file stood in its place that is not what its seal covers and not in the log; it is kept under conflicts/. Examine the disk.");
        return false;
    }

    // True when the seal stands and the conversation goes on.
    private bool Answer(DeviceState state, Seal seal, PlaceOutcome outcome)
    {
        switch (outcome)
        {
            case PlaceOutcome.Stored or PlaceOutcome.Duplicate:
                return true;
            case PlaceOutcome.Conflict:
                NoteConflict(state, seal.Key, 0, seal.SealDigest);
                return false;
            case PlaceOutcome.Full:
                NoteFull();
                break;
        }

        Refuse(state, outcome switch { PlaceOutcome.Full => RefusalReason.StorageFull, PlaceOutcome.Quota => RefusalReason.Quota, PlaceOutcome.OutOfRange => RefusalReason.BadLength, _ => RefusalReason.Conflict }, seal.Key, 0);
        return false;
    }

    private async ValueTask CompleteAsync(DeviceState state, Part part, long started)
    {
        if (fault is not null)
            return; // found at the next start
        if (part.Seal is not { } seal)
            return; // another task let go of one that was only read back
        if (part.IsCovered() == false)
        {
            if (!part.IsSealConfirmed)
            {
                store.DropSeal(part);
                return;
            }

            await TakeMismatchAsync(state, part).ConfigureAwait(false);
            return;
        }

        var row = lacking.GetValueOrDefault(part.Key);
        if (row is not null && !part.IsClosed && store.IsStored(part.Key))
            return; // an original was put back meanwhile: the recorder's next offer has it held against the record

        if (!store.StillHolds(part))
        {
            alerts.Raise("part_differs", part.Key.ToString(), "What had arrived of it changed on the disk while it lay there: it is asked for again. Check the disk.");
            AskMissing(state, part);
            return;
        }

        // Null: another task was faster, or emptied it, or a disk without room stopped this one between the move and the queue; or it is not what its record says.
        var moved = store.Commit(part, row?.Sha256);
        if (moved is null && row is not null && !part.IsClosed)
            NoteOriginalDiffers(part.Key);
        if (moved is null && (part.IsHandedOver || !part.IsClosed || catalog.Find(part.Key) is not null))
            return;
        var stored = moved ?? store.CheckStored(seal) ?? throw new InvalidDataException($"{seal.Key} stands in its place and is not what its seal covers. Check the disk and start the gateway again.");
        CompareWithOrphan(seal.Key);
        if (part.TryHandOver())
            await committer.EnqueueAsync(row is null ? SegmentWork(state, seal, ReceiptState.Stored, stored, started) : LackingWork(state, seal, row)).ConfigureAwait(false);
    }

    private async ValueTask TakeMismatchAsync(DeviceState state, Part part)
    {
        if (part.ResendCount < ResendsMax)
        {
            if (!store.Restart(part))
                return;
            Log.Mismatch(logger, part.Key.ToString(), part.ResendCount);
            AskMissing(state, part);
            return;
        }

        // Its record stands already, and says something else.
        if (lacking.ContainsKey(part.Key))
        {
            NoteOriginalDiffers(part.Key);
            return;
        }

        await KeepDamagedAsync(state, part, "segment_damaged", "Its bytes do not match its own seal after two re-sends; they are kept under damaged/. Examine the card.").ConfigureAwait(false);
    }

    // What had arrived before the card lost the rest is kept with the list of its chunks.
    private async ValueTask RecordLostAsync(DeviceState state, Part part)
    {
        const string advice = "The recorder says that its bytes are lost on the card. Keep the card and examine it.";
        if (part.PresentCount > 0 || part.HoldsBytes)
        {
            await KeepDamagedAsync(state, part, "segment_lost", advice).ConfigureAwait(false);
            return;
        }

        // Bytes of which no chunk stands were kept as damaged when it was said first, and the part is empty since.
        if (part.IsClosed)
            return;
        store.KeepLost(part.Seal!);
        // Said twice before the group was committed, it is entered once.
        if (!part.TryHandOver())
            return;
        alerts.Raise("segment_lost", part.Key.ToString(), advice);
        await committer.EnqueueAsync(SegmentWork(state, part.Seal!, ReceiptState.Damaged, new StoredFile(new byte[32], 0), Stopwatch.GetTimestamp())).ConfigureAwait(false);
    }

    private async ValueTask KeepDamagedAsync(DeviceState state, Part part, string alert, string advice)
    {
        if (store.KeepDamaged(part) is not { } stored)
            return; // another connection of this recorder was faster
        alerts.Raise(alert, part.Key.ToString(), advice);
        await committer.EnqueueAsync(SegmentWork(state, part.Seal!, ReceiptState.Damaged, stored, Stopwatch.GetTimestamp())).ConfigureAwait(false);
    }

    // On the committer's task, as every receipt: two tasks would write one file. Not for bytes that are no longer what the record says: the recorder may hold the only good ones, and offers them again.
    private ValueTask ReissueAsync(DeviceState state, SegmentRow row, Seal seal) => !state.MayReissue(NowUs()) || !IsAsRecorded(row) || !MendSeal(row, seal) ? ValueTask.CompletedTask :
        committer.EnqueueAsync(new CommitWork([], null, checkpoint => desk.Issue(state, row.Key, row.State, row.SealDigest, row.StoredAtUs, checkpoint)));

    // The copy here may have rotted; the recorder's own is at hand.
    private bool MendSeal(SegmentRow row, Seal seal) =>
        row.State == ReceiptState.Damaged || !store.IsStored(seal.Key) || store.HasSeal(seal) || store.CheckStored(seal) is not null;

    // A seal far above what was seen or announced is not worth the steps to its key.
    private uint RecordingMax(SegmentKey key) => catalog.Highest(key.Device, key.Epoch).Recording + RecordingsAhead;

    private CommitWork SegmentWork(DeviceState state, Seal seal, ReceiptState outcome, StoredFile stored, long started)
    {
        var storedAtUs = NowUs();
        var records = new List<LogRecord> { Records.Segment(seal, stored.Sha256, stored.Bytes, outcome, storedAtUs, options.GatewayKey) };
        var announced = outcome == ReceiptState.Stored && seal.Kind == SegmentKind.Announcement && seal.CoveredBytes <= AnnouncementBytesMax ? Announcements(seal.Key) : [];
        records.AddRange(announced.Select(line => Records.Announced(seal.Key.Device, seal.Key.Epoch, line.Recording, line.Activity)));
        var manifest = outcome == ReceiptState.Stored && seal.Kind == SegmentKind.Manifest && seal.CoveredBytes <= ManifestBytesMax ? ManifestContent.Read(seal.Key, store.ReadStored(seal.Key)) : null;
        return new CommitWork(
            records,
            (batch, sequence) =>
            {
                batch.Segments.Add(SegmentRow.Of(seal, outcome, stored.Sha256, stored.Bytes, storedAtUs, sequence));
                foreach (var (recording, activity) in announced)
                    batch.Announcements.Add(new AnnouncementRow(seal.Key.Device, seal.Key.Epoch, recording, activity, ++sequence));
            },
            checkpoint =>
            {
                store.Forget(seal.Key);
                desk.Issue(state, seal.Key, outcome, seal.SealDigest.ToArray(), storedAtUs, checkpoint);
                meters.Receipt(started);
                FollowManifests(seal.Key, manifest);
            });
    }

    // One announcement speaks of one recording; the bound is for files that only say they are one.
    private List<(uint Recording, long Activity)> Announcements(SegmentKey key) =>
        [.. JournalReader.Lines(store.ReadStored(key)).Where(static line => line.Text("event") == "announced" && line.Number("recording") is > 0 and <= KeyRing.RecordingMax)
            .Select(static line => ((uint)line.Number("recording"), line.Number("activity"))).Take(AnnouncedMax)];
}
