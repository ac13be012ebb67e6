using BodyCam.Core.Keys;
using BodyCam.Log;

namespace BodyCam.Evidence.Tests;

/// <summary>However much of the log is at fault, every file is looked at, and leaves that are gone are not told as other leaves.</summary>
public sealed class LogFaultTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Fact]
    public void Leaves_that_are_gone_are_not_told_as_other_leaves_than_an_anchors()
    {
        using var copy = new FolderCopy(small.Folder);
        Directory.Delete(copy.At("log/records"), recursive: true);
        Directory.Delete(copy.At("log/tile"), recursive: true);
        var report = Verifier.Run(copy.Path, WithKey with { Checkpoints = [small.Checkpoint, small.EarlyCheckpoint] }, null);
        var said = string.Join('\n', report.Findings);
        Assert.True(report.Findings.All(static finding => finding.Code != "log_anchor"), said);
        Assert.True(report.Findings.Count(static finding => finding is { Code: "log_missing", FollowsFrom: "log_missing" } && finding.Message.Contains("cannot be compared before the log is whole", StringComparison.Ordinal)) == 1, said);
    }

    [Fact]
    public void A_newest_anchor_of_another_log_is_told_though_every_leaf_is_gone()
    {
        using var copy = new FolderCopy(small.Folder);
        Directory.Delete(copy.At("log/records"), recursive: true);
        Directory.Delete(copy.At("log/tile"), recursive: true);
        using var key = GatewayKey.FromPem(small.Key.ExportPrivatePem());
        var other = CheckpointNote.Parse(small.Checkpoint)! with { Root = [.. Enumerable.Repeat((byte)7, MerkleHash.Bytes)] };
        var report = Verifier.Run(copy.Path, WithKey with { Checkpoints = [CheckpointNote.Sign(other, key.Ecdsa)] }, null);
        Assert.Contains(report.Findings, static finding => finding is { Code: "log_anchor", FollowsFrom: null });
    }

    [Fact]
    public void Behind_a_thousand_spoilt_lines_every_other_file_is_still_looked_at()
    {
        var folder = Path.Combine(Path.GetTempPath(), "bodycam-verify-" + Path.GetRandomFileName());
        Directory.CreateDirectory(folder);
        try
        {
            using var key = GatewayKey.FromPem(small.Key.ExportPrivatePem());
            using (var log = LogWriter.Open(Path.Combine(folder, "log"), key.Ecdsa, $"bodycam/gateway/{key.Id:x16}", TimeProvider.System))
            {
                for (var batch = 0; batch < 7; batch++)
                    log.AppendBatch([.. Enumerable.Range(0, 200).Select(static _ => new LogRecord("account", "{\"type\":\"account\"}"u8.ToArray()))]);
            }

            File.WriteAllText(Path.Combine(folder, "gateway.pem"), small.PublicPem);
            var anchor = File.ReadAllBytes(Path.Combine(folder, "log/checkpoint"));
            Assert.Equal(VerifyVerdict.Verified, Verifier.Run(folder, WithKey with { Checkpoints = [anchor] }, null).Verdict);
            for (var bundle = 0; bundle < 5; bundle++)
            {
                var path = Path.Combine(folder, $"log/records/00{bundle}.jsonl");
                File.WriteAllLines(path, File.ReadAllLines(path).Select(static (line, index) => index % 2 == 0 ? "x" : line));
            }

            File.Delete(Path.Combine(folder, "log/tile/entries/004"));
            var findings = Verifier.Run(folder, WithKey with { Checkpoints = [anchor] }, null).Findings;
            Assert.Contains(findings, static finding => finding.Path == "log/tile/entries/004");
            Assert.Equal(5, findings.Count(static finding => finding.Code == "log_damaged" && finding.Message.Contains("128 places from this one to record", StringComparison.Ordinal)));
            Assert.DoesNotContain(findings, static finding => finding.Code == "log_anchor");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Where_more_files_are_at_fault_than_are_named_their_number_is()
    {
        using var copy = new FolderCopy(small.Folder);
        foreach (var number in Enumerable.Range(0, LogAudit.FaultsMax + 3))
            File.WriteAllText(copy.At($"log/records/strange-{number}"), "");
        var findings = Verifier.Run(copy.Path, WithKey, null).Findings.Where(static finding => finding.Code == "log_unexpected").ToList();
        Assert.Equal(LogAudit.FaultsMax + 1, findings.Count);
        Assert.Contains(findings, static finding => finding.Message.Contains("3 more faults of this kind", StringComparison.Ordinal));
    }
}
