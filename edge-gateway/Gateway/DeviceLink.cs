using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Gateway;

/// <summary>A recorder's topics, made once at login so that the hot path compares references or whole strings.</summary>
/// <param name="device">The recorder.</param>
/// <param name="epoch">The older one of the epochs that it came in with, by link key and certificate: once it is revoked, the session ends.</param>
internal sealed class DeviceTopics(DeviceId device, uint epoch)
{
    public DeviceId Device { get; } = device;

    public uint Epoch { get; } = epoch;

    public string Up { get; } = $"bodycam/v1/{device}/up";

    public string Event { get; } = $"bodycam/v1/{device}/event";

    public string Status { get; } = $"bodycam/v1/{device}/status";

    public string Live { get; } = $"bodycam/v1/{device}/live";

    public string Down { get; } = $"bodycam/v1/{device}/down";
}

/// <summary>Between MQTT and ingest: who may connect, which topics, and where a message goes (protocol §1).</summary>
internal sealed partial class DeviceLink : IMqttAuthenticator, IMqttTopicPolicy, IMqttPublishHandler, IDownlink, IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "BodyCam.Gateway";

    private const int StatusBytesMax = 2048;
    private readonly LoginFailures failures;
    private readonly ConcurrentDictionary<DeviceId, string> statuses = new();
    private readonly Meter meter;
    private readonly Counter<long> loginFailures;
    private IngestService? ingest;
    private IMqttPublisher? publisher;
    private LinkTls? tls;
    private ILogger logger = NullLogger.Instance;

    public DeviceLink(TimeProvider time, IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        Time = time;
        SelfTests = new SelfTests(time);
        failures = new LoginFailures(time);
        loginFailures = meter.CreateCounter<long>("bodycam_login_failures", description: "Logins refused for a wrong name or key");
    }

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Newest self-test of each recorder.</summary>
    public SelfTests SelfTests { get; }

    /// <summary>Newest status JSON of each recorder, at most 2 KiB each.</summary>
    public IReadOnlyDictionary<DeviceId, string> Statuses => statuses;

    /// <summary>Binds the link to what it serves.</summary>
    /// <param name="service">Ingest.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="secure">TLS of the port; null when it is plain.</param>
    /// <param name="log">Log.</param>
    public void Attach(IngestService service, IMqttPublisher endpoint, LinkTls? secure, ILogger log)
    {
        ingest = service;
        publisher = endpoint;
        tls = secure;
        logger = log;
        service.Revoked += device =>
        {
            Cut(device);
            // What a shut-out board said of itself is not signed for the one that comes after it.
            SelfTests.Forget(device);
        };
        // A login that was under way while its epoch was revoked: the session stands now, and is ended.
        endpoint.Connected += (_, connected) =>
        {
            var topics = (DeviceTopics)connected.Principal.Tag!;
            if (service.IsRevoked(topics.Device, topics.Epoch))
                Cut(topics.Device);
        };
    }

    public ValueTask<MqttAuthResult> AuthenticateAsync(MqttConnectInfo info, CancellationToken cancellationToken)
    {
        if (ingest is null)
            return ValueTask.FromResult(MqttAuthResult.Refused(MqttReasonCode.ServerUnavailable));
        // The key is looked at whatever came before: nobody keeps a recorder away by failing in its name.
        if (DeviceId.TryParse(info.ClientId, out var device) && string.Equals(info.UserName, info.ClientId, StringComparison.Ordinal)
            && ReadKey(info.Password) is { } key && ingest.EpochOfKey(device, key) is > 0 and var epoch)
        {
            if (tls is null)
                return Accepted(device, epoch);
            // The handshake has judged it; here it must be this recorder's, and still hold.
            var verdict = tls.Judge(info.ClientCertificate);
            var identity = default(RecorderIdentity);
            if (verdict == CertificateVerdict.Accepted && (!RecorderIdentity.TryRead(info.ClientCertificate!.SubjectName, out identity) || identity.Device != device))
                verdict = CertificateVerdict.OtherRecorder;
            if (verdict == CertificateVerdict.Accepted)
                return Accepted(device, Math.Min(epoch, identity.Epoch));
            tls.Refused(verdict, info.ClientCertificate, info.RemoteAddress);
        }

        loginFailures.Add(1);
        if (failures.Add(info.RemoteAddress))
            Log.Guessing(logger, info.RemoteAddress, LoginFailures.NoticeAfter);
        return ValueTask.FromResult(MqttAuthResult.Refused(MqttReasonCode.BadUserNameOrPassword));
    }

    public bool MayPublish(MqttPrincipal principal, string topic)
    {
        var topics = (DeviceTopics)principal.Tag!;
        return topic == topics.Up || topic == topics.Event || topic == topics.Status || topic == topics.Live;
    }

    public bool MaySubscribe(MqttPrincipal principal, string filter) => filter == ((DeviceTopics)principal.Tag!).Down;

    public async ValueTask<MqttPublishOutcome> HandleAsync(MqttPrincipal principal, string topic, ReadOnlySequence<byte> payload, MqttQos qos, bool retain, CancellationToken cancellationToken)
    {
        var topics = (DeviceTopics)principal.Tag!;
        if (topic == topics.Up)
        {
            await ingest!.HandleUpAsync(topics.Device, payload, cancellationToken).ConfigureAwait(false);
            return MqttPublishOutcome.AcceptedNoFanOut;
        }

        if (topic == topics.Status && payload.Length <= StatusBytesMax)
            statuses[topics.Device] = Encoding.UTF8.GetString(payload);
        else if (topic == topics.Event)
            SelfTests.Hear(topics.Device, payload);
        return MqttPublishOutcome.Accepted;
    }

    public void Send(DeviceId device, byte[] message) => publisher?.Publish($"bodycam/v1/{device}/down", message, MqttQos.AtLeastOnce);

    public void Dispose() => meter.Dispose();

    private static ValueTask<MqttAuthResult> Accepted(DeviceId device, uint epoch) =>
        ValueTask.FromResult(MqttAuthResult.Accepted(new MqttPrincipal(device.Text, device.Text, new DeviceTopics(device, epoch))));

    private void Cut(DeviceId device) => publisher?.DisconnectClient(device.Text, MqttReasonCode.AdministrativeAction, discardSession: true);

    private static byte[]? ReadKey(ReadOnlyMemory<byte>? password)
    {
        if (password is not { Length: 64 } hex)
            return null;
        try
        {
            return Convert.FromHexString(Encoding.ASCII.GetString(hex.Span));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Address} failed {Count} logins within a minute. A recorder with an old card or file: provision it anew; anything else: find out who it is.")]
        public static partial void Guessing(ILogger logger, System.Net.IPAddress address, int count);
    }
}
