using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Bench.Growth;

/// <summary>One arrival.</summary>
/// <param name="Seal">Its seal; chains hold, MACs are none.</param>
/// <param name="Announces">Recording that it announces; 0 for none.</param>
/// <param name="Manifest">First and last recording of the shift manifest that it is; zeros for none.</param>
/// <param name="NewEpoch">True when its epoch is given just before it.</param>
internal readonly record struct Arrival(Seal Seal, uint Announces, (uint First, uint Last) Manifest, bool NewEpoch);

/// <summary>What many recorders send, as a station sees it: seeded, endless, chains and numbers as real ones make them; 10 s a segment.</summary>
internal sealed class GrowthTraffic
{
    /// <summary>Footage segments of a recording: six minutes.</summary>
    public const uint SegmentsPerRecording = 36;

    private const uint RecordingsPerShift = 20;
    private const uint RecordingsPerEpoch = 400;
    private const uint JournalEverySegments = 60;
    private const int LostOneIn = 5000;

    private readonly Walker[] walkers;
    private readonly Random random;
    private readonly byte[] raw = new byte[Seal.Bytes];

    public GrowthTraffic(int recorders, int seed)
    {
        random = new Random(seed);
        walkers = [.. Enumerable.Range(1, recorders).Select(static number => new Walker(DeviceId.Parse(string.Create(CultureInfo.InvariantCulture, $"bc-{number:D4}"))))];
    }

    /// <summary>Segments so far.</summary>
    public long Count { get; private set; }

    public IEnumerable<DeviceId> Devices => walkers.Select(static walker => walker.Device);

    /// <summary>The next arrival, of a recorder by chance. A few footage segments never arrive.</summary>
    public Arrival Next()
    {
        while (true)
        {
            var arrival = Made();
            if (arrival.Seal.Kind == SegmentKind.Footage && random.Next(LostOneIn) == 0)
                continue;
            Count++;
            return arrival;
        }
    }

    /// <summary>A footage segment that arrived, by chance over the whole history; null while its recorder has none.</summary>
    public SegmentKey? Past(Random chance)
    {
        var walker = walkers[chance.Next(walkers.Length)];
        if (walker.Epoch == 0)
            return null;
        var epoch = (uint)chance.Next(1, (int)walker.Epoch + 1);
        var whole = epoch < walker.Epoch ? RecordingsPerEpoch : walker.Segment == SegmentsPerRecording ? walker.Recording : walker.Recording - 1;
        return whole == 0 || whole == uint.MaxValue ? null : new SegmentKey(walker.Device, epoch, (uint)chance.Next(1, (int)whole + 1), (uint)chance.Next(1, (int)SegmentsPerRecording + 1));
    }

    /// <summary>Recorder and epoch in force, by chance.</summary>
    public (DeviceId Device, uint Epoch) Present(Random chance)
    {
        var walker = walkers[chance.Next(walkers.Length)];
        return (walker.Device, Math.Max(1, walker.Epoch));
    }

    private Arrival Made()
    {
        var walker = walkers[random.Next(walkers.Length)];
        var newEpoch = walker.Epoch == 0 || (walker.Recording == RecordingsPerEpoch && walker.Segment == SegmentsPerRecording && !walker.OwesManifest);
        if (newEpoch)
            walker.NextEpoch();
        if (walker.OwesManifest)
        {
            walker.OwesManifest = false;
            return new Arrival(Make(walker, SegmentKind.Manifest, 0, ++walker.Journal, final: false), 0, (walker.Recording - RecordingsPerShift + 1, walker.Recording), newEpoch);
        }

        if (walker.Segment == SegmentsPerRecording && walker.Announced == walker.Recording)
        {
            walker.Announced++;
            return new Arrival(Make(walker, SegmentKind.Announcement, 0, ++walker.Journal, final: false), walker.Announced, default, newEpoch);
        }

        if (walker.Segment == SegmentsPerRecording)
        {
            walker.Recording++;
            walker.Segment = 0;
        }
        else if (++walker.SinceJournal >= JournalEverySegments)
        {
            walker.SinceJournal = 0;
            return new Arrival(Make(walker, SegmentKind.Journal, 0, ++walker.Journal, final: false), 0, default, newEpoch);
        }

        walker.Segment++;
        var final = walker.Segment == SegmentsPerRecording;
        walker.OwesManifest = final && walker.Recording % RecordingsPerShift == 0;
        return new Arrival(Make(walker, SegmentKind.Footage, walker.Recording, walker.Segment, final), 0, default, newEpoch);
    }

    private Seal Make(Walker walker, SegmentKind kind, uint recording, uint segment, bool final)
    {
        Array.Clear(raw);
        "BCS1"u8.CopyTo(raw);
        (raw[4], raw[5], raw[6], raw[7]) = (1, (byte)kind, (byte)(final ? SealFlags.Final : SealFlags.None), (byte)(final ? StopReason.ActivityEnded : StopReason.None));
        System.Text.Encoding.ASCII.GetBytes(walker.Device.Text, raw.AsSpan(8));
        var footage = recording > 0;
        var bytes = footage ? 600_000u + (uint)random.Next(400_000) : 2_000u;
        U32(40, walker.Epoch);
        U32(44, recording);
        U32(48, segment);
        U32(52, footage ? ((recording - 1) / 4) + 1 : 0);
        U32(56, 4096);
        U32(60, (bytes + 4095) / 4096);
        U64(64, bytes);
        U64(72, bytes);
        U64(88, walker.ClockUs);
        U64(96, walker.ClockUs + 10_000_000);
        U64(104, 1_790_000_000_000_000 + walker.ClockUs);
        U64(112, 1_790_000_010_000_000 + walker.ClockUs);
        U32(136, 1);
        raw[140] = 2;
        U32(144, footage ? 100u : 0);
        U32(148, final ? segment : 0);
        walker.HeadOf(footage).CopyTo(raw, 224);
        SHA256.HashData(raw.AsSpan(0, Seal.DigestedBytes), raw.AsSpan(288, 32));
        raw.AsSpan(288, 32).CopyTo(walker.HeadOf(footage));
        if (footage)
            walker.ClockUs += 10_000_000;
        return Seal.TryParse(raw, out var seal) == RefusalReason.None ? seal! : throw new InvalidOperationException("The traffic made a seal that contradicts itself.");
    }

    private void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(offset), value);

    private void U64(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(raw.AsSpan(offset), value);

    private sealed class Walker(DeviceId device)
    {
        private readonly byte[] footageHead = new byte[32];
        private readonly byte[] journalHead = new byte[32];

        public DeviceId Device { get; } = device;

        public uint Epoch { get; private set; }

        public uint Recording { get; set; }

        public uint Segment { get; set; } = SegmentsPerRecording;

        public uint Announced { get; set; }

        public uint Journal { get; set; }

        public uint SinceJournal { get; set; }

        public bool OwesManifest { get; set; }

        public ulong ClockUs { get; set; }

        public byte[] HeadOf(bool footage) => footage ? footageHead : journalHead;

        public void NextEpoch()
        {
            Epoch++;
            (Recording, Segment, Announced, Journal, SinceJournal, OwesManifest) = (0, SegmentsPerRecording, 0, 0, 0, false);
            Array.Clear(footageHead);
            Array.Clear(journalHead);
        }
    }
}
