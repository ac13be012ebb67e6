using System.Text;
using BodyCam.Bench.Load;
using BodyCam.Core.Matroska;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>In an archive a segment is due only while the records that could say otherwise are all there and sound: a spoilt line makes no destroyed original a due one.</summary>
public sealed class ArchiveUntoldTests
{
    [Fact]
    public async Task A_destroyed_original_is_missing_whatever_becomes_of_the_record_that_says_it_was_archived()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 3; number++)
            await station.UploadAsync(recorder.Footage(number, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        using var archive = new FolderCopy(station.Folder);
        AsArchive(archive, station);
        var options = new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys };
        var clean = Verifier.Run(archive.Path, options, null);
        Assert.True(clean.Verdict == VerifyVerdict.Verified, string.Join('\n', clean.Findings));

        foreach (var what in new[] { "spoilt", "of another segment", "purged", "cut" })
        {
            using var copy = new FolderCopy(archive.Path);
            Spoil(copy, what);
            Directory.Delete(copy.At("segments/unit-7/0001/000001"), recursive: true);
            var report = Verifier.Run(copy.Path, options, null);
            var said = $"{what}\n{string.Join('\n', report.Findings)}";
            Assert.True(report.Findings.Any(static finding => finding is { Code: "file_missing", Severity: FindingSeverity.Error, FollowsFrom: null, Segment.Recording: 1 }), said);
            Assert.True(report.Findings.All(static finding => finding.Code != "not_archived"), said);
            // Without any such record the folder is held for no archive, and what is missing is so without more words.
            Assert.True(what == "cut" || said.Contains("cannot be told before the log is whole", StringComparison.Ordinal), said);
            Assert.Contains(report.Recordings, static recording => recording is { Recording: 1, State: "files_missing" });
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task An_older_checkpoint_that_is_put_back_makes_no_destroyed_original_a_due_one(bool areLinesLeft, bool isAnchorGiven)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 3; number++)
            await station.UploadAsync(recorder.Footage(number, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        using var copy = new FolderCopy(station.Folder);
        AsArchive(copy, station);
        var newest = File.ReadAllBytes(copy.At("log/checkpoint"));
        // Of the three records the last two are no longer covered.
        var covered = (int)copy.SequenceOf("archived", 1, 1) + 1;
        File.WriteAllBytes(copy.At("log/checkpoint"), CheckpointNote.Sign(new Checkpoint(CheckpointNote.Parse(newest)!.Origin, covered, new LogReader(copy.At("log")).RootAt(covered)), station.Key.Ecdsa));
        if (!areLinesLeft)
            File.WriteAllText(copy.At("log/records/000.jsonl"), string.Join('\n', File.ReadAllLines(copy.At("log/records/000.jsonl"))[..covered]) + "\n");
        Directory.Delete(copy.At("segments/unit-7/0001/000003"), recursive: true);
        var report = Verifier.Run(copy.Path, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, Checkpoints = isAnchorGiven ? [newest] : [] }, null);
        var said = $"{report.Verdict}\n{string.Join('\n', report.Findings)}";
        Assert.True(report.Findings.Any(static finding => finding is { Code: "file_missing", Severity: FindingSeverity.Error, Segment.Recording: 3 } && finding.Message.Contains("cannot be told before the log is whole", StringComparison.Ordinal)), said);
        Assert.True(report.Findings.All(static finding => finding.Code != "not_archived"), said);
    }

    private static void AsArchive(FolderCopy copy, Station station)
    {
        if (Directory.Exists(copy.At("parts")))
            Directory.Delete(copy.At("parts"), recursive: true);
        File.Delete(copy.At("custody.db"));
        File.WriteAllText(copy.At("archive.json"), "{\"kind\":\"archive\"}");
        foreach (var segment in copy.Records().Where(static record => record.Type == "segment").ToList())
            copy.AppendRecord(station.Key, "archived", Encoding.UTF8.GetBytes($"{{\"type\":\"archived\",\"device\":\"unit-7\",\"epoch\":1,\"recording\":{segment.Json.GetProperty("recording")},\"segment\":{segment.Json.GetProperty("segment")},\"sealDigest\":\"{segment.Json.Text("sealDigest")}\",\"archivedAtUs\":1}}"));
    }

    private static void Spoil(FolderCopy copy, string what)
    {
        var at = (int)copy.SequenceOf("archived", 1, 1);
        if (what == "purged")
        {
            copy.Purge(at);
            return;
        }

        var file = copy.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(file);
        var old = System.Text.Json.JsonDocument.Parse(lines[at]).RootElement.GetProperty("record").GetString()!;
        lines[at] = what == "spoilt" ? "x" + lines[at]
            : lines[at].Replace(old, Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Convert.FromBase64String(old)).Replace("\"recording\":1", "\"recording\":2", StringComparison.Ordinal))), StringComparison.Ordinal);
        File.WriteAllText(file, string.Join('\n', what == "cut" ? lines[..at] : lines) + "\n");
    }
}
