using BodyCam.Cli.Boards;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Gateway;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Cli;

/// <summary>The demo's story: a gateway and one recorder on this machine, from the pre-use check to the shift manifest.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    /// <summary>Virtual seconds that pass in one real second.</summary>
    public const double PaceFactor = 10;

    private const string DeviceName = "demo-recorder-1";
    private static readonly TimeSpan stepTimeout = TimeSpan.FromMinutes(10);

    private readonly string folder;
    private readonly Action<string> say;
    private Recorder? recorder;
    private DemoAgency? agency;

    public DemoRun(string folder, Action<string> say)
    {
        this.folder = folder;
        this.say = say;
    }

    public string DataFolder => Path.Combine(folder, "data");

    public string ArchiveFolder => Path.Combine(folder, "archive");

    public string KeysFolder => Path.Combine(folder, "keys");

    public string RecorderFolder => Path.Combine(folder, "recorder");

    public string BoardFolder => Path.Combine(folder, "boards", DeviceName);

    public string AnchorFile => Path.Combine(folder, "anchor", "gateway.pem");

    public DeviceId Device { get; } = DeviceId.Parse(DeviceName);

    public GatewayHost Gateway { get; private set; } = null!;

    public Recorder Recorder => recorder!;

    /// <summary>The ledger of the activity after the head confirmed the note.</summary>
    public System.Text.Json.JsonElement Ledger { get; private set; }

    /// <summary>Types of the leads that were raised.</summary>
    public IReadOnlyList<string> Leads { get; private set; } = [];

    /// <summary>Virtual time of the whole shift.</summary>
    public TimeSpan ShiftTime => Recorder.Board.Now;

    /// <summary>Runs the story to its end: everything archived and the manifest complete.</summary>
    /// <exception cref="DemoException">A step did not come about; the message names it.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        Gateway = await GatewayHost.StartAsync(
            new GatewayOptions
            {
                DataFolder = DataFolder, KeysFolder = KeysFolder, ArchiveFolder = ArchiveFolder, MqttPort = 0, HttpPort = 0, SntpPort = 0, Tls = true, LogJson = false, ArchiveEvery = TimeSpan.FromMilliseconds(500),
                Provisioning = new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256L << 20, FramesPerSecondMax = 4, NoteWindowS = 12 },
            },
            cancel).ConfigureAwait(false);
        Directory.CreateDirectory(Path.GetDirectoryName(AnchorFile)!);
        await File.WriteAllTextAsync(AnchorFile, Gateway.PublicKeyPem + "\n", cancel).ConfigureAwait(false);
        say($"Gateway: MQTT over TLS on 127.0.0.1:{Gateway.MqttPort}, status on http://127.0.0.1:{Gateway.HttpPort}/status");
        var epoch = await MakeBoardAsync(cancel).ConfigureAwait(false);
        agency = new DemoAgency(Gateway.HttpPort, KeysFolder);
        await agency.FoundAsync(Device.Text, cancel).ConfigureAwait(false);
        say("Agency, unit and people are registered by the API; the custodian issued the recorder to 李四");
        recorder = new Recorder(new RecorderOptions
        {
            Folder = RecorderFolder,
            BoardFolder = BoardFolder,
            KeepFrames = true,
            Board = new BoardOptions { DataFolder = RecorderFolder, Pace = Pace.Real(PaceFactor), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
        });
        var board = recorder.Board;
        board.Battery.SetPercent(78);
        say($"Recorder {Device}, epoch {epoch}, with its certificate: powered on, checking itself");
        await Task.Run(() => Story(board), cancel).ConfigureAwait(false);
        await WaitAsync("everything archived", () => Gateway.Ingest.Catalog.NotArchived(-1, 1).Count == 0 && Gateway.Ingest.Catalog.Manifests(Device) is [.., { Complete: true }], cancel).ConfigureAwait(false);
        for (var rounds = 0; !await agency.IsTakenInAsync(cancel).ConfigureAwait(false); rounds++)
        {
            if (rounds > 300)
                throw new DemoException("The demo waited 30 s for custody to take in what the recorder told. Look at GET /api/v1/activities and report it.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancel).ConfigureAwait(false);
        }

        (Ledger, Leads) = await agency.CloseAsync(Device.Text, cancel).ConfigureAwait(false);
        say("The recorder is back with its manifest; the head of the unit heard the spoken note and confirmed it");
        await WaitAsync("the archive's copy of the log", IsLogForwarded, cancel).ConfigureAwait(false);
        say("Everything is archived; the shift manifest is complete");
    }

    public async ValueTask DisposeAsync()
    {
        agency?.Dispose();
        recorder?.Dispose();
        if (Gateway is not null)
            await Gateway.DisposeAsync().ConfigureAwait(false);
    }

    // As 'bodycam board new' does it.
    private async Task<uint> MakeBoardAsync(CancellationToken cancel)
    {
        using var boards = BoardGateway.At(new Uri($"http://127.0.0.1:{Gateway.HttpPort}"), Path.Combine(KeysFolder, "admin.token"));
        var (key, request) = BoardIdentity.Create(DeviceName);
        var given = await boards.ProvisionAsync(DeviceName, new ProvisionWish(request, OnlyFirst: true), cancel).ConfigureAwait(false);
        BoardIdentity.Write(BoardFolder, given, key, [], "wrover-arducam");
        return given.Epoch;
    }

    private void Story(Board board)
    {
        Recorder.PowerOn();
        Wait(board, "the recorder to be ready and connected", () => Said("\"state\":\"ready\""));
        say("Pre-use check done; one press starts the recording");
        board.RecordButton.Press();
        Wait(board, "the recording", () => Said("\"state\":\"recording\""));
        board.Microphone.Say(Footage.Notice);
        Pass(board, 14);
        board.NoteButton.Press();
        say("Notice spoken and marked; recording the scene");
        Pass(board, 10);
        say("The battery runs low: the recorder ends the recording by itself");
        board.Battery.SetPercent(3);
        Wait(board, "the interruption", () => Said("\"state\":\"interrupted\""));
        Pass(board, 20);
        board.Battery.SetPercent(96);
        say("Battery changed after 20 s; a press resumes, the officer says why it was interrupted");
        Pass(board, 2);
        board.RecordButton.Press();
        Wait(board, "the resumed recording", () => Said("\"state\":\"noting\""));
        board.Microphone.Say(Footage.NoteLowBattery);
        Pass(board, 14);
        board.NoteButton.Press();
        say("A key shot is marked");
        Pass(board, 8);
        board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        Wait(board, "the end of the activity", () => Said("\"state\":\"ready\""));
        say("Stopped; uploading what is left");
        Wait(board, "every receipt", () => Said("\"unreceipted\":0"));
        say("Every segment has its storage receipt; the recorder is returned");
        Gateway.Ingest.Command(Device, "return", []);
        Wait(board, "the shift manifest", () => Gateway.Ingest.Catalog.Manifests(Device).Count > 0);
    }

    private bool IsLogForwarded()
    {
        var copy = Path.Combine(ArchiveFolder, "log", "checkpoint");
        return File.Exists(copy) && File.ReadAllBytes(copy).AsSpan().SequenceEqual(Gateway.Ingest.Checkpoint.Note);
    }

    private bool Said(string part) => Gateway.StatusOf(Device).Contains(part, StringComparison.Ordinal);

    private static void Pass(Board board, double seconds) => board.RunFor(TimeSpan.FromSeconds(seconds));

    private static void Wait(Board board, string what, Func<bool> predicate)
    {
        if (!board.WaitUntil(predicate, stepTimeout))
            throw new DemoException($"The demo waited {stepTimeout.TotalMinutes:F0} virtual minutes for {what}. Look at the journal on the card and report it.");
    }

    private static async Task WaitAsync(string what, Func<bool> predicate, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var rounds = 0; !predicate(); rounds++)
        {
            if (rounds > 600)
                throw new DemoException($"The demo waited 30 s for {what}. Look at the gateway's status and report it.");
            await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false);
        }
    }
}

/// <summary>A step of the demo did not come about.</summary>
internal sealed class DemoException(string message) : Exception(message);
