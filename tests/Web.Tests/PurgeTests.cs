using System.Buffers;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.TestKit;

namespace BodyCam.Web.Tests;

/// <summary>The end of a recording by the API: its time, two persons, the certificate, the bytes.</summary>
public sealed class PurgeTests(Console console) : IClassFixture<Console>
{
    private const string Id = "bc-01.1.1";

    private static readonly DeviceId device = DeviceId.Parse("bc-01");

    [Fact]
    public async Task After_its_time_two_persons_end_a_recording_the_bytes_go_by_certificate_and_verify_holds()
    {
        var cancel = TestContext.Current.CancellationToken;
        await console.Must('C', "/recorders/bc-01/issue", new { officerId = "o-O" });
        await RecordAsync(cancel);
        await console.Must('O', $"/recordings/{Id}/classify", new { category = "日常检查", title = "某厂检查", order = 1, place = "某厂", content = "查看台账" });
        Assert.Equal("kept", await console.Refused('C', $"/recordings/{Id}/review", null, 422));

        // Seven months by a clock that nobody vouches for bring nothing; the administrator looks and confirms.
        console.Time.Leap(TimeSpan.FromDays(214));
        await console.SignInAgainAsync();
        Assert.Equal("clock_stepped", await console.Refused('C', $"/recordings/{Id}/review", null, 409));
        var clock = await console.Get('A', "/clock");
        Assert.True(clock.GetProperty("isHeld").GetBoolean());
        await console.Must('A', "/clock/confirm", new { step = clock.GetProperty("step"), reason = "已与国家授时中心核对" });

        Assert.Equal("expiryReview", (await console.Must('C', $"/recordings/{Id}/review")).GetProperty("state").GetString());
        Assert.Equal("not_reviewed", await console.Refused('1', $"/recordings/{Id}/approve-purge", null, 409));
        await console.Must('C', $"/recordings/{Id}/propose-purge", new { reason = "期满，无保存价值" });
        Assert.Equal("not_allowed", await console.Refused('C', $"/recordings/{Id}/approve-purge", null, 403));
        Assert.NotEmpty(Originals());
        await console.Must('1', $"/recordings/{Id}/approve-purge");

        await UntilAsync(async () => (await console.Get('C', $"/recordings/{Id}")).TryGetProperty("certificateSequence", out _));
        Assert.Empty(Originals());
        Assert.Equal("purged", await console.Refused('C', $"/recordings/{Id}/propose-purge", new { reason = "再清" }, 409));
        var acts = (await console.Get('U', $"/recordings/{Id}/acts")).EnumerateArray().Select(static act => act.GetProperty("act").GetString()).ToList();
        Assert.Equal(["retention.review", "retention.propose", "retention.approve", "retention.purge", "retention.certify"], acts.Where(static act => act!.StartsWith("retention.", StringComparison.Ordinal)));
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(console.DataFolder, new VerifyOptions { GatewayKeyPem = console.Host.PublicKeyPem }, null).Verdict);
    }

    private string[] Originals() => Directory.GetFiles(Path.Combine(console.DataFolder, "segments", "bc-01", "0001", "000001"), "*.mkv");

    private async Task RecordAsync(CancellationToken cancel)
    {
        await console.Host.Ingest.ProvisionAsync(device, "provisioned", null, cancel);
        var keys = KeyFolder.Open(Path.Combine(Path.GetDirectoryName(console.DataFolder)!, "keys"), console.DataFolder).Ring;
        var recorder = new FakeRecorder(device, keys) { WallBaseUs = (ulong)((console.Host.Office.Now - DateTimeOffset.UnixEpoch).Ticks / 10) };
        foreach (var segment in new[] { recorder.Announce(1), recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true) })
        {
            await console.Host.Ingest.HandleUpAsync(device, new ReadOnlySequence<byte>(FakeRecorder.SealMessage(segment)), cancel);
            for (var index = 0; index < segment.ChunkCount; index++)
                await console.Host.Ingest.HandleUpAsync(device, new ReadOnlySequence<byte>(FakeRecorder.ChunkMessage(segment, index)), cancel);
        }

        await UntilAsync(async () => (await console.Get('O', "/recordings")).GetProperty("items").EnumerateArray().Any(static row => row.GetProperty("state").GetString() == "verified"));
    }

    // The gateway's own loop brings it; ends as soon as it is there.
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
            await timer.WaitForNextTickAsync(end.Token);
    }
}
