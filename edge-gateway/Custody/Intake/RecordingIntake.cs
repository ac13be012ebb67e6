using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Custody.Acts;
using BodyCam.Log;

namespace BodyCam.Custody.Intake;

/// <summary>Follows the log and turns what recorders sent into custody: recordings by their segments, checks, activities and interruptions by their journal.</summary>
/// <remarks>Journal segments are taken in their own order; one whose predecessor is missing waits <see cref="GapWait"/>. How far it has read stands in the same act as what it read, so nothing is taken twice or passed over.</remarks>
public sealed class RecordingIntake
{
    /// <summary>Longest wait for a journal segment that is missing.</summary>
    public static readonly TimeSpan GapWait = TimeSpan.FromMinutes(10);

    // About what a recorder writes in ten minutes.
    private const int LinesPerAct = 200;

    private readonly Office office;
    private readonly ICatalog catalog;
    private readonly string dataFolder;
    private readonly Dictionary<(DeviceId Device, uint Epoch), DateTimeOffset> waitingSince = [];
    private readonly HashSet<(DeviceId Device, uint Epoch)> journals = [];
    private long next = -1;

    /// <summary>Follows from where the last run stopped.</summary>
    public RecordingIntake(Office office, ICatalog catalog, string dataFolder)
    {
        this.office = office;
        this.catalog = catalog;
        this.dataFolder = dataFolder;
    }

    /// <summary>Takes everything up to the newest checkpoint; returns the number of leaves read.</summary>
    public async Task<long> RunOnceAsync(CancellationToken cancel)
    {
        if (next < 0)
            Resume();
        var size = catalog.LogSize;
        var from = next;
        foreach (var stored in new LogReader(Path.Combine(dataFolder, "log")).ReadRecords(next, size))
        {
            cancel.ThrowIfCancellationRequested();
            if (stored.Utf8Json is not null)
                await TakeAsync(stored, cancel).ConfigureAwait(false);
            next = stored.Sequence + 1;
        }

        next = Math.Max(next, size);
        foreach (var (device, epoch) in journals.ToList())
            await TakeJournalAsync(device, epoch, cancel).ConfigureAwait(false);
        return next - from;
    }

    // Journals that waited for a predecessor are looked at again.
    private void Resume()
    {
        next = office.Store.Find<IntakeMark>("log")?.Next ?? 0;
        foreach (var epoch in catalog.Epochs())
            journals.Add((epoch.Device, epoch.Epoch));
    }

    private async Task TakeAsync(StoredRecord stored, CancellationToken cancel)
    {
        if (stored.Type is not ("segment" or "announced"))
            return;
        using var document = JsonDocument.Parse(stored.Utf8Json!);
        var record = document.RootElement;
        if (!DeviceId.TryParse(record.Text("device"), out var device))
            return;
        var (epoch, recording) = ((uint)record.Number("epoch"), (uint)record.Number("recording"));
        if (recording == 0)
        {
            journals.Add((device, epoch));
            return;
        }

        await TakeJournalAsync(device, epoch, cancel).ConfigureAwait(false);
        var segments = catalog.Segments(device, epoch, recording);
        var activity = stored.Type == "announced" ? record.Number("activity") : segments.FirstOrDefault()?.Activity ?? 0;
        await office.DoAsync<IntakeMark>(
            Actor.Recorder(device.Text),
            "intake",
            draft =>
            {
                FootageDeed.Take(draft, device, epoch, recording, activity, segments);
                var mark = new IntakeMark("log", stored.Sequence + 1);
                return draft.HasChanges ? draft.Put(mark) : mark;
            },
            cancel).ConfigureAwait(false);
    }

    private async Task TakeJournalAsync(DeviceId device, uint epoch, CancellationToken cancel)
    {
        var at = (device, epoch);
        while (true)
        {
            var wanted = (uint)(office.Store.Find<IntakeMark>($"{device.Text}.{epoch}")?.Next ?? 1);
            var row = catalog.Find(new SegmentKey(device, epoch, 0, wanted));
            if (row is null)
            {
                if (catalog.Next(new SegmentKey(device, epoch, 0, wanted)) is not { } later)
                {
                    waitingSince.Remove(at);
                    return;
                }

                if (!waitingSince.TryGetValue(at, out var since))
                    waitingSince[at] = since = office.Now;
                if (office.Now - since < GapWait)
                    return;
                row = later;
            }

            waitingSince.Remove(at);
            var lines = row.Kind == SegmentKind.Journal && row.State != ReceiptState.Damaged ? Read(row.Key) : [];
            var mark = office.Store.Find<IntakeMark>($"{device.Text}.{epoch}");
            await TakeLinesAsync(office, device, epoch, row.Key.Segment, lines, mark?.Next == row.Key.Segment ? Math.Min(mark.Line, lines.Count) : 0, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the lines of a journal segment from one on, in acts that a record holds; a line that none holds is passed over with a lead, so that no recorder holds up the others.</summary>
    internal static async Task TakeLinesAsync(Office office, DeviceId device, uint epoch, uint segment, IReadOnlyList<JsonElement> lines, int from, CancellationToken cancel)
    {
        var count = LinesPerAct;
        do
        {
            var (first, some) = (from, Math.Min(count, lines.Count - from));
            var outcome = await DoAsync(deed => deed.Take(segment, lines, first, some)).ConfigureAwait(false);
            if (outcome.IsDone)
                from += some;
            else if (some > 1)
                count = some / 2;
            else if ((await DoAsync(deed => deed.Skip(segment, lines, first)).ConfigureAwait(false)).Refusal is { } refusal)
                throw new InvalidOperationException($"The journal {device.Text}.{epoch} cannot be taken in: {refusal.Message}");
            else
                from++;
        }
        while (from < lines.Count);

        Task<Outcome<IntakeMark>> DoAsync(Action<JournalDeed> take) => office.DoAsync<IntakeMark>(
            Actor.Recorder(device.Text),
            "intake",
            draft =>
            {
                draft.Subject = "recorder/" + device.Text;
                take(new JournalDeed(draft, device, epoch));
                return draft.Find<IntakeMark>($"{device.Text}.{epoch}")!;
            },
            cancel);
    }

    private IReadOnlyList<JsonElement> Read(SegmentKey key)
    {
        var path = Path.Combine(dataFolder, "segments", key.RelativePath + ".mkv");
        return File.Exists(path) ? JournalReader.Lines(File.ReadAllBytes(path)) : [];
    }
}
