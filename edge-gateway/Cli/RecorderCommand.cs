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
    private const int CountMax = 1000;
    private const double PaceMin = 0.01;
    private const double PaceMax = 1000;

    /// <summary>23 h: times of a script have two digits for the hours of one day.</summary>
    private const double SecondsMax = 82_800;

    /// <summary>Time within which the gateway answers a question for its status.</summary>
    private static readonly TimeSpan answerWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan lastAnswerWithin = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var id = new Option<string?>("--id") { Description = "Device id, given a new epoch and certificate by the gateway, except with --seconds 0; with --count, -1, -2 … are appended." };
        var identity = new Option<string?>("--board") { Description = "Instead of --id: a board's folder, made by 'bodycam board new'; one recorder with that identity, which goes on with its card." };
        var gateway = WebAddress.Option("--gateway", "Address of the gateway's HTTP port, such as http://127.0.0.1:8080: the recorder is provisioned there.");
        gateway.Required = true;
        var token = new Option<string?>("--token-file") { Description = "With --id: file with the gateway's admin token (admin.token in its keys folder)." };
        var count = new Option<int>("--count") { Description = "How many recorders.", DefaultValueFactory = static _ => 1 };
        var footage = new Option<string?>("--footage") { Description = "MJPEG file or folder of JPEGs that the camera sees (default: the scene that is shipped)." };
        var script = new Option<string?>("--script") { Description = "Script of presses and faults by time (edge-gateway/docs/operations.md); without one each recorder records for --seconds." };
        var seconds = new Option<double>("--seconds") { Description = "Length of the recording without a script; 0 records nothing: it ends an activity that was broken off, sends what the card in --data (or the board's) still holds, under the epoch it has, and ends.", DefaultValueFactory = static _ => 20 };
        var pace = new Option<double>("--pace") { Description = "Virtual seconds in one real second.", DefaultValueFactory = static _ => 1 };
        var data = new Option<string?>("--data") { Description = "Folder for cards and flash, kept (default: temporary, removed when everything has its receipt; with --board: 'virtual' in the board's folder, kept)." };
        var keyboard = new Option<bool>("--keyboard") { Description = "Take button presses and faults from the keyboard (one recorder)." };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON object." };
        Bounds.Within(count, 1, CountMax);
        Bounds.Within(seconds, 0, SecondsMax);
        Bounds.Within(pace, PaceMin, PaceMax);
        var command = new Command("recorder", "Runs one virtual recorder, or a fleet, with the shipped firmware.") { id, identity, gateway, token, count, footage, script, seconds, pace, data, keyboard, json };
        command.Validators.Add(result =>
        {
            var isOne = result.GetResult(count)?.Tokens is not [{ Value: var number }] || number == "1";
            if (result.GetResult(id) is not null && result.GetResult(identity) is not null)
                result.AddError("Give only one of --id, for a new identity, and --board, for one that was made.");
            else if (result.GetResult(id) is null && result.GetResult(identity) is null)
                result.AddError("Name the recorder: --id for a new identity, or --board for one that was made.");
            else if (result.GetResult(identity) is null && result.GetResult(token) is null)
                result.AddError("A new identity needs the gateway's token: name its file with --token-file.");
            else if (!isOne && result.GetResult(identity) is not null)
                result.AddError("--board is the identity of one recorder: leave out --count.");
            else if (!isOne && result.GetResult(keyboard) is not null)
                result.AddError("--keyboard is for one recorder: leave out --count.");
        });
        command.SetAction((parsed, cancel) => RunAsync(
            new Wish(parsed.GetValue(id), parsed.GetValue(identity), parsed.GetValue(gateway)!, parsed.GetValue(token), parsed.GetValue(count), parsed.GetValue(footage), parsed.GetValue(script), parsed.GetValue(seconds), parsed.GetValue(pace), parsed.GetValue(data), parsed.GetValue(keyboard), parsed.GetValue(json)),
            cancel));
        return command;
    }

    private sealed record Wish(string? Id, string? BoardFolder, Uri Gateway, string? TokenFile, int Count, string? Footage, string? Script, double Seconds, double Pace, string? Data, bool Keyboard, bool Json)
    {
        /// <summary>True when nothing is recorded; a script or the keyboard says itself what is done.</summary>
        public bool IsSendOnly => Seconds == 0 && Script is null && !Keyboard;
    }

    private static async Task<int> RunAsync(Wish wish, CancellationToken cancel)
    {
        var recorders = new List<Recorder>();
        var watched = new List<WatchedRecorder>();
        RecorderCards? cards = null;
        using var client = new HttpClient { BaseAddress = wish.Gateway, Timeout = answerWithin };
        var watch = new ReceiptWatch(client, watched, Console.Error.WriteLine);
        var isSafe = true;
        try
        {
            var script = wish.Script is not null ? NamedFile.Read(wish.Script, "the script with --script", BoardScript.Load) : wish.IsSendOnly ? SendOnly.Script : Default(wish.Seconds);
            if (wish.Footage is not null)
                AssertFootage(wish.Footage);
            var board = wish.BoardFolder is null ? null : BoardFolder.Open(wish.BoardFolder);
            using var boards = board is null ? BoardGateway.At(wish.Gateway, wish.TokenFile!) : null;
            cards = RecorderCards.Find(wish.Data, board?.Device ?? NameOf(wish, 1), board);
            if (File.Exists(cards.Folder))
                throw new InvalidDataException($"{cards.Folder} is a file: name a folder with --data.");
            for (var number = 1; wish.IsSendOnly && board is null && number <= wish.Count; number++)
                _ = SendOnly.Identity(cards.Of(NameOf(wish, number)));
            await AssertServedAsync(client, cancel).ConfigureAwait(false);
            WritableFolder.Assert(cards.Folder, isPrivate: false, "--data");
            for (var number = 1; number <= wish.Count; number++)
            {
                var (recorder, identity) = await MakeAsync(wish, number, board, boards, cards, cancel).ConfigureAwait(false);
                recorders.Add(recorder);
                watched.Add(new WatchedRecorder(identity.Device, identity.Epoch));
            }

            cards.Note(TimeProvider.System);
            isSafe = false;
            foreach (var recorder in recorders)
            {
                if (wish.IsSendOnly)
                    SendOnly.TakeOut(recorder);
                recorder.PowerOn();
                script.Apply(recorder.Board);
            }

            Console.Error.WriteLine($"{recorders.Count} recorder(s) running; Ctrl-C ends them.");
            var keys = wish.Keyboard ? Task.Run(() => Listen(recorders[0].Board), cancel) : Task.CompletedTask;
            List<RefusedLink> links = [.. recorders.Zip(watched, static (recorder, who) => new RefusedLink(who.Device, recorder, TimeProvider.System))];
            var refusals = await WaitAsync(recorders, watch, watched, links, script.Length + TimeSpan.FromSeconds(5), wish, cancel).ConfigureAwait(false);
            _ = keys;
            foreach (var refusal in refusals)
                Console.Error.WriteLine($"bodycam: {refusal}");
            if (refusals.Count > 0)
                return ExitCode.Failed;
            isSafe = true;
            return Report(recorders, wish.Json);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException or CommandException or InvalidDataException or JsonException)
        {
            Console.Error.WriteLine($"bodycam: {FailureWords.Of(failure, "run it again")}");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            isSafe = isSafe || await IsSafeAsync(recorders, watch).ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
        finally
        {
            foreach (var recorder in recorders)
                recorder.Dispose();
            cards?.End(isSafe, folder => Console.Error.WriteLine($"bodycam: something on the card has no storage receipt yet, so it is kept in {folder}. To send it:\n  ./{GoOn(wish, folder)}"));
        }
    }

    // Before anything is made: later the gateway may be away.
    private static async Task AssertServedAsync(HttpClient client, CancellationToken cancel)
    {
        try
        {
            using var status = JsonDocument.Parse(await client.GetStringAsync("/status", cancel).ConfigureAwait(false));
            if (!status.RootElement.TryGetProperty("recorders", out _))
                throw new JsonException();
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested && failure is HttpRequestException or TaskCanceledException)
        {
            throw new InvalidDataException($"the gateway at {client.BaseAddress} cannot be reached ({failure.Message.TrimEnd('.')}): start it, or name the right address with --gateway.", failure);
        }
        catch (Exception strange) when (strange is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"what answers at {client.BaseAddress} is no BodyCam gateway of this version: name the gateway's HTTP port with --gateway.", strange);
        }
    }

    private static string NameOf(Wish wish, int number) => wish.Count == 1 ? wish.Id! : string.Create(CultureInfo.InvariantCulture, $"{wish.Id}-{number}");

    private static async Task<(Recorder Recorder, BoardFolder Identity)> MakeAsync(Wish wish, int number, BoardFolder? board, BoardGateway? boards, RecorderCards cards, CancellationToken cancel)
    {
        var id = board?.Device ?? NameOf(wish, number);
        var own = cards.Of(id);
        if (boards is not null && !wish.IsSendOnly)
        {
            var (key, request) = BoardIdentity.Create(id);
            BoardIdentity.Write(own + "-identity", await boards.ProvisionAsync(id, new Gateway.ProvisionWish(request), cancel).ConfigureAwait(false), key, [], "wrover-arducam");
        }

        var identity = board ?? BoardFolder.Open(own + "-identity");
        var options = new RecorderOptions
        {
            Folder = own,
            // What the chip has stays as it is.
            BoardFolder = wish.IsSendOnly && board is null ? null : identity.Path,
            Board = new BoardOptions { DataFolder = cards.Folder, Pace = Pace.Real(wish.Pace), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime, CardBytes = 16_000_000_000, Seed = number },
        };
        return (new Recorder(wish.Footage is null ? options : options with { Scene = wish.Footage }), identity);
    }

    private static BoardScript Default(double seconds) =>
        BoardScript.Parse(seconds == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"at {TimeSpan.FromSeconds(BootSeconds):hh\\:mm\\:ss\\.fff} press record\nat {TimeSpan.FromSeconds(BootSeconds + seconds):hh\\:mm\\:ss\\.fff} hold record 2.5s\n"));

    private static void Listen(Board board)
    {
        foreach (var (key, meaning, _) in Keyboard.Keys)
            Console.Error.WriteLine($"  {key}  {meaning}");
        while (Console.In.Read() is var read and >= 0)
            Keyboard.CommandFor((char)read)?.Run(board);
    }

    private static void AssertFootage(string path)
    {
        try
        {
            _ = FrameFile.Load(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidDataException($"{path} holds no footage that can be read{(failure is InvalidDataException || !Path.Exists(path) ? "" : $" ({failure.Message.TrimEnd('.')})")}: name an MJPEG file or a folder of JPEG files with --footage.", failure);
        }
    }

    // Done when every recorder is past its script and the gateway heard from each that nothing is unreceipted, or when it lets none of those in that still have something: then why.
    private static async Task<IReadOnlyList<string>> WaitAsync(List<Recorder> recorders, ReceiptWatch watch, List<WatchedRecorder> watched, List<RefusedLink> links, TimeSpan least, Wish wish, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            if (wish.Keyboard || recorders.Any(recorder => recorder.Board.Now < least || (wish.IsSendOnly && SendOnly.IsSealing(recorder))))
                continue;
            var left = await watch.AskAsync(cancel).ConfigureAwait(false);
            if (left.Count == 0 && !recorders.Any(static recorder => recorder.Board.Network.Stalled))
                return [];
            List<string> refusals = [.. links.Where((_, index) => left.Contains(watched[index])).Select(link => link.Look(!watch.IsSilent)).OfType<string>()];
            if (refusals.Count > 0 && refusals.Count == left.Count)
                return refusals;
        }

        return [];
    }

    private static async Task<bool> IsSafeAsync(List<Recorder> recorders, ReceiptWatch watch)
    {
        using var patience = new CancellationTokenSource(lastAnswerWithin);
        try
        {
            return !recorders.Any(static recorder => recorder.Board.Network.Stalled) && (await watch.AskAsync(patience.Token).ConfigureAwait(false)).Count == 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string GoOn(Wish wish, string folder)
    {
        var who = wish.Id is null ? $"--board {wish.BoardFolder}" : $"--id {wish.Id} --token-file {wish.TokenFile}{(wish.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" --count {wish.Count}") : "")}";
        return $"bodycam recorder {who} --gateway {wish.Gateway.GetLeftPart(UriPartial.Authority)} --data {folder} --seconds 0";
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
