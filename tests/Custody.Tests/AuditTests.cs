using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Custody.Tests;

/// <summary>Signs that the rules ask for something that is not there, and tasks with their clocks, by the real policies.</summary>
public sealed class AuditTests
{
    private static readonly PolicyBook book = PolicyReader.ReadFolder(Path.Combine(AppContext.BaseDirectory, "policies"), out _)!;
    private static readonly TaskList tasks = new(new WorkingDays(CalendarSet.Load(CalendarSet.ShippedFolder)));

    [Theory]
    [InlineData("baofeng-forestry", "not_worn_not_used", "baofeng-forestry 18(一)")]
    [InlineData("lingchuan-hrss", "not_recorded", "lingchuan-hrss 20(一)")]
    [InlineData("qidong", "not_worn_not_used", "qidong 21(一)")]
    [InlineData("weixian-natural-resources", "not_recorded", "weixian-natural-resources 17(一)")]
    public async Task An_activity_without_footage_and_without_a_reason_is_a_lead_by_the_agencys_article(string policy, string type, string cite)
    {
        using var world = await Ended(policy, withRecording: false);
        var sign = Assert.Single(Signs(world), sign => sign.Type == type);
        Assert.Contains(cite, sign.Cites);
    }

    [Theory]
    [InlineData("baofeng-forestry", "no_notice no_pre_use_check no_opening_purpose no_opening_task no_opening_officers")]
    [InlineData("lingchuan-hrss", "no_notice no_pre_use_check")]
    [InlineData("qidong", "no_pre_use_check")]
    [InlineData("weixian-natural-resources", "no_notice no_pre_use_check no_spare_battery_check")]
    [InlineData("kaifeng-gulou-emergency", "no_notice no_pre_use_check no_opening_site_sign no_opening_landmark_and_name no_opening_credentials")]
    public async Task Notice_check_and_openings_are_asked_for_where_the_text_asks(string policy, string types)
    {
        using var world = await Ended(policy, withRecording: true);
        Assert.Equal(types.Split(' ').Order(StringComparer.Ordinal), Signs(world).Select(static sign => sign.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_night_without_infrared_and_a_recorder_in_the_hand_are_signs_in_qidong()
    {
        using var world = await Ended("qidong", withRecording: true, static activity => activity with { IsNight = true, WornAt = "hand", Type = "inspection" });
        Assert.Contains(Signs(world), static sign => sign.Type == "no_infrared" && sign.Cites.Contains("qidong 7"));
        Assert.Contains(Signs(world), static sign => sign.Type == "not_worn" && sign.Cites.Contains("qidong 8"));
    }

    [Fact]
    public async Task A_major_case_without_another_source_is_a_sign_in_weixian()
    {
        using var world = await Ended("weixian-natural-resources", withRecording: true, static activity => activity with { IsMajor = true });
        Assert.Contains(Signs(world), static sign => sign.Type == "no_other_source" && sign.Cites.Contains("weixian-natural-resources 5(四)"));
    }

    [Fact]
    public async Task Footage_though_the_text_forbids_it_is_a_sign_in_gulou()
    {
        using var world = await Ended("kaifeng-gulou-emergency", withRecording: true);
        await world.Must(world.Officer, "stop_use.declare", draft => StopUseDesk.Declare(draft, "activity-a", "unsuitable", "不适宜"));
        Assert.Contains(Signs(world), static sign => sign.Type == "recorded_though_forbidden" && sign.Cites.Contains("kaifeng-gulou-emergency 8(三)"));
    }

    [Theory]
    [InlineData("baofeng-forestry", "baofeng-forestry 13", true)]
    [InlineData("lingchuan-hrss", "", false)]
    [InlineData("qidong", "qidong 16", true)]
    [InlineData("weixian-natural-resources", "weixian-natural-resources 12(一)", true)]
    [InlineData("kaifeng-gulou-emergency", "kaifeng-gulou-emergency 16", true)]
    public async Task The_upload_clock_runs_by_the_agencys_article_and_turns_overdue(string policy, string cite, bool hasClock)
    {
        using var world = await Ended(policy, withRecording: true, static activity => activity with { ReturnedAt = activity.EndedAt });
        var upload = Tasks(world).Where(static task => task.Kind == "upload").ToList();
        Assert.Equal(hasClock, upload.Count > 0);
        if (!hasClock)
            return;
        Assert.Contains(cite, upload[0].Cites);
        world.Time.Advance(TimeSpan.FromDays(9));
        Assert.All(Tasks(world).Where(static task => task.Kind == "upload"), static task => Assert.Equal(DeadlineState.Overdue, task.State));
        // While the clock has stepped nothing falls newly overdue.
        Assert.DoesNotContain(tasks.Of(new Draft(world.Office.Store, world.Office.Policies, Actor.Gateway, "read", world.Office.Now, isClockHeld: true), "unit-1"), static task => task is { Kind: "upload", State: DeadlineState.Overdue });
    }

    [Fact]
    public async Task A_later_recording_gives_an_earlier_one_that_is_not_stored_no_more_time()
    {
        using var world = await Ended("weixian-natural-resources", withRecording: true);
        var before = Tasks(world).Where(static task => task.Kind == "upload").Select(static task => task.Due).ToList();
        Assert.NotEmpty(before);
        world.Time.Advance(TimeSpan.FromDays(8));
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(draft.Find<Recording>("bc-01.1.1")! with { Id = "bc-01.1.2", Number = 2, EndedAt = draft.Now }));
        Assert.Equal(before, Tasks(world).Where(static task => task.Kind == "upload").Select(static task => task.Due));
        // Once the earlier one is stored, the later one's time counts.
        await world.Must(Actor.Gateway, "intake", draft => (Outcome<Recording>)draft.Put(draft.Find<Recording>("bc-01.1.1")! with { StoredAt = draft.Now }));
        Assert.All(Tasks(world).Where(static task => task.Kind == "upload"), task => Assert.True(task.Due > before.Max()));
    }

    [Fact]
    public async Task While_the_clock_has_stepped_no_check_and_no_correction_falls_overdue()
    {
        using var world = await Ended("qidong", withRecording: true);
        await world.Must(world.Custodian, "correction.order", draft => SupervisionDesk.Order(draft, "unit-1", "activity/activity-a", "补写", new DateOnly(2026, 3, 9)));
        world.Time.Advance(TimeSpan.FromDays(400));
        Assert.Equal(["correction", "supervision"], Tasks(world).Where(static task => task.State == DeadlineState.Overdue && task.Kind is "correction" or "supervision").Select(static task => task.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(tasks.Of(new Draft(world.Office.Store, world.Office.Policies, Actor.Gateway, "read", world.Office.Now, isClockHeld: true), "unit-1"), static task => task.State is DeadlineState.Overdue or DeadlineState.Due);
    }

    [Fact]
    public async Task Classification_is_due_in_two_working_days_in_gulou_and_nowhere_else()
    {
        foreach (var set in book.All)
        {
            using var world = await Ended(set.Id, withRecording: true, stored: true);
            var task = Tasks(world).Where(static task => task.Kind == "classify").ToList();
            Assert.Equal(set.Id == "kaifeng-gulou-emergency", task.Count == 1);
            if (task.Count == 1)
                Assert.Equal(new DateTimeOffset(2026, 3, 5, 0, 0, 0, TimeSpan.FromHours(8)), task[0].Due); // stored Monday 2 March; Tuesday, Wednesday
        }
    }

    [Fact]
    public async Task A_report_that_waits_for_the_head_stands_first_among_the_tasks()
    {
        using var world = await Ended("qidong", withRecording: true);
        await world.Must(world.Officer, "interruption.report", draft => InterruptionDesk.Report(draft, "activity-a", "bc-01", "device_fault", 1, "设备损坏"));
        Assert.Equal(("acknowledge_report", "部门负责人"), Tasks(world).Select(static task => (task.Kind, task.Who)).First());
    }

    private static IReadOnlyList<ActivityAudit.Sign> Signs(World world)
    {
        var draft = new Draft(world.Office.Store, world.Office.Policies, Actor.Gateway, "read", world.Office.Now);
        return ActivityAudit.Of(draft, draft.Find<Activity>("activity-a")!);
    }

    private static IReadOnlyList<CustodyTask> Tasks(World world) => tasks.Of(new Draft(world.Office.Store, world.Office.Policies, Actor.Gateway, "read", world.Office.Now), "unit-1");

    private static async Task<World> Ended(string policy, bool withRecording, Func<Activity, Activity>? change = null, bool stored = false)
    {
        var world = await new World(book.At(policy, new DateOnly(2026, 3, 2))!).FoundedAsync();
        var assignment = await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        await world.Must(Actor.Gateway, "intake", draft =>
        {
            var activity = new Activity("activity-a", "agency-1", "unit-1") { Arrived = new EndPoint(draft.Now.AddHours(-2), "recorder/bc-01", ""), EndedAt = draft.Now.AddHours(-1) };
            if (withRecording)
                draft.Put(new Recording("bc-01.1.1", "bc-01", 1, 1, "agency-1", "unit-1") { ActivityId = "activity-a", HolderId = "o-li", AssignmentId = assignment.Id, EndedAt = draft.Now.AddHours(-1), StoredAt = stored ? draft.Now : null, State = stored ? RecordingState.Verified : RecordingState.Uploading });
            return (Outcome<Activity>)draft.Put(change?.Invoke(activity) ?? activity);
        });
        return world;
    }
}
