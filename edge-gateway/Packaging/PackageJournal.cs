using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Evidence;

namespace BodyCam.Packaging;

/// <summary>Holds the device journal of a package against the recordings' time: what tells of it must be whole, numbers and chain must close, and what is left out in between is named.</summary>
internal sealed class PackageJournal(PackageFiles files, PackageLeaves leaves, List<Finding> findings)
{
    private const int NamedMax = 100;

    /// <summary>Checks each epoch that has footage here.</summary>
    /// <param name="seals">Seals of all segments that are whole.</param>
    /// <param name="leftOut">Seals of the journal whose lines are not here; they hold.</param>
    public void Check(SortedDictionary<SegmentKey, Seal> seals, SortedDictionary<SegmentKey, Seal> leftOut)
    {
        foreach (var epoch in seals.Values.Where(static seal => seal.Key.Recording > 0).GroupBy(static seal => (seal.Key.Device, seal.Key.Epoch)))
        {
            var journal = new SortedDictionary<uint, Seal>();
            foreach (var seal in seals.Values.Concat(leftOut.Values).Where(seal => seal.Key.IsJournalChain && seal.Key.Device == epoch.Key.Device && seal.Key.Epoch == epoch.Key.Epoch))
                journal[seal.Key.Segment] = seal;
            CheckEpoch([.. epoch], journal, leftOut);
        }
    }

    private void CheckEpoch(List<Seal> footage, SortedDictionary<uint, Seal> journal, SortedDictionary<SegmentKey, Seal> leftOut)
    {
        var any = footage[0].Key with { Recording = 0 };
        var name = $"{any.Device} epoch {any.Epoch}";
        var time = new JournalTime(journal);
        var manifests = journal.Values.Where(seal => seal.Kind == SegmentKind.Manifest && !leftOut.ContainsKey(seal.Key)).Select(seal => (Number: seal.Key.Segment, Recordings: Lines(seal).Select(static line => line.Number("recording")).ToHashSet())).ToList();
        var announced = journal.Values.Where(seal => seal.Kind == SegmentKind.Announcement && !leftOut.ContainsKey(seal.Key)).SelectMany(seal => Lines(seal).Where(static line => line.Text("event") == "announced").Select(line => (seal.Key, Recording: line.Number("recording"), Activity: line.Number("activity")))).ToList();
        var here = footage.Select(static seal => (long)seal.Key.Recording).ToHashSet();
        foreach (var activity in JournalTime.Activities(footage))
        {
            var manifest = footage.Where(seal => seal.Activity == activity.Activity).Select(static seal => (long)seal.Key.Recording).Distinct()
                .Select(recording => manifests.Find(row => row.Recordings.Contains(recording)).Number).Max();
            var (first, last, goesBeyond) = time.Numbers(activity, manifest);
            CheckNumbers(name, any, journal, activity, first, last);
            foreach (var seal in leftOut.Values.Where(seal => seal.Key.Device == any.Device && seal.Key.Epoch == any.Epoch && seal.Key.Segment >= first && seal.Key.Segment <= last && time.MustBeWhole(seal, activity)))
                Add("journal_left_out", FindingSeverity.Error, seal.Key, $"{seal.Key}: of this journal segment only the seal is here, and it tells of the time of activity {activity.Activity}. Ask for a package with it.");
            CheckHeads(name, journal, [.. footage.Where(seal => seal.Activity == activity.Activity)]);
            if (!goesBeyond)
                Add("completeness", FindingSeverity.Warning, any, $"{name} activity {activity.Activity}: completeness not yet shown, the device journal in the package does not go on beyond its end.");
            foreach (var (key, recording, _) in announced.Where(row => row.Activity == activity.Activity && !here.Contains(row.Recording)))
                Add("announced_missing", FindingSeverity.Error, key, $"{name} recording {recording} was announced in the same activity and is not in the package: it never arrived or was left out.");
        }

        CheckLinks(name, journal);
        var numbers = leftOut.Keys.Where(key => key.Device == any.Device && key.Epoch == any.Epoch).Select(static key => key.Segment).ToList();
        if (numbers.Count > 0)
            Add("journal_part", FindingSeverity.Note, any, $"{name}: the device journal is here for the recordings' time; of its segments {Ranges(numbers)}, which tell of other times, only the seals are here.");
    }

    // Each seal of footage names the newest seal of the journal: of one before the activity's own journal it may be the only word.
    private void CheckHeads(string name, SortedDictionary<uint, Seal> journal, List<Seal> footage)
    {
        var known = Known(journal);
        var unknown = footage.Where(seal => seal.OtherHead.ContainsAnyExcept((byte)0) && !known.Contains(Convert.ToHexStringLower(seal.OtherHead))).DistinctBy(static seal => Convert.ToHexStringLower(seal.OtherHead)).ToList();
        if (unknown.Count > (journal.Count > 0 ? 1 : 0))
            Add("journal_gap", FindingSeverity.Error, unknown[^1].Key, $"{unknown[^1].Key}: the recorder had sealed a journal segment before it that is not in the package of {name}: it never arrived or was left out. Ask for the recorder and its card, or for another package.");
    }

    private HashSet<string> Known(SortedDictionary<uint, Seal> journal) =>
        journal.Values.Select(static seal => Convert.ToHexStringLower(seal.SealDigest)).Concat(leaves.Segments.Values.Where(static record => record.State == "damaged").Select(static record => record.SealDigest)).ToHashSet(StringComparer.Ordinal);

    private void CheckNumbers(string name, SegmentKey any, SortedDictionary<uint, Seal> journal, ActivityTime activity, uint first, uint last)
    {
        var missing = new List<uint>();
        for (var number = first; number <= last && missing.Count < NamedMax; number++)
        {
            if (journal.ContainsKey(number))
                continue;
            if (leaves.Segments.TryGetValue(any with { Segment = number }, out var record) && record.State == "damaged")
                Add("segment_damaged", FindingSeverity.Warning, any with { Segment = number }, $"{any with { Segment = number }}: the log has it as damaged on arrival, so the package is without it. Ask for the gateway's damaged/ folder where it matters.");
            else
                missing.Add(number);
        }

        // An epoch of which nothing but footage has come has no numbers to compare: heads and completeness tell.
        if (missing.Count > 0 && journal.Count > 0)
            Add("journal_gap", FindingSeverity.Error, any with { Segment = missing[0] }, $"{name}: journal segments {Ranges(missing)} belong to activity {activity.Activity} and are not in the package: they never arrived or were left out. Ask for the recorder and its card, or for another package.");
    }

    // Sealing and numbering differ in order: of each run of numbers one seal, the first sealed, may name one that is not here.
    private void CheckLinks(string name, SortedDictionary<uint, Seal> journal)
    {
        var known = Known(journal);
        var (before, open) = (0u, 0);
        foreach (var (number, seal) in journal)
        {
            if (number != before + 1)
                open = 0;
            before = number;
            if (!seal.PreviousSealDigest.ContainsAnyExcept((byte)0) || seal.Flags.HasFlag(SealFlags.ChainRestarted) || known.Contains(Convert.ToHexStringLower(seal.PreviousSealDigest)))
                continue;
            if (++open > 1)
                Add("predecessor_missing", FindingSeverity.Warning, seal.Key, $"{name}: the journal segment before number {number} in the chain is not in the package.");
        }
    }

    private IEnumerable<System.Text.Json.JsonElement> Lines(Seal seal) => files.Read($"segments/{seal.Key.RelativePath}.mkv") is { } bytes ? JournalReader.Lines(bytes) : [];

    private static string Ranges(List<uint> numbers)
    {
        var parts = new List<string>();
        for (var at = 0; at < numbers.Count && parts.Count < NamedMax; at++)
        {
            var from = numbers[at];
            while (at + 1 < numbers.Count && numbers[at + 1] == numbers[at] + 1)
                at++;
            parts.Add(from == numbers[at] ? $"{from}" : $"{from}–{numbers[at]}");
        }

        return string.Join(", ", parts);
    }

    private void Add(string code, FindingSeverity severity, SegmentKey segment, string message) => findings.Add(new Finding(code, severity, segment, null, null, message));
}
