using System.Net;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Decides who a connection is. Implemented by the application; called once per CONNECT.</summary>
public interface IMqttAuthenticator
{
    /// <summary>Accepts with a principal or refuses with a reason.</summary>
    /// <param name="info">What the client presented; the client identifier is never empty.</param>
    /// <param name="cancellationToken">Cancelled when the connect deadline passes or the endpoint stops.</param>
    ValueTask<MqttAuthResult> AuthenticateAsync(MqttConnectInfo info, CancellationToken cancellationToken);
}

/// <summary>What a client presented in its CONNECT and below it.</summary>
/// <param name="ClientId">Client identifier, assigned by the endpoint when the client sent none.</param>
/// <param name="UserName">User name or null.</param>
/// <param name="Password">Password bytes or null; not to be logged.</param>
/// <param name="RemoteAddress">Address of the peer; None when the transport has none.</param>
/// <param name="ClientCertificate">Certificate of the TLS handshake or null.</param>
/// <param name="Version">Protocol version.</param>
/// <param name="ClientIdAssigned">True when the endpoint made up the identifier.</param>
public sealed record MqttConnectInfo(
    string ClientId,
    string? UserName,
    ReadOnlyMemory<byte>? Password,
    IPAddress RemoteAddress,
    X509Certificate2? ClientCertificate,
    MqttProtocolVersion Version,
    bool ClientIdAssigned);

/// <summary>An authenticated client.</summary>
/// <param name="Name">Stable name of the identity; a kept session is resumed only by the same name.</param>
/// <param name="ClientId">Client identifier of the connection.</param>
/// <param name="Tag">Whatever the authenticator wants the other ports to see again, for instance its device record.</param>
public sealed record MqttPrincipal(string Name, string ClientId, object? Tag = null);

/// <summary>Answer of the authenticator.</summary>
public readonly record struct MqttAuthResult
{
    private MqttAuthResult(MqttPrincipal? principal, MqttReasonCode reason) => (Principal, Reason) = (principal, reason);

    /// <summary>The principal, or null when refused.</summary>
    public MqttPrincipal? Principal { get; }

    /// <summary>Success, or why not.</summary>
    public MqttReasonCode Reason { get; }

    /// <summary>Lets the client in as <paramref name="principal"/>.</summary>
    public static MqttAuthResult Accepted(MqttPrincipal principal) => new(principal, MqttReasonCode.Success);

    /// <summary>Refuses; 3.1.1 clients get the nearest return code.</summary>
    /// <param name="reason">A failure code that CONNACK may carry.</param>
    public static MqttAuthResult Refused(MqttReasonCode reason = MqttReasonCode.NotAuthorized) => new(principal: null, reason);
}
