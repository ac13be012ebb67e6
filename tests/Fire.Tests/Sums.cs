using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies.Reading;
using BodyCam.Timeline;

namespace BodyCam.Fire.Tests;

/// <summary>Holds the continuity ledger of what arrived against what the recorders filmed, second by second.</summary>
internal static class Sums
{
    private const long SecondUs = 1_000_000;

    /// <summary>What does not add up, and how many activities and hours of footage were looked at.</summary>
    public static (List<string> Wrong, int Activities, double Hours) Check(string data, IEnumerable<RecorderCard> cards)
    {
        var book = PolicyReader.ReadFolder(Path.Combine(AppContext.BaseDirectory, "policies"), out _)!;
        var policy = book.At("qidong", new DateOnly(2026, 3, 2))!;
        var wrong = new List<string>();
        var (activities, filmedS) = (0, 0L);
        foreach (var card in cards)
        {
            foreach (var (activity, (filmed, paused)) in card.Activities)
            {
                activities++;
                filmedS += filmed;
                var name = $"{card.Device} activity {activity}";
                if (TimelineReader.Read(data, card.Device, card.Epoch, activity) is not { } timeline)
                {
                    wrong.Add($"{name} is not there");
                    continue;
                }

                var report = ContinuityLedger.Compute(new ContinuityInput { Policy = policy, Recorders = [timeline.Track] });
                var sums = report.Sums;
                if (timeline.Track.Lost.Count > 0)
                    wrong.Add($"{name}: {timeline.Track.Lost.Count} stretches are called lost, {timeline.Track.Lost[0].Name}");
                if (sums.TotalUs != report.IntervalUs || report.Rows.Sum(static row => row.LengthUs) != report.IntervalUs)
                    wrong.Add($"{name}: the rows give {sums.TotalUs} µs, the interval has {report.IntervalUs}");
                if (sums.FootageUs != filmed * SecondUs)
                    wrong.Add($"{name}: footage of {sums.FootageUs} µs, filmed were {filmed} s");
                if (sums.GapUs + sums.ExplainedUs != paused * SecondUs)
                    wrong.Add($"{name}: gaps of {sums.GapUs + sums.ExplainedUs} µs, paused was {paused} s");
            }
        }

        return (wrong, activities, filmedS / 3600.0);
    }
}
