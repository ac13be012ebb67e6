using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Rules.Tests.Policies;

/// <summary>The five agencies' policies, held against the regulations' texts and the table of REQUIREMENTS.</summary>
public sealed partial class ShippedPolicyTests
{
    public static TheoryData<string, string, int> Agencies => new()
    {
        { "baofeng-forestry", "000_3937773d111791eb", 19 },
        { "lingchuan-hrss", "001_8b6e3fdd3e999dbf", 21 },
        { "qidong", "002_6df591fed7b8dc52", 24 },
        { "weixian-natural-resources", "003_45bab2a2870ea2aa", 17 },
        { "kaifeng-gulou-emergency", "004_0c09c20a50fcd883", 22 },
    };

    [Fact]
    public void All_five_agencies_ship() => Assert.Equal(["baofeng-forestry", "kaifeng-gulou-emergency", "lingchuan-hrss", "qidong", "weixian-natural-resources"], Shipped.Book.Ids);

    [Theory]
    [MemberData(nameof(Agencies))]
    public void Every_article_stands_verbatim_and_nothing_of_the_text_is_left_out(string id, string source, int articles)
    {
        var policy = Shipped.Of(id);
        var text = File.ReadAllText(Path.Combine(Shipped.Folder, "texts", source + ".txt"));
        Assert.Equal(articles, policy.Articles.Count);
        // Taking every article out of the text leaves headings, title, numbers and dates only.
        foreach (var article in policy.Articles)
        {
            var at = text.IndexOf(article.Text, StringComparison.Ordinal);
            Assert.True(at >= 0, $"article {article.Number} does not stand in the text");
            text = text.Remove(at, article.Text.Length);
        }

        var rest = Heading().Replace(text, "");
        var left = rest[..Math.Min(rest.Length, 4000)].Split('\n').Select(static line => line.Trim(' ', '\u3000', '\u00a0', '*', '#')).Where(static line => line.Length > 0).ToList();
        Assert.DoesNotContain(left.Skip(8), static line => line.Length > 40);
    }

    [Theory]
    [MemberData(nameof(Agencies))]
    public void The_text_is_the_one_that_was_published(string id, string source, int articles)
    {
        Assert.True(articles > 0);
        var bytes = File.ReadAllBytes(Path.Combine(Shipped.Folder, "texts", source + ".txt"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Shipped.Of(id).Source.Sha256);
        // The first 16 digits name the seed by its content; an edited text would need another name.
        Assert.Equal("texts/" + source + ".txt", Shipped.Of(id).Source.File);
    }

    [Theory]
    [InlineData("baofeng-forestry", 12, false)]
    [InlineData("lingchuan-hrss", 12, true)]
    [InlineData("qidong", 6, true)]
    [InlineData("weixian-natural-resources", 3, true)]
    [InlineData("kaifeng-gulou-emergency", 24, true)]
    public void Retention_is_what_the_text_says(string id, int months, bool isMinimum) => Assert.Equal((months, isMinimum), (Shipped.Of(id).Rules.Retention.Months, Shipped.Of(id).Rules.Retention.IsMinimum));

    [Fact]
    public void Misprints_stand_in_the_articles_and_their_corrections_beside()
    {
        var policy = Shipped.Of("kaifeng-gulou-emergency");
        Assert.Contains("留路送达", policy.Find("7")!.Text, StringComparison.Ordinal);
        Assert.Contains(policy.Find("7")!.Corrections, static correction => correction is { Written: "留路送达", Read: "留置送达" });
        Assert.Contains(policy.Find("21")!.Corrections, static correction => correction.Written.StartsWith("处路", StringComparison.Ordinal));
        Assert.Equal(["12(六)#2"], Shipped.Of("qidong").Rules.StopUse.Single(static rule => rule.Reason == "urgent").Cites);
    }

    [Fact]
    public void Where_the_agencies_differ_the_files_differ()
    {
        Assert.Null(Shipped.Of("qidong").Rules.Notice);
        Assert.Equal("本次执法过程将全程录音录像", Shipped.Of("weixian-natural-resources").Rules.Notice!.Phrase!.Split('，')[1]);
        Assert.Equal(Shipped.Of("lingchuan-hrss").Rules.Notice!.Phrase, Shipped.Of("kaifeng-gulou-emergency").Rules.Notice!.Phrase);
        Assert.Null(Shipped.Of("baofeng-forestry").Rules.Notice!.Phrase);
        Assert.Equal(ContinuityUnit.Site, Shipped.Of("kaifeng-gulou-emergency").Rules.Continuity.Unit);
        Assert.Empty(Shipped.Of("kaifeng-gulou-emergency").Rules.Continuity.Admitted);
        Assert.Contains(Shipped.Of("lingchuan-hrss").Rules.Continuity.Admitted, static reason => reason.Reason == "site_change");
        Assert.Contains(Shipped.Of("qidong").Rules.Continuity.Admitted, static reason => reason.Reason == "obstruction");
        Assert.DoesNotContain(Shipped.Of("kaifeng-gulou-emergency").Rules.PreUse, static item => item.Item.StartsWith("clock", StringComparison.Ordinal));
        Assert.Contains(Shipped.Of("weixian-natural-resources").Rules.PreUse, static item => item.Item == "spare_battery");
        Assert.Equal((Rank.MainLeader, Rank.MainLeader, (Rank?)null), (Shipped.Of("baofeng-forestry").Rules.WorkRecord!.Reviewer, Shipped.Of("qidong").Rules.WorkRecord!.Reviewer, Shipped.Of("lingchuan-hrss").Rules.WorkRecord!.Reviewer));
        Assert.Equal((2, 1), (Shipped.Of("baofeng-forestry").Rules.Media!.Copies, Shipped.Of("kaifeng-gulou-emergency").Rules.Media!.Copies));
        Assert.Equal([3, 5, 7], new[] { "lingchuan-hrss", "qidong", "weixian-natural-resources" }.Select(static id => Shipped.Of(id).Rules.EvidenceNote!.Fields.Count));
        Assert.Equal(16, Shipped.Of("kaifeng-gulou-emergency").Rules.ActivityTypes.Count);
        Assert.Equal((9, 6, 5), (Shipped.Of("lingchuan-hrss").Rules.KeyShots.Count(static shot => shot.Cites[0].Contains('(', StringComparison.Ordinal)), Shipped.Of("qidong").Rules.KeyShots.Count, Shipped.Of("kaifeng-gulou-emergency").Rules.KeyShots.Count));
    }

    /// <summary>Clauses that stand outside the numbered items, or are easily read past.</summary>
    [Fact]
    public void Clauses_beside_the_lists_are_carried_too()
    {
        Assert.Equal(["parties", "physical_evidence"], Shipped.Of("lingchuan-hrss").Rules.KeyShots.Where(static shot => shot.Cites.SequenceEqual(["10"])).Select(static shot => shot.Id));
        Assert.Equal(["18", "11"], Shipped.Of("lingchuan-hrss").Rules.Duties.Single(static duty => duty.Id == "originals_untouched").Cites);
        Assert.Equal(["5(六)"], Shipped.Of("weixian-natural-resources").Rules.Duties.Single(static duty => duty.Id == "other_device").Cites);
        Assert.Contains("日常巡查检查", Shipped.Of("qidong").Rules.Retention.Remark, StringComparison.Ordinal);
        Assert.Contains("惯例", Shipped.Of("weixian-natural-resources").Rules.Supervision.Single(static rule => rule.Id == "daily_check").Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void No_year_is_without_a_review_when_each_follows_the_last_at_the_latest_day_allowed()
    {
        var every = Shipped.Of("baofeng-forestry").Rules.Supervision.Single(static rule => rule.Id == "annual_review").EveryDays!.Value;
        for (var first = new DateOnly(2023, 1, 1); first.Year < 2029; first = first.AddDays(1))
            Assert.InRange(first.AddDays(every).Year, first.Year, first.Year + 1);
    }

    [Fact]
    public void The_schema_in_the_folder_is_the_one_that_the_model_makes()
    {
        var committed = JsonNode.Parse(File.ReadAllText(Path.Combine(Shipped.Folder, "policy.schema.json")));
        Assert.True(JsonNode.DeepEquals(PolicyJson.Schema(), committed), "policy.schema.json differs from the model. Write it anew: bodycam policy schema > edge-gateway/policies/policy.schema.json");
    }

    [GeneratedRegex(@"第[一二三四五六七八九十]+[条章].*", RegexOptions.None, 1000)]
    private static partial Regex Heading();
}
