namespace BodyCam.Accounts.Oidc;

/// <summary>States that were brought back: each counts once, also where the provider takes its code twice (RFC 6749 §10.12). Bounded; above it the one that ends first gives way, and then the provider's own single use of codes is what is left.</summary>
internal sealed class UsedStates(TimeProvider time)
{
    /// <summary>States remembered; an address uses at most 20 at once and one more each 30 s.</summary>
    public const int CountMax = 10_000;

    private readonly Lock gate = new();
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, long> byEnd = new();

    /// <summary>States remembered now.</summary>
    internal int Count => used.Count;

    /// <summary>Uses a state; false when it was used before.</summary>
    /// <param name="state">State of a ticket that holds.</param>
    /// <param name="expires">When its ticket ends, Unix seconds: from then on it need not be remembered.</param>
    public bool TryUse(string state, long expires)
    {
        lock (gate)
        {
            while (byEnd.TryPeek(out _, out var end) && end <= time.GetUtcNow().ToUnixTimeSeconds())
                used.Remove(byEnd.Dequeue());
            if (!used.Add(state))
                return false;
            if (used.Count > CountMax)
                used.Remove(byEnd.Dequeue());
            byEnd.Enqueue(state, expires);
            return true;
        }
    }
}
