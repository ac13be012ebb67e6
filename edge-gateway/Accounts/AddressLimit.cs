namespace BodyCam.Accounts;

/// <summary>Wrong attempts per address: at most <see cref="Burst"/>, one more each <see cref="Refill"/>. Bounded; the address seen longest ago gives way.</summary>
public sealed class AddressLimit(TimeProvider time)
{
    /// <summary>Wrong attempts at once.</summary>
    public const int Burst = 20;

    /// <summary>Addresses remembered.</summary>
    public const int AddressesMax = 10_000;

    /// <summary>Pause that gives one attempt back.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (double Tokens, DateTimeOffset At)> buckets = new(StringComparer.Ordinal);

    /// <summary>True while the address may try.</summary>
    public bool MayTry(string address)
    {
        lock (gate)
            return TokensNeedsLock(address) >= 1;
    }

    /// <summary>A wrong attempt.</summary>
    public void Failed(string address)
    {
        lock (gate)
        {
            var tokens = TokensNeedsLock(address);
            if (buckets.Count >= AddressesMax && !buckets.ContainsKey(address))
                buckets.Remove(buckets.MinBy(static pair => pair.Value.At).Key);
            buckets[address] = (Math.Max(0, tokens - 1), time.GetUtcNow());
        }
    }

    private double TokensNeedsLock(string address) =>
        buckets.TryGetValue(address, out var bucket) ? Math.Min(Burst, bucket.Tokens + ((time.GetUtcNow() - bucket.At) / Refill)) : Burst;
}
