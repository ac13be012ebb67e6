using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.Intake;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>How far rank, approval and secrecy go.</summary>
public sealed class ReachTests
{
    [Fact]
    public async Task A_leader_of_another_agency_neither_sees_nor_approves_nor_asks()
    {
        using var world = await TwoAgenciesAsync();
        var recording = await world.ClassifiedAsync();
        var (foreign, legal) = (Of("unit-f", "u-f-main", Rank.MainLeader), Of("unit-f", "u-f-legal", Rank.None, Role.Legal));
        await world.Refused(foreign, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "not_allowed");
        await world.Refused(legal, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "not_allowed");
        await world.Refused(foreign, "access.request", draft => AccessDesk.Request(draft, AccessKind.OtherUnit, "外", "外局", "事由", [recording.Id], [AccessAction.View]), "recording_not_found");
        var request = await world.Must(world.Officer, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, "李", "大队", "办案", [recording.Id], [AccessAction.View]));
        await world.Refused(foreign, "access.decide", draft => AccessDesk.Decide(draft, request.Id, true, "同意", draft.Now.AddDays(1)), "access_request_not_found");
        await world.Refused(foreign, "access.withdraw", draft => AccessDesk.Withdraw(draft, request.Id, "撤"), "not_allowed");
        // Who has no unit is of no agency where there are several.
        await world.Refused(World.Person("u-nowhere", null, Rank.MainLeader), "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "not_allowed");
        await world.Must(world.MainLeader, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null));
    }

    [Fact]
    public async Task What_needs_no_approval_for_one_recording_opens_no_other()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var (first, secret) = (await world.ClassifiedAsync(1), await world.ClassifiedAsync(2));
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, secret.Id, Secrecy.Trade, "商业秘密"));
        var both = await world.Must(world.Archivist, "access.request", draft => AccessDesk.Request(draft, AccessKind.Evidence, "李", "大队", "作为证据", [first.Id, secret.Id], [AccessAction.Extract]));
        Assert.Equal(AccessState.Waiting, both.State);
        var other = await world.Must(Of("unit-2", "u-2", Rank.None, Role.Officer), "access.request", draft => AccessDesk.Request(draft, AccessKind.Evidence, "王", "二大队", "作为证据", [first.Id], [AccessAction.Extract]));
        Assert.Equal(AccessState.Waiting, other.State);
        var own = await world.Must(world.Officer, "access.request", draft => AccessDesk.Request(draft, AccessKind.Evidence, "李", "大队", "作为证据", [first.Id], [AccessAction.Extract]));
        Assert.Equal(AccessState.Approved, own.State);
    }

    [Fact]
    public async Task An_approval_of_others_is_carried_out_only_by_the_keeper_of_that_unit()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var request = await world.Must(world.Officer, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, "李", "大队", "办案", [recording.Id], [AccessAction.View]));
        await world.Must(world.LeaderInCharge, "access.decide", draft => AccessDesk.Decide(draft, request.Id, true, "同意", draft.Now.AddDays(1)));
        await world.Refused(Of("unit-2", "u-c2", Rank.None, Role.Custodian), "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", request.Id), "not_allowed");
        await world.Must(world.Custodian, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "代为调取", request.Id));
    }

    [Fact]
    public async Task An_entry_opens_no_more_once_its_approval_is_withdrawn_or_the_footage_quarantined()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var request = await world.Must(world.Officer, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, "李", "大队", "办案", [recording.Id], [AccessAction.View]));
        await world.Must(world.LeaderInCharge, "access.decide", draft => AccessDesk.Decide(draft, request.Id, true, "同意", draft.Now.AddDays(1)));
        var entry = await world.Must(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", request.Id));
        var byRole = await world.Must(world.Head, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null));
        Assert.True(AccessDesk.StillOpens(Read(world), entry));
        await world.Must(world.LeaderInCharge, "access.withdraw", draft => AccessDesk.Withdraw(draft, request.Id, "不再需要"));
        Assert.False(AccessDesk.StillOpens(Read(world), entry));
        Assert.True(AccessDesk.StillOpens(Read(world), byRole));
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.Military, "军事秘密"));
        Assert.False(AccessDesk.StillOpens(Read(world), byRole));
    }

    [Fact]
    public async Task Secrets_are_seen_by_role_only_by_who_recorded_and_the_leaders_and_military_ones_by_nobody()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.Privacy, "个人隐私"));
        foreach (var actor in new[] { world.Head, world.Legal, world.Officer })
            await world.Refused(actor, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "not_allowed");
        await world.Must(world.LeaderInCharge, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null));
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.Military, "军事秘密"));
        await world.Refused(world.MainLeader, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "quarantined");
        await world.Refused(world.MainLeader, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.None, "解除"), "state_secret");
    }

    [Fact]
    public async Task A_state_secret_is_handed_over_before_it_is_purged()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.State, "国家秘密"));
        world.Time.Advance(TimeSpan.FromDays(2000));
        await world.Must(world.Custodian, "retention.review", draft => RetentionDesk.OpenReview(draft, recording.Id));
        await world.Refused(world.Custodian, "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "无"), "not_handed_over");
        await world.Must(world.LeaderInCharge, "recording.hand_over", draft => RecordingDesk.HandOver(draft, recording.Id, "保密局", "移交"));
        await world.Must(world.Custodian, "retention.propose", draft => RetentionDesk.Propose(draft, recording.Id, "已移交"));
    }

    [Fact]
    public async Task A_case_of_another_agency_takes_no_recording()
    {
        using var world = await TwoAgenciesAsync();
        var recording = await world.ClassifiedAsync();
        var file = await world.Must(Of("unit-f", "u-f", Rank.None, Role.Officer), "case.open", draft => CaseDesk.Open(draft, "unit-f", "外〔2026〕1号", "外案"));
        await world.Refused(world.Officer, "recording.add_to_case", draft => RecordingDesk.AddToCase(draft, recording.Id, file.Id), "case_not_found");
    }

    [Fact]
    public async Task Joined_activities_are_held_by_the_holds_of_both()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var other = await world.Must(world.Officer, "activity.open", draft => ActivityDesk.Open(draft, "unit-1", new ActivityDescription { Type = Texts.Full.Rules.ActivityTypes[0].Id, Title = "同一检查", Place = "某地" }));
        var hold = await world.Must(world.Officer, "hold.set", draft => RetentionDesk.SetHold(draft, other.Id, null, "complaint_or_petition", "投诉"));
        await world.Must(world.Head, "activity.join", draft => ActivityDesk.Join(draft, other.Id, "activity-x", "同一次检查"));
        Assert.Equal([hold.Id], world.Office.Store.Find<Recording>(recording.Id)!.HoldIds);

        // And the other way round: the hold goes along, and covers what comes later.
        var third = await world.Must(world.Officer, "activity.open", draft => ActivityDesk.Open(draft, "unit-1", new ActivityDescription { Type = Texts.Full.Rules.ActivityTypes[0].Id, Title = "仍是", Place = "某地" }));
        await world.Must(world.Head, "activity.join", draft => ActivityDesk.Join(draft, third.Id, other.Id, "同一次检查"));
        Assert.Equal(third.Id, world.Office.Store.Find<Hold>(hold.Id)!.ActivityId);
        await world.Must(world.LeaderInCharge, "hold.lift", draft => RetentionDesk.LiftHold(draft, hold.Id, "了结"));
        Assert.Empty(world.Office.Store.Find<Recording>(recording.Id)!.HoldIds);
    }

    [Fact]
    public async Task What_custody_learns_of_only_after_the_seed_does_not_spoil_the_draw()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        for (var number = 1u; number <= 5; number++)
            await Learn(world, number, world.Office.Now);
        var (from, to) = (new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31));
        var late = world.Office.Now;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        var check = await world.Must(world.Custodian, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", from, to, 2));
        // Stored before the commitment, taken in by custody after it.
        await Learn(world, 6, late);
        var drawn = await world.Must(world.Custodian, "check.draw", draft => SupervisionDesk.DrawSample(draft, check.Id));
        Assert.Equal((5, 2), (drawn.PopulationCount, drawn.Sample.Count));
        // No second seed until this one is looked at.
        await world.Refused(world.Custodian, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", from, to, 2), "not_closed");
    }

    [Fact]
    public async Task A_check_whose_population_changed_is_given_up_with_the_reason_and_counts_as_none()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await Learn(world, 1, world.Office.Now);
        await Learn(world, 2, world.Office.Now);
        var check = await world.Must(world.Custodian, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31), 1));
        await world.Refused(world.Custodian, "check.close", draft => SupervisionDesk.Close(draft, check.Id, "不想检查"), "not_all_looked_at");
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(draft.Find<Recording>("bc-01.1.2")! with { StoredAt = null }));
        await world.Refused(world.Custodian, "check.draw", draft => SupervisionDesk.DrawSample(draft, check.Id), "population_changed");
        var closed = await world.Must(world.Custodian, "check.close", draft => SupervisionDesk.Close(draft, check.Id, "存储情况有变"));
        Assert.Equal((CheckState.Closed, (DateTimeOffset?)null), (closed.State, closed.ClosedAt));
        await world.Must(world.Custodian, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31), 1));
    }

    [Fact]
    public async Task Keeping_longer_is_not_said_of_what_is_not_yet_stored()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(recording with { State = RecordingState.Uploading, StoredAt = null }));
        await world.Refused(world.Custodian, "retention.extend", draft => RetentionDesk.Extend(draft, recording.Id, draft.Now.AddMinutes(1), "延长"), "not_stored");
    }

    private static Draft Read(World world) => new(world.Office.Store, world.Office.Policies, Actor.Gateway, "read", world.Office.Now);

    private static Actor Of(string unit, string id, Rank rank, params Role[] roles) => World.Person(id, "o-" + id, rank, roles) with { UnitId = unit };

    private static async Task<Recording> Learn(World world, uint number, DateTimeOffset storedAt)
    {
        var recording = await world.StoredAsync(number, storedAt);
        return await world.Must(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(recording with { StoredOrder = draft.Next(SupervisionDesk.StoredCounter) }));
    }

    private static async Task<World> TwoAgenciesAsync()
    {
        var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Administrator, "agency.register", draft => PeopleDesk.RegisterAgency(draft, new Agency("agency-f", "外局", Texts.Full.Id)));
        await world.Must(world.Administrator, "unit.register", draft => PeopleDesk.RegisterUnit(draft, new Unit("unit-f", "agency-f", "外大队")));
        return world;
    }
}
