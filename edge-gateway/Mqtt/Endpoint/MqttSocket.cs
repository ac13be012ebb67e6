using System.Net;
using Microsoft.AspNetCore.Connections;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>An accepted socket, from the accept on and beneath TLS: holds its place in the limits and the deadline until MQTT takes over.</summary>
internal sealed class MqttSocket(ConnectionContext connection, IPAddress address, TimeSpan deadline, ConnectionLimits limits)
{
    private int left;
    private volatile bool served;
    private volatile bool overdue;

    /// <summary>When CONNECT must be accepted: the TLS handshake runs within it.</summary>
    public TimeSpan Deadline => deadline;

    /// <summary>True when MQTT has taken over: then the connection keeps its own deadlines.</summary>
    public bool IsServed => served;

    /// <summary>True when the handshake did not come to its end in time.</summary>
    public bool IsOverdue => overdue;

    public void Serve() => served = true;

    /// <summary>Cuts the socket when its handshake is overdue.</summary>
    public void CheckDeadline(TimeSpan now)
    {
        if (served || now < deadline)
            return;
        overdue = true;
        connection.Abort(new ConnectionAbortedException("The TLS handshake did not end in time."));
    }

    /// <summary>Gives its place back; safe to call twice.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref left, 1) == 0)
            limits.Leave(address);
    }
}
