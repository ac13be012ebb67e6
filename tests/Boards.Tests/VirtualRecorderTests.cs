using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Boards.Tests;

/// <summary>From <c>board new</c> to a receipt and to the revocation: the shipped firmware on a virtual board, with the folder that is flashed on a real one.</summary>
public sealed class VirtualRecorderTests
{
    private static readonly DeviceId device = DeviceId.Parse("bc-01");
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_board_that_was_made_connects_by_mTLS_records_gets_its_receipts_and_is_cut_off_by_a_revocation()
    {
        await using var workshop = await Workshop.OpenAsync(static options => options with { Time = TimeProvider.System, SntpPort = 0 });
        var boards = Path.Combine(workshop.Folder, "boards");
        var (code, _, error) = Cli.Run("board", "new", "bc-01", "--keys", workshop.Keys, "--out", boards, "--card-gb", "4");
        Assert.True(code == 0, error);
        using var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(workshop.Folder, "recorder"),
            BoardFolder = Path.Combine(boards, "bc-01"),
            Board = new BoardOptions { DataFolder = workshop.Folder, Pace = Pace.Real(8), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
        });
        var board = recorder.Board;
        recorder.PowerOn();
        Wait("ready over TLS", () => Said("\"state\":\"ready\""));
        board.RecordButton.Press();
        board.RunFor(TimeSpan.FromSeconds(15));
        board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        Wait("every receipt", () => Said("\"state\":\"ready\"") && Said("\"unreceipted\":0") && workshop.Gateway.Ingest.Catalog.Recordings(device).Any(static recording => recording.IsComplete));
        Assert.True(Connected());

        // Recording goes on while it is shut out; nothing of it arrives.
        board.RecordButton.Press();
        Wait("the next recording", () => Said("\"state\":\"recording\""));
        (code, _, error) = Cli.Run("board", "revoke", "bc-01", "--reason", "test", "--keys", workshop.Keys);
        Assert.True(code == 0, error);
        Assert.False(Connected());
        board.RunFor(TimeSpan.FromSeconds(30));
        Assert.False(Connected());
        var leaves = workshop.Gateway.Ingest.Checkpoint.Checkpoint.Size;
        board.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(leaves, workshop.Gateway.Ingest.Checkpoint.Checkpoint.Size);
        Assert.True(await workshop.RefusalsAsync("Revoked") > 0);
        board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        board.RunFor(TimeSpan.FromSeconds(10));
        Assert.Empty(board.ThreadFailures);

        // Made again and flashed, it comes in with its new epoch, and what it still held of the old one arrives.
        recorder.CutPower();
        (code, _, error) = Cli.Run("board", "new", "bc-01", "--keys", workshop.Keys, "--out", boards, "--again", "back on the bench");
        Assert.True(code == 0, error);
        recorder.Flash(Path.Combine(boards, "bc-01"));
        recorder.PowerOn();
        Wait("what it still held", () => Said("\"unreceipted\":0") && workshop.Gateway.Ingest.Catalog.Recordings(device).Count(static recording => recording.Epoch == 1 && recording.IsComplete) == 2);
        recorder.Dispose();
        await workshop.Gateway.DisposeAsync();
        var report = Verifier.Run(workshop.Data, new VerifyOptions { GatewayKeyPem = workshop.Gateway.PublicKeyPem, CatalogComparison = CatalogCheck.Differences }, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        await workshop.StartAsync();

        bool Said(string part) => workshop.Gateway.StatusOf(device).Contains(part, StringComparison.Ordinal);
        bool Connected() => workshop.Gateway.IsConnected(device);
        void Wait(string what, Func<bool> predicate) => Assert.True(board.WaitUntil(predicate, patience), $"waited for {what}: {workshop.Gateway.StatusOf(device)}\n{System.Text.Json.JsonSerializer.Serialize(workshop.Gateway.Ingest.Status())}");
    }

    [Fact]
    public async Task A_recorder_with_the_CA_of_another_gateway_sends_nothing_to_this_one()
    {
        await using var workshop = await Workshop.OpenAsync(static options => options with { Time = TimeProvider.System, SntpPort = 0 });
        var boards = Path.Combine(workshop.Folder, "boards");
        Assert.Equal(0, Cli.Run("board", "new", "bc-01", "--keys", workshop.Keys, "--out", boards).Code);
        using (var other = Core.Keys.CertificateAuthority.Open(Directory.CreateDirectory(Path.Combine(workshop.Folder, "other")).FullName, TimeProvider.System, mayCreate: true))
            File.WriteAllText(Path.Combine(boards, "bc-01", "ca.pem"), other.Pem);
        using var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(workshop.Folder, "recorder"),
            BoardFolder = Path.Combine(boards, "bc-01"),
            Board = new BoardOptions { DataFolder = workshop.Folder, Pace = Pace.Real(8), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
        });
        recorder.PowerOn();
        recorder.Board.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal("", workshop.Gateway.StatusOf(device));
        Assert.False(workshop.Gateway.IsConnected(device));
        Assert.Empty(recorder.Board.ThreadFailures);
    }
}
