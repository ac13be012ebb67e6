using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary><c>bodycam doctor</c>: says what this machine lacks for each job, and how to mend it.</summary>
internal static class DoctorCommand
{
    private enum Grade { Passed, Warned, Failed }

    private sealed record Check(string Name, Grade Grade, string Found, string Remedy);

    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "The folder whose disk is examined (default: the current one)." };
        var json = new Option<bool>("--json") { Description = "Print the checks as one JSON object." };
        var command = new Command("doctor", "Says what this machine lacks and how to mend it.") { data, json };
        command.SetAction(parsed => Run(parsed.GetValue(data)?.FullName ?? Directory.GetCurrentDirectory(), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string folder, bool json)
    {
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"bodycam: there is no folder {folder}: make it or name another with --data.");
            return ExitCode.Usage;
        }

        Check[] checks = [Runtime(), Sqlite(), Tool("ffmpeg", "playback and clips", "ffmpeg"), Tool("openssl", "checking by hand", "openssl"), FreeSpace(folder), Sync(folder), Clock()];
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                passed = checks.All(static check => check.Grade != Grade.Failed),
                checks = checks.Select(static check => new { name = check.Name, grade = check.Grade.ToString().ToLowerInvariant(), found = check.Found, remedy = check.Remedy }),
            }));
        else
            Show(checks);
        return checks.Any(static check => check.Grade == Grade.Failed) ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Show(Check[] checks)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "Check", "Found", "What to do");
        foreach (var check in checks)
        {
            var mark = check.Grade switch { Grade.Passed => "[green]ok[/]", Grade.Warned => "[yellow]warn[/]", _ => "[red]fail[/]" };
            table.AddRow(Console.IsOutputRedirected ? new Text(Markup.Remove(mark)) : new Markup(mark), new Text(check.Name), new Text(check.Found), new Text(check.Remedy));
        }

        AnsiConsole.Write(table);
    }

    private static Check Runtime() =>
        Environment.Version.Major >= 10
            ? new("runtime", Grade.Passed, RuntimeInformation.FrameworkDescription, "")
            : new("runtime", Grade.Failed, RuntimeInformation.FrameworkDescription, "Install dotnet-sdk-10.0.");

    private static Check Sqlite() =>
        NativeLibrary.TryLoad("libsqlite3.so.0", out _)
            ? new("SQLite", Grade.Passed, "libsqlite3.so.0 of the system", "")
            : new("SQLite", Grade.Warned, "only the older copy that ships with BodyCam", "Install libsqlite3-0.");

    private static Check Tool(string program, string purpose, string package)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(path => Path.Combine(path, program)).FirstOrDefault(File.Exists);
        return found is not null
            ? new(program, Grade.Passed, found, "")
            : new(program, Grade.Warned, $"not here; used for {purpose}", $"Install {package}.");
    }

    private static Check FreeSpace(string folder)
    {
        var drive = new DriveInfo(folder);
        var freeShare = (double)drive.AvailableFreeSpace / Math.Max(1, drive.TotalSize);
        var found = string.Create(CultureInfo.InvariantCulture, $"{drive.AvailableFreeSpace / 1_000_000_000.0:F1} GB free of {drive.TotalSize / 1_000_000_000.0:F1} GB");
        return freeShare switch
        {
            < 0.10 => new("disk", Grade.Failed, found, "Free room: below 10 % the gateway takes in nothing more."),
            < 0.20 => new("disk", Grade.Warned, found, "Free room soon: below 10 % the gateway takes in nothing more."),
            _ => new("disk", Grade.Passed, found, ""),
        };
    }

    /// <summary>Times 50 writes of 4 KiB with fsync; a median under 20 µs means that no device was asked.</summary>
    private static Check Sync(string folder)
    {
        const int rounds = 50;
        var path = Path.Combine(folder, $".bodycam-doctor-{Environment.ProcessId}");
        var elapsedUs = new double[rounds];
        try
        {
            var block = new byte[4096];
            using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
            {
                for (var round = 0; round < rounds; round++)
                {
                    var started = Stopwatch.GetTimestamp();
                    RandomAccess.Write(file, block, round * 4096L);
                    RandomAccess.FlushToDisk(file);
                    elapsedUs[round] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new("fsync", Grade.Failed, failure.Message, "Name a folder that can be written with --data.");
        }

        Array.Sort(elapsedUs);
        var found = string.Create(CultureInfo.InvariantCulture, $"median {elapsedUs[rounds / 2]:F0} µs, worst {elapsedUs[^1]:F0} µs");
        return elapsedUs[rounds / 2] < 20
            ? new("fsync", Grade.Warned, found + ": too fast to be a disk", "Use a file system that keeps what it syncs (not tmpfs, not a volume with barriers off).")
            : new("fsync", Grade.Passed, found, "");
    }

    private static Check Clock()
    {
        var now = TimeProvider.System.GetUtcNow();
        return now.Year < 2025
            ? new("clock", Grade.Failed, now.ToString("u", CultureInfo.InvariantCulture), "Set the clock and keep it with NTP: receipts carry this time.")
            : new("clock", Grade.Passed, now.ToString("u", CultureInfo.InvariantCulture), "");
    }
}
