namespace BodyCam.Simulation.Tests;

// The simulated ones lie nearer otherwise.
using Directory = System.IO.Directory;
using File = System.IO.File;

/// <summary>The simulation against bugs that were put there: it has to find each.</summary>
public sealed class PlantedTests(ITestOutputHelper output)
{
    // The rarest was found once in 600 to 900 seeds.
    private const int SeedsMax = 2000;
    private static readonly TimeSpan buildMax = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan runMax = TimeSpan.FromMinutes(30);

    [Fact]
    public void Each_planted_bug_applies_to_the_sources_as_they_are()
    {
        Assert.True(Planted.All.Count >= 20, $"{Planted.All.Count} bugs are planted.");
        var wrong = Planted.All.Select(static bug => (bug.Name, Planted.Run(Planted.Root, TimeSpan.FromMinutes(1), "git", ["apply", "--check", bug.Path]).Said)).Where(static row => row.Said.Length > 0);
        Assert.Empty(wrong.Select(static row => $"{row.Name} no longer applies, write it anew: {row.Said}"));
    }

    /// <summary>Some 20 minutes on two cores; BODYCAM_PLANTED=07,13 takes only those.</summary>
    [Fact(Explicit = true)]
    public void Each_planted_bug_is_found()
    {
        var wanted = Environment.GetEnvironmentVariable("BODYCAM_PLANTED")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var copy = Directory.CreateTempSubdirectory("bodycam-planted-").FullName;
        try
        {
            Copy(Planted.Root, copy);
            Build(copy, "tests/Simulation.Tests/Simulation.Tests.csproj", alone: false);
            var whole = Report(copy);
            Assert.True(whole is null, $"Without a planted bug the seeds fail too: {whole}");
            var missed = new List<string>();
            foreach (var bug in Planted.All.Where(bug => wanted is null || wanted.Any(start => bug.Name.StartsWith(start, StringComparison.Ordinal))))
            {
                var found = Find(copy, bug);
                var line = found ?? "NOT FOUND";
                output.WriteLine($"{bug.Name}: {line}");
                File.AppendAllText(Path.Combine(AppContext.BaseDirectory, "planted.log"), $"{bug.Name}: {line}\n");
                if (found is null)
                    missed.Add(bug.Name);
            }

            Assert.True(missed.Count == 0, $"{SeedsMax} seeds do not find {string.Join(", ", missed)}.");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    // What the first failing seed says of it, or null when none failed. Only the assembly that the patch is about is built anew.
    private static string? Find(string copy, Planted bug)
    {
        var (code, said) = Planted.Run(copy, buildMax, "git", ["apply", bug.Path]);
        Assert.True(code == 0, $"{bug.Name} does not apply: {said}");
        try
        {
            foreach (var project in bug.Projects())
            {
                File.Copy(InTests(copy, project), InTests(copy, project) + ".whole", overwrite: true);
                Build(copy, project, alone: true);
            }

            return Report(copy);
        }
        finally
        {
            Planted.Run(copy, buildMax, "git", ["apply", "-R", bug.Path]);
            foreach (var project in bug.Projects())
                File.Move(InTests(copy, project) + ".whole", InTests(copy, project), overwrite: true);
        }
    }

    private static string? Report(string copy)
    {
        var folder = Path.Combine(copy, "tests/Simulation.Tests/bin/Release/net10.0");
        var (code, said) = Planted.Run(folder, runMax, "dotnet", ["Simulation.Tests.dll", "-noLogo", "-noColor", "-method", $"*.{nameof(SeedTests)}.{nameof(SeedTests.Nothing_that_has_a_receipt_is_ever_lost)}"], (Seeds.FirstVariable, "1"), (Seeds.CountVariable, SeedsMax.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        foreach (var own in new[] { nameof(MissingMethodException), nameof(TypeLoadException), nameof(NullReferenceException), nameof(InvalidProgramException), "there never was" })
            Assert.DoesNotContain(own, said, StringComparison.Ordinal);
        return code == 0 ? null : said.Split('\n').Select(static line => line.Trim()).FirstOrDefault(static line => line.Contains("seed ", StringComparison.Ordinal)) ?? throw new InvalidOperationException($"No seed failed, and the run did: {said[..Math.Min(2000, said.Length)]}");
    }

    private static void Build(string copy, string project, bool alone)
    {
        string[] options = alone ? ["--no-restore", "--no-dependencies"] : [];
        var (code, said) = Planted.Run(copy, buildMax, "dotnet", ["build", project, "-c", "Release", "-v", "q", "--nologo", "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", .. options]);
        Assert.True(code == 0, string.Join('\n', said.Split('\n').Where(static line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(20)));
        if (alone)
            File.Copy(Path.Combine(copy, Path.GetDirectoryName(project)!, "bin/Release/net10.0", Path.GetFileNameWithoutExtension(project) + ".dll"), InTests(copy, project), overwrite: true);
    }

    private static string InTests(string copy, string project) => Path.Combine(copy, "tests/Simulation.Tests/bin/Release/net10.0", Path.GetFileNameWithoutExtension(project) + ".dll");

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from).Where(static file => Path.GetFileName(file) != ".git"))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.EnumerateDirectories(from).Where(static folder => Path.GetFileName(folder) is not ("bin" or "obj" or ".git" or "node_modules")))
            Copy(folder, Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(folder))).FullName);
    }
}
