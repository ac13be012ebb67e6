using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Store;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Visits of sites within an activity (E2, 004·12(五)), the time of a stop of use, and what joins with an activity.</summary>
public sealed class SiteVisitTests
{
    private static readonly PolicySet bySite = Texts.Full with { Rules = Texts.Full.Rules with { Continuity = new ContinuityRule { Unit = ContinuityUnit.Site, HasList = true, Cites = ["12(五)"] } } };

    [Fact]
    public async Task A_visit_says_site_arrival_departure_and_by_whom_under_the_article()
    {
        using var world = await StandingAsync(bySite);
        var now = world.Office.Now;
        var visit = await world.Must(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", " 甲厂 ", now.AddMinutes(-29), null));
        Assert.Equal(("甲厂", now.AddMinutes(-29), null, "u-li", now), (visit.Site, visit.ArrivedAt, visit.LeftAt, visit.By, visit.At));
        Assert.Equal(["o-li"], visit.OfficerIds);
        var left = await world.Must(world.Officer, "visit.leave", draft => SiteVisitDesk.Leave(draft, visit.Id, now.AddMinutes(-20)));
        Assert.Equal((now.AddMinutes(-20), "u-li", 0), (left.LeftAt, left.LeftBy, left.Corrections.Count));
        Assert.Equal(["full 12(五)"], world.Office.Store.Acts("site_visit/" + visit.Id)[^1].Act.Cites);
        Assert.Contains(world.Office.Store.Acts("activity/activity-x"), static logged => logged.Act.Name == "visit.enter");
        await world.Refused(world.Officer, "visit.leave", draft => SiteVisitDesk.Leave(draft, visit.Id, now), "left");
        await world.Refused(world.Legal, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "乙厂", now, null), "not_allowed");
    }

    [Fact]
    public async Task A_moved_arrival_needs_a_reason_and_shows_what_it_was_and_who_moved_it()
    {
        using var world = await StandingAsync(bySite);
        var now = world.Office.Now;
        var visit = await world.Must(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "甲厂", now.AddMinutes(-29), now.AddMinutes(-20)));
        await world.Refused(world.Officer, "visit.correct", draft => SiteVisitDesk.Correct(draft, visit.Id, "甲厂", now.AddMinutes(-28), now.AddMinutes(-20), " "), "text_missing");
        await world.Refused(world.Officer, "visit.correct", draft => SiteVisitDesk.Correct(draft, visit.Id, "甲厂", now.AddMinutes(-29), now.AddMinutes(-20), "没有变化"), "same");
        await world.Refused(world.Officer, "visit.correct", draft => SiteVisitDesk.Correct(draft, visit.Id, "甲厂", now.AddMinutes(-29), null, "删去离开"), "order");
        world.Time.Advance(TimeSpan.FromMinutes(1));
        var corrected = await world.Must(world.Head, "visit.correct", draft => SiteVisitDesk.Correct(draft, visit.Id, "甲厂", now.AddMinutes(-28), now.AddMinutes(-20), "到达时间记错"));
        Assert.Equal((now.AddMinutes(-28), "u-li"), (corrected.ArrivedAt, corrected.By));
        Assert.Equal([new VisitCorrection("甲厂", now.AddMinutes(-29), now.AddMinutes(-20), "u-head", now.AddMinutes(1), "到达时间记错")], corrected.Corrections);
        var act = world.Office.Store.Acts("site_visit/" + visit.Id)[^1].Act;
        Assert.Equal(("visit.correct", "到达时间记错"), (act.Name, act.Reason));

        var withdrawn = await world.Must(world.Officer, "visit.withdraw", draft => SiteVisitDesk.Withdraw(draft, visit.Id, "登记到了另一活动"));
        Assert.Equal((true, 2), (withdrawn.IsWithdrawn, withdrawn.Corrections.Count));
        await world.Refused(world.Officer, "visit.correct", draft => SiteVisitDesk.Correct(draft, visit.Id, "乙厂", now.AddMinutes(-28), now.AddMinutes(-20), "改回"), "withdrawn");
        await world.Refused(world.Officer, "visit.withdraw", draft => SiteVisitDesk.Withdraw(draft, visit.Id, "再次"), "withdrawn");
    }

    [Fact]
    public async Task Nobody_is_at_two_sites_at_once_nor_at_one_in_the_future_nor_on_another_day()
    {
        using var world = await StandingAsync(bySite);
        var now = world.Office.Now;
        var first = await world.Must(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "甲厂", now.AddMinutes(-29), null));
        await world.Refused(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "乙厂", now.AddMinutes(-10), null), "overlap");
        await world.Refused(world.Officer, "visit.leave", draft => SiteVisitDesk.Leave(draft, first.Id, now.AddMinutes(-29)), "order");
        await world.Refused(world.Officer, "visit.leave", draft => SiteVisitDesk.Leave(draft, first.Id, now.AddMinutes(1)), "future");
        await world.Must(world.Officer, "visit.leave", draft => SiteVisitDesk.Leave(draft, first.Id, now.AddMinutes(-20)));
        await world.Refused(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "乙厂", now.AddDays(-2), now.AddDays(-2).AddMinutes(5)), "far");
        await world.Refused(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "乙厂", now.AddMinutes(-19), null, ["o-nobody"]), "officer_not_found");
        await world.Refused(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-none", "乙厂", now, null), "activity_not_found");
        var second = await world.Must(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "乙厂", now.AddMinutes(-20), now.AddMinutes(-5)));
        await world.Refused(world.Officer, "visit.correct", draft => SiteVisitDesk.Correct(draft, second.Id, "乙厂", now.AddMinutes(-21), now.AddMinutes(-5), "更正"), "overlap");
        // What was withdrawn is nowhere.
        await world.Must(world.Officer, "visit.withdraw", draft => SiteVisitDesk.Withdraw(draft, first.Id, "误登"));
        await world.Must(world.Officer, "visit.correct", draft => SiteVisitDesk.Correct(draft, second.Id, "乙厂", now.AddMinutes(-21), now.AddMinutes(-5), "更正"));
    }

    [Fact]
    public async Task Where_the_text_speaks_of_sites_an_ended_activity_asks_for_its_visits_and_their_departure()
    {
        using var world = await StandingAsync(bySite);
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Activity>)draft.Put(draft.Find<Activity>("activity-x")! with { EndedAt = draft.Now.AddMinutes(-5), Left = new EndPoint(draft.Now.AddMinutes(-5), "recorder/bc-01", "") }));
        Assert.Equal(["full 12(五)"], Assert.Single(Tasks(world), static task => task.Kind == "site_visits").Cites);
        var visit = await world.Must(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-x", "甲厂", draft.Now.AddMinutes(-29), null));
        Assert.Equal("site_visit/" + visit.Id, Assert.Single(Tasks(world), static task => task.Kind is "site_visits" or "site_departure").Subject);
        await world.Must(world.Officer, "visit.leave", draft => SiteVisitDesk.Leave(draft, visit.Id, draft.Now.AddMinutes(-5)));
        Assert.DoesNotContain(Tasks(world), static task => task.Kind is "site_visits" or "site_departure");
    }

    [Fact]
    public async Task A_stop_of_use_says_from_when_to_when_and_its_time_stands_once_a_work_record_rests_on_it()
    {
        using var world = await StandingAsync(Texts.Full);
        var now = world.Office.Now;
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "person_requested", "要求", "张某", from: now.AddMinutes(-5), to: now.AddMinutes(-5)), "order");
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "person_requested", "要求", "张某", to: now), "order");
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "person_requested", "要求", "张某", from: now.AddMinutes(1)), "future");
        var stop = await world.Must(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "person_requested", "要求", "张某"));
        Assert.Null(stop.From);
        await world.Refused(world.Officer, "stop_use.time", draft => StopUseDesk.SetTime(draft, stop.Id, now.AddDays(-3), null, "补记"), "far");
        await world.Refused(world.Officer, "stop_use.time", draft => StopUseDesk.SetTime(draft, stop.Id, now.AddMinutes(-9), null, ""), "text_missing");
        Assert.Equal((now.AddMinutes(-9), now.AddMinutes(-4)), await TimeAsync(now.AddMinutes(-4)));
        var record = await world.Must(world.Officer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "要求", "第十二条"));
        await world.Refused(world.Officer, "stop_use.time", draft => StopUseDesk.SetTime(draft, stop.Id, now.AddMinutes(-9), now, "再长一些"), "made");
        await world.Must(world.MainLeader, "work_record.review", draft => StopUseDesk.Review(draft, record.Id, false, "时间不符"));
        Assert.Equal((now.AddMinutes(-9), now.AddMinutes(-3)), await TimeAsync(now.AddMinutes(-3)));

        async Task<(DateTimeOffset?, DateTimeOffset?)> TimeAsync(DateTimeOffset to)
        {
            var timed = await world.Must(world.Officer, "stop_use.time", draft => StopUseDesk.SetTime(draft, stop.Id, now.AddMinutes(-9), to, "补记"));
            return (timed.From, timed.To);
        }
    }

    [Fact]
    public async Task Everything_of_an_activity_that_is_joined_comes_along_and_what_held_one_holds_both()
    {
        using var world = await StandingAsync(Texts.Full);
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Activity>)draft.Put(new Activity("activity-y", "agency-1", "unit-1") { DeviceActivities = ["bc-02.1.4"], Arrived = new EndPoint(draft.Now.AddHours(-1), "recorder/bc-02", "") }));
        var source = await world.Must(world.Officer, "activity.link", draft => ActivityDesk.Link(draft, "activity-y", "text", "申请.pdf", new string('b', 64), 3, draft.Now));
        var stop = await world.Must(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-y", "explosive_area", "加油站"));
        var record = await world.Must(world.Officer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "爆炸危险区域", "第八条"));
        var visit = await world.Must(world.Officer, "visit.enter", draft => SiteVisitDesk.Enter(draft, "activity-y", "甲厂", draft.Now.AddMinutes(-29), draft.Now.AddMinutes(-20)));
        var hold = await world.Must(world.Officer, "hold.set", draft => RetentionDesk.SetHold(draft, "activity-y", null, "complaint_or_petition", "投诉"));
        await world.Must(world.Officer, "activity.move", draft => ActivityDesk.Move(draft, "activity-y", true, draft.Now.AddHours(-2), "到达更早", null));
        var joined = await world.Must(world.Officer, "activity.join", draft => ActivityDesk.Join(draft, "activity-x", "activity-y", "同一执法活动"));
        var store = world.Office.Store;
        Assert.Equal(["activity-x", "activity-x", "activity-x", "activity-x", "activity-x"], new[] { store.Find<LinkedSource>(source.Id)!.ActivityId, store.Find<StopUse>(stop.Id)!.ActivityId, store.Find<WorkRecord>(record.Id)!.ActivityId, store.Find<SiteVisit>(visit.Id)!.ActivityId, store.Find<Hold>(hold.Id)!.ActivityId! });
        Assert.Equal([hold.Id], store.Find<Recording>("bc-01.1.1")!.HoldIds);
        Assert.Equal(["到达更早"], joined.Moves.Select(static move => move.Reason));
        // Lifted once, it is lifted for both.
        await world.Must(world.LeaderInCharge, "hold.lift", draft => RetentionDesk.LiftHold(draft, hold.Id, "了结"));
        Assert.Empty(store.Find<Recording>("bc-01.1.1")!.HoldIds);
    }

    private static IReadOnlyList<CustodyTask> Tasks(World world) => new TaskList(new WorkingDays(CalendarSet.Load(CalendarSet.ShippedFolder))).Of(new Draft(world.Office.Store, world.Office.Policies, world.Head, "read", world.Office.Now), "unit-1");

    private static async Task<World> StandingAsync(PolicySet policy)
    {
        var world = await new World(policy).FoundedAsync();
        await world.StoredAsync();
        return world;
    }
}
