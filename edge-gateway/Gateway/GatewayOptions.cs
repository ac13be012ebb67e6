using BodyCam.Core.Keys;

namespace BodyCam.Gateway;

/// <summary>What a station's gateway is told at start.</summary>
public sealed record GatewayOptions
{
    /// <summary>Folder of segments, log and catalog.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Folder of the keys; never inside the data folder.</summary>
    public required string KeysFolder { get; init; }

    /// <summary>Folder of the central archive; null for none.</summary>
    public string? ArchiveFolder { get; init; }

    /// <summary>Address to listen on.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>MQTT port; 0 picks a free one.</summary>
    public int MqttPort { get; init; } = 1883;

    /// <summary>Port of status, metrics and API; 0 picks a free one.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>UDP port of the SNTP responder; 0 picks a free one, −1 has none.</summary>
    public int SntpPort { get; init; } = -1;

    /// <summary>True for MQTT over TLS with recorders' certificates; by the gateway's own CA unless <see cref="TlsCertificate"/> is set.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file with the server's certificate, key and chain; null for the gateway's own.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file of the CA that recorders trust for <see cref="TlsCertificate"/>; null when that file holds it.</summary>
    public string? TlsAuthority { get; init; }

    /// <summary>Further names and addresses by which recorders reach the gateway.</summary>
    public IReadOnlyList<string> TlsNames { get; init; } = [];

    /// <summary>True when plain MQTT may be served to other machines; on loopback it always may.</summary>
    public bool IsPlainAllowed { get; init; }

    /// <summary>What a new recorder is told; host, port and SNTP are filled in when they are left as they are.</summary>
    public ProvisioningValues Provisioning { get; init; } = new();

    /// <summary>Silence after which an open part without a seal is closed as an orphaned tail.</summary>
    public TimeSpan OrphanAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Pause between rounds of the archive forwarder.</summary>
    public TimeSpan ArchiveEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Folder of the policy files; the ones that ship unless set.</summary>
    public string PoliciesFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "policies");

    /// <summary>Folder of the calendars; the ones that ship unless set.</summary>
    public string CalendarsFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "calendars");

    /// <summary>Pause between looks at what recorders sent, for custody.</summary>
    public TimeSpan IntakeEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>True for JSON log lines on standard error; false for none but warnings.</summary>
    public bool LogJson { get; init; } = true;
}
