using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BodyCam.Mqtt.Endpoint;

/// <summary>Counts the open sockets of a listener, in total and by remote address, from the accept on: before TLS, before any byte is read.</summary>
/// <param name="connectionsMax">Sockets at one time.</param>
/// <param name="perAddressMax">Sockets at one time from one address; of IPv6 from one /64, which one host has to itself.</param>
public sealed class ConnectionLimits(int connectionsMax, int perAddressMax)
{
    private const int PrefixBytes = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> perAddress = [];
    private int count;

    /// <summary>Under which address a peer is counted: IPv4 (mapped ones too) as it is, IPv6 by its /64.</summary>
    public static IPAddress GroupOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(PrefixBytes).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Counts a socket in; false when a limit is reached.</summary>
    public bool TryEnter(IPAddress address)
    {
        var group = GroupOf(address);
        lock (gate)
        {
            perAddress.TryGetValue(group, out var here);
            if (count >= connectionsMax || here >= perAddressMax)
                return false;
            perAddress[group] = here + 1;
            count++;
            return true;
        }
    }

    /// <summary>True when this address has as many sockets as one may have.</summary>
    public bool IsFull(IPAddress address)
    {
        lock (gate)
            return perAddress.GetValueOrDefault(GroupOf(address)) >= perAddressMax;
    }

    /// <summary>Counts a socket out that was counted in.</summary>
    public void Leave(IPAddress address)
    {
        var group = GroupOf(address);
        lock (gate)
        {
            count--;
            if (--perAddress[group] == 0)
                perAddress.Remove(group);
        }
    }

    /// <summary>Closes sockets above the limits of this listener at once; to be put before <c>UseHttps</c>.</summary>
    public void Guard(ListenOptions listen)
    {
        ArgumentNullException.ThrowIfNull(listen);
        listen.Use(next => async connection =>
        {
            var address = AddressOf(connection);
            if (!TryEnter(address))
                return;
            try
            {
                await next(connection);
            }
            finally
            {
                Leave(address);
            }
        });
    }

    internal static IPAddress AddressOf(ConnectionContext connection) => (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
}
