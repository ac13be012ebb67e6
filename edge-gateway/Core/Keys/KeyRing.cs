using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core.Seals;

namespace BodyCam.Core.Keys;

/// <summary>Derives every key of a recorder and epoch from the master secret (protocol §6). Holds nothing that is not derived.</summary>
/// <param name="master">32 random bytes; kept outside the data folder.</param>
public sealed class KeyRing(byte[] master)
{
    /// <summary>Recording numbers above this are refused: the ratchet is walked from 1.</summary>
    public const uint RecordingMax = 1_000_000;

    private const int CachedEpochsMax = 4096;
    private readonly byte[] master = master.Length == 32 ? master : throw new ArgumentException("The master secret has 32 bytes: restore master.key from its backup.", nameof(master));
    private readonly ConcurrentDictionary<(DeviceId Device, uint Epoch), Ratchet> ratchets = new();

    /// <summary>Key of MACs in receipts.</summary>
    public byte[] ReceiptKey(DeviceId device, uint epoch) => Derived(device, epoch, "receipt"u8);

    /// <summary>Key of MACs in missing, refusal and command.</summary>
    public byte[] CommandKey(DeviceId device, uint epoch) => Derived(device, epoch, "command"u8);

    /// <summary>Password of the link, as bytes.</summary>
    public byte[] LinkKey(DeviceId device, uint epoch) => Derived(device, epoch, "link"u8);

    /// <summary>Key of a recording; recording 0 is the journal chain.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Above <see cref="RecordingMax"/>.</exception>
    public byte[] RecordingKey(DeviceId device, uint epoch, uint recording)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recording, RecordingMax);
        if (recording == 0)
            return Derived(device, epoch, "journal"u8);
        if (ratchets.Count > CachedEpochsMax)
            ratchets.Clear();
        return ratchets.GetOrAdd((device, epoch), static (id, ring) => new Ratchet(ring.Derived(id.Device, id.Epoch, "recording"u8)), this).At(recording);
    }

    /// <summary>True when the seal's MAC was made with the key of its recording.</summary>
    public bool Authenticates(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        if (seal.Key.Recording > RecordingMax)
            return false;
        Span<byte> mac = stackalloc byte[Digests.Bytes];
        HMACSHA256.HashData(RecordingKey(seal.Key.Device, seal.Key.Epoch, seal.Key.Recording), seal.SealDigest, mac);
        return CryptographicOperations.FixedTimeEquals(mac, seal.Mac);
    }

    private byte[] Derived(DeviceId device, uint epoch, ReadOnlySpan<byte> label)
    {
        var name = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/device/{device}/{epoch}"));
        return HMACSHA256.HashData(HMACSHA256.HashData(master, name), label);
    }

    /// <summary>Remembers the key reached last and the first, so that recordings in order cost one step each.</summary>
    private sealed class Ratchet
    {
        private readonly Lock gate = new();
        private readonly byte[] first;
        private uint recording = 1;
        private byte[] key;

        public Ratchet(byte[] first)
        {
            this.first = first;
            key = first;
        }

        public byte[] At(uint wanted)
        {
            lock (gate)
            {
                if (wanted < recording)
                {
                    recording = 1;
                    key = first;
                }

                for (; recording < wanted; recording++)
                    key = HMACSHA256.HashData(key, "ratchet"u8);
                return key;
            }
        }
    }
}
