using System.Text;
using System.Text.Json.Nodes;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Rules.Tests.Policies;

/// <summary>Policy files that no careful person would write: each is told and none stops the program.</summary>
public sealed class HostileFileTests
{
    private static readonly string good = File.ReadAllText(Path.Combine(Shipped.Folder, "qidong.json"));

    [Theory]
    [InlineData("\"months\": 6", "\"months\": 1201", "rules.retention.months", "1 to 1200")]
    [InlineData("\"count\": 24", "\"count\": 2147483647", "rules.upload[0].limit.count", "1 to 8784")]
    [InlineData("\"unit\": \"workingDays\",\n        \"count\": 2", "\"unit\": \"workingDays\",\n        \"count\": 1001", "rules.accessRequest.limit.count", "1 to 1000")]
    [InlineData("\"id\": \"within_24h\",", "\"id\": \"within_24h\", \"warnHours\": 2147483647,", "rules.upload[0].warnHours", "0 to 8784")]
    [InlineData("\"id\": \"within_24h\",", "\"id\": \"within_24h\", \"graceHours\": -1,", "rules.upload[0].graceHours", "0 to 8784")]
    [InlineData("\"id\": \"within_24h\",", "\"id\": \"within_24h\", \"graceHours\": 4,", "rules.upload[0].graceHours", "atOnce")]
    [InlineData("\"unit\": \"activity\"", "\"unit\": \"activity\", \"holeMaxMs\": 2147483647", "rules.continuity.holeMaxMs", "200 to 10000")]
    [InlineData("\"unit\": \"activity\"", "\"unit\": \"activity\", \"holeMaxMs\": 0", "rules.continuity.holeMaxMs", "200 to 10000")]
    [InlineData("\"everyDays\": 90", "\"everyDays\": 0", "rules.supervision[0].everyDays", "1 to 3660")]
    [InlineData("\"copies\": 1", "\"copies\": 0", "rules.media.copies", "1 to 99")]
    [InlineData("\"effectiveFrom\": \"2022-05-23\"", "\"effectiveFrom\": \"0001-01-01\"", "effectiveFrom", "1949 to 2199")]
    [InlineData("\"effectiveFrom\": \"2022-05-23\"", "\"effectiveFrom\": \"2022-05-23\", \"effectiveTo\": \"9999-12-31\"", "effectiveTo", "1949 to 2199")]
    public void A_figure_that_no_rule_has_is_told_and_never_reaches_a_clock(string from, string to, string key, string message)
    {
        Assert.Contains(from, good, StringComparison.Ordinal);
        var at = good.IndexOf(from, StringComparison.Ordinal);
        var problem = Assert.Single(Read(Encoding.UTF8.GetBytes(good[..at] + to + good[(at + from.Length)..])), problem => problem.Key == key);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"id\": \"spot_check\"", "\"id\": \"spotcheck\"", "rules.supervision[0].id", "Use one of spot_check, annual_review")]
    [InlineData("\"kinds\": [\n        \"any\"", "\"kinds\": [\n        \"disk\"", "rules.media.kinds", "Use one of disc, hard_disk, any")]
    [InlineData("\"labelFields\": []", "\"labelFields\": [\"maker\"]", "rules.media.labelFields", "Use one of made_by_unit")]
    [InlineData("\"proves\"\n      ],", "\"proves\"\n      ], \"signatures\": [\"chief\"],", "rules.evidenceNote.signatures", "Use one of officer, leader, agency_seal")]
    [InlineData("\"register\": [\n          \"who\"", "\"register\": [\n          \"whom\"", "rules.access[0].register", "Use one of who, purpose, time")]
    [InlineData("\"hasList\": true", "\"hasList\": false", "rules.continuity.admitted", "hasList")]
    [InlineData("\"reason\": \"low_battery\"", "\"reason\": \"device_fault\"", "rules.continuity.admitted", "'device_fault' stands twice")]
    [InlineData("\"id\": \"trade\"", "\"id\": \"state\"", "rules.secrecyKinds", "'state' stands twice")]
    [InlineData("\"id\": \"trade\"", "\"id\": \"commercial\"", "rules.secrecyKinds[1].id", "Use one of state, trade, privacy, military, technical")]
    [InlineData("\"id\": \"within_24h\",", "\"id\": \"within_24h\", \"when\": \"special\",", "rules.upload", "no ordinary clock")]
    [InlineData("\"id\": \"within_24h\",\n        \"start\": \"activityEnd\"", "\"id\": \"within_24h\",\n        \"start\": \"stored\"", "rules.upload[0].start", "Use one of activityEnd, returnToUnit, dayOfRecording, weekOfRecording")]
    [InlineData("\"accessRequest\": {\n      \"start\": \"requested\"", "\"accessRequest\": {\n      \"start\": \"stored\"", "rules.accessRequest.start", "Use requested")]
    public void A_word_that_the_program_would_pass_over_is_told(string from, string to, string key, string message)
    {
        Assert.Contains(from, good, StringComparison.Ordinal);
        var at = good.IndexOf(from, StringComparison.Ordinal);
        var problem = Assert.Single(Read(Encoding.UTF8.GetBytes(good[..at] + to + good[(at + from.Length)..])), problem => problem.Key == key);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_in_any_list_is_told_with_its_place()
    {
        var tree = JsonNode.Parse(good)!;
        var lists = 0;
        foreach (var list in Lists(tree).ToList())
        {
            list.Add(null);
            var problems = Read(Encoding.UTF8.GetBytes(tree.ToJsonString()));
            Assert.Contains(problems, static problem => problem.Message.Contains("null", StringComparison.Ordinal));
            list.RemoveAt(list.Count - 1);
            lists++;
        }

        Assert.InRange(lists, 50, int.MaxValue);
    }

    [Theory]
    [InlineData("\"id\": \"qidong\"", "\"i\\ud800d\": \"qidong\"")]
    [InlineData("\"id\": \"qidong\"", "\"id\": \"qi\\ud800dong\"")]
    [InlineData("\"unit\": \"activity\"", "\"unit\": \"\\udc00\"")]
    [InlineData("\"remark\": \"条文", "\"remark\": \"\\ud800条文")]
    [InlineData("\"cites\": [\n          \"16\"", "\"cites\": [\n          \"\\ud800\"")]
    public void Half_a_character_is_told_and_stops_nothing(string from, string to)
    {
        Assert.Contains(from, good, StringComparison.Ordinal);
        var at = good.IndexOf(from, StringComparison.Ordinal);
        Assert.NotEmpty(Read(Encoding.UTF8.GetBytes(good[..at] + to + good[(at + from.Length)..])));
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() => Assert.Empty(Read(Encoding.UTF8.GetBytes("\uFEFF" + good)));

    [Fact]
    public void Bytes_changed_at_random_give_a_policy_or_problems_and_never_an_exception()
    {
        const int Seed = 20226;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var bytes = Encoding.UTF8.GetBytes(good);
        for (var round = 0; round < 1500; round++)
        {
            var changed = bytes.ToArray();
            for (var change = random.Next(1, 5); change > 0; change--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            _ = Read(changed);
        }
    }

    [Fact]
    public void A_text_that_cannot_be_read_is_a_problem_of_the_file_that_names_it()
    {
        using var folder = new TempPolicies();
        var text = Path.Combine(folder.Path, "texts", "002_6df591fed7b8dc52.txt");
        File.Delete(text);
        Directory.CreateDirectory(text);
        Assert.Null(PolicyReader.ReadFolder(folder.Path, out var problems));
        Assert.Equal(("qidong.json", "source.file"), (Assert.Single(problems).File, problems[0].Key));
    }

    private static List<PolicyProblem> Read(byte[] utf8)
    {
        var problems = new List<PolicyProblem>();
        var set = PolicyReader.Read("qidong.json", utf8, static name => name == "texts/002_6df591fed7b8dc52.txt" ? File.ReadAllBytes(Path.Combine(Shipped.Folder, name)) : null, problems);
        Assert.Equal(problems.Count == 0, set is not null);
        return problems;
    }

    private static IEnumerable<JsonArray> Lists(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(static pair => Lists(pair.Value)),
        JsonArray list => list.SelectMany(Lists).Prepend(list),
        _ => [],
    };
}
