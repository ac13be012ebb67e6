using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BodyCam.Mqtt.Tests.Endpoint;

/// <summary>The endpoint in a real Kestrel on a free loopback port, with virtual time unless told otherwise.</summary>
internal sealed class EndpointHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));

    private EndpointHost(WebApplication app, TestPorts ports, ManualTimeProvider time)
    {
        (this.app, Ports, Time) = (app, ports, time);
        Publisher = app.Services.GetRequiredService<IMqttPublisher>();
        Publisher.Disconnected += (_, args) => closed.Writer.TryWrite(args);
    }

    private readonly Channel<MqttConnectionEventArgs> closed = Channel.CreateUnbounded<MqttConnectionEventArgs>();

    public TestPorts Ports { get; }

    public ManualTimeProvider Time { get; }

    public IMqttPublisher Publisher { get; }

    public int Port { get; private set; }

    /// <summary>Bounds every wait of a test in real time, so that a fault shows as a failure and not as a hang.</summary>
    public CancellationToken Patience => deadline.Token;

    public ValueTask<MqttConnectionEventArgs> NextClosedAsync() => closed.Reader.ReadAsync(Patience);

    public static async Task<EndpointHost> StartAsync(
        Action<MqttEndpointOptions>? configure = null, X509Certificate2? serverCertificate = null, bool realTime = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var ports = new TestPorts();
        var time = new ManualTimeProvider();
        builder.Services.AddSingleton<IMqttAuthenticator>(ports);
        builder.Services.AddSingleton<IMqttTopicPolicy>(ports);
        builder.Services.AddSingleton<IMqttPublishHandler>(ports);
        builder.Services.AddSingleton<TimeProvider>(realTime ? TimeProvider.System : time);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddMqttEndpoint(configure);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseMqtt(serverCertificate is null ? null : new HttpsConnectionAdapterOptions
            {
                ServerCertificate = serverCertificate,
                ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (_, _, _) => true,
            });
        }));
        if (serverCertificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new EndpointHost(app, ports, time) { Port = new Uri(address).Port };
    }

    public async Task<Stream> OpenAsync(bool tls = false, X509Certificate2? clientCertificate = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port, Patience);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        return tls ? await SecureAsync(stream, clientCertificate) : stream;
    }

    /// <summary>Runs the client's side of a TLS handshake.</summary>
    public async Task<Stream> SecureAsync(Stream stream, X509Certificate2? clientCertificate = null)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
            ClientCertificates = clientCertificate is null ? null : [clientCertificate],
        }, Patience);
        return secure;
    }

    /// <summary>Opens a socket and connects with success.</summary>
    public async Task<MqttClientConnection> ConnectAsync(
        string clientId,
        MqttProtocolVersion version = MqttProtocolVersion.V500,
        bool cleanStart = true,
        MqttWill? will = null,
        ushort keepAliveS = 0,
        MqttProperties? properties = null)
    {
        var client = new MqttClientConnection(await OpenAsync(), version);
        var answer = await client.ConnectAsync(
            new MqttConnect
            {
                Version = version,
                ClientId = clientId,
                CleanStart = cleanStart,
                Will = will,
                KeepAliveS = keepAliveS,
                Properties = properties,
            },
            Patience);
        Assert.Equal(MqttReasonCode.Success, answer.Reason);
        return client;
    }

    /// <summary>Waits until so many sockets are counted, served or not.</summary>
    public Task AdmittedAsync(int count) => UntilAsync(broker => broker.SocketCount == count);

    /// <summary>Waits until so many connections have come through TLS to MQTT.</summary>
    public Task ServedAsync(int count) => UntilAsync(broker => broker.ServedCount == count);

    /// <summary>Waits until no socket is counted any more.</summary>
    public Task EmptyAsync() => AdmittedAsync(0);

    /// <summary>Waits until every connection has answered what it received and reads again.</summary>
    public Task IdleAsync() => UntilAsync(static broker => broker.AllIdle);

    /// <summary>Waits until a peer has asked for a subscription and the endpoint is done with it.</summary>
    public async Task SubscribedAsync()
    {
        await Ports.Subscribing.ReadAsync(Patience);
        await IdleAsync();
    }

    /// <summary>Shuts the endpoint down as a service manager would.</summary>
    public Task StopAsync() => app.StopAsync(Patience);

    private async Task UntilAsync(Func<MqttBroker, bool> holds)
    {
        var broker = app.Services.GetRequiredService<MqttBroker>();
        while (!holds(broker))
        {
            Patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        deadline.Dispose();
    }
}
