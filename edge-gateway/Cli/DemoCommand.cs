using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using BodyCam.Cli.Boards;
using BodyCam.Evidence;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary><c>bodycam demo</c>: the whole way of one recording on this machine.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "End when the story is told: exit code 0 only if all of it is verified." };
        var data = new Option<DirectoryInfo?>("--data") { Description = "Keep the files in this folder, which must be empty or absent (default: a temporary folder, removed at the end)." };
        var json = new Option<bool>("--json") { Description = "Print the summary as one JSON object." };
        var command = new Command("demo", "A gateway and one recorder on this machine: check, record, interruption, note, upload, receipts, archive, manifest, verification.") { once, data, json };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(once), parsed.GetValue(data)?.FullName, parsed.GetValue(json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(bool once, string? folder, bool json, CancellationToken cancel)
    {
        if (folder is not null && File.Exists(folder))
        {
            Console.Error.WriteLine($"bodycam: {folder} is a file: name a folder with --data.");
            return ExitCode.Usage;
        }

        if (folder is not null && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Console.Error.WriteLine($"bodycam: the folder {folder} is not empty: name another with --data.");
            return ExitCode.Usage;
        }

        var keep = folder is not null;
        folder = Path.GetFullPath(folder ?? Path.Combine(Path.GetTempPath(), $"bodycam-demo-{Environment.ProcessId}"));
        try
        {
            WritableFolder.Assert(folder, isPrivate: false, "--data");
        }
        catch (InvalidDataException refused)
        {
            Console.Error.WriteLine($"bodycam: {refused.Message}");
            return ExitCode.Usage;
        }

        var started = Stopwatch.GetTimestamp();
        void Say(string line) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{Stopwatch.GetElapsedTime(started).TotalSeconds,5:F1} s] {line}"));
        await using var run = new DemoRun(folder, Say);
        try
        {
            await run.RunAsync(cancel).ConfigureAwait(false);
            Say("Verifying the data folder and the archive against the gateway's key kept outside them");
            var (verdict, findings, verified) = Verify(run);
            var summary = DemoSummary.Of(run, Stopwatch.GetElapsedTime(started).TotalSeconds, verdict, findings, verified);
            if (json)
                Console.WriteLine(summary.ToJson());
            else
                Show(summary, keep);
            if (!once)
            {
                Console.Error.WriteLine($"The gateway stays up: http://127.0.0.1:{run.Gateway.HttpPort}/status. Ctrl-C ends it.");
                await run.Gateway.WaitForShutdownAsync(cancel).ConfigureAwait(false);
            }

            return summary.Ok ? ExitCode.Done : ExitCode.Failed;
        }
        catch (DemoException failure)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message}");
            keep = true;
            Console.Error.WriteLine($"The files are in {folder}.");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        finally
        {
            await run.DisposeAsync().ConfigureAwait(false);
            if (!keep)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static (string Verdict, IReadOnlyList<string> Findings, bool Verified) Verify(DemoRun run)
    {
        var findings = new List<string>();
        var worst = VerifyVerdict.Verified;
        foreach (var place in new[] { run.DataFolder, run.ArchiveFolder })
        {
            var report = Verifier.Run(place, new VerifyOptions { GatewayKeyPem = File.ReadAllText(run.AnchorFile) }, null);
            worst = report.Verdict > worst ? report.Verdict : worst;
            findings.AddRange(report.Findings.Where(static finding => finding.Severity != FindingSeverity.Note).Select(finding => $"{Path.GetFileName(place)}: {finding.Message}"));
        }

        return (worst.ToString(), findings, worst == VerifyVerdict.Verified);
    }

    private static void Show(DemoSummary summary, bool keep)
    {
        static string S(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s");
        var table = new Table().Border(TableBorder.Simple).AddColumns("Recording", "Activity", "Segments", "Frames", "Length", "Ended by");
        foreach (var row in summary.Recordings)
            table.AddRow($"{row.Recording}", $"{row.Activity}", $"{row.Segments}", $"{row.Frames}", S(row.Seconds), row.StopReason);
        AnsiConsole.Write(table);
        foreach (var gap in summary.Interruptions)
            Console.WriteLine($"Interrupted after recording {gap.AfterRecording}: {S(gap.Seconds)}, {gap.Reason}, spoken note {(gap.SpokenNote ? "recorded" : "missing")}");
        Console.WriteLine($"Recorded {S(summary.RecordedSeconds)}, interrupted {S(summary.InterruptedSeconds)}; {summary.Frames} frames of {summary.FramesDelivered} that the camera delivered; {summary.Markers} marker(s)");
        Console.WriteLine($"Continuity: {S(summary.Ledger.IntervalSeconds)} = footage {S(summary.Ledger.FootageSeconds)} + explained {S(summary.Ledger.ExplainedSeconds)} + unexplained {S(summary.Ledger.UnexplainedSeconds)} + clock error {S(summary.Ledger.ClockErrorSeconds)}; leads: {(summary.Leads.Count == 0 ? "none" : string.Join(", ", summary.Leads))}");
        Console.WriteLine($"Segments {summary.Segments}; receipts: {string.Join(", ", summary.Receipts.Select(static pair => $"{pair.Value} {pair.Key.ToLowerInvariant()}"))}; log {summary.LogLeaves} leaves; shift manifest {(summary.ManifestComplete ? "complete" : "not complete")}");
        Console.WriteLine($"Time: {S(summary.VirtualSeconds)} of the recorder's time in {S(summary.RealSeconds)} (virtual time runs {summary.PaceFactor:F0} times as fast)");
        Console.WriteLine($"Verification: {summary.Verdict}");
        foreach (var finding in summary.Findings)
            Console.WriteLine($"  {finding}");
        if (keep)
        {
            Console.WriteLine($"Files: {summary.DataFolder}, archive {summary.ArchiveFolder}");
            Console.WriteLine($"Play one: {summary.Play}");
            Console.WriteLine($"The gateway's public key, kept outside of both as an anchor: {summary.AnchorFile}");
            Console.WriteLine($"Check the files with it: {summary.Check}");
        }
        else
        {
            Console.WriteLine($"Files: {summary.DataFolder} until this ends; keep them with --data DIR");
        }
    }
}
