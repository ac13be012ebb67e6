using System.Text;
using BodyCam.Bench.Load;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>What an archive need not have yet cannot be told from what was destroyed in a folder that was made to look like one: neither is verified.</summary>
public sealed class PartialArchiveTests
{
    [Fact]
    public async Task A_data_folder_made_to_look_like_an_archive_is_not_verified_after_an_original_was_destroyed()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 3; number++)
            await station.UploadAsync(recorder.Footage(number, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
        using var copy = new FolderCopy(station.Folder);
        var first = copy.Records().First(static record => record.Type == "segment" && record.Json.GetProperty("recording").GetInt64() == 1);
        copy.AppendRecord(station.Key, "archived", Encoding.UTF8.GetBytes($"{{\"type\":\"archived\",\"device\":\"unit-7\",\"epoch\":1,\"recording\":1,\"segment\":1,\"sealDigest\":\"{first.Json.GetProperty("sealDigest").GetString()}\",\"archivedAtUs\":1}}"));
        if (Directory.Exists(copy.At("parts")))
            Directory.Delete(copy.At("parts"), recursive: true);
        File.Delete(copy.At("custody.db"));
        File.WriteAllText(copy.At("archive.json"), "{\"kind\":\"archive\"}");
        var options = new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, Checkpoints = [File.ReadAllBytes(copy.At("log/checkpoint"))] };
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(copy.Path, options, null).Verdict);

        Directory.Delete(copy.At("segments/unit-7/0001/000003"), recursive: true);
        var report = Verifier.Run(copy.Path, options, null);
        Assert.True(report.Verdict == VerifyVerdict.Partial, $"{report.Verdict}\n{string.Join('\n', report.Findings)}");
        Assert.Equal(1, report.NotHereCount);
        // Nobody vouches for the log that names it: that is the lesser claim of the two.
        Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, Verifier.Run(copy.Path, new VerifyOptions(), null).Verdict);

        File.Delete(copy.At("segments/unit-7/0001/000001/000001.mkv"));
        Assert.Equal(VerifyVerdict.Failed, Verifier.Run(copy.Path, options, null).Verdict);
    }
}
