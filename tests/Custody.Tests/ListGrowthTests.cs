using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Store;
using BodyCam.Log;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Lists and starts of custody do not grow with what was ever entered: by steps of SQLite and leaves read, not by the clock.</summary>
public sealed class ListGrowthTests
{
    private const int Small = 1_000;
    private const int Large = 10_000;

    [Fact]
    public void A_page_of_a_list_a_look_up_and_a_custody_report_take_the_same_steps_at_ten_times_the_rows()
    {
        using var small = Filled(Small);
        using var large = Filled(Large);
        foreach (var (name, ask) in new (string, Action<SqliteCustodyStore, int>)[]
        {
            ("find", static (store, count) => store.Find<Officer>(Id(count / 2))),
            ("page", static (store, count) => store.List<Officer>(new EntityQuery { After = Id(count / 2), CountMax = 50 })),
            ("page by key", static (store, count) => store.List<Officer>(new EntityQuery("unit", "u-1") { After = Id(count / 2), CountMax = 50 })),
            ("by a key of its own", static (store, count) => store.List<Officer>(new EntityQuery("certificate", "c-" + Id(count / 3)))),
            ("report", static (store, count) => store.Acts("officer/" + Id(count / 2))),
        })
        {
            var (few, many) = (Steps(small, () => ask(small, Small)), Steps(large, () => ask(large, Large)));
            Assert.True(few > 0 && many <= few + 20, $"{name}: {few} steps at {Small} rows, {many} at {Large}");
        }
    }

    [Fact]
    public void What_holds_no_act_is_read_by_one_start_and_not_by_the_next()
    {
        var log = new LongLog(5_000);
        using var store = Filled(10);
        _ = new Office(store, log, new FixedPolicies(), TimeProvider.System);
        Assert.Equal(5_000 - 10, log.LeavesRead);
        log.LeavesRead = 0;
        _ = new Office(store, log, new FixedPolicies(), TimeProvider.System);
        Assert.Equal(0, log.LeavesRead);
    }

    private static string Id(int number) => $"o-{number:D6}";

    private static SqliteCustodyStore Filled(int count)
    {
        var store = SqliteCustodyStore.Open(":memory:");
        var acts = Enumerable.Range(0, count)
            .Select(static number => new LoggedAct(number, new Act("officer.enter", "officer/" + Id(number), "a", "A", nameof(Rank.None), DateTimeOffset.UnixEpoch, "", [], [ActJson.ToChange(new Officer(Id(number), "A", "c-" + Id(number), "u-" + (number % 3), Rank.None, true))])))
            .ToList();
        store.Apply(acts, count);
        return store;
    }

    private static long Steps(SqliteCustodyStore store, Action action)
    {
        var steps = 0L;
        SQLitePCL.delegate_progress count = _ =>
        {
            steps++;
            return 0;
        };
        SQLitePCL.raw.sqlite3_progress_handler(store.Handle, 1, count, null);
        action();
        SQLitePCL.raw.sqlite3_progress_handler(store.Handle, 0, null, null);
        GC.KeepAlive(count);
        return steps;
    }

    // Leaves of others only.
    private sealed class LongLog(long size) : IActLog
    {
        public long LeavesRead { get; set; }

        public long Size => size;

        public ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel) => throw new InvalidOperationException("nothing is done here");

        public IEnumerable<LoggedAct> ReadFrom(long sequence)
        {
            for (; sequence < size; sequence++)
                LeavesRead++;
            yield break;
        }
    }
}
