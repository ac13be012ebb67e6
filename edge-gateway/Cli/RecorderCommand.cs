using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BodyCam.Cli.Boards;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Cli;

/// <summary><c>bodycam recorder</c>: runs virtual recorders against a gateway.</summary>
internal static class RecorderCommand
{
    private const double BootSeconds = 5;

    public static Command Create()
    {
        var id = new Option<string?>("--id") { Description = "Device id, given a new epoch and certificate by the gateway; with --count, -1, -2 … are appended." };
        var identity = new Option<string?>("--board") { Description = "Instead of --id: a board's folder, made by 'bodycam board new'; one recorder with that identity." };
        var gateway = new Option<string>("--gateway") { Description = "Address of the gateway's HTTP port, such as http://127.0.0.1:8080: the recorder is provisioned there.", Required = true };
        var token = new Option<string?>("--token-file") { Description = "With --id: file with the gateway's admin token (admin.token in its keys folder)." };
        var count = new Option<int>("--count") { Description = "How many recorders.", DefaultValueFactory = static _ => 1 };
        var footage = new Option<string?>("--footage") { Description = "MJPEG file or folder of JPEGs that the camera sees (default: the scene that is shipped)." };
        var script = new Option<string?>("--script") { Description = "Script of presses and faults by time (edge-gateway/docs/operations.md); without one each recorder records for --seconds." };
        var seconds = new Option<double>("--seconds") { Description = "Length of the recording without a script.", DefaultValueFactory = static _ => 20 };
        var pace = new Option<double>("--pace") { Description = "Virtual seconds in one real second.", DefaultValueFactory = static _ => 1 };
        var data = new Option<string?>("--data") { Description = "Folder for cards and flash, kept (default: temporary, removed)." };
        var keyboard = new Option<bool>("--keyboard") { Description = "Take button presses and faults from the keyboard (one recorder)." };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object." };
        var command = new Command("recorder", "Runs one virtual recorder, or a fleet, with the shipped firmware.") { id, identity, gateway, token, count, footage, script, seconds, pace, data, keyboard, json };
        command.Validators.Add(result =>
        {
            if (result.GetResult(id) is null == result.GetResult(identity) is null)
                result.AddError("Name the recorder: --id for a new identity, or --board for one that was made.");
            else if (result.GetResult(identity) is null && result.GetResult(token) is null)
                result.AddError("A new identity needs the gateway's token: name its file with --token-file.");
        });
        command.SetAction((parsed, cancel) => RunAsync(
            new Wish(parsed.GetValue(id), parsed.GetValue(identity), parsed.GetValue(gateway)!, parsed.GetValue(token), parsed.GetValue(count), parsed.GetValue(footage), parsed.GetValue(script), parsed.GetValue(seconds), parsed.GetValue(pace), parsed.GetValue(data), parsed.GetValue(keyboard), parsed.GetValue(json)),
            cancel));
        return command;
    }

    private sealed record Wish(string? Id, string? BoardFolder, string Gateway, string? TokenFile, int Count, string? Footage, string? Script, double Seconds, double Pace, string? Data, bool Keyboard, bool Json);

    private static async Task<int> RunAsync(Wish wish, CancellationToken cancel)
    {
        var folder = wish.Data ?? Path.Combine(Path.GetTempPath(), $"bodycam-recorder-{Environment.ProcessId}");
        var recorders = new List<Recorder>();
        try
        {
            var script = wish.Script is null ? null : BoardScript.Load(wish.Script);
            using var client = new HttpClient { BaseAddress = new Uri(wish.Gateway) };
            for (var number = 1; number <= (wish.Id is null ? 1 : wish.Count); number++)
                recorders.Add(await MakeAsync(wish, number, folder, client.BaseAddress, cancel).ConfigureAwait(false));
            foreach (var recorder in recorders)
            {
                recorder.PowerOn();
                (script ?? Default(wish)).Apply(recorder.Board);
            }

            Console.Error.WriteLine($"{recorders.Count} recorder(s) running; Ctrl-C ends them.");
            var keys = wish.Keyboard ? Task.Run(() => Listen(recorders[0].Board), cancel) : Task.CompletedTask;
            var least = (script ?? Default(wish)).Length + TimeSpan.FromSeconds(5);
            await WaitAsync(recorders, client, least, wish.Keyboard, cancel).ConfigureAwait(false);
            _ = keys;
            return Report(recorders, wish.Json);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException or CommandException or UriFormatException or InvalidDataException or JsonException)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message} Mend that and run it again.");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        finally
        {
            foreach (var recorder in recorders)
                recorder.Dispose();
            if (wish.Data is null && Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Recorder> MakeAsync(Wish wish, int number, string folder, Uri gateway, CancellationToken cancel)
    {
        var id = wish.Id is null ? BoardFolder.Open(wish.BoardFolder!).Device : wish.Count == 1 ? wish.Id : string.Create(CultureInfo.InvariantCulture, $"{wish.Id}-{number}");
        var own = Path.Combine(folder, id);
        var identity = wish.BoardFolder ?? own + "-identity";
        if (wish.BoardFolder is null)
        {
            using var boards = BoardGateway.At(gateway, wish.TokenFile!);
            var (key, request) = BoardIdentity.Create(id);
            BoardIdentity.Write(identity, await boards.ProvisionAsync(id, new Gateway.ProvisionWish(request), cancel).ConfigureAwait(false), key, [], "wrover-arducam");
        }

        var options = new RecorderOptions
        {
            Folder = own,
            BoardFolder = identity,
            Board = new BoardOptions { DataFolder = folder, Pace = Pace.Real(wish.Pace), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime, CardBytes = 16_000_000_000, Seed = number },
        };
        return new Recorder(wish.Footage is null ? options : options with { Scene = wish.Footage });
    }

    private static BoardScript Default(Wish wish) =>
        BoardScript.Parse(string.Create(CultureInfo.InvariantCulture, $"at {TimeSpan.FromSeconds(BootSeconds):hh\\:mm\\:ss\\.fff} press record\nat {TimeSpan.FromSeconds(BootSeconds + wish.Seconds):hh\\:mm\\:ss\\.fff} hold record 2.5s\n"));

    private static void Listen(Board board)
    {
        foreach (var (key, meaning, _) in Keyboard.Keys)
            Console.Error.WriteLine($"  {key}  {meaning}");
        while (Console.In.Read() is var read and >= 0)
            Keyboard.CommandFor((char)read)?.Run(board);
    }

    // Done when every recorder is past its script and says that nothing is unreceipted.
    private static async Task WaitAsync(List<Recorder> recorders, HttpClient client, TimeSpan least, bool stays, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            if (stays || recorders.Any(recorder => recorder.Board.Now < least))
                continue;
            using var status = JsonDocument.Parse(await client.GetStringAsync("/status", cancel).ConfigureAwait(false));
            var said = status.RootElement.GetProperty("recorders");
            var safe = said.EnumerateObject().Count(static one => one.Value.GetProperty("said").TryGetProperty("unreceipted", out var left) && left.GetInt32() == 0 && one.Value.GetProperty("said").GetProperty("state").GetString() is "ready" or "interrupted");
            if (safe >= recorders.Count)
                return;
        }
    }

    private static int Report(List<Recorder> recorders, bool json)
    {
        var frames = recorders.Sum(static recorder => recorder.Board.Camera.DeliveredCount);
        var failures = recorders.SelectMany(static recorder => recorder.Board.ThreadFailures).ToList();
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { recorders = recorders.Count, framesDelivered = frames, failures = failures.Select(static failure => failure.Failure.Message) }));
        else
            Console.WriteLine($"{recorders.Count} recorder(s) done: {frames} frames delivered by their cameras, everything has a storage receipt.");
        foreach (var (thread, failure) in failures)
            Console.Error.WriteLine($"bodycam: the firmware thread {thread} ended: {failure.Message}. Report it.");
        return failures.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
