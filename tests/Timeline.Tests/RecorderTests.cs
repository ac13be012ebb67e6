using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Gateway;
using BodyCam.Rules.Continuity;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Timeline.Tests;

/// <summary>The shipped firmware records, a gateway stores, and the ledger of what is stored says what happened: the demo's interruption with its spoken note, then a power cut.</summary>
public sealed class RecorderTests
{
    private const double PaceFactor = 10;
    private static readonly DeviceId device = DeviceId.Parse("unit-7");
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task The_demos_interruption_shows_with_its_spoken_note_and_a_power_cut_with_its_seam()
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-ledger-").FullName;
        var data = Path.Combine(folder, "data");
        await using (var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = data, KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, SntpPort = 0, LogJson = false }))
        {
            var values = gateway.Provisioning(new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256L << 20, FramesPerSecondMax = 4, NoteWindowS = 6 });
            var (_, file) = await gateway.Ingest.ProvisionAsync(device, "provisioned", values, CancellationToken.None);
            using var recorder = new Recorder(new RecorderOptions
            {
                Folder = Path.Combine(folder, "recorder"), Provisioning = file,
                Board = new BoardOptions { DataFolder = folder, Pace = Pace.Real(PaceFactor), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
            });
            Story(recorder, () => gateway.StatusOf(device));
            Assert.Empty(recorder.Board.ThreadFailures);
        }

        var timeline = TimelineReader.Read(data, device, 1, 1)!;
        var input = new ContinuityInput { Policy = Qidong.Policy, Recorders = [timeline.Track] };
        var open = ContinuityLedger.Compute(input);
        Assert.Equal(open.IntervalUs, open.Sums.TotalUs);
        Assert.Empty(timeline.Remarks);
        Assert.True(open.HasEnd);
        Assert.Equal(["low_battery", "device_fault"], timeline.Track.Interruptions.Select(static interruption => interruption.Reason));
        var (battery, power) = (timeline.Track.Interruptions[0], timeline.Track.Interruptions[1]);
        Assert.False(battery.Note!.IsSilent);
        Assert.InRange(battery.Note.LoudestDbfs!.Value, -40, -5);
        Assert.True(power.Inferred);
        Assert.NotEqual(power.From.Boot, power.To!.Value.Boot);
        Assert.Contains(open.Rows, static row => row is { Kind: LedgerKind.Unexplained, Reason: "low_battery" } && row.LengthUs is > 8_000_000 and < 30_000_000);
        var seam = Assert.Single(open.Rows, static row => row.Kind == LedgerKind.Seam);
        Assert.True(seam.BoundUs is null or > 0);
        Assert.True(open.Rows.Where(static row => row.Kind == LedgerKind.Footage).Sum(static row => row.LengthUs) > 25_000_000);

        var confirmed = ContinuityLedger.Compute(input with
        {
            Confirmations = [.. timeline.Track.Interruptions.Select(interruption => new GapConfirmation { Recorder = timeline.Track.Id, From = interruption.From, To = interruption.To!.Value, Reason = interruption.Reason!, Note = NoteKind.Written, Account = "书面说明", Accepted = true, By = "王五", At = DateTimeOffset.UnixEpoch })],
        });
        Assert.Equal(0, confirmed.Sums.UnexplainedUs);
        Assert.Equal(open.Sums.UnexplainedUs, confirmed.Sums.ExplainedUs);
        Assert.Equal(open.Sums.SeamUs, confirmed.Sums.SeamUs);
        Assert.Empty(confirmed.Tasks);
        Directory.Delete(folder, recursive: true);
    }

    private static void Story(Recorder recorder, Func<string> status)
    {
        var board = recorder.Board;
        board.Battery.SetPercent(80);
        recorder.PowerOn();
        Wait(board, status, "\"state\":\"ready\"");
        board.RunFor(TimeSpan.FromSeconds(4));
        board.RecordButton.Press();
        Wait(board, status, "\"state\":\"recording\"");
        board.RunFor(TimeSpan.FromSeconds(8));
        board.Battery.SetPercent(3);
        Wait(board, status, "\"state\":\"interrupted\"");
        board.RunFor(TimeSpan.FromSeconds(8));
        board.Battery.SetPercent(95);
        board.RunFor(TimeSpan.FromSeconds(2));
        board.RecordButton.Press();
        Wait(board, status, "\"state\":\"noting\"");
        board.Microphone.Say(Footage.NoteLowBattery);
        board.RunFor(TimeSpan.FromSeconds(12));
        recorder.CutPower();
        recorder.PowerOn();
        board.RunFor(TimeSpan.FromSeconds(12));
        board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        Wait(board, status, "\"state\":\"ready\"");
        Wait(board, status, "\"unreceipted\":0");
    }

    private static void Wait(Board board, Func<string> status, string said) =>
        Assert.True(board.WaitUntil(() => status().Contains(said, StringComparison.Ordinal), patience), $"waited for {said}: {status()}");
}
