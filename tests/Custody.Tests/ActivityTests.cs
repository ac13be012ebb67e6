using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Store;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Rows C, D, E and F of REQUIREMENTS.</summary>
public sealed class ActivityTests
{
    private static readonly ActivityDescription inspection = new() { Type = "inspection", Title = "日常检查", Place = "某厂", OfficerIds = ["o-wang"] };

    [Fact]
    public async Task An_activity_has_a_type_of_the_articles()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Refused(world.Officer, "activity.describe", draft => ActivityDesk.Describe(draft, "activity-x", inspection with { Type = "party" }), "type_unknown");
        var described = await world.Must(world.Officer, "activity.describe", draft => ActivityDesk.Describe(draft, "activity-x", inspection with { IsNight = true, WornAt = "left_shoulder" }));
        Assert.Equal(["o-li", "o-wang"], described.OfficerIds);
        Assert.Equal(["full 9(一)"], world.Office.Store.Acts("activity/activity-x")[^1].Act.Cites);
    }

    [Fact]
    public async Task Arrival_moves_only_with_a_reason_and_never_past_footage()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        var footage = (recording.StartedAt!.Value, recording.EndedAt!.Value);
        var earlier = recording.StartedAt.Value.AddMinutes(-5);
        await world.Refused(world.Officer, "activity.move", draft => ActivityDesk.Move(draft, "activity-x", true, earlier, "", footage), "text_missing");
        await world.Refused(world.Officer, "activity.move", draft => ActivityDesk.Move(draft, "activity-x", true, footage.Item1.AddSeconds(1), "晚到", footage), "drops_footage");
        await world.Refused(world.Officer, "activity.move", draft => ActivityDesk.Move(draft, "activity-x", false, footage.Item2.AddSeconds(-1), "早走", footage), "drops_footage");
        var moved = await world.Must(world.Officer, "activity.move", draft => ActivityDesk.Move(draft, "activity-x", true, earlier, "到达时忘记开机", footage));
        Assert.Equal((earlier, "u-li", "到达时忘记开机"), (moved.Arrived!.At, moved.Arrived.By, moved.Arrived.Reason));
    }

    [Fact]
    public async Task The_return_to_the_unit_may_not_be_made_later_afterwards()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        var now = world.Office.Now;
        await world.Must(world.Officer, "activity.return", draft => ActivityDesk.ReturnToUnit(draft, "activity-x", now.AddMinutes(-10)));
        await world.Refused(world.Officer, "activity.return", draft => ActivityDesk.ReturnToUnit(draft, "activity-x", now), "later_return");
        await world.Refused(world.Officer, "activity.return", draft => ActivityDesk.ReturnToUnit(draft, "activity-x", now.AddMinutes(1)), "order");
    }

    [Fact]
    public async Task An_exception_of_the_upload_clock_is_one_that_the_article_names()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Refused(world.Officer, "activity.exception", draft => ActivityDesk.DeclareException(draft, "activity-x", UploadCase.Exception, "下雨", "下雨"), "exception_not_admitted");
        await world.Refused(world.Officer, "activity.exception", draft => ActivityDesk.DeclareException(draft, "activity-x", UploadCase.Special, "异地执法", "外地"), "exception_not_admitted");
        var declared = await world.Must(world.Officer, "activity.exception", draft => ActivityDesk.DeclareException(draft, "activity-x", UploadCase.Exception, "异地执法", "在外县"));
        Assert.Equal("异地执法", declared.Exception!.Circumstance);
    }

    [Fact]
    public async Task A_notice_that_the_recorder_marked_cannot_be_taken_back()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Must(world.Officer, "activity.notice", draft => ActivityDesk.GiveNotice(draft, "activity-x", true, "口头告知"));
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Activity>)draft.Put(draft.Find<Activity>("activity-x")! with { Notice = new Notice(true, "full", "bc-01.1.1", 5, "recorder/bc-01") }));
        await world.Refused(world.Officer, "activity.notice", draft => ActivityDesk.GiveNotice(draft, "activity-x", false, "没有"), "notice_marked");
    }

    [Fact]
    public async Task Openings_and_key_shots_are_those_of_the_text()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Must(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("site_sign", null, null, "某厂大门", "")));
        await world.Must(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("scene", null, null, "", "")));
        await world.Must(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("still", "bc-01.1.1", 7, "", "")));
        await world.Refused(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("dance", null, null, "", "")), "marker_unknown");
        Assert.Equal(["u-li", "u-li", "u-li"], world.Office.Store.Find<Activity>("activity-x")!.Markers.Select(static marker => marker.By));
    }

    [Fact]
    public async Task Another_source_is_linked_once_by_its_digest()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        var sha = new string('a', 64);
        var first = await world.Must(world.Collector, "activity.link", draft => ActivityDesk.Link(draft, "activity-x", "voice_recorder", "录音.wav", sha, 10, draft.Now));
        var second = await world.Must(world.Collector, "activity.link", draft => ActivityDesk.Link(draft, "activity-x", "voice_recorder", "录音.wav", sha, 10, draft.Now));
        Assert.Equal(first.Id, second.Id);
        await world.Refused(world.Collector, "activity.link", draft => ActivityDesk.Link(draft, "activity-x", "dream", "x", sha, 10, draft.Now), "source_unknown");
    }

    [Fact]
    public async Task Two_recorders_of_one_activity_are_joined()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Activity>)draft.Put(new Activity("activity-y", "agency-1", "unit-1") { DeviceActivities = ["bc-02.1.4"], OfficerIds = ["o-wang"], Arrived = new EndPoint(draft.Now.AddHours(-2), "recorder/bc-02", "") }));
        var joined = await world.Must(world.Officer, "activity.join", draft => ActivityDesk.Join(draft, "activity-x", "activity-y", "同一执法活动"));
        Assert.Equal(["bc-02.1.4"], joined.DeviceActivities);
        Assert.Equal(world.Office.Now.AddHours(-2), joined.Arrived!.At);
        Assert.Contains("o-wang", joined.OfficerIds);
    }

    [Fact]
    public async Task A_note_is_confirmed_only_when_it_can_be_heard_and_its_reason_is_admitted()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await Interrupted(world, "i-1", "low_battery", noteFromUs: 5);
        await Interrupted(world, "i-2", "obstruction", noteFromUs: 5);
        await Interrupted(world, "i-3", "low_battery", noteFromUs: null);
        await world.Refused(world.Head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, "i-1", "听不见", isSilent: true), "no_note");
        await world.Refused(world.Head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, "i-3", "没有", isSilent: false), "no_note");
        var refusal = await world.Refused(world.Head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, "i-2", "被阻挡", isSilent: false), "reason_not_admitted");
        Assert.Equal(["full 13"], refusal.Cites);
        var explained = await world.Must(world.Head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, "i-1", "电池耗尽，已更换", isSilent: false));
        Assert.Equal((InterruptionState.Explained, "u-head"), (explained.State, explained.ConfirmedBy));
    }

    [Fact]
    public async Task Where_the_text_has_no_list_a_person_decides_and_where_it_has_one_nobody_decides_past_it()
    {
        var open = Texts.Full with { Rules = Texts.Full.Rules with { Continuity = new ContinuityRule { Unit = ContinuityUnit.Activity, HasList = false, Cites = ["8"] } } };
        using var world = await new World(open).FoundedAsync();
        await world.StoredAsync();
        await Interrupted(world, "i-1", "weather", noteFromUs: 5);
        await world.Refused(world.Head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, "i-1", "雨", isSilent: false), "decide");
        var decided = await world.Must(world.Head, "interruption.decide", draft => InterruptionDesk.Decide(draft, "i-1", true, "暴雨，对照第八条认定"));
        Assert.Equal(InterruptionState.Explained, decided.State);
        Assert.Equal(["full 8"], world.Office.Store.Acts("interruption/i-1")[^1].Act.Cites);

        using var listed = await new World(Texts.Full).FoundedAsync();
        await listed.StoredAsync();
        await Interrupted(listed, "i-1", "obstruction", noteFromUs: 5);
        await listed.Refused(listed.Head, "interruption.decide", draft => InterruptionDesk.Decide(draft, "i-1", true, "认定"), "reason_not_admitted");
        Assert.Equal(InterruptionState.Unexplained, (await listed.Must(listed.Head, "interruption.decide", draft => InterruptionDesk.Decide(draft, "i-1", false, "不属所列情形"))).State);
    }

    [Fact]
    public async Task A_recording_that_cannot_resume_is_reported_at_once_acknowledged_by_the_head_and_accounted_for_in_writing()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        var report = await world.Must(world.Officer, "interruption.report", draft => InterruptionDesk.Report(draft, "activity-x", "bc-01", "device_fault", 9, "设备损坏，无法继续"));
        Assert.Equal([report.Id], world.Office.Store.List<Interruption>(new EntityQuery("report", "waiting")).Select(static row => row.Id));
        await world.Refused(world.Officer, "interruption.acknowledge", draft => InterruptionDesk.Acknowledge(draft, report.Id), "not_allowed");
        await world.Must(world.Head, "interruption.acknowledge", draft => InterruptionDesk.Acknowledge(draft, report.Id));
        Assert.Empty(world.Office.Store.List<Interruption>(new EntityQuery("report", "waiting")));
        var accounted = await world.Must(world.Officer, "interruption.account", draft => InterruptionDesk.Account(draft, report.Id, "书面说明"));
        Assert.Equal((InterruptionState.Accounted, "书面说明"), (accounted.State, accounted.Account));

        // Where the text names a higher one, the head's word is not enough.
        using var higher = await new World(Texts.Full with { Rules = Texts.Full.Rules with { Continuity = Texts.Full.Rules.Continuity with { ReportTo = Rank.LeaderInCharge } } }).FoundedAsync();
        await higher.StoredAsync();
        var other = await higher.Must(higher.Officer, "interruption.report", draft => InterruptionDesk.Report(draft, "activity-x", "bc-01", "device_fault", 9, "设备损坏"));
        await higher.Refused(higher.Head, "interruption.acknowledge", draft => InterruptionDesk.Acknowledge(draft, other.Id), "not_allowed");
        await higher.Must(higher.LeaderInCharge, "interruption.acknowledge", draft => InterruptionDesk.Acknowledge(draft, other.Id));
    }

    [Fact]
    public async Task A_stop_of_use_rests_on_a_reason_of_the_text_and_its_work_record_is_reviewed_by_the_main_leader()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "tired", "累"), "reason_not_admitted");
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "person_requested", "举报人要求"), "requester_missing");
        var stop = await world.Must(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "person_requested", "举报人要求", "张某"));
        Assert.Equal((StopUseEffect.MayStop, "full 12(一)"), (stop.Effect, stop.LegalBasis.Single()));

        var paper = await world.Must(world.Officer, "activity.link", draft => ActivityDesk.Link(draft, "activity-x", "text", "申请.pdf", new string('b', 64), 3, draft.Now));
        Assert.Equal(paper.Id, (await world.Must(world.Officer, "stop_use.paper", draft => StopUseDesk.AddPaper(draft, stop.Id, paper.Id))).RequesterPaperId);

        var record = await world.Must(world.Officer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "举报人明确要求", "第十二条第（一）项"));
        Assert.Equal(WorkRecordState.InReview, record.State);
        await world.Refused(world.Officer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "再写一份", "第十二条"), "made");
        await world.Refused(world.Head, "work_record.review", draft => StopUseDesk.Review(draft, record.Id, true, "同意"), "not_allowed");
        Assert.Equal(WorkRecordState.Returned, (await world.Must(world.MainLeader, "work_record.review", draft => StopUseDesk.Review(draft, record.Id, false, "请补充"))).State);
        var again = await world.Must(world.Officer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "补充", "第十二条"));
        Assert.Equal((WorkRecordState.Filed, "u-main"), await Filed(world, again.Id));
    }

    [Fact]
    public async Task Where_no_approval_is_asked_for_the_work_record_is_filed_at_once()
    {
        var text = Texts.Full with { Rules = Texts.Full.Rules with { WorkRecord = Texts.Full.Rules.WorkRecord! with { Reviewer = null } } };
        using var world = await new World(text).FoundedAsync();
        await world.StoredAsync();
        var stop = await world.Must(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "explosive_area", "加油站"));
        Assert.Equal(WorkRecordState.Filed, (await world.Must(world.Officer, "work_record.write", draft => StopUseDesk.Write(draft, stop.Id, "爆炸危险区域", "第五条"))).State);
    }

    [Fact]
    public async Task With_consent_or_an_explosion_proof_recorder_the_duty_to_record_stands()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.StoredAsync();
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "secret_or_privacy", "隐私", hasConsent: true), "has_consent");
        await world.Must(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "secret_or_privacy", "隐私"));
        await world.Must(world.Custodian, "recorder.register", draft => Recorders.RecorderDesk.Register(draft, draft.Find<Recorders.Recorder>("bc-01")! with { IsExplosionProof = true }));
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Activity>)draft.Put(draft.Find<Activity>("activity-x")! with { DeviceActivities = ["bc-01.1.1"] }));
        await world.Refused(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-x", "explosive_area", "加油站"), "explosion_proof");
    }

    private static async Task<(WorkRecordState, string?)> Filed(World world, string id)
    {
        var filed = await world.Must(world.MainLeader, "work_record.review", draft => StopUseDesk.Review(draft, id, true, "同意"));
        return (filed.State, filed.Reviewer);
    }

    private static Task Interrupted(World world, string id, string reason, long? noteFromUs) =>
        world.Must(Actor.Gateway, "intake", draft => (Outcome<Interruption>)draft.Put(new Interruption(id, "activity-x", "bc-01", reason, 1) { ToUs = 4, NoteFromUs = noteFromUs }));
}
