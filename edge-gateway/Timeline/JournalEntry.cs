using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;

namespace BodyCam.Timeline;

/// <summary>A line of the device journal with the boot it belongs to.</summary>
/// <param name="Number">Number within the epoch.</param>
/// <param name="Boot">Boot.</param>
/// <param name="Us">Device-monotonic µs of that boot.</param>
/// <param name="WallUs">Device-wall µs.</param>
/// <param name="Event">Event (firmware/docs/journal.md).</param>
/// <param name="Line">The line.</param>
public sealed record JournalEntry(long Number, uint Boot, long Us, long WallUs, string Event, JsonElement Line)
{
    /// <summary>Number of the text segment that brought it.</summary>
    public uint Segment { get; init; }

    /// <summary>A number of the line, or −1.</summary>
    public long Value(string name) => Line.Number(name);
}

/// <summary>Reads the journal of an epoch from its own segments, never from the copies in footage.</summary>
internal static class JournalEntries
{
    /// <summary>Every line, by number; a number that comes twice counts once.</summary>
    public static IReadOnlyList<JournalEntry> Read(IReadOnlyList<SegmentFile> segments)
    {
        var lines = new SortedDictionary<long, (uint Boot, uint Segment, JsonElement Line)>();
        foreach (var segment in segments.Where(static segment => segment.Seal.Kind is SegmentKind.Journal or SegmentKind.Announcement))
        {
            if (segment.Read() is not { } read)
                continue;
            foreach (var line in JournalReader.Lines(read.Bytes, read.Content))
            {
                if (line.Number("n") is >= 0 and var number && line.Number("us") is >= 0 and <= Times.MonotonicMaxUs)
                    lines.TryAdd(number, (segment.Seal.Boot, segment.Seal.Key.Segment, line));
            }
        }

        return Assign(lines);
    }

    // A line carries no boot. Lines kept on I: while there was no card reach the card in a later boot's segment: they have lower numbers than that boot's line and, as its clock began anew, are told apart by it.
    private static List<JournalEntry> Assign(SortedDictionary<long, (uint Boot, uint Segment, JsonElement Line)> lines)
    {
        var entries = new List<JournalEntry>();
        uint? nextBoot = null;
        long nextUs = 0;
        foreach (var (number, (sealBoot, segment, line)) in lines.Reverse())
        {
            var us = line.Number("us");
            var boot = sealBoot;
            if (string.Equals(line.Text("event"), "boot", StringComparison.Ordinal) && line.Number("boot") is > 0 and <= uint.MaxValue and var said)
            {
                boot = (uint)said;
                nextBoot = boot;
                nextUs = us;
            }
            else if (nextBoot is { } later && sealBoot >= later)
                boot = us <= nextUs ? later : Math.Max(1, later - 1);

            entries.Add(new JournalEntry(number, boot, us, line.Number("wall"), line.Text("event"), line) { Segment = segment });
        }

        entries.Reverse();
        return entries;
    }
}
