using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Store;
using BodyCam.Gateway;
using BodyCam.Rules.Continuity;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;
using BodyCam.Rules.Policies;
using BodyCam.Web.Api;
using Recorder = BodyCam.VirtualRecorder.Recorder;

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
            await FoundAsync(gateway.Office);
            Story(recorder, () => gateway.StatusOf(device));
            Assert.Empty(recorder.Board.ThreadFailures);
            await ConfirmedByAPersonAsync(gateway, data);
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

    private static readonly Actor administrator = new("u-admin", "管理员", null, null, new HashSet<Role> { Role.Administrator, Role.Custodian }, Rank.None);
    private static readonly Actor head = new("u-head", "负责人", "o-head", "unit-1", new HashSet<Role>(), Rank.UnitHead);

    private static async Task FoundAsync(Office office)
    {
        await Must(office, administrator, "agency.register", draft => PeopleDesk.RegisterAgency(draft, new Agency("agency-1", "启东市某局", "qidong")));
        await Must(office, administrator, "unit.register", draft => PeopleDesk.RegisterUnit(draft, new Unit("unit-1", "agency-1", "大队")));
        await Must(office, administrator, "officer.register", draft => PeopleDesk.RegisterOfficer(draft, new Officer("o-li", "李", "证1", "unit-1", Rank.None, true)));
        await Must(office, administrator, "recorder.register", draft => RecorderDesk.Register(draft, new BodyCam.Custody.Recorders.Recorder(device.Text, "SN1", "BodyCam", "WROVER", "unit-1", false, true, false)));
        await Must(office, administrator, "recorder.issue", draft => RecorderDesk.Issue(draft, device.Text, "o-li", 1));
    }

    // What the recorder told became an activity with its interruption; a person confirms the note, and the ledger explains the gap by the agency's article.
    private static async Task ConfirmedByAPersonAsync(GatewayHost gateway, string data)
    {
        var office = gateway.Office;
        BodyCam.Custody.Activities.Interruption? Battery() => office.Store.List<BodyCam.Custody.Activities.Interruption>(new EntityQuery()).FirstOrDefault(static row => row is { Reason: "low_battery", ToUs: not null, NoteToUs: not null });
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (Battery() is null || office.Store.List<BodyCam.Custody.Recordings.Recording>(new EntityQuery()).Any(static row => row.StoredAt is null))
            await timer.WaitForNextTickAsync(end.Token);

        var ledger = new ActivityLedger(data);
        var read = new Draft(office.Store, office.Policies, head, "read", office.Now);
        var activity = Assert.Single(office.Store.List<BodyCam.Custody.Activities.Activity>(new EntityQuery()));
        Assert.Equal(("o-li", "unit-1"), (activity.OfficerIds.Single(), activity.UnitId));
        Assert.All(office.Store.List<BodyCam.Custody.Recordings.Recording>(new EntityQuery()), static row => Assert.Equal("o-li", row.HolderId));
        Assert.NotEmpty(office.Store.List<PreUseCheck>(new EntityQuery()));
        var before = ledger.Of(read, activity)!;
        Assert.Equal(0, before.Sums.ExplainedUs);
        var seen = ledger.Seen(read, Battery()!.Id);
        Assert.NotNull(seen);
        await Must(office, head, "interruption.confirm", draft => InterruptionDesk.ConfirmNote(draft, Battery()!.Id, "电池耗尽，已更换", ledger.IsSilent(draft, Battery()!.Id), ledger.Seen(draft, Battery()!.Id)));
        var after = ledger.Of(read, activity)!;
        var explained = Assert.Single(after.Rows, static row => row.Kind == LedgerKind.Explained);
        Assert.Equal("low_battery", explained.Reason);
        Assert.Equal(before.Sums.UnexplainedUs, after.Sums.UnexplainedUs + after.Sums.ExplainedUs);
        Assert.Equal(after.IntervalUs, after.Sums.TotalUs);
    }

    private static async Task Must<T>(Office office, Actor actor, string act, Func<Draft, Outcome<T>> deed)
        where T : class
    {
        var outcome = await office.DoAsync(actor, act, deed);
        Assert.True(outcome.IsDone, outcome.Refusal?.Message);
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
