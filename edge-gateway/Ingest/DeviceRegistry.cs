using System.Collections.Concurrent;
using BodyCam.Catalog;
using BodyCam.Core;

namespace BodyCam.Ingest;

/// <summary>What the gateway knows of a recorder while it runs: epochs given, epoch in force, counter of messages down.</summary>
internal sealed class DeviceState(DeviceId device)
{
    private readonly Dictionary<uint, string> certificates = [];
    private ulong counter;
    private uint revokedUpTo;

    public DeviceId Device { get; } = device;

    /// <summary>Epochs given, rising.</summary>
    public List<uint> Epochs { get; } = [];

    /// <summary>The recorder's epoch as its last offer said; the newest given before that.</summary>
    public uint EpochInForce { get; set; }

    /// <summary>Refusals sent in the present second, and that second: more than 20 are not sent.</summary>
    public (long Second, int Count) Refusals { get; set; }

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

    /// <summary>Rises with every call and across restarts: gateway-wall µs, or the last one + 1.</summary>
    public ulong NextCounter(long nowUs)
    {
        lock (Epochs)
        {
            counter = Math.Max((ulong)nowUs, counter + 1);
            return counter;
        }
    }
}

/// <summary>All recorders that were provisioned here; made from the catalog at start.</summary>
internal sealed class DeviceRegistry
{
    private readonly ConcurrentDictionary<DeviceId, DeviceState> states = new();

    public DeviceRegistry(ICatalog catalog)
    {
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
        var state = states.GetOrAdd(device, static id => new DeviceState(id));
        lock (state.Epochs)
        {
            if (!state.Epochs.Contains(epoch))
                state.Epochs.Add(epoch);
            state.Epochs.Sort();
        }

        state.EpochInForce = state.NewestEpoch();
    }
}
