using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Rows A and B of REQUIREMENTS.</summary>
public sealed class RecorderTests
{
    private static readonly ShiftManifest complete = new("bc-01.1.9", 1, true, "");

    [Fact]
    public async Task The_ledger_of_use_names_who_had_the_recorder_from_when_to_when()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var issued = await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        world.Time.Advance(TimeSpan.FromHours(8));
        var returned = await world.Must(world.Custodian, "recorder.return", draft => RecorderDesk.Return(draft, "bc-01", complete));
        Assert.Equal(("o-li", issued.IssuedAt, issued.IssuedAt.AddHours(8), "u-custodian", "u-custodian", "bc-01.1.9"), (returned.HolderId, returned.IssuedAt, returned.EndedAt, returned.IssuedBy, returned.TakenBackBy, returned.Manifest));
        Assert.Equal(RecorderState.InStock, world.Office.Store.Find<Recorder>("bc-01")!.State);
    }

    [Fact]
    public async Task A_recorder_is_not_lent_outside_its_unit()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var refusal = await world.Refused(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-other-unit", 1), "lending");
        Assert.Equal(["full 22(六)"], refusal.Cites);
    }

    [Fact]
    public async Task A_recorder_comes_back_only_with_a_manifest_of_which_nothing_is_missing()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        await world.Refused(world.Custodian, "recorder.return", draft => RecorderDesk.Return(draft, "bc-01", null), "manifest_missing");
        await world.Refused(world.Custodian, "recorder.return", draft => RecorderDesk.Return(draft, "bc-01", new ShiftManifest("bc-01.1.9", 1, false, "recording 3, segment 2")), "manifest_lacks");
        await world.Must(world.Custodian, "recorder.return", draft => RecorderDesk.Return(draft, "bc-01", complete));
        await world.Refused(world.Custodian, "recorder.return", draft => RecorderDesk.Return(draft, "bc-01", complete), "not_issued");
    }

    [Fact]
    public async Task Without_a_manifest_an_assignment_closes_only_as_lost_or_damaged_and_with_a_written_account()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        await world.Refused(world.Custodian, "recorder.close_without", draft => RecorderDesk.CloseWithout(draft, "bc-01", AssignmentEnd.Returned, "说明"), "end_not_admitted");
        await world.Refused(world.Custodian, "recorder.close_without", draft => RecorderDesk.CloseWithout(draft, "bc-01", AssignmentEnd.Lost, " "), "text_missing");
        var closed = await world.Must(world.Custodian, "recorder.close_without", draft => RecorderDesk.CloseWithout(draft, "bc-01", AssignmentEnd.Lost, "巡查途中落水"));
        Assert.Equal((AssignmentEnd.Lost, "巡查途中落水"), (closed.End, closed.Account));
        Assert.Equal(RecorderState.Lost, world.Office.Store.Find<Recorder>("bc-01")!.State);
        Assert.Equal(IncidentKind.Loss, world.Office.Store.List<Incident>(new EntityQuery("recorder", "bc-01")).Single().What);
    }

    [Fact]
    public async Task On_transfer_the_recorder_comes_back_first_and_is_issued_again()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        var refusal = await world.Refused(world.Administrator, "officer.transfer", draft => PeopleDesk.TransferOfficer(draft, "o-li", "unit-2", "调离"), "recorder_not_returned");
        Assert.Equal(["full 6"], refusal.Cites);
        var next = await world.Must(world.Custodian, "recorder.reissue", draft => RecorderDesk.Reissue(draft, "bc-01", complete, "o-wang", 2));
        Assert.Equal(("o-wang", 2u), (next.HolderId, next.Epoch));
        await world.Must(world.Administrator, "officer.transfer", draft => PeopleDesk.TransferOfficer(draft, "o-li", "unit-2", "调离"));
    }

    [Theory]
    [InlineData(IncidentKind.Swap, RecorderState.Repair)]
    [InlineData(IncidentKind.Repair, RecorderState.Repair)]
    [InlineData(IncidentKind.Loss, RecorderState.Lost)]
    [InlineData(IncidentKind.Damage, RecorderState.InStock)]
    [InlineData(IncidentKind.Disassembly, RecorderState.InStock)]
    [InlineData(IncidentKind.WilfulDestruction, RecorderState.InStock)]
    [InlineData(IncidentKind.Retired, RecorderState.Retired)]
    public async Task Swap_repair_loss_damage_disassembly_and_destruction_are_entered(IncidentKind what, RecorderState after)
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var incident = await world.Must(world.Custodian, "recorder.report", draft => RecorderDesk.Report(draft, "bc-01", what, "情况说明"));
        Assert.Equal((what, "情况说明", "u-custodian"), (incident.What, incident.Account, incident.By));
        Assert.Equal(after, world.Office.Store.Find<Recorder>("bc-01")!.State);
        Assert.Contains(world.Office.Store.Acts("recorder/bc-01"), static act => act.Act.Name == "recorder.report");
    }

    [Fact]
    public async Task A_recorder_that_is_issued_cannot_go_to_repair_or_be_retired()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        await world.Refused(world.Custodian, "recorder.report", draft => RecorderDesk.Report(draft, "bc-01", IncidentKind.Repair, "坏"), "state_not_admitted");
        await world.Refused(world.Custodian, "recorder.report", draft => RecorderDesk.Report(draft, "bc-01", IncidentKind.Retired, "坏"), "state_not_admitted");
    }

    [Fact]
    public async Task A_check_names_the_items_that_the_text_asks_for_and_nobody_looked_at()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var check = await world.Must(world.Officer, "pre_use_check.enter", draft => RecorderDesk.Check(draft, "bc-01", draft.Now, [new CheckItem("battery", "passed", 90, "percent"), new CheckItem("camera", "warned", 0, "")]));
        Assert.Equal(["spare_battery", "storage"], check.MissingItems);
        Assert.Equal("warned", check.Grade);
        await world.Refused(world.Officer, "pre_use_check.enter", draft => RecorderDesk.Check(draft, "bc-01", draft.Now, [new CheckItem("battery", "good", 90, "percent")]), "grade");
    }

    [Fact]
    public async Task A_recorder_has_a_named_custodian_and_a_unit_a_responsible_head()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recorder = world.Office.Store.Find<Recorder>("bc-01")!;
        await world.Refused(world.Custodian, "recorder.register", draft => RecorderDesk.Register(draft, recorder with { CustodianId = "o-nobody" }), "officer_not_found");
        await world.Must(world.Custodian, "recorder.register", draft => RecorderDesk.Register(draft, recorder with { CustodianId = "o-custodian" }));
        await world.Must(world.Administrator, "unit.register", draft => PeopleDesk.RegisterUnit(draft, new Unit("unit-1", "agency-1", "执法大队") { HeadOfficerId = "o-head", ArchiveStaffIds = ["o-custodian"] }));
        Assert.Equal("o-custodian", world.Office.Store.List<Recorder>(new EntityQuery("custodian", "o-custodian")).Single().CustodianId);
        Assert.Equal(("o-head", "o-custodian"), (world.Office.Store.Find<Unit>("unit-1")!.HeadOfficerId, world.Office.Store.Find<Unit>("unit-1")!.ArchiveStaffIds.Single()));
    }

    [Fact]
    public async Task Training_names_who_took_part_and_is_not_of_tomorrow()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var training = await world.Must(world.Legal, "training.record", draft => PeopleDesk.RecordTraining(draft, "unit-1", "执法记录仪使用", new DateOnly(2026, 3, 1), ["o-li", "o-wang"]));
        Assert.Equal(2, training.OfficerIds.Count);
        await world.Refused(world.Legal, "training.record", draft => PeopleDesk.RecordTraining(draft, "unit-1", "使用", new DateOnly(2026, 3, 3), ["o-li"]), "training_incomplete");
    }

    [Fact]
    public async Task Two_officers_never_share_a_certificate_number()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Refused(world.Administrator, "officer.register", draft => PeopleDesk.RegisterOfficer(draft, new Officer("o-new", "新", "证o-li", "unit-1", Rank.None, true)), "certificate_taken");
    }
}
