using System.Text;
using System.Text.Json.Nodes;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;
using BodyCam.Rules.Retention;

namespace BodyCam.Rules.Tests.Policies;

public sealed class PolicyReaderTests
{
    private static readonly string good = File.ReadAllText(Path.Combine(Shipped.Folder, "qidong.json"));

    [Theory]
    [InlineData("\"months\": 6", "\"months\": \"6\"", "rules.retention.months", "is string, should be integer")]
    [InlineData("\"months\": 6", "\"monhts\": 6", "rules.retention", "'months' is missing")]
    [InlineData("\"months\": 6", "\"months\": 6, \"weeks\": 2", "rules.retention.weeks", "is not a known key")]
    [InlineData("\"months\": 6", "\"months\": 0", "rules.retention.months", "below 1")]
    [InlineData("\"months\": 6", "\"months\": 6, \"months\": 9", "rules.retention.months", "stands twice")]
    [InlineData("\"unit\": \"activity\"", "\"unit\": \"planet\"", "rules.continuity.unit", "Use one of activity, site")]
    [InlineData("\"18(一)\"", "\"18(九)\"", "rules.retention.cites[0]", "has no item (九)")]
    [InlineData("\"18(一)\"", "\"99\"", "rules.retention.cites[0]", "there is no article 99")]
    [InlineData("\"18(一)\"", "\"§18\"", "rules.retention.cites[0]", "is no citation")]
    [InlineData("\"12(六)#2\"", "\"12(六)#3\"", "rules.stopUse[6].cites[0]", "has no item (六) number 3")]
    [InlineData("\"reason\": \"covert\"", "\"reason\": \"secretly\"", "rules.stopUse[1].reason", "'secretly' is not known")]
    [InlineData("\"reason\": \"covert\"", "\"reason\": \"urgent\"", "rules.stopUse", "'urgent' stands twice")]
    [InlineData("\"version\": 1", "\"version\": 0", "version", "below 1")]
    [InlineData("\"version\": 1", "\"version\": 1.5", "version", "is number, should be integer")]
    [InlineData("\"effectiveFrom\": \"2022-05-23\"", "\"effectiveFrom\": \"23.5.2022\"", "effectiveFrom", "cannot be used")]
    [InlineData("\"effectiveFrom\": \"2022-05-23\"", "\"effectiveFrom\": \"2022-05-23\", \"effectiveTo\": \"2022-05-22\"", "effectiveTo", "before effectiveFrom")]
    [InlineData("texts/002_6df591fed7b8dc52.txt", "../../etc/passwd", "source.file", "outside texts/")]
    [InlineData("\"sha256\": \"", "\"sha256\": \"0", "source.sha256", "is not the SHA-256")]
    [InlineData("坚持“谁使用、谁保管、谁负责”", "坚持“谁使用、谁负责”", "articles[3].text", "does not stand so")]
    [InlineData("\"number\": \"4\"", "\"number\": \"5\"", "articles[3].number", "should be '4'")]
    [InlineData("\"id\": \"qidong\"", "\"id\": \"Qi Dong\"", "id", "is no id")]
    [InlineData("\"basis\": \"practice\"", "\"basis\": \"habit\"", "rules.accessRequest.basis", "Use one of article, practice")]
    [InlineData("\"count\": 24", "\"count\": 0", "rules.upload[0].limit.count", "below 1")]
    public void A_bad_file_is_told_with_line_key_and_remedy(string from, string to, string key, string message)
    {
        var at = good.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, from);
        var bad = good[..at] + to + good[(at + from.Length)..];
        var problems = Read(bad);
        var problem = Assert.Single(problems, problem => problem.Key == key);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", problem.Message, StringComparison.Ordinal);
        // On the changed line, or above it where something is missing.
        var line = good[..at].Count(static c => c == '\n') + 1;
        Assert.InRange(problem.Line, 1, line);
        if (!message.Contains("missing", StringComparison.Ordinal) && !message.Contains("stands twice", StringComparison.Ordinal))
            Assert.Equal(line, problem.Line);
    }

    [Fact]
    public void A_syntax_error_is_told_with_its_line()
    {
        var lines = good.Split('\n');
        lines[4] = lines[4].Replace(":", "", StringComparison.Ordinal);
        var problem = Assert.Single(Read(string.Join('\n', lines)));
        Assert.Equal(5, problem.Line);
        Assert.Contains("no valid JSON", problem.Message, StringComparison.Ordinal);
        Assert.Single(Read("", utf8: [0xFF, 0xFE, 0x00]));
        Assert.Single(Read("null"));
    }

    [Fact]
    public void Cut_anywhere_a_file_is_a_problem_and_never_an_exception()
    {
        var bytes = Encoding.UTF8.GetBytes(good);
        for (var length = 0; length < bytes.Length - 2; length += 97)
            Assert.NotEmpty(Read("", bytes[..length]));
    }

    [Fact]
    public void Every_key_taken_out_or_given_another_type_is_found_or_harmless()
    {
        var tree = JsonNode.Parse(good)!;
        var (taken, found) = (0, 0);
        foreach (var (parent, name) in Members(tree["rules"]!).ToList())
        {
            var value = parent[name];
            parent[name] = new JsonArray(new JsonArray());
            taken++;
            found += Read(tree.ToJsonString()).Count > 0 ? 1 : 0;
            parent[name] = null;
            _ = Read(tree.ToJsonString());
            parent[name] = value;
        }

        Assert.InRange(taken, 200, int.MaxValue);
        Assert.Equal(taken, found);
    }

    [Fact]
    public void One_bad_file_and_none_of_the_folder_is_loaded()
    {
        using var folder = new TempPolicies();
        File.WriteAllText(Path.Combine(folder.Path, "broken.json"), "{");
        Assert.Null(PolicyReader.ReadFolder(folder.Path, out var problems));
        Assert.Equal("broken.json", Assert.Single(problems).File);
    }

    [Fact]
    public void Versions_that_overlap_and_parents_that_are_missing_or_circular_are_problems()
    {
        using var folder = new TempPolicies();
        folder.Write("qidong-2.json", good.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal).Replace("2022-05-23\"", "2026-01-01\"", StringComparison.Ordinal));
        Assert.Null(PolicyReader.ReadFolder(folder.Path, out var overlap));
        Assert.Contains("End this one on 2025-12-31", Assert.Single(overlap).Message, StringComparison.Ordinal);

        folder.Write("qidong.json", good.Replace("\"version\": 1,", "\"version\": 1, \"effectiveTo\": \"2025-12-31\", \"parent\": \"nantong\",", StringComparison.Ordinal));
        Assert.Null(PolicyReader.ReadFolder(folder.Path, out var orphan));
        Assert.Contains("'nantong' is not there", Assert.Single(orphan).Message, StringComparison.Ordinal);

        folder.Write("qidong.json", good.Replace("\"version\": 1,", "\"version\": 1, \"effectiveTo\": \"2025-12-31\", \"parent\": \"lingchuan-hrss\",", StringComparison.Ordinal));
        folder.Change("lingchuan-hrss.json", "\"version\": 1,", "\"version\": 1, \"parent\": \"qidong\",");
        Assert.Null(PolicyReader.ReadFolder(folder.Path, out var circle));
        Assert.Equal(2, circle.Count);
    }

    [Fact]
    public void The_version_in_force_on_a_day_counts()
    {
        using var folder = new TempPolicies();
        folder.Write("qidong.json", good.Replace("\"version\": 1,", "\"version\": 1, \"effectiveTo\": \"2025-12-31\",", StringComparison.Ordinal));
        folder.Write("qidong-2.json", good.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal).Replace("\"effectiveFrom\": \"2022-05-23\"", "\"effectiveFrom\": \"2026-01-01\"", StringComparison.Ordinal));
        var book = PolicyReader.ReadFolder(folder.Path, out var problems);
        Assert.Empty(problems);
        Assert.Equal([null, 1, 1, 2], new[] { new DateOnly(2022, 5, 22), new DateOnly(2022, 5, 23), new DateOnly(2025, 12, 31), new DateOnly(2026, 1, 1) }.Select(day => book!.At("qidong", day)?.Version));
    }

    [Fact]
    public void A_superiors_rule_goes_first_and_of_two_retentions_the_longer_one_stands()
    {
        using var folder = new TempPolicies();
        folder.Change("qidong.json", "\"version\": 1,", "\"version\": 1, \"parent\": \"kaifeng-gulou-emergency\",");
        folder.Change("kaifeng-gulou-emergency.json", "\"months\": 24", "\"months\": 5");
        var book = PolicyReader.ReadFolder(folder.Path, out _)!;
        var merged = book.Effective("qidong", new DateOnly(2026, 3, 2))!;
        Assert.Equal(6, merged.Rules.Retention.Months);
        Assert.Equal(ContinuityUnit.Site, merged.Rules.Continuity.Unit);
        Assert.Equal(["kaifeng-gulou-emergency 12(五)"], merged.Rules.Continuity.Cites);
        Assert.Equal(["qidong 15"], merged.Rules.Duties.Single(static duty => duty.Id == "attestation").Cites);
        Assert.Equal("qidong 15", merged.Qualify("15"));
        Assert.Equal("kaifeng-gulou-emergency 12(五)", merged.Qualify(merged.Rules.Continuity.Cites[0]));
    }

    [Fact]
    public void A_superiors_article_is_found_cited_and_told_as_its_own()
    {
        using var folder = new TempPolicies();
        folder.Change("qidong.json", "\"version\": 1,", "\"version\": 1, \"parent\": \"kaifeng-gulou-emergency\",");
        var merged = PolicyReader.ReadFolder(folder.Path, out _)!.Effective("qidong", new DateOnly(2026, 3, 2))!;
        Assert.Equal(Shipped.Of("kaifeng-gulou-emergency").Find("22")!.Text, merged.Find(merged.Rules.Retention.Cites[0])!.Text);
        Assert.Equal(Shipped.Of("qidong").Find("22")!.Text, merged.Find("22")!.Text);
        Assert.Same(merged.Find("22"), merged.Find("qidong 22(六)"));
        Assert.Null(merged.Find("weixian-natural-resources 5"));
        var span = RetentionSpan.Of(merged, Local.At("2026-03-02 10:00"), Local.At("2026-03-02 11:00"));
        Assert.Contains("依据kaifeng-gulou-emergency 第22条", span.Words, StringComparison.Ordinal);
        var state = RetentionClock.Read([merged], new RetentionFacts { RecordingEnded = Local.At("2026-03-02 10:00"), Stored = Local.At("2026-03-02 11:00"), IsClassified = true }, Local.At("2026-03-03 00:00"));
        Assert.Equal(["kaifeng-gulou-emergency 22"], state.Reasons[0].Cites);
    }

    [Theory]
    [InlineData("12", "第12条")]
    [InlineData("12(三)", "第12条（三）")]
    [InlineData("12(六)#2", "第12条（六）（第2个）")]
    [InlineData("qidong 12(六)#2", "qidong 第12条（六）（第2个）")]
    public void A_citation_is_read_as_people_write_it(string cite, string words) => Assert.Equal(words, RuleWords.Article(cite));

    [Fact]
    public void A_sixth_agency_is_a_file_alone()
    {
        using var folder = new TempPolicies();
        var text = "某县水务局执法记录仪规定\n第一条 影像资料保存不少于九个月。\n第二条 执法人员应当在三个工作日内存储。\n";
        File.WriteAllText(Path.Combine(folder.Path, "texts", "water.txt"), text);
        folder.Write("county-water.json", $$"""
            { "id": "county-water", "version": 1, "agency": "某县水务局", "title": "规定", "effectiveFrom": "2026-01-01",
              "source": { "file": "texts/water.txt", "sha256": "{{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)))}}" },
              "articles": [ { "number": "1", "text": "影像资料保存不少于九个月。", "corrections": [] }, { "number": "2", "text": "执法人员应当在三个工作日内存储。", "corrections": [] } ],
              "rules": {
                "retention": { "months": 9, "isMinimum": true, "cites": ["1"] },
                "upload": [ { "id": "three_days", "start": "activityEnd", "limit": { "unit": "workingDays", "count": 3 }, "cites": ["2"] } ],
                "continuity": { "unit": "activity", "hasList": false, "basis": "practice", "remark": "条文未规定" } } }
            """);
        var book = PolicyReader.ReadFolder(folder.Path, out var problems);
        Assert.Empty(problems);
        var water = book!.At("county-water", new DateOnly(2026, 3, 2))!;
        Assert.Equal((9, LimitUnit.WorkingDays, 3), (water.Rules.Retention.Months, water.Rules.Upload[0].Limit.Unit, water.Rules.Upload[0].Limit.Count));
        Assert.Equal(6, book.Ids.Count());
    }

    [Fact]
    public void A_change_is_told_rule_by_rule_with_what_it_does()
    {
        var before = Shipped.Of("qidong");
        var after = before with { Version = 2, Rules = before.Rules with { Retention = before.Rules.Retention with { Months = 3 }, StopUse = [.. before.Rules.StopUse, new StopUseRule { Reason = "unsuitable", Effect = StopUseEffect.MayStop, Cites = ["12"] }] } };
        var changes = PolicyDiff.Between(before, after);
        Assert.Equal([("version", ChangeEffect.Other), ("rules.retention.months", ChangeEffect.ShortensRetention), ("rules.stopUse[unsuitable]", ChangeEffect.Loosens)], changes.Select(static change => (change.Path, change.Effect)));
        Assert.Empty(PolicyDiff.Between(before, before));
    }

    [Theory]
    [InlineData("\"unit\": \"hours\",\n          \"count\": 24", "\"unit\": \"workingDays\",\n          \"count\": 3", "rules.upload[within_24h].limit", ChangeEffect.Loosens)]
    [InlineData("\"unit\": \"hours\",\n          \"count\": 24", "\"unit\": \"atOnce\"", "rules.upload[within_24h].limit", ChangeEffect.Tightens)]
    [InlineData("\"unit\": \"hours\",\n          \"count\": 24", "\"unit\": \"hours\",\n          \"count\": 48", "rules.upload[within_24h].limit.count", ChangeEffect.Loosens)]
    [InlineData("\"voiceNote\": true", "\"voiceNote\": false", "rules.continuity.voiceNote", ChangeEffect.Loosens)]
    [InlineData("\"voiceNote\": true", "\"voiceNote\": true, \"holeMaxMs\": 9000", "rules.continuity.holeMaxMs", ChangeEffect.Loosens)]
    [InlineData("\"approver\": \"mainLeader\"", "\"approver\": \"unitHead\"", "rules.access[otherUnit].approver", ChangeEffect.Loosens)]
    [InlineData("\"reviewer\": \"mainLeader\"", "\"reviewer\": \"leaderInCharge\"", "rules.workRecord.reviewer", ChangeEffect.Loosens)]
    [InlineData("\"连续工作\",", "\"连续工作\", \"会议\",", "rules.upload[after_return].circumstances", ChangeEffect.Loosens)]
    [InlineData("\"proves\"", "\"place\"", "rules.evidenceNote.fields", ChangeEffect.Other)]
    [InlineData("\"everyDays\": 90", "\"everyDays\": 30", "rules.supervision[spot_check].everyDays", ChangeEffect.Tightens)]
    public void A_change_says_whether_it_loosens_or_tightens(string from, string to, string path, ChangeEffect effect)
    {
        var at = good.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, from);
        var problems = new List<PolicyProblem>();
        var after = PolicyReader.Read("qidong.json", Encoding.UTF8.GetBytes(good[..at] + to + good[(at + from.Length)..]), static name => File.ReadAllBytes(Path.Combine(Shipped.Folder, name)), problems);
        Assert.Empty(problems);
        var change = Assert.Single(PolicyDiff.Between(Shipped.Of("qidong"), after!));
        Assert.Equal((path, effect), (change.Path, change.Effect));
    }

    [Fact]
    public void A_preview_names_what_a_change_touches_and_nothing_is_kept_shorter_than_promised()
    {
        var stored = new DateTimeOffset(2026, 1, 31, 20, 0, 0, TimeSpan.Zero); // 1 February in Shanghai
        var facts = new RetentionFacts { RecordingEnded = stored.AddHours(-1), Stored = stored, IsClassified = true };
        var recordings = new[] { new PreviewRecording("a", facts), new PreviewRecording("b", facts with { PromisedUntil = stored.AddYears(2) }), new PreviewRecording("not stored", facts with { Stored = null }) };
        var shorter = PolicyPreview.Of(Months(6), Months(3), recordings);
        Assert.Equal(["a", "b"], shorter.Select(static touched => touched.Id));
        Assert.All(shorter, static touched => Assert.True(touched.WouldShorten && touched.Stands == touched.Before));
        Assert.Equal(new DateTimeOffset(2026, 8, 2, 0, 0, 0, TimeSpan.FromHours(8)), shorter[0].Before);
        Assert.Contains("不得缩短", shorter[0].Why, StringComparison.Ordinal);
        var longer = PolicyPreview.Of(Months(6), Months(12), recordings);
        Assert.Equal(new DateTimeOffset(2027, 2, 2, 0, 0, 0, TimeSpan.FromHours(8)), longer[0].Stands);
        Assert.Empty(PolicyPreview.Of(Months(6), Months(6), [recordings[0]]));
    }

    [Fact]
    public void A_preview_says_of_what_is_held_or_in_a_case_or_not_classified_that_no_end_is_in_sight()
    {
        var stored = Local.At("2026-02-01 04:00");
        var facts = new RetentionFacts { RecordingEnded = stored, Stored = stored, IsClassified = true };
        var touched = PolicyPreview.Of(Months(6), Months(3),
        [
            new PreviewRecording("held", facts with { Holds = [new HoldFact("objection", [], "登记", "赵某", stored)] }),
            new PreviewRecording("case", facts with { Evidence = [new EvidenceLink("案", null)] }),
            new PreviewRecording("unclassified", facts with { IsClassified = false }),
        ]);
        Assert.Equal([null, null, null], touched.Select(static one => one.Stands));
        Assert.Equal(["长期保存", "作为案件", "尚未分类"], touched.Select(static one => one.Why[..4]));
    }

    [Fact]
    public void A_preview_and_the_retention_clock_give_one_end_for_every_day()
    {
        for (var day = Local.At("2024-01-01 23:30"); day < Local.At("2026-03-05 00:00"); day = day.AddDays(1))
        {
            var facts = new RetentionFacts { RecordingEnded = day, Stored = day, IsClassified = true };
            var touched = Assert.Single(PolicyPreview.Of(Months(1), Months(6), [new PreviewRecording("a", facts)]));
            Assert.Equal((RetentionClock.Read([Months(1)], facts, day).End, RetentionClock.Read([Months(6)], facts, day).End), ((DateTimeOffset?)touched.Before, touched.Stands));
        }
    }

    private static PolicySet Months(int months) => With(Shipped.Of("qidong"), months);

    private static PolicySet With(PolicySet set, int months) => set with { Rules = set.Rules with { Retention = set.Rules.Retention with { Months = months } } };

    private static List<PolicyProblem> Read(string json, byte[]? utf8 = null)
    {
        var problems = new List<PolicyProblem>();
        var set = PolicyReader.Read("qidong.json", utf8 ?? Encoding.UTF8.GetBytes(json), static name => name.Contains("..", StringComparison.Ordinal) ? null : File.ReadAllBytes(Path.Combine(Shipped.Folder, name)), problems);
        Assert.Equal(problems.Count == 0, set is not null);
        return problems;
    }

    private static IEnumerable<(JsonObject Parent, string Name)> Members(JsonNode node) => node switch
    {
        JsonObject members => members.ToList().SelectMany(pair => Members(pair.Value!).Prepend((members, pair.Key))),
        JsonArray list => list.SelectMany(static item => Members(item!)),
        _ => [],
    };
}
