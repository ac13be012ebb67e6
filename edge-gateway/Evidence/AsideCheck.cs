using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Keys;

namespace BodyCam.Evidence;

/// <summary>Checks what is kept and is no segment: orphaned tails against their records, and files under <c>damaged/</c> and <c>orphans/</c> that none speaks of.</summary>
internal sealed class AsideCheck(EvidenceFolder folder, LogRecords log, NewerLog newer, GatewaySignatures signatures, KeyRing? keys, ArchiveDues dues)
{
    public void Check(List<Finding> findings)
    {
        var tails = FilesOf("orphans");
        var (recorded, certified) = Said();
        var known = recorded.Select(static group => group.Key).Concat(certified.Select(static group => group.Key)).ToHashSet();
        var judged = known.Order().ToDictionary(static key => key, key => CheckOrphans(key, recorded[key], certified[key], tails));
        var missing = judged.Where(static pair => pair.Value.Exists(static finding => finding.Code == "file_missing")).Select(static pair => pair.Key).ToList();
        // A running gateway may have purged them since the log was read.
        if (missing.Count > 0 && newer.Advance(log))
        {
            (recorded, certified) = Said();
            foreach (var key in missing)
                judged[key] = CheckOrphans(key, recorded[key], certified[key], tails);
        }

        findings.AddRange(known.Order().SelectMany(key => judged[key]));
        NameUnrecorded("orphans", tails, known, findings);
        AddStrays("orphans", tails, known, (path, key) => LayoutCheck.IsOfTail(path, key, [.. recorded[key].Select(static record => record.Sha256), .. certified[key].Select(static purge => purge.Sha256)]));
        var (damaged, onRecord) = (FilesOf("damaged"), log.Segments.Keys.Where(key => log.Of(key)!.State == "damaged").ToHashSet());
        NameUnrecorded("damaged", damaged, onRecord, findings);
        AddStrays("damaged", damaged, onRecord, LayoutCheck.IsOfDamaged);

        var conflicts = folder.Files("conflicts").Count();
        if (conflicts > 0)
            findings.Add(new Finding("conflicts", FindingSeverity.Warning, null, "conflicts", null, string.Create(CultureInfo.InvariantCulture, $"conflicts/ holds {conflicts} files: bytes that contradicted stored ones.")));
        if (log.ConflictCount > 0)
            findings.Add(new Finding("conflict", FindingSeverity.Warning, null, "conflicts", null, $"{log.ConflictCount} conflicts are on record: other bytes came for stored places. Find out which card or recorder sent them."));
    }

    // A certificate may name a tail that no record speaks of: the power went between the move and the log.
    private (ILookup<SegmentKey, OrphanRecord> Recorded, ILookup<SegmentKey, PurgeRecord> Certified) Said() =>
        (log.Orphans.ToLookup(static record => record.Key), log.PurgedTails.Values.ToLookup(static purge => purge.Key));

    // Nothing under orphans/ is ever replaced: each tail on record has its file, the first under the segment's name, others with the start of their SHA-256 in it.
    private List<Finding> CheckOrphans(SegmentKey key, IEnumerable<OrphanRecord> recorded, IEnumerable<PurgeRecord> named, Dictionary<SegmentKey, List<string>> listed)
    {
        List<OrphanRecord> records = [.. recorded.DistinctBy(static record => (record.Bytes, record.Sha256))];
        List<PurgeRecord> certified = [.. named];
        var files = listed.GetValueOrDefault(key) ?? [];
        var findings = new SegmentFindings(key, $"orphans/{key.RelativePath}", folder, mayBeMissing: false);
        if (records.Count > 0)
            findings.Warning("orphan", ".mkv", "an orphaned tail: what had come when its recorder stayed away; this is on record.");
        var tails = files.Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal)).ToList();
        // What a running gateway took away since it was listed is gone, as if it had been gone then.
        var lengths = records.Select(static record => record.Bytes).Concat(certified.Select(static purge => purge.Bytes)).ToHashSet();
        var read = tails.Select(path => (Path: path, Identity: Identity(path, lengths, out var isGone), IsGone: isGone)).Where(static one => !one.IsGone).ToList();
        var standing = read.Select(static one => one.Identity).OfType<(long Bytes, string Sha256)>().ToList();
        var unread = read.Where(static one => one.Identity is null).Select(static one => one.Path).ToHashSet(StringComparer.Ordinal);
        var strange = standing.Where(file => !records.Exists(record => file == (record.Bytes, record.Sha256)) && !certified.Exists(purge => file == (purge.Bytes, purge.Sha256))).ToList();
        var missing = records.Where(record => !standing.Contains((record.Bytes, record.Sha256)) && !certified.Exists(purge => purge.Sha256 == record.Sha256)).ToList();
        // Under its own name one stands that cannot be read, and is named as that; the segment's name is that of one tail, and excuses no more.
        var absent = missing.Where(record => !unread.Contains($"{key.RelativePath}.{record.Sha256[..16]}.mkv")).ToList();
        foreach (var record in absent.Skip(unread.Contains(key.RelativePath + ".mkv") ? 1 : 0))
        {
            if (strange.Count > 0)
                findings.Error("bytes_differ", ".mkv", $"the orphaned tail is not the {record.Bytes} bytes of record {record.Sequence} of the log. {(folder.IsArchive ? folder.Restore() : folder.LookFor(""))}");
            else if (dues.IsDue(record))
                findings.Warning("not_archived", ".mkv", "its orphaned tail is not yet archived; it is in the gateway's data folder. The next rounds bring it.");
            else
                findings.Error("file_missing", ".mkv", dues.IsUntold(record) ? $"the orphaned tail is missing. {ArchiveDues.Untold}" : $"the orphaned tail is missing. {folder.LookFor("")}");
        }

        foreach (var purge in certified)
            CheckPurged(purge, records.Find(record => record.Sha256 == purge.Sha256), standing.Contains((purge.Bytes, purge.Sha256)), findings);
        if (strange.Count > 0 && missing.Count == 0)
            findings.Warning("aside_unrecorded", ".mkv", $"orphans/ holds {strange.Count} tails of it that no record of the log speaks of: work that was broken off, or put there. Keep them, and compare with an older copy of the log.");
        if (files.Exists(static path => path.EndsWith(".seal", StringComparison.Ordinal)))
            SealCheck.Read(folder.At($"orphans/{key.RelativePath}.seal"), key, null, keys, findings);
        return findings.List;
    }

    // A tail goes with its recording, by a certificate of two persons that names it, and by no other way.
    private void CheckPurged(PurgeRecord purge, OrphanRecord? record, bool stands, SegmentFindings findings)
    {
        if (!signatures.Hold(purge))
            findings.Error("purge_signature", ".purged", $"the gateway's signature on the purge certificate (record {purge.Sequence} of the log) does not hold.");
        else if (!purge.NamesTwoPersons)
            findings.Error("purge_one_person", ".purged", $"the purge certificate (record {purge.Sequence} of the log) does not name two persons. Find out who purged it.");
        else if (record is not null && (purge.Sequence < record.Sequence || purge.Bytes != record.Bytes))
            findings.Error("purge_of_other", ".purged", $"the purge certificate (record {purge.Sequence} of the log) speaks of another tail than record {record.Sequence}.");
        else if (stands)
            findings.Warning("purge_unfinished", ".mkv", folder.IsArchive ? "its tail was purged by certificate and still stands in this archive: the next round removes it." : "its tail was purged by certificate and still stands: start the gateway, it finishes the purge.");
        else
            findings.Note("purged", ".purged", $"its tail was purged with its recording by certificate, record {purge.Sequence} of the log: reviewed by {purge.Reviewer}, approved by {purge.Approver}.");
    }

    // Null when it cannot be read: the folder names it. Of another length than any on record it is none of them, and how long it takes to read is then for nobody to say.
    private (long Bytes, string Sha256)? Identity(string path, HashSet<long> lengths, out bool isGone)
    {
        isGone = false;
        try
        {
            using var file = RegularFile.OpenRead(folder.At("orphans/" + path));
            return (file.Length, lengths.Contains(file.Length) ? Convert.ToHexStringLower(SHA256.HashData(file)) : "");
        }
        catch (Exception failure) when (Unreadable.IsMissing(failure) && new FileInfo(folder.At("orphans/" + path)).LinkTarget is null)
        {
            isGone = true;
            return null;
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            folder.NoteUnreadable("orphans/" + path, failure);
            return null;
        }
    }

    private static void NameUnrecorded(string aside, Dictionary<SegmentKey, List<string>> files, HashSet<SegmentKey> recorded, List<Finding> findings)
    {
        foreach (var (key, paths) in files.Where(pair => !recorded.Contains(pair.Key)).OrderBy(static pair => pair.Key))
            findings.Add(new Finding("aside_unrecorded", FindingSeverity.Warning, key, $"{aside}/{paths[0]}", null, $"{key}: {aside}/ holds files of it that no record of the log speaks of: work that was broken off, or put there. Keep them, and compare with an older copy of the log."));
    }

    // Of a segment that no record speaks of, all files have been named together.
    private void AddStrays(string aside, Dictionary<SegmentKey, List<string>> files, HashSet<SegmentKey> recorded, Func<string, SegmentKey, bool> isOf) =>
        folder.Strays.AddRange(files.Where(pair => recorded.Contains(pair.Key)).SelectMany(pair => pair.Value.Where(path => !isOf(path, pair.Key))).Select(path => $"{aside}/{path}"));

    private Dictionary<SegmentKey, List<string>> FilesOf(string aside)
    {
        var files = new Dictionary<SegmentKey, List<string>>();
        foreach (var path in folder.Files(aside).Order(StringComparer.Ordinal))
        {
            // Up to the first dot of the name: a second tail has the start of its SHA-256 behind it.
            var name = path.LastIndexOf('/') + 1;
            var dot = path.IndexOf('.', name);
            if (!SegmentKey.TryParsePath(dot < 0 ? path : path[..dot], out var key))
                folder.Strays.Add($"{aside}/{path}");
            else if (files.TryGetValue(key, out var list))
                list.Add(path);
            else
                files[key] = [path];
        }

        return files;
    }
}
