using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;
using BodyCam.Core.Wire;
using BodyCam.TestKit;

namespace BodyCam.Fire.Tests;

/// <summary>How much a recorder makes.</summary>
internal sealed record Habits
{
    /// <summary>Segments that wait for a receipt before the recorder pauses: its card is full then.</summary>
    public int OwedMax { get; init; } = 8;

    /// <summary>Pictures of a segment, 1 s apart.</summary>
    public int Frames { get; init; } = 10;

    /// <summary>Bytes of a picture.</summary>
    public int FrameBytes { get; init; } = 1500;
}

/// <summary>What one recorder filmed, holds and was promised. Thread-safe.</summary>
internal sealed class RecorderCard(DeviceId device, KeyRing keys, uint epoch, ECDsa gatewayKey, Habits habits, int seed)
{
    /// <summary>Length of every segment by the recorder's clock, of footage and of the journal.</summary>
    private const int SegmentS = 10;

    /// <summary>An activity longer than this ends with its recording.</summary>
    private const int ActivityS = 200;

    private readonly Lock gate = new();
    private readonly Random dice = new(seed);
    private readonly FakeRecorder recorder = new(device, keys, epoch);
    private readonly Dictionary<SegmentKey, FakeSegment> owed = [];
    private readonly ConcurrentDictionary<SegmentKey, Promise> promises = [];
    private readonly Dictionary<SegmentKey, (byte[] SealDigest, byte[] Sha256, int Bytes)> made = [];
    private uint recording;
    private uint segment;
    private uint activity = 1;
    private int segmentsLeft;
    private long line;
    private long newestSize;

    public DeviceId Device => device;

    public uint Epoch => epoch;

    public byte[] LinkKey { get; } = keys.LinkKey(device, epoch);

    /// <summary>Promises, by segment: the first receipt of each.</summary>
    public IReadOnlyDictionary<SegmentKey, Promise> Promises => promises;

    /// <summary>What a receipt or an answer must never be; empty when all is well.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    /// <summary>Receipts that repeat an earlier one.</summary>
    public long Repeated { get; private set; }

    /// <summary>Receipts whose checkpoint is older than the newest that was kept: not accepted (protocol §4.1), the promise counts all the same.</summary>
    public long Older { get; private set; }

    /// <summary>Seconds filmed of each activity, and seconds without footage between its recordings.</summary>
    public SortedDictionary<uint, (long FilmedS, long PausedS)> Activities { get; } = [];

    public int MadeCount
    {
        get
        {
            lock (gate)
                return made.Count;
        }
    }

    public IReadOnlyList<FakeSegment> Owed
    {
        get
        {
            lock (gate)
                return [.. owed.Values];
        }
    }

    public FakeSegment? Find(SegmentKey key)
    {
        lock (gate)
            return owed.GetValueOrDefault(key);
    }

    /// <summary>Films the next segment; with the first of a recording comes its announcement.</summary>
    /// <returns>What is to be sent now; nothing while the card is full.</returns>
    public IReadOnlyList<FakeSegment> Film()
    {
        lock (gate)
        {
            if (owed.Count >= habits.OwedMax)
                return [];
            if (segmentsLeft > 0)
                return [FilmNeedsLock()];
            var (filmed, paused) = Activities.GetValueOrDefault(activity);
            if (filmed > ActivityS)
                EndActivityNeedsLock();
            else if (filmed > 0)
                Activities[activity] = (filmed, paused + PauseNeedsLock() + SegmentS); // and the announcement
            recording++;
            segment = 0;
            segmentsLeft = 1 + dice.Next(4);
            return [Keep(recorder.Text(SegmentKind.Announcement, Line("announced", $",\"recording\":{recording},\"activity\":{activity}"))), FilmNeedsLock()];
        }
    }

    /// <summary>A whole small shift: announcement, a recording of two segments, journal, manifest.</summary>
    public void FilmShift()
    {
        lock (gate)
        {
            recording++;
            segment = 0;
            segmentsLeft = 2;
            Keep(recorder.Announce(recording, activity));
            FilmNeedsLock();
            var last = FilmNeedsLock();
            Keep(recorder.Journal("returned"));
            Keep(recorder.Manifest([last]));
        }
    }

    /// <summary>The power goes and comes back: recording and activity under way end, the next ones are of another boot.</summary>
    public void Reboot()
    {
        lock (gate)
        {
            EndActivityNeedsLock();
            recorder.Reboot();
        }
    }

    /// <summary>The recorder's wall clock is set, between two activities.</summary>
    public void StepClock(TimeSpan by)
    {
        lock (gate)
        {
            EndActivityNeedsLock();
            recorder.WallBaseUs = (ulong)((long)recorder.WallBaseUs + (by.Ticks / TimeSpan.TicksPerMicrosecond));
        }
    }

    /// <summary>Ends recording and activity.</summary>
    public void Finish()
    {
        lock (gate)
            EndActivityNeedsLock();
    }

    /// <summary>Takes a receipt as a recorder does, and notes what it promises.</summary>
    /// <returns>Segments that the receipt frees.</returns>
    public int Take(byte[] message)
    {
        if (Receipt.TryParse(message, out var receipt) != RefusalReason.None)
            return Complain("a receipt that cannot be read");
        if (receipt!.Device != device || receipt.Epoch != epoch)
            return Complain($"a receipt for {receipt.Device} epoch {receipt.Epoch}");
        if (!Receipt.MacMatches(message, keys.ReceiptKey(device, receipt.KeyEpoch)))
            return Complain("a receipt with a wrong MAC");
        lock (gatewayKey)
        {
            if (!Receipt.SignatureMatches(message, gatewayKey))
                return Complain("a receipt that the gateway did not sign");
        }

        var freed = 0;
        lock (gate)
        {
            var isOlder = (long)receipt.CheckpointSize < newestSize;
            Older += isOlder ? 1 : 0;
            newestSize = Math.Max(newestSize, (long)receipt.CheckpointSize);
            foreach (var entry in receipt.Entries)
            {
                var key = new SegmentKey(device, epoch, entry.Recording, entry.Segment);
                if (!made.TryGetValue(key, out var own) || !own.SealDigest.AsSpan().SequenceEqual(entry.SealDigest.Span))
                    return Complain($"a receipt for {key}, which was never made so");
                if (receipt.State == ReceiptState.Damaged)
                    return Complain($"{key} was receipted as damaged");
                var promise = new Promise(key, own.SealDigest, own.Sha256, own.Bytes, receipt.StoredAtUs, (long)receipt.CheckpointSize, receipt.CheckpointRoot.ToArray());
                if (!promises.TryAdd(key, promise))
                {
                    Repeated++;
                    if (receipt.State == ReceiptState.Stored && promises[key].StoredAtUs != receipt.StoredAtUs)
                        Complain($"{key} was stored twice: two receipts with two times");
                }

                if (!isOlder && owed.Remove(key))
                    freed++;
            }
        }

        return freed;
    }

    private int Complain(string what)
    {
        Complaints.Enqueue($"{device}: {what}");
        return 0;
    }

    private void EndActivityNeedsLock()
    {
        if (segmentsLeft > 0)
            FilmNeedsLock(isLast: true);
        if (!Activities.ContainsKey(activity))
            return;
        Keep(recorder.Text(SegmentKind.Journal, Line("activityEnded", $",\"activity\":{activity}")));
        activity++;
    }

    private string Line(string name, string rest) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{++line},\"us\":{recorder.ClockUs},\"wall\":{recorder.WallBaseUs + recorder.ClockUs},\"event\":\"{name}\"{rest}}}");

    private long PauseNeedsLock()
    {
        var seconds = dice.Next(1, 6);
        recorder.Pass(TimeSpan.FromSeconds(seconds));
        return seconds;
    }

    private FakeSegment FilmNeedsLock(bool isLast = false)
    {
        segmentsLeft = isLast ? 0 : segmentsLeft - 1;
        var (filmed, paused) = Activities.GetValueOrDefault(activity);
        Activities[activity] = (filmed + SegmentS, paused);
        return Keep(recorder.Footage(recording, ++segment, final: segmentsLeft == 0, habits.Frames, habits.FrameBytes + dice.Next(habits.FrameBytes), 8192, activity, frameEveryMs: 1000));
    }

    private FakeSegment Keep(FakeSegment one)
    {
        owed[one.Key] = one;
        made[one.Key] = (one.SealBytes[288..320], SHA256.HashData(one.Bytes), one.Bytes.Length);
        return one;
    }
}
