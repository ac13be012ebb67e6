using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Packaging;

/// <summary>Device-monotonic time across boots: comparable within an epoch.</summary>
/// <param name="Boot">Boot number.</param>
/// <param name="Us">µs since that boot.</param>
internal readonly record struct DeviceTime(uint Boot, ulong Us) : IComparable<DeviceTime>
{
    public static DeviceTime StartOf(Seal seal) => new(seal.Boot, seal.StartMonotonicUs);

    public int CompareTo(DeviceTime other) => Boot != other.Boot ? Boot.CompareTo(other.Boot) : Us.CompareTo(other.Us);
}

/// <summary>From the first to the last segment of an activity that is in the package.</summary>
/// <param name="Activity">Number within the epoch.</param>
/// <param name="From">First start.</param>
/// <param name="To">Last end; the journal is rotated at it, so what begins there tells of other times.</param>
internal sealed record ActivityTime(uint Activity, DeviceTime From, DeviceTime To);

/// <summary>Which segments of the device journal tell of an activity's time. Numbers of the journal chain are gapless and rise with the start; the journal proper (kind 2) is written without a break, so each segment tells of the time up to the start of the next.</summary>
/// <param name="journal">Seals of the journal chain of one epoch that are known, by number.</param>
internal sealed class JournalTime(SortedDictionary<uint, Seal> journal)
{
    private static readonly Comparer<Seal> byNumber = Comparer<Seal>.Create(static (one, other) => one.Key.Segment.CompareTo(other.Key.Segment));

    private readonly List<Seal> lines = [.. journal.Values.Where(static seal => seal.Kind == SegmentKind.Journal)];

    /// <summary>The activities of footage seals of one epoch.</summary>
    public static List<ActivityTime> Activities(IEnumerable<Seal> footage) =>
        [.. footage.GroupBy(static seal => seal.Activity).OrderBy(static group => group.Key).Select(static group => new ActivityTime(group.Key, group.Min(DeviceTime.StartOf), group.Max(static seal => new DeviceTime(seal.Boot, seal.EndMonotonicUs))))];

    /// <summary>The numbers without a gap that show that nothing of the activity's time is left out: from the one that was being written at its start to the first that began after its end, and on to the shift manifest.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="manifest">Number of the shift manifest that speaks of it; 0 = none.</param>
    /// <returns>First and last number; whether the journal goes on beyond the activity's end.</returns>
    public (uint First, uint Last, bool GoesBeyond) Numbers(ActivityTime activity, uint manifest)
    {
        var first = lines.LastOrDefault(seal => DeviceTime.StartOf(seal).CompareTo(activity.From) <= 0)?.Key.Segment ?? 1;
        var last = Math.Max(lines.LastOrDefault(seal => DeviceTime.StartOf(seal).CompareTo(activity.To) < 0)?.Key.Segment ?? first, first);
        var beyond = lines.Find(seal => DeviceTime.StartOf(seal).CompareTo(activity.To) >= 0)?.Key.Segment ?? 0;
        return (first, Math.Max(last, Math.Max(beyond, manifest)), beyond > 0 || manifest > 0);
    }

    /// <summary>True when a segment has to be whole: it tells of the activity's time, or it is an announcement or a manifest.</summary>
    /// <param name="seal">One of the journal's.</param>
    /// <param name="activity">The activity.</param>
    public bool MustBeWhole(Seal seal, ActivityTime activity)
    {
        if (seal.Kind != SegmentKind.Journal)
            return true;
        var next = lines.BinarySearch(seal, byNumber) + 1;
        return DeviceTime.StartOf(seal).CompareTo(activity.To) < 0 && (next == lines.Count || DeviceTime.StartOf(lines[next]).CompareTo(activity.From) > 0);
    }
}
