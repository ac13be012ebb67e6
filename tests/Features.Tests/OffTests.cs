using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace BodyCam.Features.Tests;

/// <summary>The features are switched off one by one, in a copy of the source with a switch before each; exactly the tests that the list names then fail. Some 40 minutes on two cores; BODYCAM_FEATURES=A1,K2-1 takes only those.</summary>
public sealed class OffTests(ITestOutputHelper output)
{
    private const string Asked = "switches-asked.txt";
    private static readonly TimeSpan runMax = TimeSpan.FromMinutes(6);

    [Fact(Explicit = true)]
    public async Task With_each_feature_off_exactly_its_tests_fail()
    {
        var wanted = Environment.GetEnvironmentVariable("BODYCAM_FEATURES")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } some ? some : null;
        var features = Feature.ReadAll(Table.Root);
        var copy = Directory.CreateTempSubdirectory("bodycam-features-").FullName;
        try
        {
            Copy(Table.Root, copy);
            foreach (var file in features.Where(static feature => feature.Change != FeatureChange.File).GroupBy(static feature => feature.File, StringComparer.Ordinal))
                await File.WriteAllTextAsync(Path.Combine(copy, file.Key), file.Aggregate(await File.ReadAllTextAsync(Path.Combine(copy, file.Key)), static (text, feature) => feature.Changed(text)));
            await BuildAsync(copy);
            Assert.Empty(await FailedAsync(copy, null));
            var wrong = new List<string>();
            foreach (var feature in features.Where(feature => wanted is null || wanted.Contains(feature.Id) || wanted.Contains(feature.Row)))
            {
                var failed = await FailedAsync(copy, feature);
                var isRight = failed.SetEquals(feature.Fells);
                var line = $"{feature.Id} {(isRight ? "as listed" : "NOT as listed")}: {feature.Missing}. Failed: {string.Join(' ', failed)}";
                output.WriteLine(line);
                await File.AppendAllTextAsync(Path.Combine(AppContext.BaseDirectory, "features-off.log"), line + "\n");
                if (!isRight)
                    wrong.Add($"{feature.Id}: failed though not listed: {string.Join(' ', failed.Except(feature.Fells))}; passed though listed: {string.Join(' ', feature.Fells.Except(failed))}");
            }

            Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static async Task<SortedSet<string>> FailedAsync(string copy, Feature? feature)
    {
        var changed = feature?.Change == FeatureChange.File ? CopiesOf(copy, feature.File) : [];
        foreach (var path in changed)
            await File.WriteAllTextAsync(path, feature!.Changed(await File.ReadAllTextAsync(path)));
        var failed = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Table.Projects.Where(project => feature is null || IsAsked(copy, project.Key, feature)), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (project, _) =>
        {
            foreach (var test in await RunAsync(copy, project.Key, project.Value, feature?.Id))
                failed.Add(test);
        });
        foreach (var path in changed)
            File.Copy(Path.Combine(Table.Root, feature!.File), path, overwrite: true);
        return new SortedSet<string>(failed, StringComparer.Ordinal);
    }

    // With everything on each project said which switches it came by: one that it did not come by changes nothing in it.
    private static bool IsAsked(string copy, string project, Feature feature)
    {
        var folder = Path.Combine(copy, "tests", project, "bin/Release/net10.0");
        if (feature.Change == FeatureChange.File)
            return feature.File.EndsWith(".cs", StringComparison.Ordinal) || File.Exists(Path.Combine(folder, Path.Combine(feature.File.Split('/')[1..])));
        if (feature.File.StartsWith("firmware/", StringComparison.Ordinal))
            return Directory.EnumerateFiles(folder, "BodyCam.Nano.Host.dll").Concat(Directory.EnumerateFiles(folder, "BodyCam.Firmware.dll")).Any();
        return File.Exists(Path.Combine(folder, Asked)) && File.ReadLines(Path.Combine(folder, Asked)).Contains(feature.Id, StringComparer.Ordinal);
    }

    // The file, and where the build laid it for the tests.
    private static List<string> CopiesOf(string copy, string file)
    {
        var tail = Path.Combine(file.Split('/')[1..]);
        return [Path.Combine(copy, file), .. Table.Projects.Keys.Select(project => Path.Combine(copy, "tests", project, "bin/Release/net10.0", tail)).Where(File.Exists)];
    }

    private static async Task<IReadOnlyList<string>> RunAsync(string copy, string project, IReadOnlyList<string> tests, string? feature)
    {
        var folder = Path.Combine(copy, "tests", project, "bin/Release/net10.0");
        var results = Path.Combine(folder, "results.xml");
        File.Delete(results);
        var program = Path.GetFileName(Directory.EnumerateFiles(folder, "*.Tests.runtimeconfig.json").Single()).Replace(".runtimeconfig.json", ".dll", StringComparison.Ordinal);
        string[] arguments = [program, "-noLogo", "-noColor", "-xml", results, .. tests.SelectMany(static test => new[] { "-method", "*." + test })];
        var (_, said) = await ProcessAsync(folder, feature, arguments, Path.Combine(folder, Asked));
        if (!File.Exists(results))
            throw new InvalidOperationException($"{project} with {feature ?? "everything on"} gave no results: {said[..Math.Min(said.Length, 2000)]}");
        var ran = XDocument.Load(results).Descendants("test").Select(static test => (Name: test.Attribute("type")!.Value.Split('.')[^1] + "." + test.Attribute("method")!.Value, Result: test.Attribute("result")!.Value)).ToList();
        var missing = tests.Except(ran.Select(static test => test.Name), StringComparer.Ordinal).ToList();
        return [.. ran.Where(static test => test.Result != "Pass").Select(static test => test.Name).Concat(missing).Distinct(StringComparer.Ordinal)];
    }

    private static async Task BuildAsync(string copy)
    {
        FeatureSwitch.Write(copy);
        foreach (var project in Table.Projects.Keys)
        {
            var (code, said) = await ProcessAsync(copy, null, ["build", $"tests/{project}/{project}.csproj", "-c", "Release", "-v", "q", "--nologo", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:NoWarn=CS0436", $"-p:CustomAfterMicrosoftCommonTargets={Path.Combine(copy, FeatureSwitch.Targets)}"]);
            Assert.True(code == 0, string.Join('\n', said.Split('\n').Where(static line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(20)));
        }
    }

    private static async Task<(int Code, string Said)> ProcessAsync(string folder, string? feature, IEnumerable<string> arguments, string asked = "")
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[FeatureSwitch.OffVariable] = feature ?? "";
        start.Environment[FeatureSwitch.AskedVariable] = feature is null ? asked : "";
        start.Environment["PATH"] += ":/usr/sbin";
        using var process = Process.Start(start)!;
        using var end = new CancellationTokenSource(runMax);
        await using var stop = end.Token.Register(() => process.Kill(entireProcessTree: true));
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        await process.WaitForExitAsync(CancellationToken.None);
        return (process.ExitCode, string.Concat(said));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from).Where(static folder => Path.GetFileName(folder) is not ("bin" or "obj" or ".git" or "node_modules")))
            Copy(folder, Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(folder))).FullName);
    }
}
