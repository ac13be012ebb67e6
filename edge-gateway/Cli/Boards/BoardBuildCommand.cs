using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml.Linq;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board build</c>: the application for the chip, by the nanoFramework tools; or exactly what is missing for it.</summary>
internal static class BoardBuildCommand
{
    /// <summary>Deployment partition of the 4 MB layout, bytes (nf-interpreter, <c>partitions_nanoclr_4mb.csv</c>: <c>deploy</c>, 0x1D0000).</summary>
    public const int DeploymentBytesMax = 0x1D0000;

    private static readonly Option<string?> source = new("--source") { Description = "The repository (default: the one this command line was built in)." };
    private static readonly Option<string> configuration = new("--configuration") { Description = "Release or Debug.", DefaultValueFactory = static _ => "Release" };
    private static readonly Option<bool> dryRun = new("--dry-run") { Description = "Print the calls and what is missing; run nothing." };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("build", "Builds the application for the chip with the nanoFramework tools, or says exactly what to install.") { source, configuration, dryRun, json };
        command.SetAction((parsed, cancel) => BoardCommand.GuardAsync(() => RunAsync(parsed, cancel)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var kind = parsed.GetValue(configuration)!;
        if (kind is not ("Release" or "Debug"))
            return Fail($"'{kind}' is no configuration. Use Release or Debug.");
        if (SourceTree.Find(parsed.GetValue(source)) is not { } root)
            return Fail("no BodyCam.sln here or above. Run this in the repository, or name it with --source.");
        var project = Path.Combine(root, "firmware", "App", "BodyCam.Firmware.nfproj");
        if (!File.Exists(project))
            return Fail($"{project} is missing. Fetch the repository again.");
        var tools = Toolchain.Find();
        var missing = tools.MissingForBuild();
        var calls = Calls(tools, root, project, kind);
        if (parsed.GetValue(dryRun) || missing.Count > 0)
        {
            Show(parsed.GetValue(json), calls, missing);
            return missing.Count > 0 && !parsed.GetValue(dryRun) ? ExitCode.Usage : ExitCode.Done;
        }

        var image = ImageOf(project, kind);
        // What an earlier build left must not pass for the result of this one.
        if (File.Exists(image))
            File.Delete(image);
        foreach (var call in calls)
        {
            await Console.Error.WriteLineAsync(call.Line).ConfigureAwait(false);
            var (code, said) = await call.RunAsync(root, null, cancel).ConfigureAwait(false);
            if (code != 0)
                return Fail($"{Path.GetFileNameWithoutExtension(call.Program)} ended with {code}:\n{Last(said)}\nMend that and run this again.");
        }

        if (!File.Exists(image))
            return Fail($"the tools ended well but left no {image}. Look whether the project system is the one for packages of 1.x (version 2022.14 or newer).");
        return Report(image, parsed.GetValue(json));
    }

    private static int Report(string image, bool asJson)
    {
        var bytes = File.ReadAllBytes(image);
        if (bytes.Length > DeploymentBytesMax)
            return Fail($"{image} has {bytes.Length:N0} bytes, the deployment partition of a 4 MB board {DeploymentBytesMax:N0}. Build Release, or use a board with more flash.");
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Console.WriteLine(asJson
            ? JsonSerializer.Serialize(new { image, bytes = bytes.Length, sha256, partitionBytes = DeploymentBytesMax })
            : $"{image}\n{bytes.Length:N0} bytes of {DeploymentBytesMax:N0} in the deployment partition, SHA-256 {sha256}\nNext: ./bodycam board flash FOLDER --port PORT");
        return ExitCode.Done;
    }

    // As the nanoFramework extension for VS Code calls them.
    private static List<ToolRun> Calls(Toolchain tools, string root, string project, string kind) =>
    [
        new ToolRun(tools.NuGet ?? "nuget", ["restore", Path.Combine(Path.GetDirectoryName(project)!, "packages.config"), "-SolutionDirectory", root]),
        new ToolRun(tools.MsBuild ?? "msbuild", [project, $"-p:Configuration={kind}", "-p:Platform=AnyCPU", $"-p:SolutionDir={root}/", $"-p:NanoFrameworkProjectSystemPath={(tools.ProjectSystem ?? "FOLDER/nanoFramework/v1.0").TrimEnd('/', '\\').Replace('\\', '/')}/", "-p:UseSharedCompilation=false", "-verbosity:minimal"]),
    ];

    /// <summary>Where the build leaves the deployment image.</summary>
    public static string ImageOf(string project, string kind)
    {
        var named = File.Exists(project) ? XDocument.Load(project).Descendants().FirstOrDefault(static element => element.Name.LocalName == "AssemblyName")?.Value : null;
        var name = named ?? Path.GetFileNameWithoutExtension(project);
        return Path.Combine(Path.GetDirectoryName(project)!, "bin", kind, name + ".bin");
    }

    private static void Show(bool asJson, IReadOnlyList<ToolRun> calls, IReadOnlyList<MissingTool> missing)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { calls = calls.Select(static call => call.Line), missing = missing.Select(static tool => new { tool = tool.Tool, remedy = tool.Remedy }) }));
            return;
        }

        foreach (var tool in missing)
            Console.Error.WriteLine($"bodycam: {tool.Tool} is missing: {tool.Remedy}");
        if (missing.Count > 0)
            Console.Error.WriteLine("Then run './bodycam board build' again. It calls:");
        foreach (var call in calls)
            Console.WriteLine(call.Line);
    }

    private static string Last(string said) => string.Join('\n', said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line.Contains("error", StringComparison.OrdinalIgnoreCase)).Distinct().DefaultIfEmpty(said.Trim()).TakeLast(20));

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"bodycam: {message}");
        return ExitCode.Usage;
    }
}
