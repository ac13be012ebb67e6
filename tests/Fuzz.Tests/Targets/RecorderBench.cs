using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Wire;
using BodyCam.Simulation;
using DownMessages = BodyCam.Firmware.Wire.DownMessages;
using Receipt = BodyCam.Core.Wire.Receipt;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>The recorder's storage as it is shipped, over a card and a flash in memory: switched on, recovered, heard by a gateway, recording.</summary>
internal sealed class RecorderBench
{
    public const string Config = Provisioning.FilePath;
    public const string State = DeviceState.FilePath;
    public const string Ring = JournalRing.FilePath;

    public static readonly DeviceId Device = DeviceId.Parse("unit-7");
    public static readonly KeyRing Keys = new([.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);
    public static readonly GatewayKey Gateway = GatewayKey.Create();

    // A chunk is a step, and one that cannot be read 25 of them; the whole card has some 50 chunks.
    private const int RecoveryStepsMax = 4000;
    private const int MessagesMax = 1000;

    private readonly JournalLine line = new();
    private readonly byte[] buffer = new byte[Spool.BufferBytes];
    private long us = 10_000_000;
    private int pictures;
    private bool isConnected;

    public RecorderBench(IReadOnlyDictionary<string, byte[]> files)
    {
        Card = new SimCard(new Random(1), static _ => { });
        SimCard.Current = Card;
        foreach (var (path, bytes) in files)
        {
            Card.Put(path, bytes);
            for (int end = path.IndexOf('\\', 3); end > 0; end = path.IndexOf('\\', end + 1))
                Card.MakeFolder(path[..end]);
        }
    }

    public SimCard Card { get; }

    public Provisioning Provisioning { get; private set; } = null!;

    public DeviceState Flash { get; private set; } = null!;

    public CardStore Store { get; private set; } = null!;

    /// <summary>Everything on card and flash.</summary>
    public Dictionary<string, byte[]> Files() => Card.Paths("").ToDictionary(static path => path, path => Card.Read(path)!, StringComparer.OrdinalIgnoreCase);

    /// <summary>Power, provisioning, state: what the start does before it looks for a card.</summary>
    public void PowerOn()
    {
        SimCard.Current = Card;
        Card.CutPower();
        Card.PowerOn();
        (us, isConnected) = (10_000_000, false);
        Provisioning = Provisioning.Load();
        Flash = DeviceState.Load(Provisioning);
        Store = new CardStore(Provisioning, Flash);
    }

    public StoreResult Open()
    {
        var opened = Store.Open(Now());
        Line("boot");
        return opened;
    }

    public void Line(string name)
    {
        line.Start(name).Add("text", "as it is written");
        Store.Journal.Write(line, Now(), true);
    }

    /// <summary>Everything that is open gets its seal, on a card that takes every write.</summary>
    public void Recover()
    {
        for (int rests = 0; Store.Recovery.IsPending || Store.PreviousRecovery.IsPending; rests++)
        {
            for (int steps = 0; Store.RecoveryPending; steps++)
            {
                Store.StepRecovery(Now());
                Require(steps < RecoveryStepsMax, "recovery does not come to an end");
            }

            Require(rests < 10, "recovery fails again and again: no later seal of the chain will be written");
            us += 31_000_000;
            Store.StepRecovery(Now());
        }
    }

    /// <summary>Sends all there is to a gateway that gives no answer, for some minutes.</summary>
    /// <returns>Messages sent.</returns>
    public int Send()
    {
        if (!isConnected)
            Store.Spool.Connected(us);
        isConnected = true;
        int sent = 0;
        for (int minutes = 0; minutes < 5; minutes++, us += 60_000_000)
        {
            while (Store.Spool.NextMessage(buffer, us, out int length, out var item))
            {
                Require(length > 0 && length <= buffer.Length && item is not null, $"a message of {length} bytes");
                Require(item.Type != SpoolItem.ChunkItem || (Firmware.Wire.Bytes.Get32(buffer, 20) is 4096 or 8192 && Digests.ChunkMatches(buffer.AsSpan(56, length - 56), buffer.AsSpan(24, 32))), "a chunk of no size that there is, or with another digest than its bytes");
                Store.Spool.Acknowledged(item);
                Require(++sent < MessagesMax, "the spool sends without end");
                us += 1000;
            }

            Store.Tick(Now());
        }

        return sent;
    }

    /// <summary>The gateway asks for every chunk of every segment that waits.</summary>
    public void AskForAll()
    {
        foreach (var (key, _, digest) in Segments().Where(static one => one.State == SegmentStates.Sealed && one.Key is { Epoch: > 0 and < int.MaxValue, Recording: < int.MaxValue }))
            Down(Core.Wire.DownMessages.Missing(key, digest, [new(0, 1), new(1, 20)], (ulong)Math.Max(0, Flash.CommandCounter) + 1, Keys.CommandKey(Device, (uint)Math.Max(1, Flash.Epoch))));
    }

    /// <summary>A recording of some seconds with one cut; the last segment stays open when it is not ended.</summary>
    public StoreResult Record(bool end)
    {
        var recordings = Store.Recordings;
        recordings.BeginActivity();
        var result = recordings.Begin(Kinds.Footage, Now());
        result = result == StoreResult.Ok ? recordings.OpenSegment(Now()) : result;
        for (int picture = 1; picture <= 8 && result == StoreResult.Ok; picture++, us += 400_000)
        {
            Store.Journal.CopyPendingInto(recordings.Writer, us);
            Picture(recordings.Writer);
            result = picture == 4 ? recordings.Cut(Now()) : recordings.Writer.Fault;
        }

        if (result == StoreResult.Ok)
            return end ? recordings.End(Now(), StopReasons.ActivityEnded) : result;
        recordings.Abandon(Now(), StopReasons.CardFault);
        return result;
    }

    /// <summary>What the uplink does with a message from the gateway.</summary>
    /// <returns>True when it was taken.</returns>
    public bool Down(byte[] message)
    {
        switch (DownMessages.TypeOf(message))
        {
            case DownMessages.ReceiptType:
                return Store.Spool.OnReceipt(message, Now()) == ReceiptOutcome.Accepted;
            case DownMessages.MissingType:
                return Store.Spool.OnMissing(message, Now()) == DownOutcome.Ok;
            case DownMessages.RefusalType:
                return Store.Spool.OnRefusal(message, Now()) == DownOutcome.Ok;
            case DownMessages.CommandType:
                return Store.Spool.OnCommand(message, Now(), out var command) == DownOutcome.Ok && command.Name.Length >= 0;
            default:
                return false;
        }
    }

    /// <summary>All segments of the ledger.</summary>
    public List<(SegmentKey Key, int State, byte[] Digest)> Segments()
    {
        var all = new List<(SegmentKey Key, int State, byte[] Digest)>();
        foreach (LedgerRecording row in Store.Ledger.Recordings)
        {
            for (int segment = row.FirstSegment; segment <= row.LastSegment; segment++)
                all.Add((new SegmentKey(Device, (uint)row.Epoch, (uint)row.Recording, (uint)segment), row.State(segment), row.Page(segment).AsSpan(row.DigestOffset(segment), 32).ToArray()));
        }

        return all;
    }

    /// <summary>A receipt for segments as the ledger has them.</summary>
    public byte[] Receipt(ReceiptState state, long checkpoint, params (uint Recording, uint Segment)[] places) => new Receipt(
        state, Device, 1, (uint)Flash.Epoch, 1_790_000_000_000_000, (ulong)checkpoint, new byte[32], Gateway.Id,
        [.. places.Select(place => new ReceiptEntry(place.Recording, place.Segment, Segments().Find(one => one.Key.Recording == place.Recording && one.Key.Segment == place.Segment).Digest))]).Write(Keys.ReceiptKey(Device, (uint)Flash.Epoch), Gateway);

    public static string PathOf(SegmentKey key) => CardPaths.Segment((int)key.Epoch, (int)key.Recording, (int)key.Segment);

    public static string SealPathOf(SegmentKey key) => CardPaths.Seal((int)key.Epoch, (int)key.Recording, (int)key.Segment);

    /// <summary>True when the bytes are the seal of a segment under its key and cover the file up to where it says.</summary>
    public static bool IsSealOf(byte[] bytes, byte[] file)
    {
        if (Seal.TryParse(bytes, out var seal) != RefusalReason.None || !Keys.Authenticates(seal!) || (long)seal!.CoveredBytes > file.Length)
            return false;
        var digests = new byte[seal.ChunkCount * 32];
        for (uint index = 0; index < seal.ChunkCount; index++)
            Digests.Chunk(file.AsSpan((int)(index * seal.ChunkBytes), seal.ChunkLength(index)), digests.AsSpan((int)index * 32, 32));
        return seal.Covers(digests);
    }

    public ClockStamp Now() => new() { MonotonicUs = us += 1000, WallUs = 1_790_000_000_000_000 + us, Source = ClockSources.Rtc, ErrorBoundUs = 70_000, LastSyncUs = 1_789_000_000_000_000 };

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private void Picture(SegmentWriter writer)
    {
        byte[] picture = new byte[900];
        new Random(++pictures).NextBytes(picture);
        (picture[0], picture[1], picture[^2], picture[^1]) = (0xFF, 0xD8, 0xFF, 0xD9);
        if (writer.BeginFrame(picture.Length, us) == 0 && writer.FrameBytes(picture, 0, picture.Length) == 0)
            writer.EndFrame();
    }
}
