using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Two persons are two persons, whatever accounts they have, and nobody judges his own work.</summary>
public sealed class PersonTests
{
    [Fact]
    public async Task One_person_with_two_accounts_does_not_approve_what_he_proposed()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await ReviewedAsync(world);
        var keeper = World.Person("u-head-keeper", "o-head", Rank.None, Role.Custodian);
        await world.Must(keeper, "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "无保存意义"));
        await world.Refused(world.Head, "retention.approve", draft => RetentionDesk.Approve(draft, recording.Id), "not_allowed");
        await world.Must(world.LeaderInCharge, "retention.approve", draft => RetentionDesk.Approve(draft, recording.Id));
        await world.Must(Actor.Gateway, "retention.purge", draft => RetentionDesk.Purge(draft, recording.Id));
    }

    [Fact]
    public async Task An_account_that_is_no_registered_officer_takes_no_part_in_a_purge()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await ReviewedAsync(world);
        await world.Refused(World.Person("u-x", null, Rank.None, Role.Custodian), "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "无"), "not_allowed");
        await world.Must(world.Custodian, "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "无保存意义"));
        await world.Refused(World.Person("u-y", null, Rank.MainLeader), "retention.approve", draft => RetentionDesk.Approve(draft, recording.Id), "not_allowed");
    }

    [Fact]
    public async Task Who_recorded_neither_reviews_nor_approves_the_purge_nor_lifts_its_hold()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await ReviewedAsync(world);
        await world.Refused(World.Person("u-li-2", "o-li", Rank.None, Role.Custodian), "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "无"), "not_allowed");
        await world.Must(world.Custodian, "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "无保存意义"));
        var himself = World.Person("u-li-3", "o-li", Rank.LeaderInCharge);
        await world.Refused(himself, "retention.approve", draft => RetentionDesk.Approve(draft, recording.Id), "not_allowed");
        var hold = await world.Must(world.Legal, "hold.set", draft => RetentionDesk.SetHold(draft, null, recording.Id, "complaint_or_petition", "投诉"));
        await world.Refused(himself, "hold.lift", draft => RetentionDesk.LiftHold(draft, hold.Id, "了结"), "not_allowed");
        await world.Must(world.LeaderInCharge, "hold.lift", draft => RetentionDesk.LiftHold(draft, hold.Id, "了结"));
    }

    [Fact]
    public async Task A_request_is_not_approved_by_its_person_under_another_account_nor_by_whom_it_is_for()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var second = World.Person("u-main-officer", "o-main", Rank.None, Role.Officer);
        var request = await world.Must(second, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, "某人", "局", "事由", [recording.Id], [AccessAction.View]));
        await world.Refused(world.MainLeader, "access.decide", draft => AccessDesk.Decide(draft, request.Id, true, "同意", draft.Now.AddDays(1)), "not_allowed");
        var entered = await world.Must(world.Custodian, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, world.MainLeader.Name + " ", "局", "事由", [recording.Id], [AccessAction.View]));
        await world.Refused(world.MainLeader, "access.decide", draft => AccessDesk.Decide(draft, entered.Id, true, "同意", draft.Now.AddDays(1)), "not_allowed");
    }

    [Fact]
    public async Task Nobody_reviews_his_own_work_record_accepts_his_own_correction_or_confirms_his_own_gap()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var writer = World.Person("u-main-officer", "o-main", Rank.None, Role.Officer);
        var stop = await world.Must(writer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", Texts.Full.Rules.StopUse[0].Reason, "情况", "某人"));
        var record = await world.Must(writer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "原因", "依据"));
        await world.Refused(world.MainLeader, "work_record.review", draft => StopUseDesk.Review(draft, record.Id, true, "同意"), "not_allowed");

        var correction = await world.Must(world.Legal, "correction.order", draft => SupervisionDesk.Order(draft, "unit-1", "unit/unit-1", "整改", Text.Day(draft.Now).AddDays(3)));
        await world.Must(World.Person("u-legal-2", "o-legal", Rank.None, Role.Officer), "correction.done", draft => SupervisionDesk.Done(draft, correction.Id, "已改"));
        await world.Refused(world.Legal, "correction.accept", draft => SupervisionDesk.Accept(draft, correction.Id), "not_allowed");

        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Interruption>)draft.Put(new Interruption("bc-01.1.5", "activity-x", "bc-01", "low_battery", 5) { ToUs = 9, NoteFromUs = 9, NoteRecording = recording.Id }));
        var head = World.Person("u-li-head", "o-li", Rank.UnitHead);
        await world.Refused(head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, "bc-01.1.5", "听到", isSilent: false), "not_allowed");
        await world.Refused(head, "interruption.decide", draft => InterruptionDesk.Decide(draft, "bc-01.1.5", false, "不成立"), "not_allowed");
    }

    [Fact]
    public async Task Nobody_checks_his_own_footage_or_decides_a_lead_about_himself()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var himself = World.Person("u-li-legal", "o-li", Rank.UnitHead, Role.Legal);
        var lead = await world.Must(Actor.Gateway, "lead.raise", draft => SupervisionDesk.Raise(draft, "loss_or_damage", "unit-1", "recording/" + recording.Id, "有分段丢失"));
        await world.Refused(himself, "lead.decide", draft => SupervisionDesk.DecideLead(draft, lead.Id, false, "没有问题"), "not_allowed");
        var check = await world.Must(himself, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31), 1));
        await world.Must(himself, "check.draw", draft => SupervisionDesk.DrawSample(draft, check.Id));
        await world.Refused(himself, "check.find", draft => SupervisionDesk.Find(draft, check.Id, recording.Id, "很好", false), "not_allowed");
        await world.Must(world.Legal, "check.find", draft => SupervisionDesk.Find(draft, check.Id, recording.Id, "缺少告知", true));
    }

    [Fact]
    public async Task A_lead_that_somebody_raised_and_had_dismissed_beforehand_hides_nothing()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var early = await world.Must(world.Head, "lead.raise", draft => SupervisionDesk.Raise(draft, "loss_or_damage", "unit-1", "recording/" + recording.Id, "先提出"));
        await world.Must(world.Head, "lead.decide", draft => SupervisionDesk.DecideLead(draft, early.Id, false, "没有问题"));
        await world.Refused(world.Head, "lead.raise", draft => SupervisionDesk.Raise(draft, "loss_or_damage", "unit-1", "recording/" + recording.Id, "再提"), "decided");
        var true1 = await world.Must(Actor.Gateway, "lead.raise", draft => SupervisionDesk.Raise(draft, "loss_or_damage", "unit-1", "recording/" + recording.Id, "有分段丢失"));
        Assert.Equal((LeadState.Open, "有分段丢失"), (true1.State, true1.Words));
    }

    private static async Task<Recording> ReviewedAsync(World world)
    {
        var recording = await world.ClassifiedAsync();
        world.Time.Advance(TimeSpan.FromDays(2000));
        return await world.Must(world.Custodian, "retention.review", draft => RetentionDesk.OpenReview(draft, recording.Id));
    }
}
