using System.IO.Compression;
using System.Text.RegularExpressions;
using BodyCam.Evidence;
using BodyCam.Rules.Policies;

namespace BodyCam.Packaging.Tests;

public sealed partial class PackageTests(Shelf shelf) : IClassFixture<Shelf>
{
    [Fact]
    public void A_clean_package_is_verified_by_us_and_by_the_script_with_a_key_from_outside()
    {
        var folder = shelf.Folder();
        foreach (var report in new[] { shelf.Verify(shelf.Zip()), shelf.Verify(folder), shelf.Verify(folder, withCheckpoint: true), shelf.Verify(folder, withKey: false, withCheckpoint: true) })
        {
            Assert.DoesNotContain(report.Findings, static finding => finding.Severity == FindingSeverity.Error);
            Assert.Equal(VerifyVerdict.Verified, report.Verdict);
            Assert.Equal(9, report.SegmentCount);
        }

        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 0, output);
        Assert.Contains("Verified.", output, StringComparison.Ordinal);
        Assert.Equal(0, Shelf.Script(folder, "--checkpoint", shelf.CheckpointFile).Code);
    }

    [Fact]
    public void Without_anything_from_outside_it_is_consistent_and_never_verified()
    {
        var folder = shelf.Folder();
        Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, shelf.Verify(folder, withKey: false).Verdict);
        var (code, output) = Shelf.Script(folder);
        Assert.Equal(3, code);
        Assert.DoesNotContain("Verified", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_of_part_of_an_activity_names_what_is_left_out()
    {
        var folder = shelf.Folder(Shelf.Request(1, 3));
        var report = shelf.Verify(folder);
        Assert.Equal("recording_left_out", Assert.Single(report.Findings, static finding => finding.Severity == FindingSeverity.Error).Code);
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.Equal(1, code);
        Assert.Contains("000002 belongs to the same activity", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_content_makes_the_same_names_in_order_and_nothing_is_compressed()
    {
        using var one = ZipFile.OpenRead(shelf.Zip());
        using var two = ZipFile.OpenRead(shelf.Zip());
        Assert.Equal(Rows(one), Rows(two));
        Assert.All(one.Entries, static entry => Assert.Equal(entry.Length, entry.CompressedLength));
        Assert.Contains(one.Entries, static entry => entry.FullName == "VERIFY.md");
    }

    [Theory]
    [InlineData("lingchuan-hrss", "制作人|提取人|提取时间", 0)]
    [InlineData("qidong", "电子数据来源|提取人|提取时间|制作人|证明对象", 0)]
    [InlineData("weixian-natural-resources", "执法人员姓名|摄录人员姓名|摄录起止时间|地点|所用录音录像设备的品牌型号|录音录像格式|录音录像长度", 3)]
    [InlineData("kaifeng-gulou-emergency", "说明", 0)]
    public void The_evidence_note_has_the_fields_of_the_agencys_article_filled(string agency, string labels, int signatures)
    {
        var html = File.ReadAllText(Path.Combine(shelf.Folder(policy: Policy(agency)), "forms/evidence-note.html"));
        Assert.Equal(labels.Split('|'), Label().Matches(html).Select(static match => match.Groups["label"].Value).Skip(2));
        Assert.Equal(signatures, Regex.Count(html, "<div>[^<]+：</div>", RegexOptions.None, TimeSpan.FromSeconds(1)));
        var (filled, empty) = (Regex.Count(html, "data-field=\"filled\"", RegexOptions.None, TimeSpan.FromSeconds(1)), Regex.Count(html, "data-field=\"empty\"", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.True(filled >= 0.9 * (filled + empty), $"{filled} filled, {empty} empty");
    }

    [Theory]
    [InlineData("weixian-natural-resources", "第12条(四)</p>")]
    [InlineData("qidong", "第19条</p>")]
    public void The_article_is_cited_as_it_is_read(string agency, string cited) =>
        Assert.Contains(cited, File.ReadAllText(Path.Combine(shelf.Folder(policy: Policy(agency)), "forms/evidence-note.html")), StringComparison.Ordinal);

    [Fact]
    public void The_disc_labels_are_two_and_hold_what_the_article_names()
    {
        var html = File.ReadAllText(Path.Combine(shelf.Folder(policy: Policy("baofeng-forestry")), "forms/disc-labels.html"));
        Assert.Equal(2, Regex.Count(html, "class=\"label\"", RegexOptions.None, TimeSpan.FromSeconds(1)));
        foreach (var label in new[] { "制作单位", "制作人", "制作时间", "执法活动或者案件名称", "标号", "第 1 份，共 2 份", "第 2 份，共 2 份" })
            Assert.Contains(label, html, StringComparison.Ordinal);
        Assert.DoesNotContain("data-field=\"empty\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_people_typed_is_read_as_markup_and_no_page_needs_anything_from_outside()
    {
        foreach (var page in Directory.EnumerateFiles(Path.Combine(shelf.Folder(policy: Policy("weixian-natural-resources")), "forms")))
        {
            var html = File.ReadAllText(page);
            Assert.DoesNotContain("<安全>", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void An_empty_value_becomes_a_line_to_fill_in_by_hand()
    {
        var html = File.ReadAllText(Path.Combine(shelf.Folder(Shelf.Request(1, 2, 3) with { Proves = "" }, Policy("qidong")), "forms/evidence-note.html"));
        Assert.Contains("<th>证明对象</th><td class=\"empty\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_cannot_be_packaged_and_bad_names_are_refused()
    {
        Assert.Contains("has no recording 9", Assert.Throws<InvalidOperationException>(() => shelf.Zip(Shelf.Request(9))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => shelf.Zip(Shelf.Request()));
        Assert.Throws<InvalidOperationException>(() => shelf.Zip(Shelf.Request(1) with { Id = "../x" }));
        Assert.Throws<InvalidOperationException>(() => shelf.Zip(Shelf.Request(1) with { Sidecars = new Dictionary<string, string> { ["../x.json"] = "{}" } }));
    }

    [Fact]
    public void Clean_packages_are_never_rejected() => Clean(150);

    [Fact(Explicit = true)]
    public void A_thousand_clean_packages_are_never_rejected() => Clean(1000);

    // The choices of recordings, words, policy, anchors and form vary by the seed; recordings of one activity go together, as a part is named as one.
    private void Clean(int count)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var policies = shelf.Book.All.ToList();
        for (var made = 0; made < count; made++)
        {
            uint[][] choices = [[1, 2, 3], [3, 1, 2], [4], [4, 1, 2, 3], [5, 4], [1, 2, 3, 4, 5], [5]];
            var request = Shelf.Request(choices[random.Next(choices.Length)]) with
            {
                Id = $"pkg-{made}", Title = new string('题', random.Next(0, 60)), Officers = [.. Enumerable.Range(0, random.Next(0, 5)).Select(static number => $"人{number}")], Proves = random.Next(2) == 0 ? "" : "经过",
                OlderCheckpoints = random.Next(3) == 0 ? [File.ReadAllBytes(shelf.OlderCheckpointFile)] : [],
            };
            var zip = shelf.Zip(request, random.Next(3) == 0 ? null : policies[random.Next(policies.Count)]);
            var report = shelf.Verify(zip, withCheckpoint: random.Next(2) == 0);
            Assert.True(report.Verdict == VerifyVerdict.Verified, $"seed {seed}, package {made}: {string.Join("; ", report.Findings)}");
            File.Delete(zip);
        }
    }

    // A DER signature has 70 to 72 bytes and another nonce each time.
    private static IEnumerable<(string, long, DateTimeOffset)> Rows(ZipArchive zip) => zip.Entries.Where(static entry => entry.FullName != "SHA256SUMS.sig").Select(static entry => (entry.FullName, entry.Length, entry.LastWriteTime));

    private PolicySet Policy(string id) => shelf.Book.At(id, new DateOnly(2026, 3, 2))!;

    [GeneratedRegex("<tr><th>(?<label>[^<]+)</th>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();
}
