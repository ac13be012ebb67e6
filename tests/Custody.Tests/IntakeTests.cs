using System.Text.Json;
using BodyCam.Core;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Intake;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;

namespace BodyCam.Custody.Tests;

/// <summary>What the recorder's journal says becomes custody.</summary>
public sealed class IntakeTests
{
    private static readonly DeviceId device = DeviceId.Parse("bc-01");

    [Fact]
    public async Task One_obstruction_press_sets_hold_interruption_reason_and_stop_reason()
    {
        using var world = await IssuedAsync();
        await Journal(world, 1,
            """{"n":1,"us":1000000,"wall":WALL,"event":"activityStarted","activity":1}""",
            """{"n":2,"us":2000000,"wall":WALL,"event":"obstruction","recording":1,"stopReason":7,"interruptionReason":7,"preserve":true}""",
            """{"n":3,"us":3000000,"wall":WALL,"event":"interrupted","reason":8,"activity":1}""",
            """{"n":4,"us":4000000,"wall":WALL,"event":"recordingStarted","recording":2,"activity":1}""",
            """{"n":5,"us":9000000,"wall":WALL,"event":"recordingStopped","recording":2,"activity":1,"reason":7}""");
        var hold = Assert.Single(world.Office.Store.List<Hold>(new EntityQuery()));
        Assert.Equal(("evade_refuse_obstruct_abuse", "full 21(三)", true), (hold.Trigger, hold.Cites.Single(), hold.Stands));
        var interruption = Assert.Single(world.Office.Store.List<Interruption>(new EntityQuery()));
        Assert.Equal(("obstruction", 4_000_000L, "bc-01.1.2"), (interruption.Reason, interruption.ToUs, interruption.NoteRecording));
        Assert.Equal("obstruction", Assert.Single(world.Office.Store.List<StopUse>(new EntityQuery())).Reason);
    }

    [Fact]
    public async Task A_second_press_sets_no_second_hold_and_a_later_recording_of_the_activity_is_held_too()
    {
        using var world = await IssuedAsync();
        const string press = """{"n":2,"us":2000000,"wall":WALL,"event":"obstruction","recording":1}""";
        await Journal(world, 1, """{"n":1,"us":1000000,"wall":WALL,"event":"activityStarted","activity":1}""", press, press);
        var hold = Assert.Single(world.Office.Store.List<Hold>(new EntityQuery()));
        await world.Must(Actor.Gateway, "intake", draft =>
        {
            FootageDeed.Take(draft, device, 1, 1, 1, []);
            return (Outcome<Recording>)draft.Find<Recording>("bc-01.1.1")!;
        });
        Assert.Equal([hold.Id], world.Office.Store.Find<Recording>("bc-01.1.1")!.HoldIds);
    }

    [Fact]
    public async Task Checks_notices_markers_and_the_spoken_note_are_taken_from_the_journal()
    {
        using var world = await IssuedAsync();
        await Journal(world, 1,
            """{"n":1,"us":1,"wall":WALL,"event":"check","item":"battery","grade":0,"figure":80,"unit":"percent"}""",
            """{"n":2,"us":2,"wall":WALL,"event":"check","item":"spareBattery","grade":1,"figure":0,"unit":"declared"}""",
            """{"n":3,"us":3,"wall":WALL,"event":"checkDone","grade":1,"failed":0,"warned":1}""",
            """{"n":4,"us":4,"wall":WALL,"event":"activityStarted","activity":1}""",
            """{"n":5,"us":5,"wall":WALL,"event":"noticeGiven","text":"full","recording":1}""",
            """{"n":6,"us":6,"wall":WALL,"event":"keyShot","recording":1}""",
            """{"n":7,"us":7,"wall":WALL,"event":"warned","recording":1}""");
        // The rest comes in the next journal segment.
        await Journal(world, 2,
            """{"n":8,"us":8,"wall":WALL,"event":"interrupted","reason":3,"activity":1}""",
            """{"n":9,"us":9,"wall":WALL,"event":"noteStarted","reason":3}""",
            """{"n":10,"us":10,"wall":WALL,"event":"recordingStarted","recording":2,"activity":1}""",
            """{"n":11,"us":40,"wall":WALL,"event":"noteEnded","by":"press"}""",
            """{"n":12,"us":50,"wall":WALL,"event":"activityEnded","activity":1}""");
        var check = Assert.Single(world.Office.Store.List<PreUseCheck>(new EntityQuery()));
        Assert.Equal(("warned", "assignment-000001"), (check.Grade, check.AssignmentId));
        Assert.Equal(["storage", "fault_free"], check.MissingItems);
        var activity = Assert.Single(world.Office.Store.List<Activity>(new EntityQuery()));
        Assert.True(activity.Notice!.Given);
        Assert.Equal(["key_shot", "warned"], activity.Markers.Select(static marker => marker.Id));
        Assert.Equal("o-li", Assert.Single(activity.OfficerIds));
        Assert.NotNull(activity.EndedAt);
        var interruption = Assert.Single(world.Office.Store.List<Interruption>(new EntityQuery()));
        Assert.Equal(("low_battery", 8L, 10L, 9L, 40L), (interruption.Reason, interruption.FromUs, interruption.ToUs, interruption.NoteFromUs, interruption.NoteToUs));
    }

    [Fact]
    public async Task Each_recording_names_who_had_the_recorder_and_one_that_nobody_had_is_a_lead()
    {
        using var world = await IssuedAsync();
        await world.Must(Actor.Gateway, "intake", draft =>
        {
            FootageDeed.Take(draft, device, 1, 1, 0, []);
            return (Outcome<Recording>)draft.Find<Recording>("bc-01.1.1")!;
        });
        Assert.Equal("o-li", world.Office.Store.Find<Recording>("bc-01.1.1")!.HolderId);
        await world.Must(world.Custodian, "recorder.return", draft => RecorderDesk.Return(draft, "bc-01", new ShiftManifest("m", 1, true, "")));
        world.Time.Advance(TimeSpan.FromHours(1));
        await world.Must(Actor.Gateway, "intake", draft =>
        {
            FootageDeed.Take(draft, device, 1, 2, 0, []);
            return (Outcome<Recording>)draft.Find<Recording>("bc-01.1.2")!;
        });
        Assert.Null(world.Office.Store.Find<Recording>("bc-01.1.2")!.HolderId);
        Assert.Contains(world.Office.Store.List<Lead>(new EntityQuery()), static lead => lead.Type == "no_assignment" && lead.About == "recording/bc-01.1.2");
    }

    [Theory]
    [InlineData("""{"n":1,"us":1,"wall":WALL,"event":"tamperSuspected","recording":3,"segment":1}""", "tampering", "recording/bc-01.1.3")]
    [InlineData("""{"n":1,"us":1,"wall":WALL,"event":"card","change":2,"id":1}""", "card_swapped", "recorder/bc-01")]
    [InlineData("""{"n":1,"us":1,"wall":WALL,"event":"card","change":3,"id":1}""", "card_swapped", "recorder/bc-01")]
    [InlineData("""{"n":1,"us":1,"wall":WALL,"event":"checkpointOlder"}""", "log_rolled_back", "recorder/bc-01")]
    public async Task Signs_of_tampering_become_leads(string line, string type, string about)
    {
        using var world = await IssuedAsync();
        await Journal(world, 1, line);
        Assert.Equal((type, about), world.Office.Store.List<Lead>(new EntityQuery()).Select(static lead => (lead.Type, lead.About)).Single());
    }

    [Fact]
    public async Task Nonsense_in_a_journal_changes_nothing_but_how_far_it_was_read()
    {
        using var world = await IssuedAsync();
        await Journal(world, 1, "{}", """{"event":7}""", """{"event":"obstruction"}""", """{"event":"noteEnded"}""", """{"event":"activityEnded","activity":99}""", """{"event":"check","grade":99}""", """{"event":"recordingStarted","activity":-1}""");
        Assert.Empty(world.Office.Store.List<Activity>(new EntityQuery()));
        Assert.Equal(2, world.Office.Store.Find<IntakeMark>("bc-01.1")!.Next);
    }

    private static async Task<World> IssuedAsync()
    {
        var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        world.Time.Advance(TimeSpan.FromMinutes(5));
        return world;
    }

    private static Task Journal(World world, uint segment, params string[] lines)
    {
        var wall = ((world.Office.Now - DateTimeOffset.UnixEpoch).Ticks / 10).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var parsed = lines.Select(line => JsonDocument.Parse(line.Replace("WALL", wall, StringComparison.Ordinal)).RootElement).ToList();
        return world.Must(Actor.Recorder("bc-01"), "intake", draft =>
        {
            new JournalDeed(draft, device, 1).Take(segment, parsed);
            return (Outcome<IntakeMark>)draft.Find<IntakeMark>("bc-01.1")!;
        });
    }
}
