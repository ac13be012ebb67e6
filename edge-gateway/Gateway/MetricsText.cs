using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using BodyCam.Ingest;
using BodyCam.Mqtt.Endpoint;

namespace BodyCam.Gateway;

/// <summary>One gateway's meters as Prometheus text (exposition format 0.0.4): counters and gauges as they are, histograms as count, sum and buckets. It makes the meters, so that those of another gateway in the same process stay out.</summary>
internal sealed class MetricsText : IMeterFactory
{
    private static readonly double[] bounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, double.PositiveInfinity];

    private readonly MeterListener listener = new();
    private readonly ConcurrentBag<Meter> meters = [];
    private readonly ConcurrentDictionary<(string Family, string Name, string Labels, double Bound), double> values = new();
    private readonly ConcurrentDictionary<string, string> kinds = new(StringComparer.Ordinal);

    public MetricsText()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this) && instrument.Meter.Name is IngestService.MeterName or MqttMetrics.MeterName or DeviceLink.MeterName)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        meters.Add(meter);
        return meter;
    }

    public string Render()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in values.GroupBy(static pair => pair.Key.Family, StringComparer.Ordinal).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            if (kinds.TryGetValue(family.Key, out var kind))
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Key} {kind}\n");
            foreach (var ((_, name, labels, _), value) in family.OrderBy(static pair => pair.Key.Name, StringComparer.Ordinal).ThenBy(static pair => pair.Key.Bound).ThenBy(static pair => pair.Key.Labels, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value:R}\n");
        }

        return text.ToString();
    }

    public void Dispose()
    {
        listener.Dispose();
        foreach (var meter in meters)
            meter.Dispose();
    }

    private static string Name(Instrument instrument) => instrument.Name.Replace('.', '_').Replace('-', '_');

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags, string? extra = null)
    {
        if (tags.Length == 0 && extra is null)
            return "";
        var text = new StringBuilder("{");
        foreach (var (key, value) in tags)
            text.Append(text.Length > 1 ? "," : "").Append(key.Replace('.', '_')).Append("=\"").Append(Escaped(value?.ToString() ?? "")).Append('"');
        if (extra is not null)
            text.Append(text.Length > 1 ? "," : "").Append(extra);
        return text.Append('}').ToString();
    }

    private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = Name(instrument);
        var labels = Labels(tags);
        if (instrument is Histogram<double> or Histogram<long>)
        {
            kinds[name] = "histogram";
            Add((name, name + "_count", labels, 0), 1);
            Add((name, name + "_sum", labels, 0), value);
            foreach (var bound in bounds)
                Add((name, name + "_bucket", Labels(tags, double.IsInfinity(bound) ? "le=\"+Inf\"" : string.Create(CultureInfo.InvariantCulture, $"le=\"{bound}\"")), bound), value <= bound ? 1 : 0);
        }
        else if (instrument.IsObservable)
        {
            kinds[name] = "gauge";
            values[(name, name, labels, 0)] = value;
        }
        else
        {
            kinds[name] = instrument.GetType().Name.StartsWith("UpDown", StringComparison.Ordinal) ? "gauge" : "counter";
            Add((name, name, labels, 0), value);
        }
    }

    private void Add((string Family, string Name, string Labels, double Bound) key, double value) => values.AddOrUpdate(key, static (_, added) => added, static (_, old, added) => old + added, value);
}
