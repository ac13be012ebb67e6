using System.Net;
using System.Net.Sockets;

namespace BodyCam.Accounts;

/// <summary>Attempts per address: at most <see cref="Burst"/> at once, one more each <see cref="Refill"/>; a right one is given back. An IPv6 network of 64 bits counts as one address. Bounded; the address seen longest ago gives way.</summary>
public sealed class AddressLimit(TimeProvider time)
{
    /// <summary>Attempts at once.</summary>
    public const int Burst = 20;

    /// <summary>Addresses remembered.</summary>
    public const int AddressesMax = 10_000;

    /// <summary>Pause that gives one attempt back.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (double Tokens, DateTimeOffset At)> buckets = new(StringComparer.Ordinal);

    /// <summary>Addresses remembered now.</summary>
    internal int Count => buckets.Count;

    /// <summary>Takes one attempt before it is tried, so that attempts side by side are each counted; false when none is left.</summary>
    public bool TryTake(string address) => Move(address, -1);

    /// <summary>Gives the attempt back: it was a right one.</summary>
    public void GiveBack(string address) => Move(address, 1);

    private bool Move(string address, int by)
    {
        var (key, now) = (KeyOf(address), time.GetUtcNow());
        lock (gate)
        {
            // A clock set back takes nothing away.
            var tokens = buckets.TryGetValue(key, out var bucket) ? Math.Min(Burst, bucket.Tokens + (Math.Max(0, (now - bucket.At).Ticks) / (double)Refill.Ticks)) : Burst;
            if (tokens + by < 0)
                return false;
            if (buckets.Count >= AddressesMax && !buckets.ContainsKey(key))
                buckets.Remove(buckets.MinBy(static pair => pair.Value.At).Key);
            buckets[key] = (Math.Min(Burst, tokens + by), now);
            return true;
        }
    }

    private static string KeyOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
            return "";
        if (parsed.IsIPv4MappedToIPv6)
            parsed = parsed.MapToIPv4();
        return parsed.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(parsed.GetAddressBytes().AsSpan(0, 8)) : parsed.ToString();
    }
}
