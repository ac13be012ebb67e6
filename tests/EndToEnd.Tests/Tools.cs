using System.Diagnostics;
using System.Text.Json;

namespace BodyCam.EndToEnd.Tests;

/// <summary>A folder with stand-ins for outside tools on the search path, and a board's folder.</summary>
internal sealed class Tools : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("bodycam-tools-").FullName;

    public Tools()
    {
        Directory.CreateDirectory(At("bin"));
        Directory.CreateDirectory(At("home"));
        Directory.CreateDirectory(At("story"));
    }

    public string At(string path) => Path.Combine(root, path);

    /// <summary>A tool as a shell script; it reads its part in <c>$STORY</c>.</summary>
    public void Make(string tool, string script)
    {
        File.WriteAllText(At("bin/" + tool), "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(At("bin/" + tool), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Remove(string tool) => File.Delete(At("bin/" + tool));

    public void Tell(string name, string text) => File.WriteAllText(At("story/" + name), text);

    public void MakeBoard(string device, int epoch, string board)
    {
        Directory.CreateDirectory(At("board"));
        File.WriteAllText(At("board/board.json"), JsonSerializer.Serialize(new { device, epoch, board }));
        File.WriteAllText(At("board/bodycam.cfg"), "format=1\n");
        File.WriteAllText(At("board/ca.pem"), "authority\n");
        File.WriteAllText(At("board/files.json"), """{"files":[{"DestinationFilePath":"I:\\bodycam.cfg","SourceFilePath":"bodycam.cfg"},{"DestinationFilePath":"I:\\ca.pem","SourceFilePath":"ca.pem"}]}""");
        File.WriteAllText(At("board/network.json"), """{"serialport":"COM1","WirelessClient":{"Ssid":"station","Password":"secret"},"CACertificatesPath":"ca.pem"}""");
    }

    /// <summary>Runs the command line with nothing on the search path but the stand-ins and the system's own tools.</summary>
    public (int Code, string Out, string Err) Bodycam(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet", [Cli.Path, .. arguments])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["PATH"] = $"{At("bin")}:/usr/bin:/bin";
        start.Environment["HOME"] = At("home");
        start.Environment["STORY"] = At("story");
        start.Environment.Remove("NANOFRAMEWORK_PROJECT_SYSTEM");
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
            process.Kill(entireProcessTree: true);
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Further variables of the environment.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(root, recursive: true);
}
