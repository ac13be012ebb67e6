using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Intake;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Custody.Supervision;
using BodyCam.Log;

namespace BodyCam.Custody.Tests;

/// <summary>Long acts, floods of a recorder, and failures between log and store.</summary>
public sealed class BoundTests
{
    private static readonly DeviceId device = DeviceId.Parse("bc-01");

    [Fact]
    public async Task A_hold_on_an_activity_of_many_recordings_is_one_act_in_parts_and_replays()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        const int count = 40;
        for (var number = 1u; number <= count; number++)
        {
            var recording = await world.StoredAsync(number);
            await world.Must(world.Officer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, "日常检查", "检查", 1, "县城", new string('内', 1500)));
        }

        var before = world.Log.Records.Count;
        var hold = await world.Must(world.Officer, "hold.set", draft => RetentionDesk.SetHold(draft, "activity-x", null, "complaint_or_petition", "投诉"));
        var parts = world.Log.ReadFrom(before).Select(static logged => logged.Act).ToList();
        Assert.True(parts.Count > 1);
        Assert.All(world.Log.Records, static record => Assert.True(record.Utf8Json.Length <= LogWriter.RecordBytesMax));
        Assert.Equal(Enumerable.Range(1, parts.Count).Select(index => $"{index}/{parts.Count}"), parts.Select(static act => act.Part));
        Assert.All(parts, act => Assert.Equal(("hold.set", "hold/" + hold.Id, "投诉"), (act.Name, act.Subject, act.Reason)));
        using var again = new World(Texts.Full, world.Log);
        foreach (var office in new[] { world.Office, again.Office })
            Assert.Equal(count, office.Store.List<Recording>(new EntityQuery("activity", "activity-x")).Count(recording => recording.HoldIds.SequenceEqual([hold.Id])));
        Assert.Equal(world.Log.Size, again.Office.Store.NextSequence);
    }

    [Fact]
    public async Task What_no_record_holds_is_refused_and_changes_nothing()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Refused(world.Administrator, "unit.register", draft => (Outcome<Unit>)draft.Put(new Unit("unit-3", "agency-1", new string('长', 30_000))), "act_too_long");
        Assert.Null(world.Office.Store.Find<Unit>("unit-3"));
        await world.Must(world.Administrator, "unit.register", draft => PeopleDesk.RegisterUnit(draft, new Unit("unit-3", "agency-1", "三大队")));
    }

    [Fact]
    public async Task An_officer_cannot_fill_a_recording_or_an_activity_until_no_hold_fits()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.StoredAsync();
        var four = new string('长', Text.CharactersMax);
        await world.Refused(world.Officer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, four, four, 1, four, four), "text_too_long");
        var most = new string('长', Text.StandingMax);
        await world.Must(world.Officer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, most, most, 1, most, four));
        await world.Refused(world.Officer, "recording.attest", draft => RecordingDesk.Attest(draft, recording.Id, four), "text_too_long");
        await world.Must(world.Officer, "recording.attest", draft => RecordingDesk.Attest(draft, recording.Id, new string('真', 1000)));
        await world.Refused(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("key_shot", null, null, four, "")), "markers");
        for (var count = 0; count < 100; count++)
            await world.Must(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("key_shot", null, null, "地点", "")));
        await world.Refused(world.Officer, "activity.mark", draft => ActivityDesk.Mark(draft, "activity-x", new Marker("key_shot", null, null, "", "")), "markers");
        for (var count = 0; count < 50; count++)
            await world.Must(world.Officer, "hold.set", draft => RetentionDesk.SetHold(draft, null, recording.Id, "other", four));
        await world.Refused(world.Officer, "hold.set", draft => RetentionDesk.SetHold(draft, null, recording.Id, "other", "再设"), "holds_many");
        await world.Must(world.Legal, "hold.set", draft => RetentionDesk.SetHold(draft, "activity-x", null, "complaint_or_petition", four));
    }

    [Fact]
    public async Task A_journal_of_thousands_of_lines_is_taken_whole_and_one_endless_line_is_passed_over_with_a_lead()
    {
        using var world = await IssuedAsync();
        var lines = new List<JsonElement> { Line("""{"n":1,"us":1,"event":"activityStarted","activity":1}""") };
        for (var count = 0; count < 3000; count++)
            lines.Add(Line("""{"n":2,"us":2,"event":"checkDone"}"""));
        lines.Add(Line($$"""{"n":3,"us":3,"event":"noticeGiven","text":"{{new string('x', 100_000)}}","recording":1}"""));
        for (var count = 0; count < 500; count++)
            lines.Add(Line("""{"n":4,"us":4,"event":"keyShot","recording":1}"""));
        lines.Add(Line("""{"n":5,"us":5,"wall":9223372036854775807,"event":"obstruction","recording":1}"""));
        await RecordingIntake.TakeLinesAsync(world.Office, device, 1, 1, lines, 0, TestContext.Current.CancellationToken);

        var checks = 0;
        for (string? after = null; world.Office.Store.List<PreUseCheck>(new EntityQuery { After = after, CountMax = 1000 }) is { Count: > 0 } page; after = page[^1].Id)
            checks += page.Count;
        Assert.Equal(3000, checks);
        var activity = Assert.Single(world.Office.Store.List<Activity>(new EntityQuery()));
        Assert.Equal((200, 301), (activity.Markers.Count, activity.MarkersBeyond));
        Assert.Null(activity.Notice);
        Assert.Single(world.Office.Store.List<Hold>(new EntityQuery()));
        Assert.Equal("journal_not_taken", Assert.Single(world.Office.Store.List<Lead>(new EntityQuery())).Type);
        Assert.Equal((2L, 0), (world.Office.Store.Find<IntakeMark>("bc-01.1")!.Next, world.Office.Store.Find<IntakeMark>("bc-01.1")!.Line));
        Assert.All(world.Log.Records, static record => Assert.True(record.Utf8Json.Length <= LogWriter.RecordBytesMax));
    }

    [Fact]
    public async Task A_journal_segment_broken_off_in_the_middle_goes_on_at_its_next_line()
    {
        using var world = await IssuedAsync();
        var lines = Enumerable.Range(0, 10).Select(static n => Line($$"""{"n":{{n}},"us":{{n}},"event":"checkDone"}""")).ToList();
        await world.Must(Actor.Recorder("bc-01"), "intake", draft =>
        {
            new JournalDeed(draft, device, 1).Take(1, lines, 0, 4);
            return (Outcome<IntakeMark>)draft.Find<IntakeMark>("bc-01.1")!;
        });
        var mark = world.Office.Store.Find<IntakeMark>("bc-01.1")!;
        Assert.Equal((1L, 4), (mark.Next, mark.Line));
        await RecordingIntake.TakeLinesAsync(world.Office, device, 1, 1, lines, mark.Line, TestContext.Current.CancellationToken);
        Assert.Equal(10, world.Office.Store.List<PreUseCheck>(new EntityQuery()).Count);
        Assert.Equal(2, world.Office.Store.Find<IntakeMark>("bc-01.1")!.Next);
    }

    [Theory]
    [InlineData(ulong.MaxValue, 0UL, ulong.MaxValue)]
    [InlineData(9_000_000_000_000_000_000UL, 5UL, 9_000_000_000_000_000_000UL)]
    [InlineData(1_700_000_000_000_000UL, 9_000_000_000_000_000_000UL, 1UL)]
    public async Task Times_that_no_clock_has_stop_nothing(ulong wallUs, ulong startUs, ulong endUs)
    {
        using var world = await IssuedAsync();
        var key = new SegmentKey(device, 1, 1, 1);
        var row = Row(key, (long)wallUs, (long)startUs, (long)endUs);
        await world.Must(Actor.Gateway, "intake", draft =>
        {
            FootageDeed.Take(draft, device, 1, 1, 0, [row, row with { Key = new SegmentKey(device, 1, 1, 2) }]);
            return (Outcome<Recording>)draft.Find<Recording>("bc-01.1.1")!;
        });
        Assert.True(world.Office.Store.Find<Recording>("bc-01.1.1")!.RecordedUs >= 0);
    }

    [Fact]
    public async Task An_act_that_reached_the_log_and_not_the_store_is_there_before_the_next_rests_on_it()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var store = new FailingStore(SqliteCustodyStore.Open(":memory:"));
        using var office = new Office(store, world.Log, new FixedPolicies(Texts.Full), world.Time);
        store.FailsNext = true;
        await Assert.ThrowsAsync<IOException>(() => office.DoAsync(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1), TestContext.Current.CancellationToken));
        Assert.False(store.FailsNext, "the planned failure never came");
        var second = await office.DoAsync(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-wang", 1), TestContext.Current.CancellationToken);
        Assert.Equal("recorder_not_in_stock", second.Refusal?.Code);
        Assert.Equal("o-li", Assert.Single(office.Store.List<Assignment>(new EntityQuery("recorder", "bc-01"))).HolderId);
        Assert.Equal(world.Log.Size, office.Store.NextSequence);
    }

    [Fact]
    public async Task A_store_that_knows_more_than_the_log_is_not_trusted()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var store = SqliteCustodyStore.Open(":memory:");
        store.Apply([.. world.Log.ReadFrom(0)], world.Log.Size);
        var older = new MemoryActLog();
        older.Records.AddRange(world.Log.Records.Take(3));
        Assert.Contains("move custody.db away", Assert.Throws<InvalidOperationException>(() => new Office(store, older, new FixedPolicies(Texts.Full), world.Time)).Message, StringComparison.Ordinal);
        store.Dispose();
    }

    private static JsonElement Line(string text) => JsonDocument.Parse(text).RootElement;

    private static SegmentRow Row(SegmentKey key, long wallUs, long startUs, long endUs) =>
        new(key, SegmentKind.Footage, ReceiptState.Stored, new byte[32], new byte[32], new byte[32], 10, 0, 0, 0, 1, 0, startUs, endUs, wallUs, 1, 1);

    private static async Task<World> IssuedAsync()
    {
        var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        return world;
    }

    private sealed class FailingStore(ICustodyStore inner) : ICustodyStore
    {
        public bool FailsNext { get; set; }

        public long NextSequence => inner.NextSequence;

        public T? Find<T>(string id)
            where T : class, IEntity => inner.Find<T>(id);

        public IReadOnlyList<T> List<T>(EntityQuery query)
            where T : class, IEntity => inner.List<T>(query);

        public IReadOnlyList<LoggedAct> Acts(string thing, long afterSequence = -1, int countMax = 1000) => inner.Acts(thing, afterSequence, countMax);

        public void Apply(IReadOnlyList<LoggedAct> acts, long nextSequence)
        {
            if (FailsNext)
            {
                FailsNext = false;
                throw new IOException("disk full");
            }

            inner.Apply(acts, nextSequence);
        }

        public void Dispose() => inner.Dispose();
    }
}
