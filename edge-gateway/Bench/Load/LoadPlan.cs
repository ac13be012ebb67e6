namespace BodyCam.Bench.Load;

/// <summary>What a load process does; given to it as a JSON file, as everything that it needs must be made before the clock runs.</summary>
public sealed record LoadPlan
{
    /// <summary>Where the segments go.</summary>
    public required LoadTarget Target { get; init; }

    /// <summary>Port on 127.0.0.1; 0 for files.</summary>
    public int Port { get; init; }

    /// <summary>The scratch gateway's master secret, hexadecimal, 64 characters: recorders' keys are derived from it as the gateway does.</summary>
    public required string MasterHex { get; init; }

    /// <summary>One connection for each.</summary>
    public required IReadOnlyList<LoadIdentity> Recorders { get; init; }

    /// <summary>Number of the recording that each sends, from 1.</summary>
    public uint Recording { get; init; } = 1;

    /// <summary>Segments of each recording.</summary>
    public int SegmentCount { get; init; } = 1;

    /// <summary>Length of a segment, about, in bytes.</summary>
    public int SegmentBytes { get; init; } = 1024 * 1024;

    /// <summary>4,096 or 8,192.</summary>
    public int ChunkBytes { get; init; } = 8192;

    /// <summary>Messages of one connection that wait for their PUBACK at most.</summary>
    public int Window { get; init; } = 8;

    /// <summary>Footage of one recorder in bytes a second; 0 for as fast as it goes.</summary>
    public int BytesPerSecond { get; init; }

    /// <summary>Folder of a scratch file that is written and removed before the clock runs, so that the page cache has pages to take: in a virtual machine a page that was never touched costs more than what is measured.</summary>
    public string? Scratch { get; init; }

    /// <summary>With <see cref="LoadTarget.NeverReads"/>: how long.</summary>
    public double Seconds { get; init; }

    /// <summary>With <see cref="LoadTarget.MqttFile"/>: where the subscriber writes. With <see cref="LoadTarget.Http"/> and <see cref="LoadTarget.Append"/>: the folder of the files.</summary>
    public string? Path { get; init; }
}

/// <summary>Where the segments of a load go, and when they count as there.</summary>
public enum LoadTarget
{
    /// <summary>A gateway; there with the storage receipt.</summary>
    Gateway,

    /// <summary>An MQTT broker with a subscriber that writes to a file; there when the file is long enough. Not durable.</summary>
    MqttFile,

    /// <summary>A web server that takes PUT; there when the file that it wrote was synced.</summary>
    Http,

    /// <summary>A file; there after fdatasync.</summary>
    Append,

    /// <summary>A gateway; connects, subscribes, sends what is refused as fast as it goes, and never reads.</summary>
    NeverReads,
}

/// <summary>Who connects.</summary>
/// <param name="Device">Device id.</param>
/// <param name="Epoch">Epoch of its keys.</param>
/// <param name="Certificate">Certificate and key, PEM, for TLS; null for plain.</param>
/// <param name="Authority">CA of the server, PEM; null for plain.</param>
public sealed record LoadIdentity(string Device, uint Epoch, string? Certificate = null, string? Authority = null);
