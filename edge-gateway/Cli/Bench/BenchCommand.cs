using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BodyCam.Bench.Load;
using Spectre.Console;

namespace BodyCam.Cli.Bench;

/// <summary><c>bodycam bench</c>: how fast, beside what one would put together instead (DESIGN §10).</summary>
internal static class BenchCommand
{
    private const int RoundsMax = 50;
    private const int WarmMax = 600;
    private const string Growth = "growth";

    private static readonly Dictionary<string, Func<BenchRun, CancellationToken, Task>> rows = new(StringComparer.Ordinal)
    {
        ["ingest-1"] = static (run, cancel) => IngestRows.SaturateAsync(run, 1, slow: false, cancel),
        ["ingest-16"] = static (run, cancel) => IngestRows.SaturateAsync(run, 16, slow: false, cancel),
        ["ingest-64"] = static (run, cancel) => IngestRows.SaturateAsync(run, 64, slow: false, cancel),
        ["ingest-500"] = static (run, cancel) => IngestRows.SaturateAsync(run, 500, slow: false, cancel),
        ["slow-sync"] = static (run, cancel) => IngestRows.SaturateAsync(run, 16, slow: true, cancel),
        ["tls"] = IngestRows.TlsAsync,
        ["live"] = IngestRows.LiveAsync,
        ["unread"] = StrainRows.UnreadAsync,
        ["stalled"] = StrainRows.StalledAsync,
        ["verify"] = VerifyRow.RunAsync,
    };

    public static Command Create()
    {
        var only = new Option<string[]>("--only") { Description = $"Rows to run: {string.Join(", ", rows.Keys)} (default: these); {Growth} (takes long, only when named).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [] };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count; one more warms up.", DefaultValueFactory = static _ => 3 };
        var warm = new Option<int>("--warm") { Description = "Seconds of full load before a gateway's rounds count; 0 for one round.", DefaultValueFactory = static _ => 25 };
        var folder = new Option<string?>("--folder") { Description = "Scratch folder on the disk to be measured (default: the temporary folder). What is made in it is removed." };
        var alone = new Option<bool>("--alone") { Description = "Without the programs of others: quicker; the bars against them are then not measured, which is no success." };
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object instead of the table." };
        var output = new Option<string?>("--out") { Description = "Write the report as JSON to this file too." };
        var segments = new Option<long[]>("--segments") { Description = "Sizes at which growth is measured, rising; about 1.5 KB of disk each.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [1_000_000, 10_000_000] };
        only.AcceptOnlyFromAmong([.. rows.Keys, Growth]);
        segments.CustomParser = static result =>
        {
            var sizes = result.Tokens.Select(static token => long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0).ToArray();
            if (sizes.Length == 0 || sizes[0] < 1 || sizes.Zip(sizes.Skip(1)).Any(static pair => pair.First >= pair.Second))
                result.AddError("--segments takes numbers from 1 on that rise.");
            return sizes;
        };
        Bounds.Within(rounds, 1, RoundsMax);
        Bounds.Within(warm, 0, WarmMax, "seconds");
        var command = new Command("bench", "Measures this build beside mosquitto, nginx, rsync, openssl and plain files on this machine, in turn, and holds the result against the bars.") { only, rounds, warm, segments, folder, alone, json, output };
        command.Add(CreateLoad());
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(only)!, (parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(warm))), parsed.GetValue(segments)!, parsed.GetValue(alone), parsed.GetValue(folder) ?? Path.GetTempPath(), parsed.GetValue(json), parsed.GetValue(output), cancel));
        return command;
    }

    private static Command CreateLoad()
    {
        var plan = new Argument<string>("plan") { Description = "JSON file of the plan." };
        var command = new Command("load", "The load process of a row; started by the bench itself.") { plan };
        command.Hidden = true;
        command.SetAction(async parsed =>
        {
            try
            {
                await LoadRun.RunAsync(JsonSerializer.Deserialize<LoadPlan>(await File.ReadAllTextAsync(parsed.GetValue(plan)!).ConfigureAwait(false))!, Console.In, Console.Out).ConfigureAwait(false);
                return ExitCode.Done;
            }
            catch (Exception failure) when (failure is IOException or InvalidDataException or HttpRequestException or System.Net.Sockets.SocketException)
            {
                // The bench shows the last line.
                Console.Error.WriteLine(failure.Message.ReplaceLineEndings(" "));
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(string[] only, (int Count, TimeSpan Warm) rounds, long[] segments, bool alone, string parent, bool json, string? output, CancellationToken cancel)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("bodycam: the bench reads figures of processes from /proc: run it on Linux.");
            return ExitCode.Usage;
        }

        if (!Directory.Exists(parent))
        {
            Console.Error.WriteLine($"bodycam: {parent} is no folder: name one on the disk to be measured with --folder.");
            return ExitCode.Usage;
        }

        try
        {
            if (output is not null)
                NamedFile.AssertPlace(output);
        }
        catch (InvalidDataException refused)
        {
            Console.Error.WriteLine($"bodycam: {refused.Message}");
            return ExitCode.Usage;
        }

        var folder = Path.Combine(Path.GetFullPath(parent), $"bodycam-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        var room = new BenchRoom(folder, Console.Error.WriteLine);
        var run = new BenchRun(room, rounds.Count, rounds.Warm, alone);
        try
        {
            var machine = BenchMachine.Of(room);
            foreach (var program in alone ? [] : BenchPeers.Missing())
                run.Skip("peers", program);
            foreach (var (name, row) in rows)
            {
                if (only.Length == 0 || only.Contains(name, StringComparer.Ordinal))
                    await row(run, cancel).ConfigureAwait(false);
            }

            if (only.Contains(Growth, StringComparer.Ordinal))
                await GrowthRow.RunAsync(run, segments, cancel).ConfigureAwait(false);
            var report = new BenchReport(TimeProvider.System.GetUtcNow(), machine, rounds.Count, run.Samples, run.Bars, run.Skipped);
            var text = report.ToJson();
            if (output is not null)
                await File.WriteAllTextAsync(output, text + "\n", cancel).ConfigureAwait(false);
            if (json)
                Console.WriteLine(text);
            else
                BenchTable.Write(AnsiConsole.Console, report);
            return report.IsSuccess ? ExitCode.Done : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception failure) when (failure is BenchException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message} Mend that and run the bench again.");
            return ExitCode.Usage;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
