using System.Collections.Concurrent;
using BodyCam.Catalog;
using BodyCam.Core;

namespace BodyCam.Ingest;

/// <summary>What the gateway knows of a recorder while it runs: epochs given, epoch in force, counter of messages down.</summary>
internal sealed class DeviceState(DeviceId device, DownCounter counter)
{
    private const int ReissuesPerSecondMax = 64;

    private readonly Dictionary<uint, string> certificates = [];
    private uint revokedUpTo;
    private (long Second, int Count) reissues;

    public DeviceId Device { get; } = device;

    /// <summary>Epochs given, rising.</summary>
    public List<uint> Epochs { get; } = [];

    /// <summary>The recorder's epoch as its last offer said; the newest given before that.</summary>
    public uint EpochInForce { get; set; }

    /// <summary>Refusals sent in the present second, and that second: more than 20 are not sent.</summary>
    public (long Second, int Count) Refusals { get; set; }

    /// <summary>True for at most 64 receipts a second that are issued again: each reads a segment whole. What gets no answer is offered again after 60 s.</summary>
    public bool MayReissue(long nowUs)
    {
        lock (Epochs)
        {
            var second = nowUs / 1_000_000;
            reissues = (second, reissues.Second == second ? reissues.Count + 1 : 1);
            return reissues.Count <= ReissuesPerSecondMax;
        }
    }

    public bool Knows(uint epoch)
    {
        lock (Epochs)
            return Epochs.Contains(epoch);
    }

    public uint NewestEpoch()
    {
        lock (Epochs)
            return Epochs.Count == 0 ? 0 : Epochs[^1];
    }

    /// <summary>SHA-256 of the certificate of an epoch, lower-case hex; null when none was issued.</summary>
    public string? CertificateOf(uint epoch)
    {
        lock (Epochs)
            return certificates.GetValueOrDefault(epoch);
    }

    public void AddCertificate(uint epoch, string sha256)
    {
        lock (Epochs)
            certificates[epoch] = sha256;
    }

    /// <summary>True when the epoch, or a later one, was revoked.</summary>
    public bool IsRevoked(uint epoch) => epoch <= Volatile.Read(ref revokedUpTo);

    public void RevokeUpTo(uint epoch)
    {
        lock (Epochs)
            Volatile.Write(ref revokedUpTo, Math.Max(revokedUpTo, epoch));
    }

    /// <summary>Held while a message with a counter is made and queued.</summary>
    public Lock Down { get; } = new();

    /// <summary>Rises with every call and across restarts (<see cref="DownCounter"/>).</summary>
    public ulong NextCounter(long nowUs) => counter.Next(nowUs);
}

/// <summary>All recorders that were provisioned here; made from the catalog at start.</summary>
internal sealed class DeviceRegistry
{
    private readonly ConcurrentDictionary<DeviceId, DeviceState> states = new();
    private readonly DownCounter counter;

    public DeviceRegistry(ICatalog catalog, DownCounter counter)
    {
        this.counter = counter;
        foreach (var row in catalog.Epochs())
            Add(row.Device, row.Epoch);
        foreach (var row in catalog.Certificates())
            Find(row.Device)?.AddCertificate(row.Epoch, row.Sha256);
        foreach (var row in catalog.Revocations())
            Find(row.Device)?.RevokeUpTo(row.Epoch);
    }

    public IEnumerable<DeviceState> All => states.Values.OrderBy(static state => state.Device.Text, StringComparer.Ordinal);

    public DeviceState? Find(DeviceId device) => states.GetValueOrDefault(device);

    public void Add(DeviceId device, uint epoch)
    {
        var state = states.GetOrAdd(device, id => new DeviceState(id, counter));
        lock (state.Epochs)
        {
            if (!state.Epochs.Contains(epoch))
                state.Epochs.Add(epoch);
            state.Epochs.Sort();
        }

        state.EpochInForce = state.NewestEpoch();
    }
}
