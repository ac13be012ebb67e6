using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Recorder.Tests;

/// <summary>A real TLS server on loopback that takes the recorder's login and acknowledges what it sends, no more.</summary>
internal sealed class TlsStation : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly Task serving;
    private readonly List<SslProtocols> versions = [];
    private int accepted;
    private int logins;
    private TcpClient? newest;

    public TlsStation(X509Certificate2 certificate, SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13)
    {
        (Certificate, Protocols) = (certificate, protocols);
        listener.Start();
        serving = ServeAsync();
    }

    public X509Certificate2 Certificate { get; set; }

    public SslProtocols Protocols { get; set; }

    /// <summary>Real time that it takes over a login, as on a busy machine.</summary>
    public TimeSpan Late { get; init; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>TCP connections, whatever became of them.</summary>
    public int AcceptedCount => Volatile.Read(ref accepted);

    /// <summary>Logins that were answered.</summary>
    public int LoginCount => Volatile.Read(ref logins);

    /// <summary>Versions of the handshakes that succeeded.</summary>
    public IReadOnlyList<SslProtocols> Versions
    {
        get
        {
            lock (versions)
                return [.. versions];
        }
    }

    /// <summary>Breaks the connection off.</summary>
    public void Drop() => newest?.Close();

    public void Dispose()
    {
        over.Cancel();
        listener.Stop();
        newest?.Close();
        serving.GetAwaiter().GetResult();
        over.Dispose();
        Certificate.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(over.Token);
                newest = client;
                Interlocked.Increment(ref accepted);
                await TalkAsync(client);
            }
            catch (Exception failure) when (failure is IOException or AuthenticationException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A refused handshake or a link that broke is what some tests are about.
            }
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        await using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = Certificate,
            EnabledSslProtocols = Protocols,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        }, over.Token);
        lock (versions)
            versions.Add(stream.SslProtocol);
        var held = Array.Empty<byte>();
        var buffer = new byte[65_536];
        for (var count = await stream.ReadAsync(buffer, over.Token); count > 0; count = await stream.ReadAsync(buffer, over.Token))
        {
            var rest = new ReadOnlySequence<byte>([.. held, .. buffer.AsSpan(0, count)]);
            while (MqttFrame.TryRead(ref rest, 1 << 20, out var frame) == MqttDecodeOutcome.Complete)
                await stream.WriteAsync(Answer(frame), over.Token);
            held = rest.ToArray();
        }
    }

    private ReadOnlyMemory<byte> Answer(in MqttFrame frame)
    {
        var packet = new ArrayBufferWriter<byte>();
        switch (frame.Type)
        {
            case MqttPacketType.Connect:
                Thread.Sleep(Late);
                Interlocked.Increment(ref logins);
                MqttEncoder.WriteConnAck(packet, MqttProtocolVersion.V311, new MqttConnAck(false, MqttReasonCode.Success));
                break;
            case MqttPacketType.Subscribe:
                MqttDecoder.ReadSubscribe(frame, MqttProtocolVersion.V311, out var subscribe);
                MqttEncoder.WriteSubAck(packet, MqttProtocolVersion.V311, new MqttSubAck(MqttPacketType.SubAck, subscribe.PacketId, [(MqttReasonCode)1]));
                break;
            case MqttPacketType.PingReq:
                MqttEncoder.WritePing(packet, MqttPacketType.PingResp);
                break;
            case MqttPacketType.Publish:
                MqttDecoder.ReadPublish(frame, MqttProtocolVersion.V311, out var publish);
                if (publish.Qos == MqttQos.AtLeastOnce)
                    MqttEncoder.WriteAck(packet, MqttProtocolVersion.V311, new MqttAck(MqttPacketType.PubAck, publish.PacketId));
                break;
        }

        return packet.WrittenMemory;
    }
}
