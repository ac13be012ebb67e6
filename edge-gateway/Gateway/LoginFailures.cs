using System.Net;
using BodyCam.Mqtt.Endpoint;

namespace BodyCam.Gateway;

/// <summary>Counts refused logins by remote address. It locks nobody out: a link key has 256 bits, and a lock-out by name or address would be a way to keep the true recorder away.</summary>
/// <param name="time">Clock of the window.</param>
internal sealed class LoginFailures(TimeProvider time)
{
    /// <summary>Addresses remembered; the one whose last failure is oldest gives way.</summary>
    public const int AddressesMax = 1024;

    /// <summary>Failures of one address in a window from which on it is named in the log.</summary>
    public const int NoticeAfter = 10;

    private static readonly TimeSpan window = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, LinkedListNode<Entry>> known = [];
    private readonly LinkedList<Entry> oldestFirst = [];

    /// <summary>Addresses remembered now.</summary>
    public int AddressCount
    {
        get
        {
            lock (gate)
                return known.Count;
        }
    }

    /// <summary>Counts one refused login.</summary>
    /// <returns>True when this address reaches <see cref="NoticeAfter"/> in its window: once in a window, so that a guesser does not fill the log.</returns>
    public bool Add(IPAddress address)
    {
        var group = ConnectionLimits.GroupOf(address);
        lock (gate)
        {
            if (!known.TryGetValue(group, out var node))
            {
                if (known.Count == AddressesMax)
                {
                    known.Remove(oldestFirst.First!.Value.Address);
                    oldestFirst.RemoveFirst();
                }

                known[group] = node = new LinkedListNode<Entry>(new Entry(group, time.GetTimestamp()));
            }
            else
            {
                oldestFirst.Remove(node);
            }

            oldestFirst.AddLast(node);
            var entry = node.Value;
            if (time.GetElapsedTime(entry.Since) >= window)
                (entry.Since, entry.Count) = (time.GetTimestamp(), 0);
            return ++entry.Count == NoticeAfter;
        }
    }

    private sealed class Entry(IPAddress address, long since)
    {
        public IPAddress Address { get; } = address;

        public long Since { get; set; } = since;

        public int Count { get; set; }
    }
}
