using System.Diagnostics.Metrics;
using System.Net;
using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Storage;
using BodyCam.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BodyCam.Gateway;

/// <summary>A running gateway: MQTT endpoint, ingest, archive forwarder, SNTP responder, HTTP.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    /// <summary>Sockets of the HTTP port; further ones are closed at once. Enough for a console, a scraper and technicians.</summary>
    private const int HttpConnectionsMax = 512;

    /// <summary>Sockets of the HTTP port from one address; a browser opens six.</summary>
    private const int HttpConnectionsPerAddressMax = 128;

    // Each waits for syncs most of the time, and syncs that wait together share the journal's writes.
    private const int StoreWorkers = 8;

    private static readonly TimeSpan upkeepEvery = TimeSpan.FromSeconds(2);

    private readonly WebApplication app;
    private readonly SntpResponder? sntp;
    private readonly MetricsText metrics;
    private readonly GatewayKey key;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> loops = [];
    private bool stopped;

    private readonly DeviceLink link;
    private readonly CustodyRoom custody;
    private CertificateAuthority? authority;
    private LinkTls? tls;
    private ServedFile? served;
    private KeyFolderLock? keysHeld;

    private GatewayHost(WebApplication app, IngestService ingest, CustodyRoom custody, DeviceLink link, SntpResponder? sntp, MetricsText metrics, GatewayKey key, string adminToken)
    {
        this.custody = custody;
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

    /// <summary>Where custody acts are done, for what the process itself does.</summary>
    public BodyCam.Custody.Acts.Office Office => custody.Office;

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

    /// <summary>Starts a gateway; it serves when this returns. When it throws, no port and no thread is left.</summary>
    /// <exception cref="InvalidOperationException">The folders or the certificate cannot be used; the message says what to do.</exception>
    /// <exception cref="IOException">A port is in use.</exception>
    public static async Task<GatewayHost> StartAsync(GatewayOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!IPAddress.TryParse(options.Address, out var address))
            throw new InvalidOperationException($"'{options.Address}' is no IP address: name one of this machine, or 0.0.0.0 for all, with --listen.");
        if (!options.Tls && !options.IsPlainAllowed && !IPAddress.IsLoopback(address))
            throw new InvalidOperationException($"Plain MQTT at {address} would show link keys and footage to whoever is on the way: use --tls, or ask for it with --plain.");
        StationFolders.AssertApart(options.DataFolder, options.KeysFolder, options.ArchiveFolder);
        // Before the keys folder is made: new keys beside a log that is gone would be another gateway's.
        if (!Directory.Exists(options.KeysFolder))
            AssertLog(options.DataFolder);
        KeyFolder.Make(options.KeysFolder, options.DataFolder);
        var keysHeld = KeyFolderLock.Acquire(options.KeysFolder);
        var metrics = new MetricsText();
        var link = new DeviceLink(options.Time, metrics);
        LinkTls? tls = null;
        SntpResponder? sntp = null;
        WebApplication? app = null;
        IngestService? ingest = null;
        CustodyRoom? custody = null;
        CertificateAuthority? authority = null;
        GatewayKey? key = null;
        try
        {
            tls = options.Tls ? new LinkTls(options, address, metrics) : null;
            AssertLog(options.DataFolder);
            (var ring, key, var token) = KeyFolder.Open(options.KeysFolder, options.DataFolder);
            // New keys are durable before a log is signed by them.
            new PosixDisk(options.KeysFolder).SyncEntry(KeyFolder.GatewayKeyFile);
            Directory.CreateDirectory(options.DataFolder);
            sntp = options.SntpPort < 0 ? null : new SntpResponder(address, options.SntpPort, options.Time);
            app = Build(options, address, tls, link, metrics, () => custody!.Services);
            var publisher = app.Services.GetRequiredService<IMqttPublisher>();
            // Before the log is opened, which may already write to it.
            if (OlderLog.WhyNotCut(options.DataFolder) is { } cut)
                throw new InvalidOperationException(cut);
            if (options.ArchiveFolder is { } folder && await ArchiveAhead.WhyAsync(options.DataFolder, folder, key.PublicKeyPem, cancel).ConfigureAwait(false) is { } why)
                throw new InvalidOperationException(why);
            if (OlderLog.WhyNotServed(options.DataFolder) is { } older)
                throw new InvalidOperationException(older);
            ingest = OpenIngest(options, ring, key, link, metrics, app.Services.GetRequiredService<ILogger<IngestService>>());
            authority = CertificateAuthority.Open(options.KeysFolder, options.Time, mayCreate: ingest.Catalog.Certificates().Count == 0);
            var log = app.Services.GetRequiredService<ILogger<GatewayHost>>();
            tls?.Attach(authority, ingest, log);
            link.Attach(ingest, publisher, tls, log);
            custody = CustodyRoom.Open(options, ingest, ring, key);
            await custody.NoteRulesAsync(cancel).ConfigureAwait(false);
            var host = new GatewayHost(app, ingest, custody, link, sntp, metrics, key, token) { authority = authority, tls = tls, served = new ServedFile(options.KeysFolder), keysHeld = keysHeld };
            HttpApi.Map(app, ingest, link, publisher, metrics, token, key, new BoardApi(ingest, authority, tls, custody.Office, publisher, () => host.Provisioning(options.Provisioning), options.Time));
            app.MapWebApi();
            // Taken now: a failure in the end itself comes when the services are gone.
            var lifetime = app.Lifetime;
            ingest.Failed += _ => lifetime.StopApplication();
            await app.StartAsync(cancel).ConfigureAwait(false);
            var ports = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static text => new Uri(text).Port).ToArray();
            host.HttpPort = ports[0];
            host.MqttPort = ports[1];
            host.served.Write(address, host.HttpPort);
            host.StartLoops(options);
            return host;
        }
        catch
        {
            if (app is not null)
                await app.DisposeAsync().ConfigureAwait(false);
            custody?.Dispose();
            if (ingest is not null)
                await ingest.DisposeAsync().ConfigureAwait(false);
            if (sntp is not null)
                await sntp.DisposeAsync().ConfigureAwait(false);
            link.Dispose();
            tls?.Dispose();
            metrics.Dispose();
            authority?.Dispose();
            key?.Dispose();
            keysHeld.Dispose();
            throw;
        }
    }

    /// <summary>Values for a provisioning file with the ports in use.</summary>
    public ProvisioningValues Provisioning(ProvisioningValues values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values with { GatewayPort = MqttPort, Tls = tls is not null, Sntp = SntpPort > 0 ? $"{values.GatewayHost}:{SntpPort}" : values.Sntp };
    }

    /// <summary>Newest status JSON that the recorder published; empty when none.</summary>
    public string StatusOf(DeviceId device) => link.Statuses.GetValueOrDefault(device, "");

    /// <summary>True while the recorder is connected.</summary>
    public bool IsConnected(DeviceId device) => app.Services.GetRequiredService<IMqttPublisher>().IsConnected(device.Text);

    /// <summary>Waits until something asks the gateway to end (a signal, or a storage failure).</summary>
    public Task WaitForShutdownAsync(CancellationToken cancel = default) => app.WaitForShutdownAsync(cancel);

    /// <summary>Stops: connections first, then what waits is committed, then the files are closed. Safe to call twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopped)
            return;
        stopped = true;
        try
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(loops).ConfigureAwait(false);
            await app.StopAsync().ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            // Whatever the way here: what waits is committed and the files are closed.
            custody.Dispose();
            await Ingest.DisposeAsync().ConfigureAwait(false);
            if (sntp is not null)
                await sntp.DisposeAsync().ConfigureAwait(false);
            metrics.Dispose();
            link.Dispose();
            tls?.Dispose();
            authority!.Dispose();
            served!.Remove();
            key.Dispose();
            keysHeld!.Dispose();
            stop.Dispose();
        }
    }

    private static WebApplication Build(GatewayOptions options, IPAddress address, LinkTls? tls, DeviceLink link, IMeterFactory meters, Func<WebServices> services)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "bodycam" });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(options.LogJson ? LogLevel.Information : LogLevel.Warning).AddFilter("Microsoft", LogLevel.Warning);
        if (options.LogJson)
            builder.Logging.AddJsonConsole(static console => console.UseUtcTimestamp = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton(meters);
        builder.Services.AddSingleton<IMqttAuthenticator>(link);
        builder.Services.AddSingleton<IMqttTopicPolicy>(link);
        builder.Services.AddSingleton<IMqttPublishHandler>(link);
        builder.Services.AddMqttEndpoint();
        builder.Services.AddWebApi(services);
        if (tls is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, options.HttpPort, static listen => new ConnectionLimits(HttpConnectionsMax, HttpConnectionsPerAddressMax).Guard(listen));
            kestrel.Listen(address, options.MqttPort, listen => listen.UseMqtt(tls?.Handshake()));
        });
        return builder.Build();
    }

    private static IngestService OpenIngest(GatewayOptions options, KeyRing ring, GatewayKey key, DeviceLink link, IMeterFactory meters, ILogger<IngestService> logger)
    {
        try
        {
            return IngestService.Open(
                new IngestOptions { DataFolder = options.DataFolder, Keys = ring, GatewayKey = key, EpochMarks = EpochMarks.Open(options.KeysFolder), Provisioning = options.Provisioning, Time = options.Time, OrphanAfter = options.OrphanAfter, ArchiveFolder = options.ArchiveFolder, StoreWorkers = StoreWorkers, Meters = meters }, link, logger);
        }
        catch (LogBrokenException failure) when (File.Exists(Path.Combine(options.KeysFolder, KeyFolder.NextKeyFile)))
        {
            throw new InvalidOperationException($"{failure.Message} A key rotation was broken off: run 'bodycam gateway rotate-key' again, it goes on where it was.", failure);
        }
        catch (LogBrokenException failure) when (FormerKey.FileOf(options.DataFolder, options.KeysFolder) is { } former)
        {
            throw new InvalidOperationException($"{failure.Message} {options.DataFolder}. {KeyFolder.GatewayKeyFile} in {options.KeysFolder} is the key from before a rotation, whose public half is {former}. {FormerKey.Remedy}", failure);
        }
        catch (SqliteException failure)
        {
            throw new InvalidOperationException(DatabaseWords.Of(Path.Combine(options.DataFolder, "catalog.db"), failure, DatabaseWords.Catalog), failure);
        }
    }

    private static void AssertLog(string data)
    {
        if (Directory.Exists(data))
            LostLog.AssertNone(data, new PosixDisk(data), new LogReader(Path.Combine(data, "log")));
    }

    private void StartLoops(GatewayOptions options)
    {
        var logger = app.Services.GetRequiredService<ILogger<GatewayHost>>();
        loops.Add(BackgroundLoop.RunAsync("upkeep", upkeepEvery, Ingest.TickAsync, options.Time, logger, stop.Token));
        loops.Add(BackgroundLoop.RunAsync("custody", options.IntakeEvery, custody.TickAsync, options.Time, logger, stop.Token));
        if (options.ArchiveFolder is not { } folder)
            return;
        var forwarder = new ArchiveForwarder(Ingest, new FolderArchive(options.DataFolder, folder, () => Ingest.HasArchived), app.Services.GetRequiredService<ILogger<ArchiveForwarder>>());
        loops.Add(BackgroundLoop.RunAsync(
            "archive",
            options.ArchiveEvery,
            async cancel =>
            {
                while (!Ingest.IsFaulted && (await forwarder.RunOnceAsync(cancel).ConfigureAwait(false)).IsMoreDue)
                {
                    // A full round: more is due.
                }
            },
            options.Time,
            logger,
            stop.Token));
    }
}
