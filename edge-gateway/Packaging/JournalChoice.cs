using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>What goes into a package of the device journal of one epoch: whole what tells of the recordings' time, announcements and shift manifests; of those in between and at the edges only the seal and the digests of the chunks, so that the chain closes and nobody reads of other activities.</summary>
internal sealed class JournalChoice
{
    /// <summary>Numbers of which the lines go in.</summary>
    public SortedSet<uint> Whole { get; } = [];

    /// <summary>Numbers of which only the seal goes in.</summary>
    public SortedSet<uint> SealOnly { get; } = [];

    /// <summary>Recordings that a chosen manifest names, when the gateway holds all that the manifest names.</summary>
    public HashSet<long> InManifest { get; } = [];

    private readonly List<(uint First, uint Last)> asked = [];

    /// <summary>True for a number that whoever checks will ask for.</summary>
    public bool IsAsked(uint number) => asked.Exists(range => number >= range.First && number <= range.Last);

    /// <summary>Chooses.</summary>
    /// <param name="journal">Seals of the journal chain by number.</param>
    /// <param name="footage">Seals of the wanted recordings.</param>
    /// <param name="complete">Numbers of the manifests that the log calls complete.</param>
    /// <param name="linesOf">Lines of a segment; none when it cannot be read.</param>
    public static JournalChoice Of(SortedDictionary<uint, Seal> journal, IReadOnlyList<Seal> footage, IReadOnlySet<uint> complete, Func<SegmentKey, IEnumerable<JsonElement>> linesOf)
    {
        var choice = new JournalChoice();
        var time = new JournalTime(journal);
        var manifests = journal.Values.Where(static seal => seal.Kind == SegmentKind.Manifest).ToDictionary(static seal => seal.Key.Segment, seal => linesOf(seal.Key).Select(static line => line.Number("recording")).Where(static number => number > 0).ToHashSet());
        foreach (var activity in JournalTime.Activities(footage))
        {
            var manifest = 0u;
            foreach (var recording in footage.Where(seal => seal.Activity == activity.Activity).Select(static seal => seal.Key.Recording).Distinct())
            {
                var naming = manifests.Where(pair => pair.Value.Contains(recording)).Select(static pair => pair.Key).Order().ToList();
                manifest = Math.Max(manifest, naming.Find(complete.Contains) is > 0 and var whole ? whole : naming.FirstOrDefault());
            }

            // Also what was announced later in the activity: it has not come, or is left out.
            choice.Whole.UnionWith(journal.Values.Where(seal => seal.Kind == SegmentKind.Announcement && linesOf(seal.Key).Any(line => line.Number("activity") == activity.Activity)).Select(static seal => seal.Key.Segment));
            choice.Take(journal, time, Widened(activity, footage, journal.Values), activity, manifest);
        }

        choice.SealOnly.ExceptWith(choice.Whole);
        choice.InManifest.UnionWith(choice.Whole.Where(complete.Contains).Where(manifests.ContainsKey).SelectMany(number => manifests[number]));
        return choice;
    }

    // The edges are those that whoever checks will ask for; what is whole may be a little more.
    private void Take(SortedDictionary<uint, Seal> journal, JournalTime time, ActivityTime widened, ActivityTime activity, uint manifest)
    {
        var (first, last, _) = time.Numbers(widened, manifest);
        var (firstAsked, lastAsked, _) = time.Numbers(activity, manifest);
        asked.Add((Math.Min(first, firstAsked), Math.Max(last, lastAsked)));
        foreach (var (number, seal) in journal.Where(pair => pair.Key >= asked[^1].First && pair.Key <= asked[^1].Last))
            (time.MustBeWhole(seal, widened) ? Whole : SealOnly).Add(number);
    }

    // The press stands before the first picture, and what the power ended is told by the boot after it.
    private static ActivityTime Widened(ActivityTime activity, IReadOnlyList<Seal> footage, IEnumerable<Seal> journal)
    {
        var own = footage.Where(seal => seal.Activity == activity.Activity).ToList();
        var from = journal.Where(seal => seal.Kind == SegmentKind.Announcement && DeviceTime.StartOf(seal).CompareTo(activity.From) <= 0).Select(DeviceTime.StartOf).Where(start => start.Boot == activity.From.Boot && activity.From.Us - start.Us < 10_000_000).DefaultIfEmpty(activity.From).Max();
        var end = own.MaxBy(static seal => new DeviceTime(seal.Boot, seal.EndMonotonicUs))!;
        var next = journal.FirstOrDefault(seal => seal.Kind == SegmentKind.Journal && seal.Boot > end.Boot);
        var endedByPower = !end.IsFinal || end.Flags.HasFlag(SealFlags.Recovered) || end.StopReason == StopReason.PowerLost;
        return activity with { From = from, To = endedByPower && next is not null ? new DeviceTime(next.Boot, next.StartMonotonicUs + 1) : activity.To };
    }
}
