using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using BodyCam.Core;
using BodyCam.Ingest;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Storage;

namespace BodyCam.Gateway;

/// <summary>One gateway's meters as Prometheus text (exposition format 0.0.4): counters and gauges as they are, from 0 on before their first event; histograms as count, sum and buckets. It makes the meters, so that those of another gateway in the same process stay out.</summary>
internal sealed class MetricsText : IMeterFactory
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentBag<Meter> meters = [];
    private readonly ConcurrentDictionary<string, MetricSeries> series = new(StringComparer.Ordinal);

    public MetricsText()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this) && instrument.Meter.Name is IngestService.MeterName or MqttMetrics.MeterName or DeviceLink.MeterName)
                self.EnableMeasurementEvents(instrument, series.GetOrAdd(instrument.Name.Replace('.', '_').Replace('-', '_'), _ => MetricSeries.Of(instrument)));
        };
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricSeries)state!).Take(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricSeries)state!).Take(value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricSeries)state!).Take(value, tags));
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
        foreach (var (name, one) in series.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            one.Write(text, name);
        return text.ToString();
    }

    public void Dispose()
    {
        listener.Dispose();
        foreach (var meter in meters)
            meter.Dispose();
    }
}

/// <summary>Values of one instrument. Thread-safe; a measurement allocates nothing once its tag was seen.</summary>
internal abstract class MetricSeries
{
    /// <summary>The kind that suits the instrument.</summary>
    public static MetricSeries Of(Instrument instrument) => instrument switch
    {
        Histogram<double> or Histogram<long> => new HistogramSeries(),
        { IsObservable: true } => new NumberSeries("gauge", isSum: false, null, []),
        UpDownCounter<long> => new NumberSeries("gauge", isSum: true, null, [""]),
        _ => tags.TryGetValue(instrument.Name, out var known) ? new NumberSeries("counter", isSum: true, known.Tag, known.Values) : new NumberSeries("counter", isSum: true, null, [""]),
    };

    // A watcher sees a rise only of a series that it knew before, so each that is counted by a tag begins with the tags' values, those of the document (operations.md, Metrics) at least. A value that is not named here begins with its first event.
    private static readonly Dictionary<string, (string Tag, string[] Values)> tags = new(StringComparer.Ordinal)
    {
        ["bodycam_chunks"] = ("outcome", Enum.GetNames<PlaceOutcome>()),
        ["bodycam_refusals"] = ("reason", [.. Enum.GetNames<RefusalReason>().Except([nameof(RefusalReason.None)], StringComparer.Ordinal)]),
        ["bodycam_receipts"] = ("state", Enum.GetNames<ReceiptState>()),
        ["bodycam_certificate_refusals"] = ("reason", [.. Enum.GetNames<CertificateVerdict>().Except([nameof(CertificateVerdict.Accepted)], StringComparer.Ordinal)]),
        ["bodycam.mqtt.closes"] = ("reason", ["connection_limit", "gave_way", "handshake_deadline", "handshake_failed"]),
        ["bodycam.mqtt.publishes.refused"] = ("reason", [nameof(MqttReasonCode.NotAuthorized), nameof(MqttReasonCode.QuotaExceeded), nameof(MqttReasonCode.UnspecifiedError)]),
        ["bodycam.mqtt.messages.dropped"] = ("cause", ["expired", "offline_qos0", "peer_packet_max", "queue_full", "retained_full"]),
    };

    public abstract void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    public abstract void Write(StringBuilder text, string name);

    /// <summary>A sum or a last value, one for each tag; our instruments have none or one.</summary>
    private sealed class NumberSeries(string kind, bool isSum, string? tagName, string[] known) : MetricSeries
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<string, double> values = new(known.ToDictionary(static value => value, static _ => 0.0, StringComparer.Ordinal), StringComparer.Ordinal);
        private string? tagName = tagName;

        public override void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var tag = tags.IsEmpty ? "" : tags[0].Value?.ToString() ?? "";
            lock (gate)
            {
                if (!tags.IsEmpty)
                    tagName = tags[0].Key;
                values[tag] = isSum ? values.GetValueOrDefault(tag) + value : value;
            }
        }

        public override void Write(StringBuilder text, string name)
        {
            lock (gate)
            {
                if (values.Count > 0)
                    text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {kind}\n");
                foreach (var (tag, value) in values)
                    text.Append(CultureInfo.InvariantCulture, $"{name}{(tag.Length == 0 ? "" : $"{{{tagName}=\"{Escaped(tag)}\"}}")} {value:R}\n");
            }
        }

        private static string Escaped(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
    }

    /// <summary>Count, sum and cumulative buckets.</summary>
    private sealed class HistogramSeries : MetricSeries
    {
        private static readonly double[] bounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, double.PositiveInfinity];

        private readonly Lock gate = new();
        private readonly long[] counts = new long[bounds.Length];
        private double sum;

        public override void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var at = 0;
            while (value > bounds[at])
                at++;
            lock (gate)
            {
                counts[at]++;
                sum += value;
            }
        }

        public override void Write(StringBuilder text, string name)
        {
            lock (gate)
            {
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} histogram\n");
                long below = 0;
                for (var at = 0; at < bounds.Length; at++)
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{(double.IsInfinity(bounds[at]) ? "+Inf" : bounds[at].ToString("R", CultureInfo.InvariantCulture))}\"}} {below += counts[at]}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum {sum:R}\n{name}_count {below}\n");
            }
        }
    }
}
