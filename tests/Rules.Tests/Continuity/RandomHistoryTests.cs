using BodyCam.Rules.Continuity;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>10,000 random histories against an oracle that goes tick by tick.</summary>
public sealed class RandomHistoryTests(ITestOutputHelper output)
{
    private const int HistoryCount = 10_000;

    [Fact]
    public void Every_row_of_10_000_random_histories_is_what_the_oracle_says_and_the_sums_are_exact()
    {
        var baseSeed = Environment.GetEnvironmentVariable("BODYCAM_SEED") is { } said ? int.Parse(said, System.Globalization.CultureInfo.InvariantCulture) : Random.Shared.Next(int.MaxValue - HistoryCount);
        output.WriteLine($"base seed {baseSeed}; replay one with BODYCAM_SEED");
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < HistoryCount; index++)
        {
            var seed = baseSeed + index;
            var history = new History(seed);
            var report = ContinuityLedger.Compute(history.Input);
            var oracle = new Oracle(history);
            var expected = oracle.Rows();
            var actual = report.Rows.Select(static row => $"{row.FromUs / (double)History.Tick}-{row.ToUs / (double)History.Tick} " + Oracle.Words(row.Kind, row.Recorders, row.Flags, row.BoundUs, row.Site, row.Reason, row.Articles, row.ConfirmedBy, row.Lost)).ToList();
            if (!Joined(expected).SequenceEqual(Joined(actual), StringComparer.Ordinal))
                Assert.Fail($"seed {seed}\nexpected\n{string.Join('\n', expected)}\nactual\n{string.Join('\n', actual)}");
            Assert.True(report.IntervalUs == (oracle.Leaving - oracle.Arrival) * History.Tick, $"seed {seed}");
            Assert.True(report.Sums.TotalUs == report.IntervalUs, $"seed {seed}");
            Scene.AssertTiles(report);
            foreach (var row in report.Rows)
                kinds[row.Kind.ToString()] = kinds.GetValueOrDefault(row.Kind.ToString()) + 1;
            foreach (var flag in Enum.GetValues<LedgerFlags>())
                kinds[flag.ToString()] = kinds.GetValueOrDefault(flag.ToString()) + report.Rows.Count(row => flag != LedgerFlags.None && row.Flags.HasFlag(flag));
            foreach (var move in report.Moves)
                kinds[move.Outcome.ToString()] = kinds.GetValueOrDefault(move.Outcome.ToString()) + 1;
        }

        output.WriteLine(string.Join(", ", kinds.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value}")));
        // The generator has to reach everything that is not a remark on pictures, else the comparison says little.
        var reached = Enum.GetValues<LedgerFlags>().Where(static flag => flag is not (LedgerFlags.None or LedgerFlags.Stalled or LedgerFlags.Black or LedgerFlags.Recovered or LedgerFlags.TamperSuspected)).Select(static flag => flag.ToString())
            .Concat(Enum.GetNames<LedgerKind>()).Append(nameof(MoveOutcome.Applied)).Append(nameof(MoveOutcome.DropsFootage)).Append(nameof(MoveOutcome.NoReason)).Append(nameof(MoveOutcome.DropsVisit));
        Assert.All(reached, name => Assert.True(kinds.GetValueOrDefault(name) > 50, $"{name} came {kinds.GetValueOrDefault(name)} times; base seed {baseSeed}"));
    }

    // Rows that differ only in who stands in the ledger beside the words (time of confirmation, note) are one to the oracle.
    private static IEnumerable<string> Joined(List<string> rows)
    {
        string? words = null;
        var from = "";
        var to = "";
        foreach (var row in rows)
        {
            var cut = row.IndexOf(' ', StringComparison.Ordinal);
            var minus = row[..cut].LastIndexOf('-');
            string[] ends = [row[..minus], row[(minus + 1)..cut]];
            if (words == row[cut..] && to == ends[0])
            {
                to = ends[1];
                continue;
            }

            if (words is not null)
                yield return $"{from}-{to}{words}";
            (words, from, to) = (row[cut..], ends[0], ends[1]);
        }

        if (words is not null)
            yield return $"{from}-{to}{words}";
    }
}
