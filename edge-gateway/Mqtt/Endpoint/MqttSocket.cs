using System.Net;
using Microsoft.AspNetCore.Connections;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>An accepted socket, from the accept on and beneath TLS: holds its place in the limits and the deadline until MQTT takes over.</summary>
internal sealed class MqttSocket(ConnectionContext connection, IPAddress address, TimeSpan deadline, ConnectionLimits limits)
{
    private int left;
    private volatile bool served;
    private volatile bool overdue;
    private volatile bool gaveWay;

    /// <summary>Address under which it is counted.</summary>
    public IPAddress Group { get; } = ConnectionLimits.GroupOf(address);

    /// <summary>Its place in the waiting room; null once it has logged in, left or given way. The room's lock guards it.</summary>
    public LinkedListNode<MqttSocket>? Place { get; set; }

    /// <summary>When CONNECT must be accepted: the TLS handshake runs within it.</summary>
    public TimeSpan Deadline => deadline;

    /// <summary>True when MQTT has taken over: then the connection keeps its own deadlines.</summary>
    public bool IsServed => served;

    /// <summary>Why it ended before MQTT took over, for the metric.</summary>
    public string EndReason => gaveWay ? "gave_way" : overdue ? "handshake_deadline" : "handshake_failed";

    public void Serve() => served = true;

    /// <summary>Cuts the socket when its handshake is overdue.</summary>
    public void CheckDeadline(TimeSpan now)
    {
        if (served || now < deadline)
            return;
        overdue = true;
        connection.Abort(new ConnectionAbortedException("The TLS handshake did not end in time."));
    }

    /// <summary>Cuts the socket in favour of another one; its place is free at once.</summary>
    public void GiveWay()
    {
        gaveWay = true;
        Leave();
        connection.Abort(new ConnectionAbortedException("A connection limit is reached, and this one has not logged in."));
    }

    /// <summary>Gives its place back; safe to call twice.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref left, 1) == 0)
            limits.Leave(address);
    }
}
