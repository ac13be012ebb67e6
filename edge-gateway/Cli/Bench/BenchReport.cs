using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BodyCam.Cli.Bench;

/// <summary>One value of one round.</summary>
/// <param name="Row">Row of the table.</param>
/// <param name="Subject">Who was measured.</param>
/// <param name="Figure">What, with its unit.</param>
/// <param name="Round">From 1.</param>
/// <param name="Value">Value.</param>
internal sealed record BenchSample(string Row, string Subject, string Figure, int Round, double Value);

/// <summary>A bar of DESIGN §10 and how it stands.</summary>
/// <param name="Row">Row of the table.</param>
/// <param name="What">What is compared.</param>
/// <param name="Value">Ratio or figure; no finite number when it could not be measured.</param>
/// <param name="Bar">What it is held against.</param>
/// <param name="IsAtLeast">True when it must not be less, false when it must not be more.</param>
/// <param name="Unit">Unit; × for a ratio.</param>
internal sealed record BenchBar(string Row, string What, double Value, double Bar, bool IsAtLeast, string Unit)
{
    /// <summary>False when a peer, a tool or the row itself was left out.</summary>
    public bool IsMeasured => double.IsFinite(Value);

    /// <summary>True when it was measured and holds.</summary>
    public bool Holds => IsMeasured && (IsAtLeast ? Value >= Bar : Value <= Bar);
}

/// <summary>The machine.</summary>
/// <param name="Processor">Model.</param>
/// <param name="Processors">Processors that this process may use.</param>
/// <param name="MemoryGigabytes">Memory.</param>
/// <param name="Kernel">Operating system.</param>
/// <param name="Runtime">.NET.</param>
/// <param name="FileSystem">Of the scratch folder.</param>
/// <param name="SyncP50Ms">write + fsync of 4 KiB, median.</param>
/// <param name="SyncP99Ms">The same, 99th percentile.</param>
/// <param name="LoadAverage">Of the minute before.</param>
internal sealed record BenchMachine(string Processor, int Processors, double MemoryGigabytes, string Kernel, string Runtime, string FileSystem, double SyncP50Ms, double SyncP99Ms, double LoadAverage)
{
    /// <summary>This machine, and the disk of the room.</summary>
    public static BenchMachine Of(BenchRoom room)
    {
        static string Field(string path, string name) => File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
        var sync = room.SyncLatency();
        return new BenchMachine(
            Field("/proc/cpuinfo", "model name"), Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, RuntimeInformation.OSDescription, Environment.Version.ToString(),
            new DriveInfo(room.Folder).DriveFormat, sync.P50, sync.P99, double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));
    }
}

/// <summary>Everything a run measured.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">Where.</param>
/// <param name="Rounds">Rounds that count.</param>
/// <param name="Samples">Values.</param>
/// <param name="Bars">Bars.</param>
/// <param name="Skipped">What was left out, and why.</param>
internal sealed record BenchReport(DateTimeOffset At, BenchMachine Machine, int Rounds, IReadOnlyList<BenchSample> Samples, IReadOnlyList<BenchBar> Bars, IReadOnlyList<string> Skipped)
{
    private static readonly JsonSerializerOptions indented = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new BenchNumber() } };

    /// <summary>True when something was measured, and every bar of the rows that ran was measured and holds.</summary>
    [JsonIgnore]
    public bool IsSuccess => Samples.Count > 0 && Bars.All(static bar => bar.Holds);

    /// <summary>One JSON object; a number that is none is null.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, indented);
}
