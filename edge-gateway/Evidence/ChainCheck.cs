using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Evidence;

/// <summary>What must hold between segments: chains, numbers, final flags, cross heads, announcements, manifests.</summary>
internal static class ChainCheck
{
    private const int GapsNamedMax = 1000;

    // Of the bytes and their seal; what a wrong key or a purge does to every segment is told apart.
    private static readonly HashSet<string> damage = ["damaged", "bytes_differ", "frame_count", "seal_unreadable", "seal_misplaced", "seal_digest", "seal_differs", "tampered_before_recovery", "purge_one_person", "purge_of_other", "purge_signature"];

    public static List<RecordingCompleteness> Check(IReadOnlyList<CheckedSegment> segments, IReadOnlyList<PendingSegment> pending, LogRecords log, List<Finding> findings)
    {
        var completeness = new List<RecordingCompleteness>();
        var here = segments.Select(static segment => Recording(segment.Key)).ToHashSet();
        var announcements = log.Announced.Keys.Select(Recording).ToHashSet();
        var arriving = pending.ToLookup(static part => Recording(part.Key));
        foreach (var epoch in segments.GroupBy(static segment => (segment.Key.Device, segment.Key.Epoch)))
            CheckEpoch([.. epoch.OrderBy(static segment => segment.Key)], arriving, announcements, log, findings, completeness);
        foreach (var announced in log.Announced.Keys.Where(key => !here.Contains(Recording(key))).OrderBy(static key => key))
        {
            findings.Add(new Finding("announced_missing", FindingSeverity.Warning, announced with { Segment = 0 }, null, null, $"{announced.Device} epoch {announced.Epoch} recording {announced.Recording}: announced, missing. Ask for the recorder and its card."));
            completeness.Add(new RecordingCompleteness(announced.Device.Text, announced.Epoch, announced.Recording, 0, "announced_missing", false));
        }

        return completeness;
    }

    private static bool Has(CheckedSegment segment, string code) => segment.Findings.Exists(finding => finding.Code == code);

    private static SegmentKey Recording(SegmentKey key) => key with { Segment = 0 };

    private static void CheckEpoch(List<CheckedSegment> segments, ILookup<SegmentKey, PendingSegment> pending, HashSet<SegmentKey> announcements, LogRecords log, List<Finding> findings, List<RecordingCompleteness> completeness)
    {
        var sealed_ = segments.Where(static segment => segment.Seal is not null).ToList();
        // A seal that the log names but that is not here is told as a missing file, or as not yet archived.
        var known = sealed_.Select(static segment => Convert.ToHexStringLower(segment.Seal!.SealDigest)).Concat(segments.Select(segment => log.Of(segment.Key)?.SealDigest).OfType<string>()).ToHashSet(StringComparer.Ordinal);
        var followers = new Dictionary<string, SegmentKey>(StringComparer.Ordinal);
        foreach (var (key, seal) in sealed_.Select(static segment => (segment.Key, segment.Seal!)))
        {
            var previous = Convert.ToHexStringLower(seal.PreviousSealDigest);
            if (seal.PreviousSealDigest.ContainsAnyExcept((byte)0))
            {
                if (!known.Contains(previous))
                    findings.Add(new Finding("predecessor_missing", FindingSeverity.Warning, key, null, null, $"{key}: the segment before it in the chain is missing (seal digest {previous[..16]}…). Ask for the recorder and its card."));
                var chain = (seal.Key.IsJournalChain ? "j" : "f") + previous;
                if (!followers.TryAdd(chain, key))
                    findings.Add(new Finding("chain_branch", FindingSeverity.Warning, key, null, null, $"{key} and {followers[chain]} name the same predecessor: the chain branches (a card put back as an older copy does this)."));
            }

            var other = Convert.ToHexStringLower(seal.OtherHead);
            if (seal.OtherHead.ContainsAnyExcept((byte)0) && !known.Contains(other))
                findings.Add(new Finding("cross_head_missing", FindingSeverity.Warning, key, null, null, $"{key}: the recorder had sealed a segment of the other chain before it that is missing (seal digest {other[..16]}…). Ask for the recorder and its card."));
        }

        var manifests = segments.Where(static segment => segment.Seal?.Kind == SegmentKind.Manifest && segment.TextFile is not null).ToList();
        var inManifest = new HashSet<uint>();
        var counts = manifests.Count == 0 ? [] : segments.CountBy(static segment => segment.Key.Recording).ToDictionary();
        foreach (var manifest in manifests)
            CheckManifest(manifest, counts, known, inManifest, findings);

        foreach (var recording in segments.GroupBy(static segment => segment.Key.Recording).OrderBy(static group => group.Key))
        {
            var list = recording.OrderBy(static segment => segment.Key.Segment).ToList();
            var first = list[0].Key with { Segment = 0 };
            var arriving = pending[first].ToList();
            var gaps = Gaps(list, arriving, findings);
            if (recording.Key == 0)
                continue;
            var final = list.Select(static segment => segment.Seal).LastOrDefault(static seal => seal is { IsFinal: true });
            var isEndKnown = final is not null || arriving.Any(static part => part.Seal is { IsFinal: true });
            if (!isEndKnown)
                findings.Add(new Finding("no_final_seal", FindingSeverity.Warning, list[^1].Key, null, null, $"{first.Device} epoch {first.Epoch} recording {first.Recording}: it has no final seal; what follows segment {list[^1].Key.Segment} is missing or still on the recorder."));
            else if (final is not null && final.SegmentCount != list.Count && !gaps)
                findings.Add(new Finding("segment_count", FindingSeverity.Warning, final.Key, null, null, $"{final.Key}: the final seal counts {final.SegmentCount} segments, {list.Count} are here."));
            var (lost, due) = (list.Count(static segment => Has(segment, "file_missing")), list.Count(static segment => Has(segment, "not_archived")));
            var isUnread = list.Exists(static segment => Has(segment, Unreadable.Code));
            var isDamaged = list.Exists(static segment => segment.Findings.Exists(static finding => damage.Contains(finding.Code)));
            var state = lost > 0 ? "files_missing" : isUnread ? "unreadable" : isDamaged ? "damaged" : list.Exists(static segment => Has(segment, "not_in_log")) ? "not_in_log" : due > 0 ? "not_archived" : !isEndKnown ? "open" : gaps || final?.SegmentCount != list.Count ? "gaps" : list.Exists(static segment => Has(segment, "purged") || Has(segment, "purge_unfinished")) ? "purged" : "complete";
            completeness.Add(new RecordingCompleteness(first.Device.Text, first.Epoch, recording.Key, list.Count - lost - due, state, inManifest.Contains(recording.Key)));
        }

        var numbers = segments.Select(static segment => segment.Key.Recording).Where(static number => number > 0).Distinct().Order().ToList();
        for (var index = 1; index < numbers.Count; index++)
        {
            for (var missing = numbers[index - 1] + 1; missing < numbers[index] && missing - numbers[index - 1] <= 100; missing++)
            {
                var key = segments[0].Key with { Recording = missing, Segment = 0 };
                if (!announcements.Contains(key))
                    findings.Add(new Finding("recording_missing", FindingSeverity.Warning, key, null, null, $"{key.Device} epoch {key.Epoch} recording {missing} is missing: numbers are gapless. Ask for the recorder and its card."));
            }
        }
    }

    // Up to the highest number that is known of: stored, or arriving. A run of missing numbers is one finding; what is arriving is named on its own.
    private static bool Gaps(List<CheckedSegment> list, List<PendingSegment> arriving, List<Finding> findings)
    {
        var named = 0;
        long due = 1;
        foreach (var number in list.Select(static segment => segment.Key.Segment).Concat(arriving.Select(static part => part.Key.Segment)).Distinct().Order())
        {
            if (number > due && named++ < GapsNamedMax)
            {
                var key = list[0].Key with { Segment = (uint)due };
                var missing = number - 1 == due ? $"{key} is missing" : $"{key.Device} epoch {key.Epoch} recording {key.Recording} segments {due} to {number - 1} are missing";
                findings.Add(new Finding("segment_missing", FindingSeverity.Warning, key, null, null, $"{missing}: numbers are gapless. Ask for the recorder and its card."));
            }

            due = number + 1L;
        }

        if (named > GapsNamedMax)
        {
            var first = list[0].Key with { Segment = 0 };
            findings.Add(new Finding("segment_missing", FindingSeverity.Warning, first, null, null, $"{first.Device} epoch {first.Epoch} recording {first.Recording}: {named - GapsNamedMax} more runs of segments are missing, up to segment {due - 1}. Ask for the recorder and its card."));
        }

        return named > 0 || arriving.Count > 0;
    }

    private static void CheckManifest(CheckedSegment manifest, Dictionary<uint, int> counts, HashSet<string> known, HashSet<uint> inManifest, List<Finding> findings)
    {
        foreach (var line in JournalReader.Lines(manifest.TextFile))
        {
            var number = line.Number("recording");
            if (number <= 0 || line.Number("segments") < 0)
                continue;
            inManifest.Add((uint)number);
            var have = number <= uint.MaxValue ? counts.GetValueOrDefault((uint)number) : 0;
            var lastSeal = line.Text("lastSeal");
            if (have < line.Number("segments") || (lastSeal.Length == 64 && !known.Contains(lastSeal)))
            {
                var key = manifest.Key with { Recording = (uint)number, Segment = 0 };
                findings.Add(new Finding("manifest_lacks", FindingSeverity.Error, key, null, null, $"{key.Device} epoch {key.Epoch} recording {number}: the shift manifest names {line.Number("segments")} segments, {have} are here. Ask for the recorder and its card."));
            }
        }
    }
}
