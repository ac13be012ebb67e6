using System.Text.Json;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Store;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam policy</c> as a user runs it.</summary>
public sealed class PolicyCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-policy-").FullName;

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "policies");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Check_reads_policies_and_calendars_and_names_what_is_wrong_in_both()
    {
        var sound = JsonDocument.Parse(Cli.Bodycam("policy", "check", "--json").Out).RootElement;
        Assert.True(sound.GetProperty("passed").GetBoolean());
        Assert.Equal(5, sound.GetProperty("policies").GetArrayLength());
        Assert.Equal([2025, 2026, 2027], sound.GetProperty("calendars").EnumerateArray().Select(static year => year.GetProperty("year").GetInt32()));

        File.WriteAllText(Path.Combine(folder, "2028.json"), "{\n\"year\": 2027 }");
        var (code, _, error) = Cli.Bodycam("policy", "check", "--calendars", folder);
        Assert.Equal(1, code);
        Assert.Contains("2028.json:2: year: The year is 2027", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_that_is_not_there_is_an_error_of_the_call_and_one_that_is_unsound_a_finding()
    {
        var shipped = Path.Combine(Shipped, "qidong.json");
        var none = Path.Combine(folder, "none.json");
        foreach (var arguments in new string[][] { ["diff", none, shipped], ["diff", shipped, none], ["diff", shipped, folder], ["preview", none, "--data", folder], ["explain", "qidong", "--policies", none], ["check", "--policies", none], ["check", "--calendars", none] })
        {
            var (code, output, error) = Cli.Bodycam(["policy", .. arguments]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(arguments.Contains(none) ? none : folder, error, StringComparison.Ordinal);
        }

        File.WriteAllText(none, "{}");
        Assert.Equal(1, Cli.Bodycam("policy", "diff", none, shipped).Code);
        // Whether they differ is said in words, and does not change the code.
        Assert.Equal(0, Cli.Bodycam("policy", "diff", shipped, shipped).Code);
        Assert.Equal(0, Cli.Bodycam("policy", "diff", shipped, Path.Combine(Shipped, "weixian-natural-resources.json")).Code);
    }

    [Theory]
    [InlineData("diff")]
    [InlineData("preview")]
    [InlineData("explain")]
    public void With_json_a_policy_that_is_unsound_is_one_object_and_each_problem_a_line_that_names_the_program(string verb)
    {
        var bad = Path.Combine(folder, "bad.json");
        File.WriteAllText(bad, "{}");
        var (code, output, error) = Cli.Bodycam(verb switch
        {
            "diff" => ["policy", "diff", Path.Combine(Shipped, "qidong.json"), bad, "--json"],
            "preview" => ["policy", "preview", bad, "--data", folder, "--json"],
            _ => ["policy", "explain", "qidong", "--policies", folder, "--json"],
        });
        Assert.Equal(1, code);
        Assert.All(error.Trim().Split('\n'), static line => Assert.StartsWith("bodycam: ", line, StringComparison.Ordinal));
        Assert.Contains("bad.json", JsonDocument.Parse(output).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Preview_counts_the_policys_own_recordings_by_what_custody_knows_of_them()
    {
        Found();
        var file = Path.Combine(folder, "qidong-2.json");
        var text = File.ReadAllText(Path.Combine(Shipped, "qidong.json")).Replace("\"months\": 6", "\"months\": 3", StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(folder, "texts"));
        foreach (var source in Directory.EnumerateFiles(Path.Combine(Shipped, "texts")))
            File.Copy(source, Path.Combine(folder, "texts", Path.GetFileName(source)));
        File.WriteAllText(file, text);
        var (code, _, error) = Cli.Bodycam("policy", "preview", file, "--data", folder);
        Assert.Equal(2, code);
        Assert.Contains("Give it the next number.", error, StringComparison.Ordinal);

        File.WriteAllText(file, text.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal));
        var preview = JsonDocument.Parse(Cli.Bodycam("policy", "preview", file, "--data", folder, "--json").Out).RootElement;
        Assert.Equal(("custody", 2), (preview.GetProperty("source").GetString(), preview.GetProperty("stored").GetInt32()));
        var touched = preview.GetProperty("touched").EnumerateArray().ToList();
        Assert.Equal(["cam-1.1.1", "cam-1.1.2"], touched.Select(static row => row.GetProperty("id").GetString()));
        Assert.Equal(touched[0].GetProperty("before").GetDateTimeOffset(), touched[0].GetProperty("stands").GetDateTimeOffset());
        Assert.False(touched[1].TryGetProperty("stands", out var none) && none.ValueKind != JsonValueKind.Null);
        Assert.StartsWith("尚未分类", touched[1].GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    // Two agencies; of the first one classified and one unclassified recording and one that was purged.
    private void Found()
    {
        using var store = SqliteCustodyStore.Open(Path.Combine(folder, "custody.db"));
        var at = new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
        var draft = new Draft(store, new None(), Actor.Gateway, "intake", at);
        draft.Put(new Agency("a-1", "启东", "qidong"));
        draft.Put(new Agency("a-2", "开封", "kaifeng-gulou-emergency"));
        draft.Put(new Unit("u-1", "a-1", "一队"));
        draft.Put(new Unit("u-2", "a-2", "二队"));
        var stored = new Recording("cam-1.1.1", "cam-1", 1, 1, "a-1", "u-1") { State = RecordingState.Classified, EndedAt = at, StoredAt = at, Classification = new Classification("检查", "一", 1, "甲", "乙", "o-1", at) };
        draft.Put(stored);
        draft.Put(stored with { Id = "cam-1.1.2", Number = 2, State = RecordingState.Verified, Classification = null });
        draft.Put(stored with { Id = "cam-1.1.3", Number = 3, State = RecordingState.Purged });
        draft.Put(stored with { Id = "cam-2.1.1", Device = "cam-2", AgencyId = "a-2", UnitId = "u-2" });
        store.Apply([new LoggedAct(0, draft.ToAct())], 1);
    }

    private sealed class None : IPolicies
    {
        public Rules.Policies.PolicySet? At(string policyId, DateOnly day) => null;
    }
}
