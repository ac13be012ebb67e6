using System.Diagnostics;

namespace BodyCam.Simulation.Tests;

// The simulated ones lie nearer otherwise.
using Directory = System.IO.Directory;
using File = System.IO.File;

/// <summary>A planted bug: a patch against the product's sources that the simulation has to find.</summary>
/// <param name="Name">Number and what is wrong, as the file is called.</param>
/// <param name="Path">The patch.</param>
internal sealed record Planted(string Name, string Path)
{
    // Sources that the simulation compiles itself, over its own disks.
    private static readonly string[] ownParts = ["firmware/", "edge-gateway/Core/FolderSync.cs", "edge-gateway/Storage/PosixDisk.cs", "edge-gateway/Log/DiskLogFiles.cs", "edge-gateway/Archive/FolderArchive.cs", "edge-gateway/Archive/VerifiedCopy.cs"];

    /// <summary>The checkout that these tests were built from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Planted> All { get; } = [.. Directory.EnumerateFiles(System.IO.Path.Combine(Root, "tests/Simulation.Tests/planted"), "*.patch").Order(StringComparer.Ordinal).Select(static path => new Planted(System.IO.Path.GetFileNameWithoutExtension(path), path))];

    /// <summary>Projects whose assemblies the patch changes, from the root.</summary>
    public IReadOnlyList<string> Projects() =>
        [.. File.ReadLines(Path).Where(static line => line.StartsWith("+++ b/", StringComparison.Ordinal)).Select(static line => line[6..])
            .Select(static file => ownParts.Any(start => file.StartsWith(start, StringComparison.Ordinal)) ? "tests/Simulation.Parts/BodyCam.Simulation.Parts.csproj" : $"edge-gateway/{file.Split('/')[1]}/BodyCam.{file.Split('/')[1]}.csproj").Distinct(StringComparer.Ordinal)];

    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code and all it said.</returns>
    public static (int Code, string Said) Run(string folder, TimeSpan most, string program, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var end = new CancellationTokenSource(most);
        using var stop = end.Token.Register(() => process.Kill(entireProcessTree: true));
        var said = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var complained = process.StandardError.ReadToEndAsync(CancellationToken.None);
        process.WaitForExit();
        return (process.ExitCode, said.Result + complained.Result);
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(at.FullName, "BodyCam.sln")))
            at = at.Parent!;
        return at.FullName;
    }
}
