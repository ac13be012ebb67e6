using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Tests;

public sealed class CitationTests
{
    private static readonly PolicySet policy = new()
    {
        Id = "p",
        Version = 1,
        Agency = "局",
        Title = "制度",
        EffectiveFrom = new DateOnly(2026, 1, 1),
        Source = new SourceText("texts/p.txt", new string('0', 64)),
        Articles = [new Article("1", "甲", []), new Article("12", "乙", [])],
        Rules = new RuleSet { Retention = new RetentionRule { Months = 6, IsMinimum = true }, Continuity = new ContinuityRule { Unit = ContinuityUnit.Activity, HasList = false } },
    };

    [Theory]
    [InlineData("12", "乙")]
    [InlineData("12(三)", "乙")]
    [InlineData("12（三）", "乙")]
    [InlineData("1", "甲")]
    [InlineData("2", null)]
    public void A_citation_finds_its_article_with_and_without_an_item(string cite, string? text) => Assert.Equal(text, policy.Find(cite)?.Text);
}
