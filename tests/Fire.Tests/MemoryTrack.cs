using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BodyCam.Fire.Tests;

/// <summary>Resident memory of the gateway's lives over their ages, from <c>/proc/PID/status</c>.</summary>
internal sealed class MemoryTrack
{
    private readonly List<(int Life, double AgeS, long RssKib, long PeakKib)> samples = [];
    private readonly Lock gate = new();

    /// <summary>Notes the present figures of a life.</summary>
    public void Sample(int life, GatewayRun gateway)
    {
        try
        {
            var (rss, peak) = (gateway.MemoryKib("VmRSS"), gateway.MemoryKib("VmHWM"));
            lock (gate)
            {
                if (rss > 0)
                    samples.Add((life, Stopwatch.GetElapsedTime(gateway.Started).TotalSeconds, rss, peak));
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // It was killed in this moment.
        }
    }

    /// <summary>Median of a life's samples of these ages, in MiB; null without a sample.</summary>
    public double? MedianMib(int life, double fromS, double toS)
    {
        lock (gate)
        {
            var some = samples.Where(sample => sample.Life == life && sample.AgeS >= fromS && sample.AgeS < toS).Select(static sample => sample.RssKib).Order().ToList();
            return some.Count == 0 ? null : some[some.Count / 2] / 1024.0;
        }
    }

    /// <summary>A row for each life, a column for each minute of age.</summary>
    public string Table()
    {
        lock (gate)
        {
            var minutes = (int)(samples.Max(static sample => sample.AgeS) / 60) + 1;
            var text = new StringBuilder("RSS in MiB (median of the minute) by age: life");
            for (var minute = 0; minute < minutes; minute++)
                text.Append(CultureInfo.InvariantCulture, $" | {minute}–{minute + 1} min");
            foreach (var life in samples.Select(static sample => sample.Life).Distinct())
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{life}");
                for (var minute = 0; minute < minutes; minute++)
                    text.Append(CultureInfo.InvariantCulture, $" | {MedianMib(life, minute * 60, (minute + 1) * 60):F1}");
                text.Append(CultureInfo.InvariantCulture, $" | peak {samples.Where(sample => sample.Life == life).Max(static sample => sample.PeakKib) / 1024.0:F1}");
            }

            return text.ToString();
        }
    }
}
