using System.Text.Json;
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
