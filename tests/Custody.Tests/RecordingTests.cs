using BodyCam.Custody.Access;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Rows H to Q of REQUIREMENTS.</summary>
public sealed class RecordingTests
{
    [Fact]
    public async Task Who_enforces_classifies_and_answers_for_authenticity()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        await world.Refused(world.OtherOfficer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, "检查", "名", 1, "地", "容"), "not_allowed");
        await world.Refused(world.OtherOfficer, "recording.attest", draft => RecordingDesk.Attest(draft, recording.Id, "真实"), "not_allowed");
        var classified = await world.Must(world.Officer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, "日常检查", "某厂检查", 1, "某厂", "查看台账"));
        Assert.Equal((RecordingState.Classified, "u-li", 1), (classified.State, classified.Classification!.By, classified.Classification.Order));
        var attested = await world.Must(world.Officer, "recording.attest", draft => RecordingDesk.Attest(draft, recording.Id, "内容真实"));
        Assert.Equal("o-li", attested.Attestation!.By);
        await world.Refused(world.Officer, "recording.attest", draft => RecordingDesk.Attest(draft, recording.Id, "再次"), "attested");
    }

    [Fact]
    public async Task Whom_the_unit_named_may_classify_too()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        await world.Must(world.Administrator, "unit.register", draft => PeopleDesk.RegisterUnit(draft, new Unit("unit-1", "agency-1", "大队") { ClassifierIds = ["o-wang"] }));
        await world.Must(world.OtherOfficer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, "检查", "名", 1, "地", "容"));
    }

    [Fact]
    public async Task A_recording_that_is_still_arriving_is_not_classified()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(recording with { State = RecordingState.Uploading, StoredAt = null }));
        await world.Refused(world.Officer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, "检查", "名", 1, "地", "容"), "not_stored");
    }

    [Fact]
    public async Task State_secrets_are_quarantined_for_everybody_and_handed_over()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Refused(world.LeaderInCharge, "recording.hand_over", draft => RecordingDesk.HandOver(draft, recording.Id, "保密局", "移交"), "not_quarantined");
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.State, "涉及国家秘密"));
        foreach (var actor in new[] { world.Officer, world.Head, world.MainLeader, world.Legal, world.Archivist })
            await world.Refused(actor, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "quarantined");
        await world.Refused(world.Officer, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, "李", "大队", "办案", [recording.Id], [AccessAction.View]), "quarantined");
        await world.Refused(world.MainLeader, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.None, "解除"), "state_secret");
        Assert.Equal("保密局", (await world.Must(world.LeaderInCharge, "recording.hand_over", draft => RecordingDesk.HandOver(draft, recording.Id, "保密局", "移交"))).HandedOverTo);
    }

    [Fact]
    public async Task A_secrecy_mark_is_lowered_only_by_a_leader()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Must(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.Trade, "商业秘密"));
        await world.Refused(world.Officer, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.None, "误标"), "not_allowed");
        await world.Must(world.LeaderInCharge, "recording.secrecy", draft => RecordingDesk.MarkSecrecy(draft, recording.Id, Secrecy.None, "误标"));
    }

    [Fact]
    public async Task Own_need_is_approved_by_the_leader_in_charge_others_by_the_main_leader_and_each_view_is_registered()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Refused(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "not_allowed");
        var own = await world.Must(world.Officer, "access.request", draft => AccessDesk.Request(draft, AccessKind.OwnWork, "李", "大队", "办案需要", [recording.Id], [AccessAction.View]));
        await world.Refused(world.Head, "access.decide", draft => AccessDesk.Decide(draft, own.Id, true, "同意", draft.Now.AddDays(3)), "not_allowed");
        await world.Refused(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", own.Id), "not_allowed");
        await world.Refused(world.LeaderInCharge, "access.decide", draft => AccessDesk.Decide(draft, own.Id, true, "同意", null), "expiry");
        await world.Must(world.LeaderInCharge, "access.decide", draft => AccessDesk.Decide(draft, own.Id, true, "同意", draft.Now.AddDays(3)));
        var entry = await world.Must(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "核对笔录", own.Id));
        Assert.Equal(("李", "核对笔录", own.Id, world.Office.Now), (entry.Who, entry.Purpose, entry.RequestId, entry.At));
        await world.Refused(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.Copy, "拷走", own.Id), "not_allowed");
        await world.Refused(world.OtherOfficer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", own.Id), "not_allowed");
        world.Time.Advance(TimeSpan.FromDays(3));
        await world.Refused(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "过期", own.Id), "not_allowed");
        Assert.Single(world.Office.Store.List<RegisterEntry>(new EntityQuery("recording", recording.Id)));

        var other = await world.Must(world.Custodian, "access.request", draft => AccessDesk.Request(draft, AccessKind.OtherUnit, "王", "住建局", "协查", [recording.Id], [AccessAction.Copy]));
        await world.Refused(world.LeaderInCharge, "access.decide", draft => AccessDesk.Decide(draft, other.Id, true, "同意", draft.Now.AddDays(1)), "not_allowed");
        await world.Must(world.MainLeader, "access.decide", draft => AccessDesk.Decide(draft, other.Id, true, "同意", draft.Now.AddDays(1)));
        Assert.Equal("住建局", (await world.Must(world.Custodian, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.Copy, "交付光盘", other.Id))).Organisation);
        await world.Must(world.MainLeader, "access.withdraw", draft => AccessDesk.Withdraw(draft, other.Id, "不再需要"));
        await world.Refused(world.Custodian, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.Copy, "再交", other.Id), "not_allowed");
    }

    [Fact]
    public async Task A_kind_of_access_that_the_text_does_not_name_needs_the_main_leader()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        foreach (var kind in new[] { AccessKind.Judicial, AccessKind.PublicUse, AccessKind.External })
        {
            var request = await world.Must(world.Archivist, "access.request", draft => AccessDesk.Request(draft, kind, "某人", "某单位", "事由", [recording.Id], [AccessAction.View]));
            await world.Refused(world.LeaderInCharge, "access.decide", draft => AccessDesk.Decide(draft, request.Id, true, "同意", draft.Now.AddDays(1)), "not_allowed");
        }

        var evidence = await world.Must(world.Archivist, "access.request", draft => AccessDesk.Request(draft, AccessKind.Evidence, "李", "大队", "作为证据", [recording.Id], [AccessAction.Extract]));
        Assert.Equal(AccessState.Approved, evidence.State);
    }

    [Fact]
    public async Task Nobody_approves_his_own_request()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var request = await world.Must(world.MainLeader, "access.request", draft => AccessDesk.Request(draft, AccessKind.OtherUnit, "主", "局", "事由", [recording.Id], [AccessAction.View]));
        await world.Refused(world.MainLeader, "access.decide", draft => AccessDesk.Decide(draft, request.Id, true, "同意", draft.Now.AddDays(1)), "not_allowed");
    }

    [Fact]
    public async Task The_officer_sees_his_recording_until_it_is_classified()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        await world.Must(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "分类整理", null));
        await world.Refused(world.Officer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.Copy, "拷走", null), "not_allowed");
        await world.Refused(world.OtherOfficer, "access.open", draft => AccessDesk.Open(draft, recording.Id, AccessAction.View, "看", null), "not_allowed");
    }

    [Fact]
    public async Task A_check_draws_by_the_seed_that_stood_in_the_log_before_and_anybody_can_repeat_it()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        for (var number = 1u; number <= 20; number++)
            await world.StoredAsync(number);
        var (from, to) = (new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31));
        var check = await world.Must(world.Custodian, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", from, to, 5));
        await world.Refused(world.Custodian, "check.commit", draft => SupervisionDesk.Commit(draft, CheckKind.SpotCheck, "unit-1", from, to, 5), "not_drawn");
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.StoredAsync(21);
        var drawn = await world.Must(world.Custodian, "check.draw", draft => SupervisionDesk.DrawSample(draft, check.Id));
        var population = Enumerable.Range(1, 20).Select(static number => $"bc-01.1.{number}").ToList();
        Assert.Equal(Draw.DigestOf(population), check.PopulationSha256);
        Assert.Equal(Draw.Of(check.Seed, population, 5), drawn.Sample.Select(static item => item.RecordingId));
        var acts = world.Office.Store.Acts("check/" + check.Id);
        Assert.True(acts[0].Act.Name == "check.commit" && acts[1].Act.Name == "check.draw" && acts[0].Sequence < acts[1].Sequence);

        await world.Refused(world.Custodian, "check.draw", draft => SupervisionDesk.DrawSample(draft, check.Id), "drawn");
        await world.Refused(world.Custodian, "check.close", draft => SupervisionDesk.Close(draft, check.Id, "完成"), "not_all_looked_at");
        foreach (var item in drawn.Sample)
            await world.Must(world.Custodian, "check.find", draft => SupervisionDesk.Find(draft, check.Id, item.RecordingId, "无问题", false));
        Assert.Equal(CheckState.Closed, (await world.Must(world.Custodian, "check.close", draft => SupervisionDesk.Close(draft, check.Id, "合格"))).State);
    }

    [Fact]
    public async Task A_correction_is_accepted_by_somebody_else_than_who_did_it()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var order = await world.Must(world.Custodian, "correction.order", draft => SupervisionDesk.Order(draft, "unit-1", "recorder/bc-01", "按时分类", new DateOnly(2026, 3, 9)));
        await world.Refused(world.Legal, "correction.accept", draft => SupervisionDesk.Accept(draft, order.Id), "not_done");
        await world.Must(world.Custodian, "correction.done", draft => SupervisionDesk.Done(draft, order.Id, "已分类"));
        await world.Refused(world.Custodian, "correction.accept", draft => SupervisionDesk.Accept(draft, order.Id), "not_allowed");
        Assert.Equal("u-legal", (await world.Must(world.Legal, "correction.accept", draft => SupervisionDesk.Accept(draft, order.Id))).AcceptedBy);
    }

    [Fact]
    public async Task A_lead_is_raised_once_and_is_no_verdict()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var lead = await world.Must(Actor.Gateway, "lead.raise", draft => SupervisionDesk.Raise(draft, "tampering", "unit-1", "recording/bc-01.1.1", "校验不符"));
        var again = await world.Must(Actor.Gateway, "lead.raise", draft => SupervisionDesk.Raise(draft, "tampering", "unit-1", "recording/bc-01.1.1", "校验不符"));
        Assert.Equal((lead.Id, "full 21(二)"), (again.Id, lead.Cites.Single()));
        Assert.Single(world.Office.Store.Acts("lead/" + lead.Id));
        Assert.Equal(LeadState.Referred, (await world.Must(world.Legal, "lead.decide", draft => SupervisionDesk.DecideLead(draft, lead.Id, true, "移交纪检"))).State);
        await world.Refused(world.Legal, "lead.decide", draft => SupervisionDesk.DecideLead(draft, lead.Id, false, "撤"), "decided");
    }

    [Fact]
    public async Task A_case_file_is_put_together_after_closing_and_never_kept_shorter_than_promised()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var file = await world.Must(world.Officer, "case.open", draft => CaseDesk.Open(draft, "unit-1", "〔2026〕1号", "案由"));
        await world.Refused(world.Officer, "case.open", draft => CaseDesk.Open(draft, "unit-1", "〔2026〕1号", "案由"), "number_taken");
        await world.Refused(world.Officer, "case.compile", draft => CaseDesk.Compile(draft, file.Id, draft.Now.AddYears(3), false), "not_closed");
        await world.Must(world.Head, "case.close", draft => CaseDesk.Close(draft, file.Id, draft.Now));
        await world.Refused(world.Archivist, "case.archive", draft => CaseDesk.Archive(draft, file.Id), "not_filed");
        await world.Must(world.Officer, "case.compile", draft => CaseDesk.Compile(draft, file.Id, draft.Now.AddYears(3), false));
        await world.Refused(world.Officer, "case.compile", draft => CaseDesk.Compile(draft, file.Id, draft.Now.AddYears(2), false), "shorter");
        Assert.Equal("u-archive", (await world.Must(world.Archivist, "case.archive", draft => CaseDesk.Archive(draft, file.Id))).ArchivedBy);
    }

    [Fact]
    public async Task Discs_are_made_of_the_medium_that_the_text_names_read_back_and_only_then_handed_over()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        var sha = new string('c', 64);
        await world.Refused(world.Archivist, "media.make", draft => MediaDesk.Make(draft, "pkg-1", [recording.Id], "hard_disk", "2026-001", 1, sha, "检查"), "medium");
        var disc = await world.Must(world.Archivist, "media.make", draft => MediaDesk.Make(draft, "pkg-1", [recording.Id], "disc", "2026-001", 1, sha, "检查"));
        await world.Refused(world.Archivist, "media.hand_over", draft => MediaDesk.HandOver(draft, disc.Id, "档案室"), "not_read_back");
        await world.Refused(world.Archivist, "media.read_back", draft => MediaDesk.ReadBack(draft, disc.Id, new string('d', 64)), "read_back_differs");
        await world.Must(world.Archivist, "media.read_back", draft => MediaDesk.ReadBack(draft, disc.Id, sha));
        Assert.Equal("档案室", (await world.Must(world.Archivist, "media.hand_over", draft => MediaDesk.HandOver(draft, disc.Id, "档案室"))).HandedTo);
    }
}
