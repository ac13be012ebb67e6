using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Log;

namespace BodyCam.Evidence.Tests;

/// <summary>A checkpoint that says more leaves than the log has: the verification ends as soon as ever, and says what is wrong.</summary>
public sealed class CheckpointSizeTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private const int LeavesOfBundle = 256;

    private static readonly TimeSpan longest = TimeSpan.FromSeconds(30);

    public static TheoryData<long> Sizes => [9_000_000_000_000, long.MaxValue, 40, 257, 1000];

    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys, CatalogComparison = CatalogCheck.Differences };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task An_edited_size_is_told_with_what_to_do_and_the_records_are_read_all_the_same(long size)
    {
        using var copy = WithSize(size);
        var report = await VerifyAsync(copy.Path, WithKey);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.True(report.Findings[0] is { Code: "log_signature", IsCause: true, Path: "log/checkpoint" } cause && cause.Message.Contains("Restore log/ whole", StringComparison.Ordinal), string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, finding => finding.Code == "log_missing" && finding.Message.Contains(size > LeavesOfBundle ? $"covers {size} leaves" : "The records file ends here", StringComparison.Ordinal));
        Assert.DoesNotContain(report.Findings, static finding => finding is { Severity: FindingSeverity.Error, IsCause: false, FollowsFrom: null });
        Assert.Equal(["complete", "complete"], report.Recordings.Select(static recording => recording.State));
    }

    [Fact]
    public async Task A_size_that_the_key_itself_signed_and_files_far_behind_the_last_lead_no_further()
    {
        using var copy = WithSize(long.MaxValue);
        using var key = GatewayKey.FromPem(small.Key.ExportPrivatePem());
        var checkpoint = new LogReader(copy.At("log")).ReadCheckpoint()!.Checkpoint;
        File.WriteAllBytes(copy.At("log/checkpoint"), CheckpointNote.Sign(checkpoint, key.Ecdsa));
        Directory.CreateDirectory(copy.At("log/records/x035/x999/x999"));
        File.WriteAllText(copy.At("log/records/x035/x999/x999/999.jsonl"), "far\n");
        var report = await VerifyAsync(copy.Path, WithKey);
        Assert.True(report.Findings[0] is { Code: "log_missing", IsCause: true } cause && cause.Message.Contains("or from a backup", StringComparison.Ordinal), string.Join('\n', report.Findings));
    }

    // A copy of the folder, with the catalog, whose checkpoint says another size over the same root and signature.
    private FolderCopy WithSize(long size)
    {
        var copy = new FolderCopy(small.Folder);
        File.Copy(Path.Combine(small.Folder, "catalog.db"), copy.At("catalog.db"));
        var note = File.ReadAllLines(copy.At("log/checkpoint"));
        File.WriteAllText(copy.At("log/checkpoint"), string.Join('\n', [note[0], FormattableString.Invariant($"{size}"), .. note[2..]]) + "\n");
        return copy;
    }

    private static Task<VerifyReport> VerifyAsync(string folder, VerifyOptions options) =>
        Task.Run(() => Verifier.Run(folder, options, null)).WaitAsync(longest, TestContext.Current.CancellationToken);
}
