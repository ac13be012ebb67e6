using System.Text.Json;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam verify</c> as somebody reads it who has one thing wrong.</summary>
public sealed class VerifyCommandTests : IAsyncLifetime
{
    private readonly Station station = new();

    public async ValueTask InitializeAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 6; number++)
            await station.UploadAsync(recorder.Footage(1, number, final: number == 6, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        await station.CloseAsync();
    }

    public ValueTask DisposeAsync() => station.DisposeAsync();

    [Fact]
    public void A_log_without_its_checkpoint_is_one_error_with_what_to_do_and_one_line_with_the_count_of_what_follows()
    {
        File.Delete(Path.Combine(station.Folder, "log", "checkpoint"));
        var (code, output, _) = Cli.Bodycam("verify", station.Folder);
        Assert.Equal(1, code);
        var lines = output.Split('\n');
        Assert.StartsWith("error   log_missing", lines[0], StringComparison.Ordinal);
        Assert.Contains("Restore log/ whole", lines[0], StringComparison.Ordinal);
        Assert.Contains(" follow from it (", lines[1], StringComparison.Ordinal);
        Assert.Contains("6 not_in_log", lines[1], StringComparison.Ordinal);
        Assert.Single(lines, static line => line.StartsWith("error ", StringComparison.Ordinal));
        Assert.DoesNotContain("emove", output, StringComparison.Ordinal);

        var findings = JsonDocument.Parse(Cli.Bodycam("verify", station.Folder, "--json").Out).RootElement.GetProperty("findings").EnumerateArray().ToList();
        Assert.True(findings[0].GetProperty("isCause").GetBoolean());
        Assert.Equal(6, findings.Count(static finding => finding.GetProperty("code").GetString() == "not_in_log" && finding.GetProperty("followsFrom").GetString() == "log_missing"));
    }

    /// <summary>As another user, or as root without its rights over files.</summary>
    [Fact]
    public void What_this_user_may_not_read_is_told_as_that_and_nothing_is_called_lost()
    {
        if (OperatingSystem.IsWindows())
            return;
        var stem = Path.Combine(station.Folder, "segments", "unit-7", "0001", "000001", "000003");
        string[] files = [stem + ".mkv", stem + ".seal", Path.Combine(station.Folder, "catalog.db"), Path.Combine(station.Folder, "gateway.pem")];
        foreach (var file in files)
            File.SetUnixFileMode(file, UnixFileMode.None);
        var (code, output, error) = Cli.BodycamWithoutRights("verify", station.Folder);
        Assert.True(code == 1, error);
        Assert.Contains("000003.mkv cannot be read by this user: run this as the gateway's user", output, StringComparison.Ordinal);
        Assert.Contains("000003.seal cannot be read by this user", output, StringComparison.Ordinal);
        Assert.Contains("gateway.pem cannot be read by this user", output, StringComparison.Ordinal);
        Assert.Contains("catalog.db was not compared", output, StringComparison.Ordinal);
        Assert.DoesNotContain("is missing. Look for it", output, StringComparison.Ordinal);
        Assert.DoesNotContain("emove", output, StringComparison.Ordinal);

        File.SetUnixFileMode(Path.Combine(station.Folder, "log", "checkpoint"), UnixFileMode.None);
        var first = Path.Combine(station.Folder, "segments", "unit-7");
        var mode = File.GetUnixFileMode(first);
        File.SetUnixFileMode(first, UnixFileMode.None);
        try
        {
            var findings = JsonDocument.Parse(Cli.BodycamWithoutRights("verify", station.Folder, "--json").Out).RootElement.GetProperty("findings").EnumerateArray().ToList();
            Assert.Contains(findings, static finding => finding.GetProperty("code").GetString() == "log_unreadable" && finding.GetProperty("isCause").GetBoolean());
            Assert.Contains(findings, static finding => finding.GetProperty("path").GetString() == "segments/unit-7" && finding.GetProperty("code").GetString() == "file_unreadable");
        }
        finally
        {
            File.SetUnixFileMode(first, mode);
        }
    }

    [Fact]
    public void Where_this_user_may_read_no_file_of_many_that_is_one_error_with_a_count()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(station.Folder, "segments"), "*", SearchOption.AllDirectories))
            File.SetUnixFileMode(file, UnixFileMode.None);
        var (code, output, error) = Cli.BodycamWithoutRights("verify", station.Folder, "--gateway-key", Path.Combine(station.Folder, "gateway.pem"));
        Assert.True(code == 1, error);
        Assert.Single(output.Split('\n'), static line => line.StartsWith("error   file_unreadable      unit-7", StringComparison.Ordinal));
        Assert.Contains("17 more follow from it (17 file_unreadable)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_or_checkpoint_out_of_the_folder_that_is_checked_is_warned_of_and_a_private_key_is_refused()
    {
        var elsewhere = Directory.CreateTempSubdirectory("bodycam-anchor-").FullName;
        var (own, kept) = (Path.Combine(station.Folder, "gateway.pem"), Path.Combine(elsewhere, "kept.pem"));
        File.Copy(own, kept);
        Assert.Contains($"warning: {own} lies in what is checked", Cli.Bodycam("verify", station.Folder, "--gateway-key", own).Err, StringComparison.Ordinal);
        var checkpoint = Path.Combine(station.Folder, "log", "checkpoint");
        var (code, _, error) = Cli.Bodycam("verify", station.Folder, "--gateway-key", kept, "--checkpoint", checkpoint);
        Assert.Equal(0, code);
        Assert.Contains($"warning: {checkpoint} lies in what is checked", error, StringComparison.Ordinal);
        Assert.DoesNotContain(kept, error, StringComparison.Ordinal);

        File.WriteAllText(kept, BodyCam.Core.Keys.GatewayKey.Create().ExportPrivatePem());
        (code, _, error) = Cli.Bodycam("verify", station.Folder, "--gateway-key", kept);
        Assert.Equal(2, code);
        Assert.Contains("it is a private key", error, StringComparison.Ordinal);
        Assert.Contains("gateway.pem with --gateway-key", error, StringComparison.Ordinal);
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public void A_key_or_checkpoint_out_of_the_folder_that_is_checked_is_no_anchor_by_whatever_link_it_is_reached()
    {
        if (OperatingSystem.IsWindows())
            return;
        var elsewhere = Directory.CreateTempSubdirectory("bodycam-anchor-").FullName;
        var (own, kept, into, out_, folder) = (Path.Combine(station.Folder, "gateway.pem"), Path.Combine(elsewhere, "kept.pem"), Path.Combine(elsewhere, "into.pem"), Path.Combine(station.Folder, "out.pem"), Path.Combine(elsewhere, "folder"));
        File.Copy(own, kept);
        File.CreateSymbolicLink(into, own);
        File.CreateSymbolicLink(out_, kept);
        Directory.CreateSymbolicLink(folder, station.Folder);
        foreach (var arguments in new string[][] { ["--gateway-key", own], ["--gateway-key", into], ["--gateway-key", out_], ["--gateway-key", Path.Combine(folder, "gateway.pem")], ["--checkpoint", Path.Combine(station.Folder, "log", "checkpoint")] })
        {
            var (code, output, error) = Cli.Bodycam(["verify", station.Folder, "--json", .. arguments]);
            Assert.True(code == 3, $"{arguments[1]}: {output}{error}");
            Assert.Contains($"warning: {arguments[1]} lies in what is checked", error, StringComparison.Ordinal);
            using var report = JsonDocument.Parse(output);
            Assert.Equal("ConsistentSignerNotEstablished", report.RootElement.GetProperty("verdict").GetString());
            Assert.Contains(report.RootElement.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("code").GetString() == "anchor_inside" && finding.GetProperty("message").GetString()!.StartsWith(arguments[1], StringComparison.Ordinal));
        }

        Assert.Equal(0, Cli.Bodycam("verify", folder, "--gateway-key", kept).Code);
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public void What_the_folder_itself_is_read_from_is_no_anchor_where_its_own_entry_leads_out_or_has_a_second_name()
    {
        if (OperatingSystem.IsWindows())
            return;
        var elsewhere = Directory.CreateTempSubdirectory("bodycam-anchor-").FullName;
        var (own, moved, second, kept) = (Path.Combine(station.Folder, "gateway.pem"), Path.Combine(elsewhere, "moved.pem"), Path.Combine(elsewhere, "second.pem"), Path.Combine(elsewhere, "kept.pem"));
        var (log, checkpoint, secondCheckpoint, keptCheckpoint) = (Path.Combine(station.Folder, "log"), Path.Combine(elsewhere, "log", "checkpoint"), Path.Combine(elsewhere, "second.note"), Path.Combine(elsewhere, "kept.note"));
        File.Copy(own, kept);
        File.Copy(Path.Combine(log, "checkpoint"), keptCheckpoint);
        Directory.Move(log, Path.Combine(elsewhere, "log"));
        Directory.CreateSymbolicLink(log, Path.Combine(elsewhere, "log"));
        File.Move(own, moved);
        File.CreateSymbolicLink(own, moved);
        var disk = new PosixDisk("/");
        Assert.True(disk.TryLink(moved[1..], second[1..]) && disk.TryLink(checkpoint[1..], secondCheckpoint[1..]));
        foreach (var arguments in new string[][] { ["--gateway-key", moved], ["--gateway-key", second], ["--checkpoint", checkpoint], ["--checkpoint", secondCheckpoint] })
        {
            var (code, output, error) = Cli.Bodycam(["verify", station.Folder, .. arguments]);
            Assert.True(code == 3, $"{arguments[1]}: {output}{error}");
            Assert.Contains($"warning: {arguments[1]} lies in what is checked", error, StringComparison.Ordinal);
        }

        foreach (var arguments in new string[][] { ["--gateway-key", kept], ["--checkpoint", keptCheckpoint] })
        {
            var (code, output, error) = Cli.Bodycam(["verify", station.Folder, .. arguments]);
            Assert.True(code == 0, $"{arguments[1]}: {output}{error}");
        }

        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public void An_archive_that_lacks_what_its_log_names_is_partial_in_words_json_and_exit_code()
    {
        foreach (var name in new[] { "catalog.db", "catalog.db-wal", "catalog.db-shm", "custody.db" })
            File.Delete(Path.Combine(station.Folder, name));
        if (Directory.Exists(Path.Combine(station.Folder, "parts")))
            Directory.Delete(Path.Combine(station.Folder, "parts"), recursive: true);
        File.WriteAllText(Path.Combine(station.Folder, "archive.json"), "{\"kind\":\"archive\"}");
        var first = Path.Combine(station.Folder, "segments", "unit-7", "0001", "000001", "000001");
        using (var key = BodyCam.Core.Keys.GatewayKey.FromPem(station.Key.ExportPrivatePem()))
        using (var log = BodyCam.Log.LogWriter.Open(Path.Combine(station.Folder, "log"), key.Ecdsa, $"bodycam/gateway/{key.Id:x16}", TimeProvider.System))
            log.AppendBatch([new BodyCam.Log.LogRecord("archived", System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"archived\",\"device\":\"unit-7\",\"epoch\":1,\"recording\":1,\"segment\":1,\"sealDigest\":\"{Convert.ToHexStringLower(File.ReadAllBytes(first + ".seal").AsSpan(288, 32))}\",\"archivedAtUs\":1}}"))]);
        foreach (var number in new[] { "000005", "000006" })
        {
            foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
                File.Delete(Path.Combine(Path.GetDirectoryName(first)!, number + ending));
        }

        var elsewhere = Directory.CreateTempSubdirectory("bodycam-anchor-").FullName;
        var kept = Path.Combine(elsewhere, "kept.pem");
        File.Copy(Path.Combine(station.Folder, "gateway.pem"), kept);
        var (code, output, error) = Cli.Bodycam("verify", station.Folder, "--gateway-key", kept);
        Assert.True(code == 3, output + error);
        Assert.Equal("Partial: what is here is whole; 2 of what the log names are not here: verify the station's data folder, or this archive after its next round.", output.TrimEnd().Split('\n')[^1]);
        (code, output, _) = Cli.Bodycam("verify", station.Folder, "--gateway-key", kept, "--json");
        Assert.Equal(3, code);
        Assert.Equal("Partial", JsonDocument.Parse(output).RootElement.GetProperty("verdict").GetString());
        Assert.Contains("Besides, 2 of what the log names are not here", Cli.Bodycam("verify", station.Folder).Out, StringComparison.Ordinal);
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told_as_that()
    {
        foreach (var folder in new[] { station.Folder + "-nowhere", Path.Combine(station.Folder + "-nowhere", "data"), Path.Combine(station.Folder, "gateway.pem", "data") })
        {
            var (code, _, error) = Cli.Bodycam("verify", folder);
            Assert.Equal(2, code);
            Assert.StartsWith($"bodycam: {folder} is not there.", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_follows_from_a_missing_original_is_counted_beside_it()
    {
        foreach (var number in new[] { "000002", "000003" })
        {
            foreach (var ending in new[] { ".mkv", ".receipt" })
                File.Delete(Path.Combine(station.Folder, "segments", "unit-7", "0001", "000001", number + ending));
        }

        var lines = Cli.Bodycam("verify", station.Folder).Out.Split('\n');
        Assert.Equal(2, lines.Count(static line => line.Trim().StartsWith("1 more follows from it (1 receipt_missing)", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, static line => line.StartsWith("warning receipt_missing", StringComparison.Ordinal));
    }

    [Fact]
    public void A_data_folder_whose_log_was_deleted_whole_is_told_as_that()
    {
        Directory.Delete(Path.Combine(station.Folder, "log"), recursive: true);
        var (code, output, _) = Cli.Bodycam("verify", station.Folder);
        Assert.Equal(1, code);
        Assert.StartsWith("error   log_missing", output, StringComparison.Ordinal);
        Assert.Contains("Restore log/ whole", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_of_which_an_original_is_gone_is_summed_as_that()
    {
        File.Delete(Path.Combine(station.Folder, "segments", "unit-7", "0001", "000001", "000003.mkv"));
        var (code, output, _) = Cli.Bodycam("verify", station.Folder);
        Assert.Equal(1, code);
        Assert.Contains("unit-7 epoch 1 recording 1: 5 segments, files missing", output, StringComparison.Ordinal);
        Assert.DoesNotContain("segments, complete", output, StringComparison.Ordinal);
    }
}
