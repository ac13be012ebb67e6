using System.Net;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>
/// Sockets that have not logged in, by address and in the order in which they came. When a connection limit is reached, one of them
/// gives way to the newcomer, so that silent sockets keep nobody out. Safe from any thread.
/// </summary>
internal sealed class MqttWaitingRoom
{
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, LinkedList<MqttSocket>> byAddress = [];

    public void Add(MqttSocket socket)
    {
        lock (gate)
        {
            if (!byAddress.TryGetValue(socket.Group, out var here))
                byAddress[socket.Group] = here = [];
            socket.Place = here.AddLast(socket);
        }
    }

    /// <summary>The socket has logged in or is closed; safe to call twice.</summary>
    public void Remove(MqttSocket socket)
    {
        lock (gate)
            RemoveNeedsLock(socket);
    }

    /// <summary>Cuts the oldest socket of this address, or, without one, of the address that has the most: one that waits alone is the last to go.</summary>
    /// <param name="group">Address as <see cref="ConnectionLimits.GroupOf"/> gives it; null for any.</param>
    /// <returns>False when nobody waits there. On true its place is free.</returns>
    public bool TryGiveWay(IPAddress? group)
    {
        MqttSocket oldest;
        lock (gate)
        {
            var here = group is null ? byAddress.Values.MaxBy(static waiting => waiting.Count) : byAddress.GetValueOrDefault(group);
            if (here?.First is not { } first)
                return false;
            oldest = first.Value;
            RemoveNeedsLock(oldest);
        }

        oldest.GiveWay();
        return true;
    }

    private void RemoveNeedsLock(MqttSocket socket)
    {
        if (socket.Place is not { } place)
            return;
        socket.Place = null;
        var here = byAddress[socket.Group];
        here.Remove(place);
        if (here.Count == 0)
            byAddress.Remove(socket.Group);
    }
}
