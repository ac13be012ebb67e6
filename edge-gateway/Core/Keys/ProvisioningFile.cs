using System.Globalization;
using System.Text;

namespace BodyCam.Core.Keys;

/// <summary>What a recorder is told besides its keys (protocol §7); the defaults suit the virtual board.</summary>
public sealed record ProvisioningValues
{
    /// <summary>Host name or address of the gateway.</summary>
    public string GatewayHost { get; init; } = "127.0.0.1";

    /// <summary>MQTT port.</summary>
    public int GatewayPort { get; init; } = 1883;

    /// <summary>SNTP server, host or host:port.</summary>
    public string Sntp { get; init; } = "127.0.0.1";

    /// <summary>True for TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>4,096 or 8,192.</summary>
    public int ChunkBytes { get; init; } = 8192;

    /// <summary>Size of the card.</summary>
    public long CardBytes { get; init; } = 16L * 1000 * 1000 * 1000;

    /// <summary>Cluster size of the card.</summary>
    public int ClusterBytes { get; init; } = 32768;

    /// <summary>Picture width, pixels.</summary>
    public int WidthPx { get; init; } = 640;

    /// <summary>Picture height, pixels.</summary>
    public int HeightPx { get; init; } = 480;

    /// <summary>Compression of a picture: 4 (best) to 63; 12 gives about 25 KB at 640×480.</summary>
    public int JpegQuality { get; init; } = 12;

    /// <summary>True when a picture may be exposed longer than a sensor frame: fewer and brighter pictures in the dark.</summary>
    public bool IsNight { get; init; }

    /// <summary>Most frames a second.</summary>
    public int FramesPerSecondMax { get; init; } = 4;

    /// <summary>True when sound is recorded.</summary>
    public bool Sound { get; init; } = true;

    /// <summary>Id of the notice phrase.</summary>
    public string NoticeText { get; init; } = "zh-full-1";

    /// <summary>Length of the spoken note window, seconds.</summary>
    public int NoteWindowS { get; init; } = 30;

    /// <summary>Battery warning, percent.</summary>
    public int BatteryWarnPercent { get; init; } = 20;

    /// <summary>Battery level at which recording stops, percent.</summary>
    public int BatteryStopPercent { get; init; } = 5;

    /// <summary>Free bytes on the card at which recording stops.</summary>
    public long StorageStopBytes { get; init; } = 800L * 1000 * 1000;

    /// <summary>Share of the link that a live open segment may take, percent.</summary>
    public int UplinkSharePercent { get; init; } = 50;
}

/// <summary>Writes <c>I:\bodycam.cfg</c> (protocol §7).</summary>
public static class ProvisioningFile
{
    /// <summary>The lines of the file; they hold keys and go only to the recorder.</summary>
    /// <param name="ring">The gateway's keys.</param>
    /// <param name="device">The recorder.</param>
    /// <param name="epoch">The epoch given.</param>
    /// <param name="gatewayKeyId">Id of the gateway's public key.</param>
    /// <param name="values">Everything else.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Lines(KeyRing ring, DeviceId device, uint epoch, ulong gatewayKeyId, ProvisioningValues values)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(values);
        static string N(long number) => number.ToString(CultureInfo.InvariantCulture);
        return
        [
            new("format", "1"), new("device", device.Text), new("epoch", N(epoch)),
            new("gatewayHost", values.GatewayHost), new("gatewayPort", N(values.GatewayPort)), new("tls", values.Tls ? "1" : "0"), new("sntp", values.Sntp),
            new("recordingKey", Convert.ToHexStringLower(ring.RecordingKey(device, epoch, 1))), new("recordingNumber", "1"),
            new("journalKey", Convert.ToHexStringLower(ring.RecordingKey(device, epoch, 0))),
            new("receiptKey", Convert.ToHexStringLower(ring.ReceiptKey(device, epoch))),
            new("commandKey", Convert.ToHexStringLower(ring.CommandKey(device, epoch))),
            new("linkKey", Convert.ToHexStringLower(ring.LinkKey(device, epoch))),
            new("gatewayKeyId", gatewayKeyId.ToString("x16", CultureInfo.InvariantCulture)),
            new("chunkBytes", N(values.ChunkBytes)), new("cardBytes", N(values.CardBytes)), new("clusterBytes", N(values.ClusterBytes)),
            new("widthPx", N(values.WidthPx)), new("heightPx", N(values.HeightPx)), new("jpegQuality", N(values.JpegQuality)), new("exposure", values.IsNight ? "night" : "day"), new("framesPerSecondMax", N(values.FramesPerSecondMax)),
            new("sound", values.Sound ? "1" : "0"), new("noticeText", values.NoticeText), new("noteWindowS", N(values.NoteWindowS)),
            new("batteryWarnPercent", N(values.BatteryWarnPercent)), new("batteryStopPercent", N(values.BatteryStopPercent)),
            new("storageStopBytes", N(values.StorageStopBytes)), new("uplinkSharePercent", N(values.UplinkSharePercent)),
        ];
    }

    /// <summary>The file's text.</summary>
    public static string Text(IEnumerable<KeyValuePair<string, string>> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var text = new StringBuilder();
        foreach (var (key, value) in lines)
            text.Append(key).Append('=').Append(value).Append('\n');
        return text.ToString();
    }
}
