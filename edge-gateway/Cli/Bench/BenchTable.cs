using System.Globalization;
using Spectre.Console;

namespace BodyCam.Cli.Bench;

/// <summary>The report for people: medians with their ranges, then the bars.</summary>
internal static class BenchTable
{
    private const int BarWidth = 24;

    public static void Write(IAnsiConsole console, BenchReport report)
    {
        var machine = report.Machine;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{machine.Processor}, {machine.Processors} processors, {machine.MemoryGigabytes:F0} GB; {machine.Kernel}; .NET {machine.Runtime}; {machine.FileSystem}, write + fsync p50 {machine.SyncP50Ms:F2} ms, p99 {machine.SyncP99Ms:F2} ms; load average {machine.LoadAverage:F1}"));
        console.WriteLine($"Medians of {report.Rounds} rounds, least–greatest in brackets. MB = 10^6 bytes.");
        var values = new Table().AddColumns("Row", "Who", "Figure", "Median", "");
        foreach (var row in report.Samples.GroupBy(static sample => (sample.Row, sample.Figure)))
        {
            var greatest = row.GroupBy(static sample => sample.Subject, StringComparer.Ordinal).Max(Median);
            foreach (var subject in row.GroupBy(static sample => sample.Subject, StringComparer.Ordinal))
            {
                var median = Median(subject);
                values.AddRow(new Text(row.Key.Row), new Text(subject.Key), new Text(row.Key.Figure), new Text(string.Create(CultureInfo.InvariantCulture, $"{median:G4} ({subject.Min(static sample => sample.Value):G4}–{subject.Max(static sample => sample.Value):G4})")), new Text(Bar(median, greatest)));
            }
        }

        console.Write(values);
        var bars = new Table().AddColumns("Bar", "What", "Is", "Wanted", "Holds");
        foreach (var bar in report.Bars)
            bars.AddRow(new Text(bar.Row), new Text(bar.What), new Text(bar.IsMeasured ? string.Create(CultureInfo.InvariantCulture, $"{bar.Value:F2} {bar.Unit}") : "not measured"), new Text(string.Create(CultureInfo.InvariantCulture, $"{(bar.IsAtLeast ? "≥" : "≤")} {bar.Bar} {bar.Unit}")), new Text(!bar.IsMeasured ? "unknown" : bar.Holds ? "yes" : "NO"));
        console.Write(bars);
        foreach (var skipped in report.Skipped)
            console.WriteLine($"Left out: {skipped}");
    }

    private static double Median(IEnumerable<BenchSample> samples)
    {
        var values = samples.Select(static sample => sample.Value).Order().ToList();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }

    private static string Bar(double value, double greatest) => greatest > 0 ? new string('█', (int)Math.Round(BarWidth * value / greatest)) : "";
}
