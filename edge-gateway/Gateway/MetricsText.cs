using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using BodyCam.Ingest;
using BodyCam.Mqtt.Endpoint;

namespace BodyCam.Gateway;

/// <summary>Our meters as Prometheus text (exposition format 0.0.4): counters and gauges as they are, histograms as count, sum and buckets.</summary>
internal sealed class MetricsText : IDisposable
{
    private static readonly double[] bounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000];

    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<(string Name, string Labels), double> values = new();
    private readonly ConcurrentDictionary<string, string> kinds = new(StringComparer.Ordinal);

    public MetricsText()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name is IngestService.MeterName or MqttMetrics.MeterName)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
    }

    public string Render()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var group in values.OrderBy(static pair => pair.Key.Name, StringComparer.Ordinal).ThenBy(static pair => pair.Key.Labels, StringComparer.Ordinal).GroupBy(static pair => pair.Key.Name, StringComparer.Ordinal))
        {
            if (kinds.TryGetValue(group.Key, out var kind))
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {group.Key} {kind}\n");
            foreach (var ((name, labels), value) in group)
                text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value:R}\n");
        }

        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private static string Name(Instrument instrument) => instrument.Name.Replace('.', '_').Replace('-', '_');

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags, string? extra = null)
    {
        if (tags.Length == 0 && extra is null)
            return "";
        var text = new StringBuilder("{");
        foreach (var (key, value) in tags)
            text.Append(text.Length > 1 ? "," : "").Append(key.Replace('.', '_')).Append("=\"").Append(value).Append('"');
        if (extra is not null)
            text.Append(text.Length > 1 ? "," : "").Append(extra);
        return text.Append('}').ToString();
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = Name(instrument);
        if (instrument is Histogram<double> or Histogram<long>)
        {
            kinds[name + "_count"] = "counter";
            values.AddOrUpdate((name + "_count", Labels(tags)), 1, static (_, old) => old + 1);
            values.AddOrUpdate((name + "_sum", Labels(tags)), value, (_, old) => old + value);
            foreach (var bound in bounds)
                values.AddOrUpdate((name + "_bucket", Labels(tags, string.Create(CultureInfo.InvariantCulture, $"le=\"{bound}\""))), value <= bound ? 1 : 0, (_, old) => old + (value <= bound ? 1 : 0));
        }
        else if (instrument.IsObservable)
        {
            kinds[name] = "gauge";
            values[(name, Labels(tags))] = value;
        }
        else
        {
            kinds[name] = instrument.GetType().Name.StartsWith("UpDown", StringComparison.Ordinal) ? "gauge" : "counter";
            values.AddOrUpdate((name, Labels(tags)), value, (_, old) => old + value);
        }
    }
}
