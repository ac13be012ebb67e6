using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Wires the endpoint into an ASP.NET Core host.</summary>
public static class MqttEndpointExtensions
{
    /// <summary>
    /// Registers the endpoint and <see cref="IMqttPublisher"/>. The application registers
    /// <see cref="IMqttAuthenticator"/>, <see cref="IMqttTopicPolicy"/> and <see cref="IMqttPublishHandler"/> as singletons.
    /// </summary>
    public static IServiceCollection AddMqttEndpoint(this IServiceCollection services, Action<MqttEndpointOptions>? configure = null)
    {
        var options = services.AddOptions<MqttEndpointOptions>()
            .Validate(o => o.TransportReadBufferBytes is null || o.TransportReadBufferBytes >= o.PacketBytesMax,
                "TransportReadBufferBytes is below PacketBytesMax; raise it or lower the packet limit.")
            .Validate(o => o.ReceiveMaximum > 0, "ReceiveMaximum is 0; set at least 1.");
        if (configure is not null)
            options.Configure(configure);
        services.AddOptions<SocketTransportOptions>().Configure<IOptions<MqttEndpointOptions>>((transport, mqtt) =>
        {
            transport.MaxReadBufferSize = mqtt.Value.TransportReadBufferBytes ?? transport.MaxReadBufferSize;
            // From the socket to the handler and back on one thread of the pool: two hops fewer for each message.
            transport.UnsafePreferInlineScheduling = true;
        });
        services.AddSingleton<IMemoryPoolFactory<byte>, ReceiveBlocks>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<MqttMetrics>();
        services.AddSingleton<MqttBroker>();
        services.AddSingleton<IMqttPublisher>(provider => provider.GetRequiredService<MqttBroker>());
        services.AddSingleton(provider => new MqttConnectionHandler(provider.GetRequiredService<MqttBroker>()));
        return services;
    }

    /// <summary>Serves MQTT on this listener. Sockets are counted and their deadline runs from the accept on, beneath TLS.</summary>
    /// <param name="listen">The listener.</param>
    /// <param name="https">TLS, or null for none; its handshake time-out becomes the connect deadline. No <c>UseHttps</c> beside it.</param>
    public static ListenOptions UseMqtt(this ListenOptions listen, HttpsConnectionAdapterOptions? https = null)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var broker = listen.ApplicationServices.GetRequiredService<MqttBroker>();
        if (https is not null)
            https.HandshakeTimeout = broker.Options.ConnectDeadline;
        return Serve(listen, broker, https is null ? null : () => listen.UseHttps(https));
    }

    /// <summary>The same with TLS that is decided for each connection.</summary>
    public static ListenOptions UseMqtt(this ListenOptions listen, TlsHandshakeCallbackOptions? tls)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var broker = listen.ApplicationServices.GetRequiredService<MqttBroker>();
        if (tls is not null)
            tls.HandshakeTimeout = broker.Options.ConnectDeadline;
        return Serve(listen, broker, tls is null ? null : () => listen.UseHttps(tls));
    }

    private static ListenOptions Serve(ListenOptions listen, MqttBroker broker, Action? secure)
    {
        listen.Use(next => connection => broker.AdmitAsync(connection, next));
        secure?.Invoke();
        listen.UseConnectionHandler<MqttConnectionHandler>();
        return listen;
    }
}
