using System.Buffers;
using System.Security.Cryptography;
using BodyCam.Mqtt.Codec;
using Microsoft.AspNetCore.Http.Features;

namespace BodyCam.Mqtt.Endpoint;

internal sealed partial class MqttConnection
{
    private async ValueTask<MqttReasonCode> HandleConnectAsync(MqttFrame frame)
    {
        var outcome = MqttDecoder.ReadConnect(frame, out var connect);
        if (outcome == MqttDecodeOutcome.UnsupportedProtocolVersion)
            MqttEncoder.WriteConnAck(output.Acks, MqttProtocolVersion.V311, new(SessionPresent: false, outcome.ToReasonCode()));
        if (outcome != MqttDecodeOutcome.Complete)
            return outcome.ToReasonCode();

        version = connect.Version;
        var asked = connect.Properties;
        peerPacketBytesMax = asked?.MaximumPacketBytes;
        if (asked?.AuthenticationMethod is not null)
            return RefuseConnect(MqttReasonCode.BadAuthenticationMethod);
        bool assigned = connect.ClientId.Length == 0;
        if (assigned && version == MqttProtocolVersion.V311 && !connect.CleanStart)
            return RefuseConnect(MqttReasonCode.ClientIdentifierNotValid); // [MQTT-3.1.3-8]
        string clientId = assigned ? "auto-" + RandomNumberGenerator.GetHexString(20, lowercase: true) : connect.ClientId;

        var info = new MqttConnectInfo(
            clientId,
            connect.UserName,
            connect.Password is null ? null : connect.Password.AsMemory(),
            RemoteAddress,
            context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate,
            version,
            assigned);
        var answer = await broker.Authenticator.AuthenticateAsync(info, closing.Token);
        if (answer.Principal is null)
            return RefuseConnect(answer.Reason);
        principal = answer.Principal with { ClientId = clientId };
        if (connect.Will is { } wish && !MayPublish(wish.Topic))
            return RefuseConnect(MqttReasonCode.NotAuthorized);

        var keepAlive = TimeSpan.FromSeconds(connect.KeepAliveS);
        bool cut = keepAlive == TimeSpan.Zero || keepAlive > broker.Options.KeepAliveMax;
        var granted = version == MqttProtocolVersion.V500 ? Granted(asked, assigned ? clientId : null, cut) : null;
        if (!FitsPeer(new MqttConnAck(SessionPresent: false, MqttReasonCode.Success, granted)))
            return MqttReasonCode.PacketTooLarge;

        int window = Math.Min(broker.Options.ReceiveMaximum, asked?.ReceiveMaximum ?? ushort.MaxValue);
        var attached = await broker.AttachAsync(this, connect, principal, window, closing.Token);
        if (attached.Session is null)
            return RefuseConnect(attached.Reason);
        session = attached.Session;
        if (!attached.Present)
            session.InboundExactlyOnce.Clear();
        will = connect.Will;
        allowsExpiryChange = asked?.SessionExpiryIntervalS is > 0;

        idleMax = (cut ? broker.Options.KeepAliveMax : keepAlive) * 1.5; // [MQTT-3.1.2-22]
        Volatile.Write(ref deadlineTicks, (broker.Now + idleMax).Ticks);
        MqttEncoder.WriteConnAck(output.Acks, version, new(attached.Present, MqttReasonCode.Success, granted));
        connected = true;
        if (socket is not null)
            broker.LoggedIn(socket);
        if (!await output.FlushAcksAsync(closing.Token))
            return MqttReasonCode.UnspecifiedError;
        broker.Metrics.ConnectAccepted();
        broker.RaiseConnected(new MqttConnectionEventArgs(principal, MqttReasonCode.Success, attached.Present));
        writer = Task.Run(WriteMessagesAsync);
        WakeWriter();
        return MqttReasonCode.Success;
    }

    private MqttReasonCode RefuseConnect(MqttReasonCode reason)
    {
        if (!MqttReasonCodes.IsAllowed(MqttPacketType.ConnAck, reason) || reason == MqttReasonCode.Success)
            reason = MqttReasonCode.UnspecifiedError;
        var connAck = new MqttConnAck(SessionPresent: false, reason);
        if (FitsPeer(connAck))
            MqttEncoder.WriteConnAck(output.Acks, version, connAck);
        return reason;
    }

    // [MQTT-3.1.2-24]: a client that does not take its CONNACK is closed without one. What is sent later is smaller, or measured too.
    private bool FitsPeer(MqttConnAck connAck)
    {
        if (peerPacketBytesMax is not { } bytesMax)
            return true;
        var measured = new ArrayBufferWriter<byte>();
        MqttEncoder.WriteConnAck(measured, version, connAck);
        return measured.WrittenCount <= bytesMax;
    }

    private MqttProperties Granted(MqttProperties? asked, string? assignedClientId, bool keepAliveCut)
    {
        uint askedExpiryS = asked?.SessionExpiryIntervalS ?? 0;
        uint grantedExpiryS = (uint)Math.Min(askedExpiryS, broker.Options.SessionExpiryMax.TotalSeconds);
        return new MqttProperties
        {
            SessionExpiryIntervalS = grantedExpiryS == askedExpiryS ? null : grantedExpiryS,
            AssignedClientIdentifier = assignedClientId,
            ServerKeepAliveS = keepAliveCut ? (ushort)Math.Min(broker.Options.KeepAliveMax.TotalSeconds, ushort.MaxValue) : null,
            ReceiveMaximum = broker.Options.ReceiveMaximum,
            TopicAliasMaximum = 0,
            MaximumPacketBytes = (uint)broker.Options.PacketBytesMax,
            SharedSubscriptionAvailable = 0,
        };
    }

    private MqttReasonCode HandleDisconnect(in MqttFrame frame)
    {
        var outcome = MqttDecoder.ReadClosing(frame, version, out var closingPacket);
        if (outcome != MqttDecodeOutcome.Complete)
            return outcome.ToReasonCode();
        if (closingPacket.Properties?.SessionExpiryIntervalS is { } expiryS)
        {
            if (expiryS > 0 && !allowsExpiryChange)
                return MqttReasonCode.ProtocolError; // Section 3.14.2.2.2.
            session!.Expiry = TimeSpan.FromSeconds(Math.Min(expiryS, broker.Options.SessionExpiryMax.TotalSeconds));
        }

        if (closingPacket.Properties?.ServerReference is not null)
            return MqttReasonCode.ProtocolError;
        peerDisconnected = true;
        if (closingPacket.Reason == MqttReasonCode.Success)
            will = null; // [MQTT-3.14.4-3]
        return MqttReasonCode.Success;
    }
}
