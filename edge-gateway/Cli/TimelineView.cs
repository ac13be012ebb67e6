using System.Globalization;
using BodyCam.Rules.Continuity;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary>The ledger as a table for people.</summary>
internal static class TimelineView
{
    private const int WidthRedirected = 200;

    public static void Show(ContinuityReport report, string recorder, IReadOnlyList<string> remarks, PolicySet policy)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("from", "seconds", "what", "reason", "articles", "confirmed by", "spoken note", "remarks");
        foreach (var row in report.Rows)
            table.AddRow(Cells(row, report));
        // A terminal's width where there is one; else wide enough that no cell is broken.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthRedirected;
        console.Write(table);
        var sums = report.Sums;
        Console.WriteLine($"Interval {Seconds(report.IntervalUs)} s = footage {Seconds(sums.FootageUs)} + explained {Seconds(sums.ExplainedUs)} + unexplained {Seconds(sums.UnexplainedUs)} + clock error {Seconds(sums.SeamUs)}.");
        Console.WriteLine($"Recorder {recorder}, policy {policy.Id} version {policy.Version}. {(report.HasEnd ? "" : "The end of the activity is not on record: the interval ends with what is known.")}");
        foreach (var visit in report.Visits)
            Console.WriteLine($"Site {visit.Visit.Name}: {(visit.IsComplete ? "complete" : "NOT COMPLETE")}, footage {Seconds(visit.Sums.FootageUs)} s, explained {Seconds(visit.Sums.ExplainedUs)}, unexplained {Seconds(visit.Sums.UnexplainedUs)}, clock error {Seconds(visit.Sums.SeamUs)}; entered by {visit.Visit.By}{(visit.Visit.Correction is { } why ? $", corrected: {why}" : "")}.");
        foreach (var remark in remarks)
            Console.WriteLine($"Remark: {remark}.");
        foreach (var task in report.Tasks)
            Console.WriteLine($"Wanted: {task.Why}{(task.Articles.Count > 0 ? $"（{string.Join('、', task.Articles.Select(RuleWords.Article))}）" : "")}");
    }

    private static string[] Cells(LedgerRow row, ContinuityReport report) =>
    [
        Clock(report.ArrivalWallUs, row.FromUs),
        Seconds(row.LengthUs),
        row.Kind switch { LedgerKind.Footage => "footage", LedgerKind.Explained => "explained", LedgerKind.Unexplained => "UNEXPLAINED", _ => row.BoundUs is { } bound ? $"clock ±{Seconds(bound)} s" : "clock, no bound" },
        Markup.Escape(row.Kind == LedgerKind.Footage ? "" : InterruptionReasons.Name(row.Reason)),
        Markup.Escape(string.Join(' ', row.Articles)),
        Markup.Escape(row.ConfirmedBy ?? ""),
        row.Note is { } note ? note.IsSilent ? "silent" : string.Create(CultureInfo.InvariantCulture, $"{note.LoudestDbfs:F0} dBFS") : "",
        Markup.Escape(string.Join("; ", new[] { row.Flags == LedgerFlags.None ? "" : row.Flags.ToString() }.Concat(row.Lost).Where(static text => text.Length > 0))),
    ];

    private static string Seconds(long us) => (us / 1e6).ToString("F3", CultureInfo.InvariantCulture);

    private static string Clock(long? arrivalWallUs, long us) => arrivalWallUs is { } wall
        ? DateTimeOffset.UnixEpoch.AddMicroseconds(wall + us).ToString("HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
        : $"+{Seconds(us)}";
}
