using BodyCam.Rules.Continuity;
using BodyCam.Rules.Tests.Policies;
using static BodyCam.Rules.Tests.Continuity.Scene;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>The five agencies' own files: which confirmed interruption is explained, and with which article (E3).</summary>
public sealed class ShippedPolicyTests
{
    [Theory]
    [InlineData("baofeng-forestry", "low_battery", "12(一)", "12(一)")]
    [InlineData("baofeng-forestry", "low_battery", null, null)]
    [InlineData("lingchuan-hrss", "device_fault", null, "11")]
    [InlineData("lingchuan-hrss", "weather", null, "11")]
    [InlineData("lingchuan-hrss", "low_battery", null, "11")]
    [InlineData("lingchuan-hrss", "low_storage", null, "11")]
    [InlineData("lingchuan-hrss", "site_change", null, "11")]
    [InlineData("lingchuan-hrss", "obstruction", null, null)]
    [InlineData("qidong", "device_fault", null, "13")]
    [InlineData("qidong", "weather", null, "13")]
    [InlineData("qidong", "low_battery", null, "13")]
    [InlineData("qidong", "low_storage", null, "13")]
    [InlineData("qidong", "obstruction", null, "13")]
    [InlineData("qidong", "site_change", null, null)]
    [InlineData("weixian-natural-resources", "low_storage", "5(六)", "5(六)")]
    [InlineData("weixian-natural-resources", "low_storage", "12", "12")]
    [InlineData("weixian-natural-resources", "low_storage", "99", null)]
    [InlineData("kaifeng-gulou-emergency", "low_battery", "12(五)", null)]
    [InlineData("kaifeng-gulou-emergency", "device_fault", null, null)]
    public void A_confirmed_interruption_is_explained_only_by_what_the_agencys_own_text_admits(string agency, string reason, string? shown, string? cited)
    {
        var input = Input(Shipped.Of(agency), Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, reason))) with { Confirmations = [Confirm(50, 70, reason, article: shown)] };
        var row = ContinuityLedger.Compute(input).Rows[1];
        Assert.Equal(cited is null ? LedgerKind.Unexplained : LedgerKind.Explained, row.Kind);
        if (cited is not null)
            Assert.Equal([cited], row.Articles);
    }

    [Theory]
    [InlineData("baofeng-forestry", "force_majeure", true, "12(四)")]
    [InlineData("baofeng-forestry", "force_majeure", false, null)]
    [InlineData("lingchuan-hrss", "explosive_area", false, "5(一)")]
    [InlineData("qidong", "covert", true, "12(二)")]
    [InlineData("qidong", "covert", false, null)]
    [InlineData("kaifeng-gulou-emergency", "explosive_area", false, "8(一)")]
    [InlineData("weixian-natural-resources", "urgent", true, null)]
    public void A_decision_not_to_record_explains_with_its_article_and_reviewed_where_the_text_asks(string agency, string reason, bool reviewed, string? cited)
    {
        var stop = new StopUseDecision { Recorder = Recorder, From = At(50), To = At(70), Reason = reason, By = "李四", At = Later, ReviewedBy = reviewed ? "局长" : null };
        var row = ContinuityLedger.Compute(Input(Shipped.Of(agency), Track(100, [Run(10, 50), Run(70, 100)])) with { StopUses = [stop] }).Rows[1];
        Assert.Equal(cited is null ? LedgerKind.Unexplained : LedgerKind.Explained, row.Kind);
        if (cited is not null)
            Assert.Equal([cited], row.Articles);
    }
}
