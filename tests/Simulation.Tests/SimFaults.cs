using System.Buffers.Binary;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Storage;

namespace BodyCam.Simulation.Tests;

// The faults of a seed, in the order that the dice gave, and how each is made.
internal sealed partial class Sim
{
    private static readonly string[] kinds =
    [
        "power", "power", "power", "power", "kill", "stop", "eio", "eio at fsync", "eio at fsync", "enospc", "enospc", "card power", "card power", "card power", "card cut", "card eio", "partition", "archive round", "archive round",
        "gateway clock forward", "gateway clock back", "recorder clock step", "recorder clock drift", "card swapped", "card lost a segment", "card rot",
        "old answers replayed", "forged receipt", "foreign chunk", "foreign seal", "forged seal", "seal of an unknown epoch", "recorder given up",
        "rot of a part", "rot of a sidecar", "rot of a waiting seal", "rot of an original", "rot of the log", "catalog lost",
    ];

    private static readonly string[] kindsNow = [.. kinds, "flash power", "flash power"];
    private const int DroppedMax = 60;
    private int dropped;

    private int nextFaultAt = 100;
    private int swapBackAt;

    private bool HasFaultsLeft => faults.Count > 0 || swapBackAt > 0 || rotten is not null;

    private void PlanFaults()
    {
        for (var number = 0; number < FaultsMin + 4 + dice.Next(6); number++)
            faults.Enqueue(AnyKind());
    }

    private string AnyKind() => plan > 1 ? kindsNow[dice.Next(kindsNow.Length)] : kinds[dice.Next(kinds.Length)];

    private void NextFault()
    {
        FollowSwap();
        FollowRot();
        if (faults.Count == 0 || steps < nextFaultAt || gateway.Disk.Planned is not null || card.Planned is not null || truth.Segments.Count < 4)
            return;
        var kind = faults.Peek();
        var happens = Happens(kind);
        if (!happens && steps < nextFaultAt + 150)
            return; // what it strikes is not there yet
        if (faults.Count > 0)
            faults.Dequeue();
        if (!happens && plan > 1 && ++dropped <= DroppedMax)
            faults.Enqueue(AnyKind()); // another one in its place
        nextFaultAt = steps + 20 + dice.Next(80);
    }

    // False when there is nothing that it could strike now.
    private bool Happens(string kind)
    {
        switch (kind)
        {
            case "power" or "eio" or "eio at fsync" or "enospc":
                gateway.Disk.Plan(kind, 1 + dice.Next(kind == "eio at fsync" ? 16 : 60));
                return true;
            case "kill" or "stop":
                Tally.Fault(kind);
                RebootGateway(kind);
                return true;
            case "catalog lost":
                return LoseCatalog();
            case "card power" or "card eio" or "flash power":
                card.Plan(kind, 1 + dice.Next(40));
                return true;
            case "card cut":
                Tally.Fault(kind);
                card.CutPower();
                BootRecorder();
                return true;
            case "partition":
                Tally.Fault(kind);
                Drop();
                awaySteps = 20 + dice.Next(200);
                return true;
            case "archive round":
                if (!gateway.Archive())
                    return false;
                Tally.Fault(kind);
                return true;
            case "gateway clock forward":
                Tally.Fault(kind);
                gateway.Clock.Step(TimeSpan.FromDays(dice.Next(1, 30)));
                return true;
            case "gateway clock back":
                Tally.Fault(kind);
                gateway.Clock.Step(-TimeSpan.FromHours(dice.Next(1, 600)));
                if (dice.Next(2) == 0)
                    RebootGateway("stop");
                return true;
            case "recorder clock step":
                Tally.Fault(kind);
                recorder.StepClock(dice.NextInt64(-3_600_000_000, 3_600_000_000));
                return true;
            case "recorder clock drift":
                Tally.Fault(kind);
                recorder.Drift(0.99 + (dice.NextDouble() * 0.02));
                return true;
            case "card swapped":
                return SwapCard();
            case "card lost a segment" or "card rot":
                return SpoilCard(kind);
            case "recorder given up":
                if (gateway.Ingest.Status().Parts.Count == 0)
                    return false;
                Tally.Fault(kind);
                gateway.GiveUp();
                return true;
            case "old answers replayed" or "forged receipt":
                return SlipDown(kind);
            case "rot of a part" or "rot of a sidecar" or "rot of a waiting seal" or "rot of an original" or "rot of the log":
                return Rot(kind);
            default:
                return Stranger(kind);
        }
    }

    private bool LoseCatalog()
    {
        Tally.Fault("catalog lost");
        Drop();
        gateway.End("kill");
        gateway.LoseCatalog();
        ReopenGateway();
        return true;
    }

    // Somebody takes the card out while nothing is recorded and puts an empty one in; later the first one comes back.
    private bool SwapCard()
    {
        if (swapBackAt > 0 || recorder.Epoch != 1 || !recorder.IsQuiet || recorder.Store.Ledger.UnreceiptedCount == 0)
            return false;
        Tally.Fault("card swapped");
        card.CutPower();
        card.TakeOut();
        BootRecorder();
        swapBackAt = steps + 300 + dice.Next(300);
        return true;
    }

    private void FollowSwap()
    {
        if (recorder.IsUp && recorder.Epoch > 1)
            Tally.State("second epoch");
        if (swapBackAt == 0 || steps < swapBackAt || recorder.Epoch == 1 || !recorder.IsQuiet || recorder.Store.Ledger.UnreceiptedCount > 0)
            return;
        swapBackAt = 0;
        card.CutPower();
        card.PutBack();
        BootRecorder();
    }

    private bool SpoilCard(string kind)
    {
        var victims = truth.Segments.Where(pair => pair.Value.Issued.Count == 0 && !pair.Value.IsSpoiled && pair.Value.Bytes.Length > 0 && recorder.StateOf(pair.Key) == SegmentStates.Sealed).ToList();
        if (victims.Count == 0 || swapBackAt > 0)
            return false;
        var (key, victim) = victims[dice.Next(victims.Count)];
        var path = $"D:\\bodycam\\e{key.Epoch}\\r{key.Recording}\\{key.Segment}.mkv";
        Tally.Fault(kind);
        victim.IsSpoiled = true;
        if (kind == "card rot")
            card.Rot(path, dice.Next(victim.Bytes.Length), (byte)(1 << dice.Next(8)));
        else
            card.Lose(path);
        return true;
    }

    private bool SlipDown(string kind)
    {
        if (!recorder.IsConnected || link.History.Count == 0)
            return false;
        Tally.Fault(kind);
        for (var count = 1 + dice.Next(6); count > 0; count--)
        {
            var message = link.History[dice.Next(link.History.Count)];
            if (kind == "forged receipt")
            {
                message = link.History.LastOrDefault(static old => old[1] == (byte)MessageType.Receipt) is { } receipt ? [.. receipt] : [.. message];
                // Another segment that the card holds, without the key for the MAC.
                if (truth.Segments.FirstOrDefault(static pair => pair.Value.Issued.Count == 0) is { Value: { } wanted } && message[1] == (byte)MessageType.Receipt)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(140), wanted.Seal.Key.Recording);
                    BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(144), wanted.Seal.Key.Segment);
                    wanted.Seal.SealDigest.CopyTo(message.AsSpan(148));
                }
                else
                {
                    message[^1] ^= 1;
                    message[40] ^= 1;
                }
            }

            link.Slip(message);
        }

        return true;
    }

    // Somebody with a login of this recorder sends what it never sealed. Only about what has its receipt: what a stranger can keep from arriving is not the question here.
    private bool Stranger(string kind)
    {
        var known = truth.Segments.Where(static pair => pair.Value.Issued.Count > 0 && !pair.Value.IsSpoiled && pair.Value.Bytes.Length > 0).ToList();
        if (known.Count == 0)
            return false;
        var (key, victim) = known[dice.Next(known.Count)];
        Tally.Fault(kind);
        link.Up(kind switch
        {
            "foreign chunk" => ForeignChunk(key, victim),
            "foreign seal" => SealMessage(Resealed(victim.Seal.Raw, key.Recording, key.Segment, static raw => raw[144]++)),
            "forged seal" => SealMessage(Forged(victim.Seal.Raw)),
            _ => SealMessage(Resealed(victim.Seal.Raw, key.Recording, key.Segment, static raw => raw[40] = 9)),
        });
        return true;
    }

    private byte[] ForeignChunk(SegmentKey key, Sealed victim)
    {
        var index = dice.Next((int)victim.Seal.ChunkCount);
        var payload = victim.Bytes.AsSpan(index * (int)victim.Seal.ChunkBytes, victim.Seal.ChunkLength((uint)index)).ToArray();
        payload[dice.Next(payload.Length)] ^= 0x55;
        var message = new byte[56 + payload.Length];
        (message[0], message[1], message[3]) = (1, 1, (byte)victim.Seal.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), key.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), key.Recording);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(12), key.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(16), (uint)index);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(20), victim.Seal.ChunkBytes);
        HMACSHA256.HashData("bodycam/v1/chunk"u8, payload, message.AsSpan(24, 32));
        payload.CopyTo(message, 56);
        return message;
    }

    // Another seal under the recorder's own key, as whoever had the recorder in hand can make one.
    private byte[] Resealed(ReadOnlySpan<byte> seal, uint recording, uint segment, Action<byte[]> change)
    {
        _ = segment;
        var raw = seal.ToArray();
        change(raw);
        dice.NextBytes(raw.AsSpan(288, 32));
        HMACSHA256.HashData(gateway.Keys.RecordingKey(SimGateway.Device, BinaryPrimitives.ReadUInt32LittleEndian(raw.AsSpan(40)), recording), raw.AsSpan(288, 32), raw.AsSpan(320, 32));
        return raw;
    }

    // A seal of a segment that was never made, without the key.
    private byte[] Forged(ReadOnlySpan<byte> seal)
    {
        var raw = seal.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(48), 900);
        if (raw[148] != 0)
            BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(148), 900);
        dice.NextBytes(raw.AsSpan(288, 32));
        return raw;
    }

    private static byte[] SealMessage(byte[] raw)
    {
        var message = new byte[360];
        (message[0], message[1]) = (1, 2);
        raw.CopyTo(message, 8);
        return message;
    }
}
