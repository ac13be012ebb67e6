using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>A <c>segment</c> record of the log.</summary>
internal sealed record SegmentRecord(SegmentKey Key, long Sequence, string SealDigest, string Sha256, long Bytes, string State, long StoredAtUs, byte[] Signature);

/// <summary>An <c>archived</c> record: of a segment by its seal digest, of an orphan by its SHA-256, without a seal digest.</summary>
internal sealed record ArchivedRecord(SegmentKey Key, long Sequence, string SealDigest, string Sha256)
{
    public bool IsOfOrphan => SealDigest.Length == 0;
}

/// <summary>An <c>announced</c> record; its key has segment 0.</summary>
internal sealed record AnnouncedRecord(SegmentKey Key, long Sequence, long Activity);

/// <summary>An <c>epoch</c> record.</summary>
internal sealed record EpochRecord(DeviceId Device, uint Epoch, long Sequence, string Reason);

/// <summary>An <c>orphan</c> record.</summary>
internal sealed record OrphanRecord(SegmentKey Key, long Sequence, string Sha256, long Bytes);

/// <summary>One segment or orphaned tail (without a seal digest) of a <c>purge</c> record, with the certificate around it.</summary>
internal sealed record PurgeRecord(SegmentKey Key, long Sequence, string SealDigest, string Sha256, long Bytes, string Reviewer, string Approver, byte[] SignedText, byte[] Signature)
{
    public bool NamesTwoPersons => Reviewer.Length > 0 && Approver.Length > 0 && !string.Equals(Reviewer, Approver, StringComparison.OrdinalIgnoreCase);
}

/// <summary>A linked source as an act names it: bytes under <c>sources/&lt;sha256&gt;</c>.</summary>
internal sealed record SourceRecord(string Id, long Sequence, string Sha256, long Bytes);

/// <summary>What the log's records say, by kind, in the order of the log; nothing that a later record says replaces an earlier one.</summary>
internal sealed class LogRecords
{
    private static readonly string[] known = ["segment", "announced", "archived", "epoch", "orphan", "purge", "custody", "account", "certificate", "revoked"];

    // Archived and segment records beyond the size; null when there are none.
    private LogRecords? beyond;

    /// <summary>All <c>segment</c> records of each segment; one is the rule.</summary>
    public Dictionary<SegmentKey, List<SegmentRecord>> Segments { get; } = [];

    public Dictionary<SegmentKey, List<AnnouncedRecord>> Announced { get; } = [];

    public Dictionary<SegmentKey, List<ArchivedRecord>> Archived { get; } = [];

    /// <summary>Certificates that name an orphaned tail, by segment and SHA-256; the first counts.</summary>
    public Dictionary<(SegmentKey Key, string Sha256), PurgeRecord> PurgedTails { get; } = [];

    /// <summary>Purge certificates by segment; the first counts.</summary>
    public Dictionary<SegmentKey, PurgeRecord> Purges { get; } = [];

    /// <summary>Linked sources, as often as an act names one.</summary>
    public List<SourceRecord> Sources { get; } = [];

    public List<EpochRecord> Epochs { get; } = [];

    public List<OrphanRecord> Orphans { get; } = [];

    public int ConflictCount { get; private set; }

    /// <summary>Leaves whose record is gone: sequence and type.</summary>
    public List<(long Sequence, string Type)> Purged { get; } = [];

    /// <summary>Records of a known kind that say nothing that can be read.</summary>
    public List<(long Sequence, string Type)> Unreadable { get; } = [];

    /// <summary>Leaves of which the record's line is missing or cannot be read; what a purge took away is not among them.</summary>
    public MissingLines MissingLines { get; private set; } = MissingLines.None;

    /// <summary>Reads those that stand.</summary>
    /// <param name="reader">The log.</param>
    /// <param name="size">Leaves to read.</param>
    /// <param name="isEndKnown">False when there may have been more than that: then lines of any kind may be missing behind them.</param>
    public static LogRecords Read(LogReader reader, long size, bool isEndKnown = true)
    {
        var records = new LogRecords();
        var gaps = new List<(long From, long To)>();
        long next = 0;
        foreach (var stored in reader.ReadStandingRecords(size))
        {
            if (stored.Sequence > next)
                gaps.Add((next, stored.Sequence));
            next = stored.Sequence + 1;
            records.Take(stored);
        }

        if (next < size)
            gaps.Add((next, size));
        if (!isEndKnown)
            gaps.Add((Math.Max(next, size), long.MaxValue));
        foreach (var stored in reader.ReadBeyond(size).Where(static stored => stored.Type is "archived" or "segment"))
            (records.beyond ??= new LogRecords()).Take(stored);
        if (gaps.Count > 0)
            records.MissingLines = MissingLines.Of(reader, gaps, size);
        return records;
    }

    /// <summary>Takes the record that comes next in the log.</summary>
    public void Take(StoredRecord stored)
    {
        if (stored.Utf8Json is null)
        {
            Purged.Add((stored.Sequence, stored.Type));
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(stored.Utf8Json);
            if (document.RootElement.Text("type") == stored.Type && Add(document.RootElement, stored.Sequence))
                return;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            // Named below when it is of a kind that means something here.
        }

        if (known.Contains(stored.Type))
            Unreadable.Add((stored.Sequence, stored.Type));
    }

    /// <summary>The first record of a segment, or null: what came later takes nothing from it.</summary>
    public SegmentRecord? Of(SegmentKey key) => Segments.TryGetValue(key, out var records) ? records[0] : null;

    /// <summary>True when a record says that the segment is in the archive.</summary>
    public bool IsArchived(SegmentKey key) => Archived.TryGetValue(key, out var records) && records.Any(static record => !record.IsOfOrphan);

    /// <summary>The same of an orphaned tail.</summary>
    public bool IsArchived(OrphanRecord orphan) => Archived.TryGetValue(orphan.Key, out var records) && records.Any(record => record.IsOfOrphan && string.Equals(record.Sha256, orphan.Sha256, StringComparison.Ordinal));

    /// <summary>True when a line beyond the checkpoint says that the segment is in the archive: it proves nothing, and excuses nothing either.</summary>
    public bool IsArchivedBeyond(SegmentKey key) => beyond?.IsArchived(key) == true;

    /// <summary>The same of an orphaned tail.</summary>
    public bool IsArchivedBeyond(OrphanRecord orphan) => beyond?.IsArchived(orphan) == true;

    /// <summary>The first record of each segment of which a line beyond the checkpoint speaks.</summary>
    public IEnumerable<SegmentRecord> StoredBeyond => beyond?.Segments.Values.Select(static records => records[0]) ?? [];

    // False when it is a known kind without what that kind must have.
    private bool Add(JsonElement record, long sequence)
    {
        // Acts of people and accounts name no recorder; beside the files they name, that they can be read is all that is asked here.
        if (record.Text("type") is "custody" or "account" or "policy")
            return AddSources(record, sequence);
        if (!DeviceId.TryParse(record.Text("device"), out var device))
            return false;
        var epoch = (uint)Math.Max(0, record.Number("epoch"));
        var key = new SegmentKey(device, epoch, (uint)Math.Max(0, record.Number("recording")), (uint)Math.Max(0, record.Number("segment")));
        switch (record.Text("type"))
        {
            case "segment":
                var segment = new SegmentRecord(key, sequence, record.Text("sealDigest"), record.Text("sha256"), record.Number("bytes"), record.Text("state"), record.Number("storedAtUs"), record.GetProperty("signature").GetBytesFromBase64());
                if (key.Segment == 0)
                    return false;
                Enter(Segments, key, segment);
                break;
            case "announced":
                Enter(Announced, key, new AnnouncedRecord(key, sequence, record.Number("activity")));
                break;
            case "archived":
                var archived = new ArchivedRecord(key, sequence, record.Text("sealDigest"), record.Text("sha256"));
                if (!SourceCheck.IsName(archived.IsOfOrphan ? archived.Sha256 : archived.SealDigest))
                    return false;
                Enter(Archived, key, archived);
                break;
            case "epoch":
                Epochs.Add(new EpochRecord(device, epoch, sequence, record.Text("reason")));
                break;
            case "orphan":
                var orphan = new OrphanRecord(key, sequence, record.Text("sha256"), record.Number("bytes"));
                if (!SourceCheck.IsName(orphan.Sha256))
                    return false;
                Orphans.Add(orphan);
                break;
            case "purge":
                return AddPurges(record, key, sequence);
            case "conflict":
                ConflictCount++;
                break;
        }

        return true;
    }

    private bool AddSources(JsonElement record, long sequence)
    {
        if (!record.TryGetProperty("act", out var act) || !act.TryGetProperty("changes", out var changes))
            return true;
        foreach (var change in changes.EnumerateArray().Where(static change => change.Text("kind") == "linked_source"))
        {
            var body = change.GetProperty("body");
            var source = new SourceRecord(change.Text("id"), sequence, body.Text("sha256"), body.Number("bytes"));
            if (!SourceCheck.IsName(source.Sha256))
                return false;
            Sources.Add(source);
        }

        return true;
    }

    private bool AddPurges(JsonElement record, SegmentKey recording, long sequence)
    {
        var text = new System.Text.StringBuilder(FormattableString.Invariant($"bodycam/v1/purge\n{recording.Device.Text}\n{recording.Epoch}\n{recording.Recording}\n{record.Text("reviewer")}\n{record.Text("approver")}\n{record.Number("expiredAtUs")}\n{record.Number("atUs")}\n"));
        var segments = record.GetProperty("segments").EnumerateArray().ToList();
        foreach (var segment in segments)
            text.Append(FormattableString.Invariant($"{segment.Number("segment")} {segment.Text("sealDigest")} {segment.Text("sha256")} {segment.Number("bytes")}\n"));
        var tails = record.TryGetProperty("tails", out var named) ? named.EnumerateArray().ToList() : [];
        if (tails.Exists(static tail => !SourceCheck.IsName(tail.Text("sha256"))))
            return false;
        foreach (var tail in tails)
            text.Append(FormattableString.Invariant($"tail {tail.Number("segment")} {tail.Text("sha256")} {tail.Number("bytes")}\n"));
        var (signed, signature) = (System.Text.Encoding.UTF8.GetBytes(text.ToString()), record.GetProperty("signature").GetBytesFromBase64());
        foreach (var segment in segments)
        {
            var key = recording with { Segment = (uint)Math.Max(0, segment.Number("segment")) };
            Purges.TryAdd(key, new PurgeRecord(key, sequence, segment.Text("sealDigest"), segment.Text("sha256"), segment.Number("bytes"), record.Text("reviewer"), record.Text("approver"), signed, signature));
        }

        foreach (var tail in tails)
        {
            var key = recording with { Segment = (uint)Math.Max(0, tail.Number("segment")) };
            PurgedTails.TryAdd((key, tail.Text("sha256")), new PurgeRecord(key, sequence, "", tail.Text("sha256"), tail.Number("bytes"), record.Text("reviewer"), record.Text("approver"), signed, signature));
        }

        return segments.Count > 0 && recording.Recording > 0;
    }

    private static void Enter<T>(Dictionary<SegmentKey, List<T>> table, SegmentKey key, T record)
    {
        if (table.TryGetValue(key, out var records))
            records.Add(record);
        else
            table[key] = [record];
    }
}
