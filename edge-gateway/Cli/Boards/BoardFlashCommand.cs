using System.CommandLine;
using System.Text.Json;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board flash</c>: runtime, application, files and network on one board, by nanoff, each step safe to repeat.</summary>
internal static class BoardFlashCommand
{
    // FIRMWARE-FACTS: the default board is a WROVER-E, chip revision 3, with PSRAM.
    private const int RevisionMin = 3;

    /// <summary>In the record of what was flashed: the files may be on the board.</summary>
    private const string FilesBegun = "filesBegun";

    private static readonly Argument<string> folder = new("folder") { Description = "The board's folder, made by 'bodycam board new'." };
    private static readonly Option<string> port = new("--port") { Description = "Serial port of the board, such as /dev/ttyUSB0 or COM5.", Required = true };
    private static readonly Option<string?> image = new("--image") { Description = "Application (default: what 'bodycam board build' left)." };
    private static readonly Option<string?> source = new("--source") { Description = "The repository, for board definitions and the application (default: the one this command line was built in)." };
    private static readonly Option<string?> runtime = new("--runtime") { Description = "File of an own runtime image (nanoCLR.bin), for boards whose definition names none." };
    private static readonly Option<string?> runtimeVersion = new("--runtime-version") { Description = "Version of the runtime image (default: the newest)." };
    private static readonly Option<string?> archive = new("--archive") { Description = "Folder of runtime images that were fetched before: flashes without the Internet." };
    private static readonly Option<bool> erase = new("--erase") { Description = "Erase the whole flash first, with identity, keys and state. Needs files that were never flashed." };
    private static readonly Option<string> from = new("--from") { Description = $"Begin with this step: {string.Join(", ", FlashPlan.Names)}. The check always runs first.", DefaultValueFactory = static _ => "check" };
    private static readonly Option<int> baud = new("--baud") { Description = "Rate of the serial port (default: the flasher's own); 115200 for long or poor cables." };
    private static readonly Option<bool> dryRun = new("--dry-run") { Description = "Print the calls; run nothing." };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("flash", "Puts runtime, application, identity and network on a board. Every step may be repeated.") { folder, port, image, source, runtime, runtimeVersion, archive, erase, from, baud, dryRun, json };
        command.SetAction(static async (parsed, cancel) =>
        {
            try
            {
                return await RunAsync(parsed, TimeProvider.System, cancel).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException or JsonException)
            {
                return Fail(failure.Message);
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("bodycam: broken off. Run the same line again: every step may be repeated.");
                return ExitCode.Interrupted;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancel)
    {
        var board = BoardFolder.Open(parsed.GetValue(folder)!);
        if (SourceTree.Find(parsed.GetValue(source)) is not { } root)
            return Fail("no BodyCam.sln here or above. Run this in the repository, or name it with --source.");
        var definition = BoardDefinition.Read(root, board.Board);
        if (definition.NanoTarget is null && parsed.GetValue(runtime) is null)
            return Fail($"board {board.Board} needs an own runtime image: the stock ones have no driver for its camera. Build one as its notes say (hardware/README.md) and give it with --runtime.");
        var first = FlashPlan.Names.ToList().IndexOf(parsed.GetValue(from)!);
        if (first < 0)
            return Fail($"'{parsed.GetValue(from)}' is no step. Use one of {string.Join(", ", FlashPlan.Names)}.");
        var application = Path.GetFullPath(parsed.GetValue(image) ?? BoardBuildCommand.ImageOf(Path.Combine(root, "firmware", "App", "BodyCam.Firmware.nfproj"), "Release"));
        var wish = new FlashWish(parsed.GetValue(port)!, definition.NanoTarget, Full(parsed.GetValue(runtime)), parsed.GetValue(runtimeVersion), Full(parsed.GetValue(archive)), application, parsed.GetValue(erase), parsed.GetValue(baud));
        var steps = FlashPlan.Steps(wish, Path.Combine(board.Path, "port-files.json"), Path.Combine(board.Path, "port-network.json")).Where((_, index) => index == 0 || index >= first).ToList();
        var tools = Toolchain.Find();
        if (parsed.GetValue(dryRun))
            return Plan(board, steps, tools, parsed.GetValue(json));
        if (tools.MissingForFlash() is [var missing, ..])
            return Fail($"{missing.Tool} is missing: {missing.Remedy}");
        if (SerialPorts.Fault(wish.Port) is { } fault)
            return Fail(fault);
        if (Missing(board, wish, first) is { } absent)
            return Fail(absent);
        if (wish.Erase && first > 1)
            return Fail($"--erase belongs to the step runtime, which --from {FlashPlan.Names[first]} leaves out. Leave out one of them.");
        if (wish.Erase && board.Flashed() is { } old && old.Epoch == board.Epoch && old.Steps.Any(static step => step is "files" or FilesBegun))
            return Fail($"epoch {board.Epoch} of {board.Device} was flashed before: erased, the recorder would count its recordings from 1 again under keys it has used. Run 'bodycam board new {board.Device} --again' for a new epoch, then repeat.");
        return await FlashAsync(board, steps, tools.Nanoff!, wish, time, parsed.GetValue(json), cancel).ConfigureAwait(false);
    }

    // The calls run in the board's folder; what was named is meant from where the technician stands.
    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);

    private static string? Missing(BoardFolder board, FlashWish wish, int first)
    {
        if (first <= 2 && !File.Exists(wish.Image))
            return $"{wish.Image} is missing. Build it with 'bodycam board build', or name one with --image.";
        if (first <= 2 && new FileInfo(wish.Image).Length is 0 or > BoardBuildCommand.DeploymentBytesMax)
            return $"{wish.Image} is empty or larger than the deployment partition of {BoardBuildCommand.DeploymentBytesMax:N0} bytes. Build it with 'bodycam board build'.";
        if (first <= 1 && wish.Runtime is not null && !File.Exists(wish.Runtime))
            return $"{wish.Runtime} is missing. Name the runtime image that was built with --runtime.";
        if (first <= 1 && wish.Archive is not null && !Directory.Exists(wish.Archive))
            return $"{wish.Archive} is missing. Name the folder of fetched runtime images with --archive.";
        return board.MissingSources() is [var source, ..] ? $"{board.Path} has no {source}. Make the folder again with 'bodycam board new {board.Device} --again'." : null;
    }

    private static async Task<int> FlashAsync(BoardFolder board, IReadOnlyList<FlashStep> steps, string nanoff, FlashWish wish, TimeProvider time, bool asJson, CancellationToken cancel)
    {
        FoundChip? chip = null;
        board.RemovePortFiles();
        foreach (var step in steps)
        {
            await Console.Error.WriteLineAsync($"{step.Name}: {step.What}").ConfigureAwait(false);
            // Broken off in the middle, the board may have its identity already: from here on it counts as given.
            if (step.Name == "files")
                board.Note(chip!.Mac, FilesBegun, time.GetUtcNow());
            using var withPort = step.Name is "files" or "network" ? board.WithPort(step.Name + ".json", wish.Port) : null;
            var (code, said) = await new ToolRun(nanoff, step.Arguments).RunAsync(board.Path, static line => Console.Error.WriteLine($"  {line}"), cancel).ConfigureAwait(false);
            if (NanoffWords.Fault(code, said, wish.Port) is { } fault)
                return Fail($"{step.Name}: {fault}");
            if (step.Name == "check")
            {
                chip = NanoffWords.Chip(said);
                if (Unfit(board, chip, wish) is { } unfit)
                    return Fail(unfit);
            }
            else if (step.Name == "files" && board.Destinations().FirstOrDefault(name => !said.Contains(name, StringComparison.Ordinal)) is { } untouched)
            {
                return Fail($"files: nanoff said nothing of {untouched}. Press EN and repeat with --from files.");
            }

            board.Note(chip!.Mac, step.Name, time.GetUtcNow());
        }

        Console.WriteLine(asJson
            ? JsonSerializer.Serialize(new { device = board.Device, epoch = board.Epoch, board = board.Board, mac = chip!.Mac, flashMegabytes = chip.FlashMegabytes, steps = steps.Select(static step => step.Name) })
            : $"{board.Device} (epoch {board.Epoch}) is on the board with MAC {chip!.Mac}.\nNext: press EN, then ./bodycam board test {board.Device} --technician NAME --token-file KEYS/admin.token");
        return ExitCode.Done;
    }

    private static string? Unfit(BoardFolder board, FoundChip? chip, FlashWish wish)
    {
        if (chip is null)
            return $"nanoff named no chip on {wish.Port}. Hold BOOT, press EN, let go of BOOT and repeat.";
        if (chip.Chip != "ESP32")
            return $"the chip on {wish.Port} is an {chip.Chip}; the board {board.Board} has an ESP32. Take another board.";
        if (wish.Target is { } target && target.Contains("REV3", StringComparison.Ordinal) && chip.Revision is >= 0 and < RevisionMin)
            return $"the chip on {wish.Port} has revision {chip.Revision}; {target} needs revision {RevisionMin}. Take a WROVER-E module.";
        if (chip.HasPsram is false)
            return $"the board on {wish.Port} has no PSRAM; the recorder's buffers need it. Take a module with PSRAM (WROVER-E, not WROOM).";
        if (chip.Mac.Length == 0)
            return $"nanoff did not say the MAC of the board on {wish.Port}, by which boards are told apart. Press EN and repeat; flash nothing before it says so.";
        if (chip.HasPsram is null)
            return $"nanoff could not tell whether the board on {wish.Port} has PSRAM. Press EN and repeat; flash nothing before it says so.";
        if (board.Flashed() is { Mac.Length: > 0 } before && chip.Mac.Length > 0 && before.Mac != chip.Mac && before.Epoch == board.Epoch)
            return $"epoch {board.Epoch} of {board.Device} is on the board with MAC {before.Mac}; this one has {chip.Mac}. Two boards with one identity would overwrite each other: run 'bodycam board new {board.Device} --again' and flash that.";
        return null;
    }

    private static int Plan(BoardFolder board, IReadOnlyList<FlashStep> steps, Toolchain tools, bool asJson)
    {
        var missing = tools.MissingForFlash();
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { device = board.Device, epoch = board.Epoch, steps = steps.Select(static step => new { name = step.Name, call = new ToolRun("nanoff", step.Arguments).Line }), missing = missing.Select(static tool => new { tool = tool.Tool, remedy = tool.Remedy }) }));
            return ExitCode.Done;
        }

        foreach (var step in steps)
            Console.WriteLine(new ToolRun("nanoff", step.Arguments).Line);
        foreach (var tool in missing)
            Console.Error.WriteLine($"bodycam: {tool.Tool} is missing: {tool.Remedy}");
        Console.Error.WriteLine("Nothing was run. port-files.json and port-network.json are files.json and network.json with the port in them; they exist while a call runs.");
        return ExitCode.Done;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"bodycam: {message}");
        return ExitCode.Usage;
    }
}
