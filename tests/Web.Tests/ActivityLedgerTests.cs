using System.Text.Json;

namespace BodyCam.Web.Tests;

/// <summary>The continuity ledger by the API (E1–E3, F1, F4): what recorders stored, judged with the visits, stops and moves that people entered.</summary>
public sealed class ActivityLedgerTests(Console console) : IClassFixture<Console>
{
    private const long S = 1_000_000;

    // Bounds of two clocks of 70 ms, and a second's worth of drift.
    private const long EdgeUs = 200_000;

    [Fact]
    public async Task At_gulou_each_site_has_its_own_sums_the_way_between_is_explained_and_a_corrected_visit_shows_as_corrected()
    {
        await console.Must('A', "/agencies", new { id = "agency-1", name = "鼓楼区应急管理局", policyId = "kaifeng-gulou-emergency" });
        var (begin, activity) = await InspectionAsync("bc-21", "o-O");
        Assert.Equal(["footage 30", "unexplained 60", "footage 30"], Say(await Ledger(activity)));
        Assert.Equal([60 * S], Sites(await Ledger(activity), "unexplainedUs"));

        // He was there five seconds before the press, and says so.
        var first = (await console.Must('O', $"/activities/{activity}/visits", new { site = "甲厂", arrivedAt = begin.AddSeconds(-5), leftAt = begin.AddSeconds(32) })).GetProperty("id").GetString();
        Assert.Equal("overlap", await console.Refused('O', $"/activities/{activity}/visits", new { site = "乙厂", arrivedAt = begin.AddSeconds(31) }, 409));
        var second = (await console.Must('O', $"/activities/{activity}/visits", new { site = "乙厂", arrivedAt = begin.AddSeconds(90) })).GetProperty("id").GetString();
        await console.Must('O', $"/site-visits/{second}/leave", new { at = begin.AddSeconds(120) });
        var ledger = await Ledger(activity);
        Assert.Equal(["unexplained 5", "footage 30", "unexplained 2", "explained 58", "footage 30"], Say(ledger));
        Assert.Equal(125 * S, ledger.GetProperty("intervalUs").GetInt64());
        var visits = ledger.GetProperty("visits").EnumerateArray().ToList();
        Assert.Equal([("甲厂", false, 37 * S), ("乙厂", true, 30 * S)], visits.Select(static row => (row.GetProperty("visit").GetProperty("name").GetString(), row.GetProperty("isComplete").GetBoolean(), row.GetProperty("sums").GetProperty("totalUs").GetInt64())));
        var way = Row(ledger, "explained");
        Assert.Equal(("betweenSites", "user-O", "12(五)"), (way.GetProperty("flags").GetString(), way.GetProperty("confirmedBy").GetString(), way.GetProperty("articles")[0].GetString()));

        // A moved arrival: the way is shorter to explain nothing more than he says, and says that it was moved.
        Assert.Equal("text_missing", await console.Refused('1', $"/site-visits/{first}/correct", new { site = "甲厂", arrivedAt = begin, leftAt = begin.AddSeconds(30), reason = "" }, 400));
        await console.Must('1', $"/site-visits/{first}/correct", new { site = "甲厂", arrivedAt = begin, leftAt = begin.AddSeconds(30), reason = "到达时间记错" });
        ledger = await Ledger(activity);
        Assert.Equal(["footage 30", "explained 60", "footage 30"], Say(ledger));
        Assert.Equal("betweenSites, visitCorrected", Row(ledger, "explained").GetProperty("flags").GetString());
        var shown = ledger.GetProperty("visits")[0].GetProperty("visit");
        Assert.Equal(("user-1", "到达时间记错"), (shown.GetProperty("by").GetString(), shown.GetProperty("correction").GetString()));
        var visit = await console.Get('U', $"/site-visits/{first}");
        Assert.Equal(begin.AddSeconds(-5), visit.GetProperty("corrections")[0].GetProperty("arrivedAt").GetDateTimeOffset());
        Assert.Equal(["visit.enter", "visit.correct"], (await console.Get('U', $"/site-visits/{first}/acts")).EnumerateArray().Select(static act => act.GetProperty("act").GetString()));

        // A visit between that is withdrawn does not leave a clean way behind.
        var third = (await console.Must('O', $"/activities/{activity}/visits", new { site = "丙厂", arrivedAt = begin.AddSeconds(40), leftAt = begin.AddSeconds(80) })).GetProperty("id").GetString();
        Assert.Equal(["footage 30", "explained 10", "unexplained 40", "explained 10", "footage 30"], Say(await Ledger(activity)));
        await console.Must('O', $"/site-visits/{third}/withdraw", new { reason = "误登" });
        ledger = await Ledger(activity);
        Assert.Equal(["footage 30", "explained 60", "footage 30"], Say(ledger));
        Assert.Equal("误登", ledger.GetProperty("visits")[1].GetProperty("visit").GetProperty("correction").GetString());
    }

    [Fact]
    public async Task At_qidong_two_recorders_count_once_and_a_stop_of_use_explains_its_own_time_once_its_work_record_is_reviewed()
    {
        await console.Must('A', "/agencies", new { id = "agency-1", name = "启东市某局", policyId = "qidong" });
        var (begin, activity) = await InspectionAsync("bc-22", "o-C", second: 2);
        await IssueAsync("bc-23", "o-L");
        await BesideAsync("bc-23", begin.AddSeconds(20), 3);
        // bc-22 ended and began anew, bc-23 was another's: one activity all the same.
        foreach (var name in new[] { "bc-22.1.2", "bc-23.1.1" })
            await console.Must('O', $"/activities/{activity}/join", new { otherId = await ActivityAsync(name), reason = "同一执法活动" });

        var ledger = await Ledger(activity);
        Exact(ledger);
        Assert.Equal(["bc-22/1", "bc-23/1"], ledger.GetProperty("recorders").EnumerateArray().Select(static row => row.GetProperty("recorder").GetString()));
        // 0–30 and 90–120 of the one, 20–50 of the other: 80 s and no second twice.
        Assert.Equal(120 * S, ledger.GetProperty("intervalUs").GetInt64());
        Assert.InRange(Sum(ledger, "footageUs"), (80 * S) - EdgeUs, 80 * S);
        Assert.InRange(ledger.GetProperty("overlapUs").GetInt64(), (10 * S) - EdgeUs, 10 * S);
        Assert.InRange(Sum(ledger, "unexplainedUs"), (40 * S) - EdgeUs, 40 * S);

        // A decision not to record from 65 to 85: what is beside it stays a gap.
        var stop = (await console.Must('O', "/stop-uses", new { activityId = activity, reason = "person_requested", words = "举报人要求", requester = "张某", from = begin.AddSeconds(65), to = begin.AddSeconds(85) })).GetProperty("id").GetString();
        var waiting = Rows(await Ledger(activity)).Single(static row => row.GetProperty("flags").GetString()!.Contains("stopUse", StringComparison.Ordinal));
        Assert.Equal(("unexplained", "stopUse, notReviewed", 20 * S), (waiting.GetProperty("kind").GetString(), waiting.GetProperty("flags").GetString(), waiting.GetProperty("lengthUs").GetInt64()));
        await console.Must('O', $"/stop-uses/{stop}/time", new { from = begin.AddSeconds(64), to = begin.AddSeconds(84), reason = "核对现场记录" });
        var record = (await console.Must('O', "/work-records", new { stopUseId = stop, reason = "举报人明确要求", basis = "第十二条第（一）项" })).GetProperty("id").GetString();
        Assert.Equal("made", await console.Refused('O', $"/stop-uses/{stop}/time", new { from = begin.AddSeconds(55), to = begin.AddSeconds(95), reason = "再长一些" }, 409));
        Assert.Equal(0, Sum(await Ledger(activity), "explainedUs"));
        await console.Must('3', $"/work-records/{record}/review", new { accepted = true, opinion = "同意" });
        ledger = await Ledger(activity);
        Exact(ledger);
        Assert.Equal(20 * S, Sum(ledger, "explainedUs"));
        var row = Row(ledger, "explained");
        Assert.Equal(("person_requested", "12(一)", "user-3", "stopUse"), (row.GetProperty("reason").GetString(), row.GetProperty("articles")[0].GetString(), row.GetProperty("confirmedBy").GetString(), row.GetProperty("flags").GetString()));
        Assert.InRange(Sum(ledger, "unexplainedUs"), (20 * S) - EdgeUs, 20 * S);

        // 002·12 knows no force majeure: what no article allows is no decision.
        Assert.Equal("reason_not_admitted", await console.Refused('O', "/stop-uses", new { activityId = activity, reason = "force_majeure", words = "停电", from = begin.AddSeconds(60), to = begin.AddSeconds(64) }, 422));
    }

    [Fact]
    public async Task Two_recorders_side_by_side_overlap_and_count_once()
    {
        var (begin, activity) = await InspectionAsync("bc-24", "o-R");
        await IssueAsync("bc-25", "o-K");
        await BesideAsync("bc-25", begin.AddSeconds(15), 10);
        await console.Must('O', $"/activities/{activity}/join", new { otherId = await ActivityAsync("bc-25.1.1"), reason = "同一执法活动" });
        var ledger = await Ledger(activity);
        Exact(ledger);
        // 15–115 of the other covers the gap 30–90 of the one.
        Assert.Equal(120 * S, ledger.GetProperty("intervalUs").GetInt64());
        Assert.Equal(0, Sum(ledger, "unexplainedUs"));
        Assert.InRange(Sum(ledger, "footageUs"), (120 * S) - EdgeUs, 120 * S);
        Assert.InRange(ledger.GetProperty("overlapUs").GetInt64(), (40 * S) - (2 * EdgeUs), 40 * S);
    }

    [Fact]
    public async Task Every_move_of_an_end_point_is_in_the_ledger_with_the_moment_of_the_act_and_what_became_of_it()
    {
        var (begin, activity) = await InspectionAsync("bc-26", "o-U");
        await console.Must('O', $"/activities/{activity}/move", new { arrival = true, at = begin.AddSeconds(-20), reason = "忘记开机" });
        await console.Must('1', $"/activities/{activity}/move", new { arrival = true, at = begin.AddSeconds(-10), reason = "核对后更正" });
        var ledger = await Ledger(activity);
        Assert.Equal(["unexplained 10", "footage 30", "unexplained 60", "footage 30"], Say(ledger));
        var moves = ledger.GetProperty("moves").EnumerateArray().Select(static row => (row.GetProperty("outcome").GetString(), row.GetProperty("move").GetProperty("by").GetString(), row.GetProperty("move").GetProperty("reason").GetString())).ToList();
        Assert.Equal([("applied", "user-O", "忘记开机"), ("applied", "user-1", "核对后更正")], moves);
        Assert.All(ledger.GetProperty("moves").EnumerateArray(), move => Assert.True(move.GetProperty("move").GetProperty("at").GetDateTimeOffset() > begin));
    }

    // Two recordings of 30 s with 60 s between, the press at the first picture, the end at the last; in one activity or in two.
    private async Task<(DateTimeOffset Begin, string Activity)> InspectionAsync(string device, string officer, uint second = 1)
    {
        await IssueAsync(device, officer);
        var shift = await Shift.BeginAsync(console, device, console.Host.Office.Now.AddMinutes(-10));
        var (begin, pressed) = (shift.Now, shift.ClockUs);
        await shift.RecordAsync(1, 3);
        var stopped = shift.ClockUs;
        shift.Pass(60);
        var resumed = shift.ClockUs;
        await shift.RecordAsync(2, 3, second);
        var ended = shift.ClockUs;
        await shift.SayActivityAsync(1, pressed, second == 1 ? ended : stopped);
        if (second > 1)
            await shift.SayActivityAsync(second, resumed, ended);
        return (begin, await ActivityAsync($"{device}.1.1"));
    }

    private async Task BesideAsync(string device, DateTimeOffset from, uint segments)
    {
        var shift = await Shift.BeginAsync(console, device, from);
        var pressed = shift.ClockUs;
        await shift.RecordAsync(1, segments);
        await shift.SayActivityAsync(1, pressed, shift.ClockUs);
    }

    private async Task IssueAsync(string device, string officer)
    {
        await console.Must('C', "/recorders", new { id = device, serial = "SN-" + device, brand = "BodyCam", model = "WROVER", unitId = "unit-1", isExplosionProof = false, hasInfrared = true, hasSpareBattery = false });
        await console.Must('C', $"/recorders/{device}/issue", new { officerId = officer });
    }

    // The gateway's own loop brings it; ends as soon as it is there.
    private async Task<string> ActivityAsync(string name)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if ((await console.Get('U', $"/activities?key=device_activity&value={name}")).GetProperty("items") is var items && items.GetArrayLength() == 1 && items[0].TryGetProperty("endedAt", out _))
                return items[0].GetProperty("id").GetString()!;
            await timer.WaitForNextTickAsync(end.Token);
        }
    }

    private Task<JsonElement> Ledger(string activity) => console.Get('U', $"/activities/{activity}/continuity");

    private static List<JsonElement> Rows(JsonElement ledger) => [.. ledger.GetProperty("rows").EnumerateArray()];

    private static JsonElement Row(JsonElement ledger, string kind) => Rows(ledger).First(row => row.GetProperty("kind").GetString() == kind);

    // Neighbours of one kind as one, in whole seconds.
    private static List<string> Say(JsonElement ledger)
    {
        Exact(ledger);
        var said = new List<(string Kind, long Us)>();
        foreach (var row in Rows(ledger))
        {
            var (kind, us) = (row.GetProperty("kind").GetString()!, row.GetProperty("lengthUs").GetInt64());
            if (said.Count > 0 && said[^1].Kind == kind)
                said[^1] = (kind, said[^1].Us + us);
            else
                said.Add((kind, us));
        }

        return [.. said.Select(static row => FormattableString.Invariant($"{row.Kind} {row.Us / (double)S}"))];
    }

    private static void Exact(JsonElement ledger)
    {
        var interval = ledger.GetProperty("intervalUs").GetInt64();
        Assert.Equal(interval, Rows(ledger).Sum(static row => row.GetProperty("lengthUs").GetInt64()));
        Assert.Equal(interval, ledger.GetProperty("sums").GetProperty("totalUs").GetInt64());
        Assert.Equal(interval, ledger.GetProperty("sites").EnumerateArray().Sum(static site => site.GetProperty("sums").GetProperty("totalUs").GetInt64()));
    }

    private static long Sum(JsonElement ledger, string name) => ledger.GetProperty("sums").GetProperty(name).GetInt64();

    private static List<long> Sites(JsonElement ledger, string name) => [.. ledger.GetProperty("sites").EnumerateArray().Select(site => site.GetProperty("sums").GetProperty(name).GetInt64())];
}
