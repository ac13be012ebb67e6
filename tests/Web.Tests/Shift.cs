using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.TestKit;

namespace BodyCam.Web.Tests;

/// <summary>A recorder's shift as the gateway sees it: footage without a hole and journal lines, at times that the test knows to the microsecond.</summary>
internal sealed class Shift
{
    private readonly Console console;
    private readonly DeviceId device;
    private readonly FakeRecorder recorder;
    private int line;

    private Shift(Console console, DeviceId device, FakeRecorder recorder) => (this.console, this.device, this.recorder) = (console, device, recorder);

    /// <summary>Device-monotonic time, µs.</summary>
    public ulong ClockUs => recorder.ClockUs;

    /// <summary>The same by the recorder's wall clock.</summary>
    public DateTimeOffset Now => DateTimeOffset.UnixEpoch.AddTicks((long)(recorder.WallBaseUs + recorder.ClockUs) * 10);

    /// <summary>Provisions a recorder whose clock begins at a wall time.</summary>
    public static async Task<Shift> BeginAsync(Console console, string name, DateTimeOffset at)
    {
        var device = DeviceId.Parse(name);
        await console.Host.Ingest.ProvisionAsync(device, "provisioned", null, TestContext.Current.CancellationToken);
        var ring = KeyFolder.Open(Path.Combine(Path.GetDirectoryName(console.DataFolder)!, "keys"), console.DataFolder).Ring;
        var recorder = new FakeRecorder(device, ring);
        recorder.WallBaseUs = ((ulong)(at - DateTimeOffset.UnixEpoch).Ticks / 10) - recorder.ClockUs;
        return new Shift(console, device, recorder);
    }

    /// <summary>One journal segment, sent after what it tells of, as it is on the wire.</summary>
    public Task SayAsync(params (ulong AtUs, string Event, string Fields)[] lines) =>
        SendAsync(recorder.Text(SegmentKind.Journal, [.. lines.Select(said => $"{{\"n\":{++line},\"us\":{said.AtUs},\"wall\":{recorder.WallBaseUs + said.AtUs},\"event\":\"{said.Event}\",{said.Fields}}}")]));

    /// <summary>An activity from one moment to another.</summary>
    public Task SayActivityAsync(uint activity, ulong fromUs, ulong toUs) => SayAsync((fromUs, "activityStarted", $"\"activity\":{activity}"), (toUs, "activityEnded", $"\"activity\":{activity}"));

    /// <summary>One recording of so many segments of 10 s, a picture every second.</summary>
    public async Task RecordAsync(uint recording, uint segments, uint activity = 1)
    {
        for (var segment = 1u; segment <= segments; segment++)
            await SendAsync(recorder.Footage(recording, segment, final: segment == segments, frames: 10, frameBytes: 400, activity: activity, frameEveryMs: 1000));
    }

    public void Pass(double seconds) => recorder.Pass(TimeSpan.FromSeconds(seconds));

    private async Task SendAsync(FakeSegment segment)
    {
        await console.Host.Ingest.HandleUpAsync(device, new System.Buffers.ReadOnlySequence<byte>(FakeRecorder.SealMessage(segment)), TestContext.Current.CancellationToken);
        for (var index = 0; index < segment.ChunkCount; index++)
            await console.Host.Ingest.HandleUpAsync(device, new System.Buffers.ReadOnlySequence<byte>(FakeRecorder.ChunkMessage(segment, index)), TestContext.Current.CancellationToken);
    }
}
