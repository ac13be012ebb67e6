using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>Verify beside a gateway that takes uploads: what it writes meanwhile is no fault, and what somebody else writes is.</summary>
public sealed class RunningGatewayTests
{
    [Fact]
    public async Task A_folder_that_gets_uploads_meanwhile_is_verified_and_a_segment_put_there_is_found()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint n = 1; n <= 60; n++)
            await station.UploadAsync(recorder.Footage(n, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        var options = new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, CatalogComparison = CatalogCheck.DifferencesAfterKill };
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(
            async () =>
            {
                for (uint n = 61; n <= 2000 && !stop.IsCancellationRequested; n++)
                    await station.UploadAsync(recorder.Footage(n, 1, final: true, frames: 1, frameBytes: 900));
            },
            TestContext.Current.CancellationToken);
        var grew = 0;
        for (var run = 0; run < 10; run++)
        {
            var report = Verifier.Run(station.Folder, options, null);
            Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Where(static finding => finding.Severity == FindingSeverity.Error)));
            grew += report.Findings.Any(static finding => finding.Code == "log_grew") ? 1 : 0;
        }

        string PathOf(SegmentKey key, string ending) => Path.Combine(station.Folder, $"segments/{key.RelativePath}{ending}");
        var planted = new SegmentKey(Station.Device, 1, 5000, 1);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(planted, ".mkv"))!);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Copy(PathOf(planted with { Recording = 1 }, ending), PathOf(planted, ending));
        var told = Verifier.Run(station.Folder, options, null);
        await stop.CancelAsync();
        await writer;
        Assert.InRange(grew, 1, 10);
        Assert.Contains(told.Findings, finding => finding is { Code: "not_in_log", Severity: FindingSeverity.Error } && finding.Segment == planted);
        Assert.Contains(told.Findings, static finding => finding.Code == "log_grew");
        Assert.DoesNotContain(told.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment is { } key && key != planted);
    }
}
