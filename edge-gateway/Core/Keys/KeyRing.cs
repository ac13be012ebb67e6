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

    /// <summary>Steps of the ratchet between two remembered keys: what an earlier recording costs at most, about 1.3 ms.</summary>
    internal const uint StepsBetweenMarks = 1024;

    private readonly byte[] master = master.Length == 32 ? master : throw new ArgumentException("The master secret has 32 bytes: restore master.key from its backup.", nameof(master));
    private readonly Lock gate = new();
    private readonly Dictionary<(DeviceId Device, uint Epoch), Ratchet> ratchets = [];
    private readonly Queue<(DeviceId Device, uint Epoch)> oldestFirst = [];
    private long stepCount;

    /// <summary>Most epochs of which a ratchet is remembered; the one remembered longest gives way.</summary>
    internal int RememberedEpochsMax { get; init; } = 4096;

    /// <summary>Most marks over all epochs, 56 bytes each: above it the epoch remembered longest gives way, never the one in use.</summary>
    internal int RememberedMarksMax { get; init; } = 16_384;

    internal int RememberedEpochs => ratchets.Count;

    internal int RememberedMarks { get; private set; }

    /// <summary>Steps of all ratchets so far, about 1.3 µs each: what a stranger's number may cost is bounded in these.</summary>
    internal long StepCount => Interlocked.Read(ref stepCount);

    /// <summary>Key of MACs in receipts.</summary>
    public byte[] ReceiptKey(DeviceId device, uint epoch) => Derived(device, epoch, "receipt"u8);

    /// <summary>Key of MACs in missing, refusal and command.</summary>
    public byte[] CommandKey(DeviceId device, uint epoch) => Derived(device, epoch, "command"u8);

    /// <summary>Password of the link, as bytes.</summary>
    public byte[] LinkKey(DeviceId device, uint epoch) => Derived(device, epoch, "link"u8);

    /// <summary>Key under which secrets of accounts are sealed; 32 bytes, of no recorder.</summary>
    public byte[] AccountsKey() => HMACSHA256.HashData(master, "bodycam/v1/accounts"u8);

    /// <summary>Key of a recording; recording 0 is the journal chain.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Above <see cref="RecordingMax"/>.</exception>
    public byte[] RecordingKey(DeviceId device, uint epoch, uint recording)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recording, RecordingMax);
        if (recording == 0)
            return Derived(device, epoch, "journal"u8);
        var id = (device, epoch);
        Ratchet? ratchet;
        lock (gate)
        {
            if (!ratchets.TryGetValue(id, out ratchet))
            {
                ratchets[id] = ratchet = new Ratchet(Derived(device, epoch, "recording"u8));
                oldestFirst.Enqueue(id);
            }
        }

        var (key, steps, marks) = ratchet.At(recording);
        Interlocked.Add(ref stepCount, steps);
        Remember(id, ratchet, marks);
        return key;
    }

    /// <summary>True when the seal's MAC was made with the key of its recording.</summary>
    /// <param name="seal">Any seal.</param>
    /// <param name="recordingMax">Recordings above this are false without any work: before the MAC is known the number is anybody's.</param>
    public bool Authenticates(Seal seal, uint recordingMax = RecordingMax)
    {
        ArgumentNullException.ThrowIfNull(seal);
        if (seal.Key.Recording > Math.Min(recordingMax, RecordingMax))
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

    private void Remember((DeviceId Device, uint Epoch) id, Ratchet ratchet, int marks)
    {
        lock (gate)
        {
            if (ratchets.TryGetValue(id, out var known) && ReferenceEquals(known, ratchet) && marks > ratchet.CountedMarks)
            {
                RememberedMarks += marks - ratchet.CountedMarks;
                ratchet.CountedMarks = marks;
            }

            while (ratchets.Count > RememberedEpochsMax || (RememberedMarks > RememberedMarksMax && ratchets.Count > 1))
            {
                var oldest = oldestFirst.Dequeue();
                if (oldest == id && ratchets.Count > 1)
                {
                    oldestFirst.Enqueue(oldest);
                    continue;
                }

                RememberedMarks -= ratchets[oldest].CountedMarks;
                ratchets.Remove(oldest);
            }
        }
    }

    /// <summary>The keys of one epoch: the one reached last, and one mark every <see cref="StepsBetweenMarks"/> steps, so that recordings in order cost one step each and any earlier one at most a stretch.</summary>
    private sealed class Ratchet(byte[] first)
    {
        private readonly Lock gate = new();
        private readonly List<byte[]> marks = [first]; // key of recording 1 + index × StepsBetweenMarks
        private uint recording = 1;
        private byte[] key = first;

        /// <summary>Marks that the ring has counted; touched under its lock only.</summary>
        public int CountedMarks { get; set; }

        public (byte[] Key, long Steps, int Marks) At(uint wanted)
        {
            lock (gate)
            {
                var mark = Math.Min((int)((wanted - 1) / StepsBetweenMarks), marks.Count - 1);
                var marked = 1 + ((uint)mark * StepsBetweenMarks);
                if (wanted < recording || marked > recording)
                    (recording, key) = (marked, marks[mark]);
                var steps = wanted - recording;
                while (recording < wanted)
                {
                    key = HMACSHA256.HashData(key, "ratchet"u8);
                    recording++;
                    if (recording == 1 + ((uint)marks.Count * StepsBetweenMarks))
                        marks.Add(key);
                }

                return (key, steps, marks.Count - 1);
            }
        }
    }
}
