using BodyCam.Core;

namespace BodyCam.Evidence.Tests;

/// <summary>A <c>custody.db</c> that is not what the log's acts give fails a verification, with what to do.</summary>
public sealed class CustodyFindingsTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Fact]
    public void Each_difference_is_an_error_and_the_first_says_what_to_do()
    {
        var report = Verifier.Run(small.Folder, WithKey with { CustodyComparison = static _ => [new("hold/hold-000001 differs (reason)"), new("act 7 (hold.set of hold/hold-000001) differs (reason)")] }, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        var told = report.Findings.Where(static finding => finding is { Code: "custody_differs", Severity: FindingSeverity.Error, Path: "custody.db" }).ToList();
        Assert.Equal([true, false], told.Select(static finding => finding.IsCause));
        Assert.Equal("custody.db differs from what the log's acts give: hold/hold-000001 differs (reason). Stop the gateway, move custody.db, custody.db-wal and custody.db-shm away, keep them, and start it again: it makes custody.db anew from the log.", told[0].Message);
        Assert.Equal("custody_differs", told[1].FollowsFrom);
    }

    [Fact]
    public void Without_a_difference_nothing_is_said() =>
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(small.Folder, WithKey with { CustodyComparison = static _ => [] }, null).Verdict);

    [Fact]
    public void One_that_follows_more_than_the_log_has_is_kept()
    {
        var report = Verifier.Run(small.Folder, WithKey with { CustodyComparison = static _ => [new("it follows 90 leaves, more than the log has (20)", DifferenceKind.AheadOfLog)] }, null);
        var told = Assert.Single(report.Findings, static finding => finding.Code == "custody_differs");
        Assert.Contains("Keep custody.db", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("move custody.db", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_there_was_no_room_to_compare_is_a_warning_that_leaves_a_part_and_neither_database_is_accused()
    {
        StoreDifference[] none = [new("the folder for temporary files, /tmp, takes no copy of it (No space left on device)", DifferenceKind.NotCompared)];
        var report = Verifier.Run(small.Folder, WithKey with { CatalogComparison = _ => none, CustodyComparison = _ => none }, null);
        Assert.Equal(VerifyVerdict.Partial, report.Verdict);
        Assert.Equal(["catalog.db", "custody.db"], report.NotCompared);
        var told = report.Findings.Where(static finding => finding is { Code: "not_compared", Severity: FindingSeverity.Warning, IsCause: false, FollowsFrom: null }).ToList();
        Assert.Equal(["catalog.db", "custody.db"], told.Select(static finding => finding.Path));
        Assert.Equal("custody.db was not compared: the folder for temporary files, /tmp, takes no copy of it (No space left on device). Make room there, or name another folder with the variable TMPDIR, and run this again.", told[1].Message);
        Assert.DoesNotContain(report.Findings, static finding => finding.Code.EndsWith("_differs", StringComparison.Ordinal));
    }

    [Fact]
    public void While_the_log_is_not_whole_it_follows_from_that_and_is_left_as_it_is()
    {
        using var copy = new FolderCopy(small.Folder);
        var lines = File.ReadAllLines(copy.At("log/records/000.jsonl"));
        lines[1] = "";
        File.WriteAllLines(copy.At("log/records/000.jsonl"), lines);
        var report = Verifier.Run(copy.Path, WithKey with { CustodyComparison = static _ => [new("it cannot be compared before the log is whole (Record 1 of the log is missing)", DifferenceKind.LogNotWhole)] }, null);
        Assert.Equal("log_damaged", Assert.Single(report.Findings, static finding => finding.Code == "custody_differs").FollowsFrom);
        Assert.DoesNotContain(report.Findings, static finding => finding.Message.Contains("move custody.db", StringComparison.Ordinal));
    }

    [Fact]
    public void One_that_may_not_be_read_and_one_that_is_none_are_told_once_as_that()
    {
        var refused = Verifier.Run(small.Folder, WithKey with { CustodyComparison = static _ => throw new UnauthorizedAccessException("Access to the path 'x' is denied.") }, null);
        Assert.Contains("gateway's user", Assert.Single(refused.Findings, static finding => finding is { Path: "custody.db", Code: "file_unreadable" }).Message, StringComparison.Ordinal);
        using var copy = new FolderCopy(small.Folder);
        File.WriteAllText(copy.At("custody.db"), "junk");
        var report = Verifier.Run(copy.Path, WithKey with { CustodyComparison = static _ => [new("it cannot be compared (file is not a database)")] }, null);
        Assert.Equal("not_a_database", Assert.Single(report.Findings, static finding => finding.Path == "custody.db").Code);
    }
}
