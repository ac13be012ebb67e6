using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>Verify beside a gateway that takes uploads: what it writes meanwhile is no fault, and what somebody else writes is.</summary>
public sealed class RunningGatewayTests
{
    private const int RunsMin = 10;
    private const int RunsMax = 500;
    private const int GrewMin = 3;

    [Fact]
    public async Task A_folder_that_gets_uploads_meanwhile_is_verified_and_a_segment_put_there_is_found()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint n = 1; n <= 60; n++)
            await station.UploadAsync(recorder.Footage(n, 1, final: true, frames: 1, frameBytes: 900));
        await station.SettleAsync();
        var options = new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, CatalogComparison = CatalogCheck.DifferencesAfterKill };
        // Beside other tests the gateway shares its threads with them: its records are waited for, however long they take.
        var patient = options with { Time = new ManualTimeProvider() };
        const uint planted = 1_000_000;
        using var stop = new CancellationTokenSource();
        using var uploaded = new SemaphoreSlim(0);
        var writer = Task.Run(
            async () =>
            {
                for (uint n = 61; n < planted && !stop.IsCancellationRequested; n++)
                {
                    await station.UploadAsync(recorder.Footage(n, 1, final: true, frames: 1, frameBytes: 900));
                    uploaded.Release();
                }
            },
            TestContext.Current.CancellationToken);
        // As often as it takes on a busy machine until uploads came in the middle of it.
        bool Grew(VerifyReport report) => report.Findings.Any(static finding => finding.Code == "log_grew");
        for (var (run, grew) = (0, 0); run < RunsMin || grew < GrewMin; run++)
        {
            Assert.InRange(run, 0, RunsMax);
            // Nor does it look again before the next one came.
            await uploaded.WaitAsync(TestContext.Current.CancellationToken);
            var report = Verifier.Run(station.Folder, patient, null);
            Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Where(static finding => finding.Severity == FindingSeverity.Error)));
            grew += Grew(report) ? 1 : 0;
        }

        string PathOf(SegmentKey key, string ending) => Path.Combine(station.Folder, $"segments/{key.RelativePath}{ending}");
        var put = new SegmentKey(Station.Device, 1, planted, 1);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(put, ".mkv"))!);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Copy(PathOf(put with { Recording = 1 }, ending), PathOf(put, ending));
        var told = Verifier.Run(station.Folder, options, null);
        for (var run = 0; !Grew(told); run++)
        {
            Assert.InRange(run, 0, RunsMax);
            await uploaded.WaitAsync(TestContext.Current.CancellationToken);
            told = Verifier.Run(station.Folder, options, null);
        }

        await stop.CancelAsync();
        await writer;
        Assert.Contains(told.Findings, finding => finding is { Code: "not_in_log", Severity: FindingSeverity.Error } && finding.Segment == put);
        Assert.DoesNotContain(told.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment is { } key && key != put);
    }
}
