using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace BodyCam.Gateway;

/// <summary>By which names and addresses a gateway is reached: they stand in the certificate of its MQTT port.</summary>
internal static class ServerNames
{
    /// <summary>What recorders are told, what is listened on (all of this machine's addresses and its name when that is everything), and what was named besides; without repeats.</summary>
    /// <exception cref="InvalidOperationException">A name is neither a host name nor an address; the message says what to do.</exception>
    public static IReadOnlyList<string> Of(GatewayOptions options, IPAddress listened)
    {
        var names = new List<string> { options.Provisioning.GatewayHost };
        if (listened.Equals(IPAddress.Any) || listened.Equals(IPAddress.IPv6Any))
            names.AddRange([Dns.GetHostName(), .. OwnAddresses().Select(static address => address.ToString())]);
        else
            names.Add(listened.ToString());
        if (IPAddress.IsLoopback(listened))
            names.Add("localhost");
        names.AddRange(options.TlsNames);
        names.RemoveAll(static name => IPAddress.TryParse(name, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));
        if (names.Find(static name => Uri.CheckHostName(name) is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6)) is { } bad)
            throw new InvalidOperationException($"'{bad}' is no host name and no address: name with --host and --tls-name how recorders reach this gateway.");
        return [.. names.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Addresses of this machine's interfaces that are up, without link-local ones.</summary>
    public static IEnumerable<IPAddress> OwnAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(static face => face.OperationalStatus == OperationalStatus.Up || face.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(static face => face.GetIPProperties().UnicastAddresses)
            .Select(static unicast => unicast.Address)
            .Where(static address => address.AddressFamily == AddressFamily.InterNetwork || (address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal));
}
