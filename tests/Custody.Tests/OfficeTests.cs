using System.Text.Json;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Store;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

public sealed class OfficeTests
{
    [Fact]
    public async Task What_the_log_has_makes_the_same_store_again()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));

        using var again = new World(Texts.Full, world.Log);

        Assert.Equal(world.Office.Store.NextSequence, again.Office.Store.NextSequence);
        Assert.Equal(JsonSerializer.Serialize(world.Office.Store.Find<Recordings.Recording>(recording.Id), ActJson.Options), JsonSerializer.Serialize(again.Office.Store.Find<Recordings.Recording>(recording.Id), ActJson.Options));
        Assert.Equal(RecorderState.Issued, again.Office.Store.Find<Recorder>("bc-01")!.State);
        Assert.Equal(world.Office.Store.Acts("recorder/bc-01").Select(static act => act.Sequence), again.Office.Store.Acts("recorder/bc-01").Select(static act => act.Sequence));
    }

    [Fact]
    public async Task A_store_that_fell_behind_is_brought_up_from_the_log()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("custody").FullName, "custody.db");
        using var world = await new World(Texts.Full).FoundedAsync();
        // Stopped after the fourth act reached the store, though the log has all.
        using (var behind = SqliteCustodyStore.Open(path))
            behind.Apply([.. world.Log.ReadFrom(0).Take(4)], 4);
        using var office = new Office(SqliteCustodyStore.Open(path), world.Log, new FixedPolicies(Texts.Full), world.Time);
        Assert.Equal(world.Log.Size, office.Store.NextSequence);
        Assert.Equal("SN1", office.Store.Find<Recorder>("bc-01")!.Serial);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task A_refusal_leaves_nothing_behind_and_a_second_act_rests_on_the_first()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1));
        await world.Refused(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-wang", 1), "recorder_not_in_stock");
        Assert.Equal("o-li", world.Office.Store.List<Assignment>(new EntityQuery("recorder", "bc-01")).Single().HolderId);
    }

    [Fact]
    public async Task Of_many_who_issue_the_same_recorder_at_once_one_has_it()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => world.Try(world.Custodian, "recorder.issue", draft => RecorderDesk.Issue(draft, "bc-01", "o-li", 1)))));
        Assert.Equal(1, outcomes.Count(static outcome => outcome.IsDone));
    }

    [Fact]
    public async Task Each_act_names_who_what_when_why_and_the_article()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Custodian, "officer.transfer", draft => PeopleDesk.TransferOfficer(draft, "o-wang", "unit-2", "岗位调整"));
        var act = world.Office.Store.Acts("officer/o-wang")[^1].Act;
        Assert.Equal(("officer.transfer", "officer/o-wang", "u-custodian", "岗位调整"), (act.Name, act.Subject, act.ActorId, act.Reason));
        Assert.Equal(["full 6"], act.Cites);
        Assert.Equal(world.Time.GetUtcNow(), act.At);
    }

    [Fact]
    public void A_record_of_another_type_or_with_unknown_members_is_no_act()
    {
        Assert.Null(ActJson.FromRecord("{\"type\":\"segment\"}"u8));
        Assert.Null(ActJson.FromRecord("not json"u8));
        Assert.Null(ActJson.FromRecord("{\"type\":\"custody\",\"act\":{\"name\":\"x\",\"surprise\":1}}"u8));
    }

    [Theory]
    [InlineData("\"reason\":\"分类\",", "")]
    [InlineData("[\"qidong 15\"]", "[null]")]
    [InlineData(",\"body\":{\"title\":\"x\"}", "")]
    [InlineData("\"keys\":[]", "\"keys\":null")]
    [InlineData("\"keys\":[]", "\"keys\":[{}]")]
    [InlineData("\"mentions\":[]", "\"mentions\":null")]
    public void An_act_of_which_something_is_missing_is_no_act(string standing, string instead)
    {
        var act = new Act("recording.classify", "recording/unit-7.1.1", "u-1", "王一", "officer", DateTimeOffset.UnixEpoch, "分类", ["qidong 15"], [new Change("recording", "unit-7.1.1", [], JsonSerializer.SerializeToElement(new { title = "x" }))]);
        var text = System.Text.Encoding.UTF8.GetString(ActJson.ToRecord(act).Utf8Json);
        Assert.Contains(standing, text, StringComparison.Ordinal);
        Assert.NotNull(ActJson.FromRecord(System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Null(ActJson.FromRecord(System.Text.Encoding.UTF8.GetBytes(text.Replace(standing, instead, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task An_act_that_nobody_put_into_the_table_may_be_done_by_nobody()
    {
        using var world = new World(Texts.Full);
        await world.Refused<Agency>(world.Administrator, "agency.invent", draft => draft.Put(new Agency("a", "b", "full")), "not_allowed");
    }

    [Fact]
    public async Task Lists_come_in_pages_by_id_and_by_key()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        var first = world.Office.Store.List<Officer>(new EntityQuery("unit", "unit-1") { CountMax = 2 });
        var second = world.Office.Store.List<Officer>(new EntityQuery("unit", "unit-1") { CountMax = 9, After = first[^1].Id });
        Assert.Equal(["o-custodian", "o-head"], first.Select(static officer => officer.Id));
        Assert.Equal(["o-li", "o-main", "o-wang"], second.Select(static officer => officer.Id));
        Assert.Equal(6, world.Office.Store.List<Officer>(new EntityQuery()).Count);
    }

    [Fact]
    public async Task A_key_that_changed_finds_no_more()
    {
        using var world = await new World(Texts.Full).FoundedAsync();
        await world.Must(world.Administrator, "officer.transfer", draft => PeopleDesk.TransferOfficer(draft, "o-wang", "unit-2", "调动"));
        Assert.DoesNotContain(world.Office.Store.List<Officer>(new EntityQuery("unit", "unit-1")), static officer => officer.Id == "o-wang");
        Assert.Contains(world.Office.Store.List<Officer>(new EntityQuery("unit", "unit-2")), static officer => officer.Id == "o-wang");
    }

    [Fact]
    public void No_rank_alone_opens_what_belongs_to_a_role()
    {
        var leader = World.Person("u", "o", Rank.MainLeader);
        Assert.False(Permissions.May(leader, "recorder.issue"));
        Assert.True(Permissions.May(leader, "access.decide"));
        Assert.False(Permissions.May(World.Person("u", "o", Rank.None, Role.Auditor), "access.open"));
        Assert.False(Permissions.May(World.Person("u", "o", Rank.None, Role.Administrator), "access.open"));
    }
}
