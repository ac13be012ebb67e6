using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace BodyCam.Cli.Doctor;

/// <summary><c>bodycam doctor</c>: says what this machine and this station lack, and how to mend it.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "Folder whose disk is examined (default: the current one); a gateway's data folder is examined itself too." };
        var keys = new Option<DirectoryInfo?>("--keys") { Description = "The gateway's keys folder, to be examined too." };
        var archive = new Option<DirectoryInfo?>("--archive") { Description = "The archive folder, to be examined too." };
        var json = new Option<bool>("--json") { Description = "Print the checks as one JSON object." };
        var command = new Command("doctor", "Says what this machine and this station lack and how to mend it. Changes nothing; a gateway may run meanwhile.") { data, keys, archive, json };
        command.SetAction(parsed => Run(parsed.GetValue(data)?.FullName ?? Directory.GetCurrentDirectory(), parsed.GetValue(keys)?.FullName, parsed.GetValue(archive)?.FullName, parsed.GetValue(json), TimeProvider.System.GetUtcNow()));
        return command;
    }

    private static int Run(string folder, string? keys, string? archive, bool json, DateTimeOffset now)
    {
        if (new[] { folder, keys }.FirstOrDefault(static path => path is not null && !Directory.Exists(path)) is { } missing)
            return Fail($"there is no folder {missing}: make it or name another with {(missing == folder ? "--data" : "--keys")}.");
        if ((keys ?? archive) is not null && !StationChecks.IsStation(folder))
            return Fail($"{folder} is no gateway's data folder (no log/checkpoint): name it with --data.");
        List<DoctorCheck> checks = [.. MachineChecks.Run(folder, now)];
        if (StationChecks.IsStation(folder))
            checks.AddRange(new StationChecks(folder, keys, archive, now).Run());
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                passed = checks.TrueForAll(static check => check.Grade != DoctorGrade.Failed),
                checks = checks.Select(static check => new { name = check.Name, grade = check.Grade.ToString().ToLowerInvariant(), found = check.Found, remedy = check.Remedy }),
            }));
        else
            Show(checks);
        return checks.Exists(static check => check.Grade == DoctorGrade.Failed) ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Show(List<DoctorCheck> checks)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "Check", "Found", "What to do");
        foreach (var check in checks)
        {
            var mark = check.Grade switch { DoctorGrade.Passed => "[green]ok[/]", DoctorGrade.Warned => "[yellow]warn[/]", _ => "[red]fail[/]" };
            table.AddRow(Console.IsOutputRedirected ? new Text(Markup.Remove(mark)) : new Markup(mark), new Text(check.Name), new Text(check.Found), new Text(check.Remedy));
        }

        AnsiConsole.Write(table);
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"bodycam: {message}");
        return ExitCode.Usage;
    }
}
