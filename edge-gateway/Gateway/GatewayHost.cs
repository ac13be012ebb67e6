using System.Net;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Mqtt.Endpoint;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BodyCam.Gateway;

/// <summary>A running gateway: MQTT endpoint, ingest, archive forwarder, SNTP responder, HTTP.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private static readonly TimeSpan upkeepEvery = TimeSpan.FromSeconds(2);

    private readonly WebApplication app;
    private readonly SntpResponder? sntp;
    private readonly MetricsText metrics;
    private readonly GatewayKey key;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> loops = [];
    private bool stopped;

    private readonly DeviceLink link;

    private GatewayHost(WebApplication app, IngestService ingest, DeviceLink link, SntpResponder? sntp, MetricsText metrics, GatewayKey key, string adminToken)
    {
        this.link = link;
        this.app = app;
        this.sntp = sntp;
        this.metrics = metrics;
        this.key = key;
        Ingest = ingest;
        AdminToken = adminToken;
    }

    /// <summary>Ingest, for what the process itself asks.</summary>
    public IngestService Ingest { get; }

    /// <summary>Port of MQTT.</summary>
    public int MqttPort { get; private set; }

    /// <summary>Port of HTTP.</summary>
    public int HttpPort { get; private set; }

    /// <summary>UDP port of SNTP, 0 when there is none.</summary>
    public int SntpPort => sntp?.Port ?? 0;

    /// <summary>Token of the technician's calls.</summary>
    public string AdminToken { get; }

    /// <summary>PEM of the gateway's public key: an anchor for whoever keeps it elsewhere.</summary>
    public string PublicKeyPem => key.PublicKeyPem;

    /// <summary>True when storage failed and the gateway has stopped itself.</summary>
    public bool HasFailed => Ingest.IsFaulted;

    /// <summary>Starts a gateway; it serves when this returns.</summary>
    /// <exception cref="InvalidOperationException">The folders cannot be used; the message says what to do.</exception>
    /// <exception cref="IOException">A port is in use.</exception>
    public static async Task<GatewayHost> StartAsync(GatewayOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (ring, key, token) = KeyFolder.Open(options.KeysFolder, options.DataFolder);
        Directory.CreateDirectory(options.DataFolder);
        var address = IPAddress.Parse(options.Address);
        var sntp = options.SntpPort < 0 ? null : new SntpResponder(address, options.SntpPort, options.Time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(options.LogJson ? LogLevel.Information : LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning);
        if (options.LogJson)
            builder.Logging.AddJsonConsole(static console => console.UseUtcTimestamp = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var link = new DeviceLink(options.Time);
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton<IMqttAuthenticator>(link);
        builder.Services.AddSingleton<IMqttTopicPolicy>(link);
        builder.Services.AddSingleton<IMqttPublishHandler>(link);
        builder.Services.AddMqttEndpoint();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, options.HttpPort);
            kestrel.Listen(address, options.MqttPort, listen =>
            {
                if (options.TlsCertificate is { } pem)
                    listen.UseHttps(X509Certificate2.CreateFromPemFile(pem));
                listen.UseMqtt();
            });
        });

        var app = builder.Build();
        var publisher = app.Services.GetRequiredService<IMqttPublisher>();
        var ingest = IngestService.Open(
            new IngestOptions { DataFolder = options.DataFolder, Keys = ring, GatewayKey = key, Provisioning = options.Provisioning, Time = options.Time, OrphanAfter = options.OrphanAfter },
            link,
            app.Services.GetRequiredService<ILogger<IngestService>>());
        link.Attach(ingest, publisher);
        var metrics = new MetricsText();
        var host = new GatewayHost(app, ingest, link, sntp, metrics, key, token);
        HttpApi.Map(app, ingest, link, publisher, metrics, token, () => host.Provisioning(options.Provisioning));
        ingest.Failed += _ => host.app.Lifetime.StopApplication();
        await app.StartAsync(cancel).ConfigureAwait(false);
        var ports = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static text => new Uri(text).Port).ToArray();
        host.HttpPort = ports[0];
        host.MqttPort = ports[1];
        host.loops.Add(host.UpkeepAsync(options.Time));
        if (options.ArchiveFolder is { } archive)
            host.loops.Add(host.ArchiveAsync(options, archive));
        return host;
    }

    /// <summary>Values for a provisioning file with the ports in use.</summary>
    public ProvisioningValues Provisioning(ProvisioningValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values with { GatewayPort = MqttPort, Sntp = SntpPort > 0 ? $"{values.GatewayHost}:{SntpPort}" : values.Sntp };
    }

    /// <summary>Newest status JSON that the recorder published; empty when none.</summary>
    public string StatusOf(DeviceId device) => link.Statuses.GetValueOrDefault(device, "");

    /// <summary>Waits until something asks the gateway to end (a signal, or a storage failure).</summary>
    public Task WaitForShutdownAsync(CancellationToken cancel = default) => app.WaitForShutdownAsync(cancel);

    /// <summary>Stops: connections first, then what waits is committed, then the files are closed. Safe to call twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopped)
            return;
        stopped = true;
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(loops).ConfigureAwait(false);
        await app.StopAsync().ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
        await Ingest.DisposeAsync().ConfigureAwait(false);
        if (sntp is not null)
            await sntp.DisposeAsync().ConfigureAwait(false);
        metrics.Dispose();
        key.Dispose();
        stop.Dispose();
    }

    private async Task UpkeepAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(upkeepEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
                await Ingest.TickAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task ArchiveAsync(GatewayOptions options, string folder)
    {
        var forwarder = new ArchiveForwarder(Ingest, new FolderArchive(options.DataFolder, folder), app.Services.GetRequiredService<ILogger<ArchiveForwarder>>());
        using var timer = new PeriodicTimer(options.ArchiveEvery, options.Time);
        try
        {
            do
            {
                while (!Ingest.IsFaulted && (await forwarder.RunOnceAsync(stop.Token).ConfigureAwait(false)).IsMoreDue)
                {
                    // A full round: more is due.
                }
            }
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }
}
