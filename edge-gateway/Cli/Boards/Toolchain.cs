using System.Diagnostics;

namespace BodyCam.Cli.Boards;

/// <summary>A tool that is missing, and how to get it.</summary>
/// <param name="Tool">Name.</param>
/// <param name="Remedy">What to install, as one line.</param>
internal sealed record MissingTool(string Tool, string Remedy);

/// <summary>The nanoFramework tools on this machine: <c>nanoff</c> flashes; <c>nuget</c>, MSBuild and the nanoFramework project system build (as the nanoFramework extensions for Visual Studio and VS Code do).</summary>
internal sealed class Toolchain
{
    /// <summary>Names the folder of the project system, for machines without either extension.</summary>
    public const string ProjectSystemVariable = "NANOFRAMEWORK_PROJECT_SYSTEM";

    private const string ProjectTargets = "NFProjectSystem.CSharp.targets";

    private Toolchain()
    {
    }

    /// <summary>The flasher, or null.</summary>
    public string? Nanoff { get; private init; }

    /// <summary>The package client that restores <c>packages.config</c>, or null.</summary>
    public string? NuGet { get; private init; }

    /// <summary>MSBuild of Visual Studio or of Mono, or null; <c>dotnet build</c> cannot build this project format.</summary>
    public string? MsBuild { get; private init; }

    /// <summary>Folder <c>nanoFramework/v1.0</c> with the project's targets, or null.</summary>
    public string? ProjectSystem { get; private init; }

    /// <summary>Looks on the search path and where the installers put things.</summary>
    public static Toolchain Find()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var studio = OperatingSystem.IsWindows() ? VisualStudio() : null;
        return new Toolchain
        {
            Nanoff = OnPath("nanoff") ?? Existing(Path.Combine(home, ".dotnet", "tools", Executable("nanoff"))),
            NuGet = OnPath("nuget"),
            MsBuild = OnPath("msbuild") ?? (studio is null ? null : Existing(Path.Combine(studio, "MSBuild", "Current", "Bin", "MSBuild.exe"))),
            ProjectSystem = ProjectSystems(home, studio).FirstOrDefault(static folder => File.Exists(Path.Combine(folder, ProjectTargets))),
        };
    }

    /// <summary>What building needs and this machine lacks.</summary>
    public IReadOnlyList<MissingTool> MissingForBuild()
    {
        var missing = new List<MissingTool>();
        if (MsBuild is null)
            missing.Add(new MissingTool("msbuild", OperatingSystem.IsWindows()
                ? "install Visual Studio 2022 or its Build Tools with the workload '.NET desktop development'."
                : "install mono-complete from the Mono project's own repository (https://www.mono-project.com/download/preview/); the distribution's Mono has no msbuild."));
        if (NuGet is null)
            missing.Add(new MissingTool("nuget", OperatingSystem.IsWindows()
                ? "put nuget.exe from https://www.nuget.org/downloads into a folder of the PATH."
                : OperatingSystem.IsMacOS() ? "run 'brew install nuget'." : "run 'sudo apt-get install nuget'."));
        if (ProjectSystem is null)
            missing.Add(new MissingTool("nanoFramework project system", $"install the nanoFramework extension of Visual Studio 2022, or of VS Code ('code --install-extension nanoframework.vscode-nanoframework'), or unpack the Visual Studio extension (.vsix is a ZIP) and set {ProjectSystemVariable} to its folder nanoFramework/v1.0."));
        return missing;
    }

    /// <summary>What flashing needs and this machine lacks.</summary>
    public IReadOnlyList<MissingTool> MissingForFlash() =>
        Nanoff is null ? [new MissingTool("nanoff", "run 'dotnet tool install --global nanoff', then open a new shell so that ~/.dotnet/tools is on the PATH.")] : [];

    private static IEnumerable<string> ProjectSystems(string home, string? studio)
    {
        if (Environment.GetEnvironmentVariable(ProjectSystemVariable) is { Length: > 0 } named)
            yield return named;
        if (studio is not null)
            yield return Path.Combine(studio, "MSBuild", "nanoFramework", "v1.0");
        var extensions = Path.Combine(home, ".vscode", "extensions");
        if (!Directory.Exists(extensions))
            yield break;
        foreach (var folder in Directory.EnumerateDirectories(extensions, "nanoframework.vscode-nanoframework-*").OrderDescending(StringComparer.Ordinal))
            yield return Path.Combine(folder, "dist", "utils", "nanoFramework", "v1.0");
    }

    // vswhere ships with every Visual Studio installer since 2017, at this place.
    private static string? VisualStudio()
    {
        var finder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86), "Microsoft Visual Studio", "Installer", "vswhere.exe");
        if (!File.Exists(finder))
            return null;
        using var process = Process.Start(new ProcessStartInfo(finder, ["-latest", "-products", "*", "-requires", "Microsoft.Component.MSBuild", "-property", "installationPath"]) { UseShellExecute = false, RedirectStandardOutput = true });
        var said = process?.StandardOutput.ReadToEnd().Trim();
        return string.IsNullOrEmpty(said) ? null : said.Split('\n')[0].Trim();
    }

    private static string? OnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Existing(Path.Combine(folder, Executable(tool)))).FirstOrDefault(static path => path is not null);

    private static string Executable(string tool) => OperatingSystem.IsWindows() ? tool + ".exe" : tool;

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
