using System.Globalization;
using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>Recordings of which neither a segment nor a journal line is here. Their numbers have no gap within an epoch (DESIGN D8), so a number that is left out was given to something that is withheld or lost.</summary>
/// <param name="Between">Those between two recordings of the activity: they lie somewhere in the time between these two.</param>
/// <param name="Beside">Those just before or after the activity's own, in words: of which activity they are is not known.</param>
internal sealed record MissingRecordings(IReadOnlyList<LostFootage> Between, IReadOnlyList<string> Beside)
{
    /// <summary>Finds them.</summary>
    /// <param name="recordings">The activity's, by number.</param>
    /// <param name="known">Every recording of the epoch of which anything is here.</param>
    public static MissingRecordings Of(IReadOnlyList<RecordingPart> recordings, SortedSet<uint> known)
    {
        var between = new List<LostFootage>();
        for (var index = 1; index < recordings.Count; index++)
        {
            var (before, after) = (recordings[index - 1], recordings[index]);
            var names = Runs(before.Number, after.Number, known);
            if (names.Count > 0)
                between.Add(new LostFootage(new Moment(before.Boot, before.EndUs), new Moment(after.Boot, after.StartUs), string.Join(", ", names)));
        }

        if (recordings.Count == 0)
            return new MissingRecordings(between, []);
        var (first, last) = (recordings[0].Number, recordings[^1].Number);
        var earlier = Runs(known.GetViewBetween(0, first - 1).Max, first, known);
        var later = known.Max > last ? Runs(last, known.GetViewBetween(last + 1, uint.MaxValue).Min, known) : [];
        return new MissingRecordings(between, [.. earlier.Concat(later).Select(static name => name + "; of which activity is not known")]);
    }

    // Numbers above the one and below the other that nothing is known of, neighbours drawn together.
    private static List<string> Runs(uint above, uint below, SortedSet<uint> known)
    {
        var names = new List<string>();
        var last = above;
        foreach (var next in (below > above + 1 ? known.GetViewBetween(above + 1, below - 1) : []).Append(below))
        {
            if (next > last + 1)
                names.Add(string.Create(CultureInfo.InvariantCulture, $"recording {last + 1}{(next - 1 > last + 1 ? $"–{next - 1}" : "")} missing"));
            last = next;
        }

        return names;
    }
}
