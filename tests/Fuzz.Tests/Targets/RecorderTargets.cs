using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;
using BodyCam.Firmware.Storage;
using BodyCam.Fuzz.Tests.Harness;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>
/// What the recorder reads back from its card and its flash, and messages of the gateway: whatever one file says, the recorder starts or names what is wrong,
/// recovers, sends, records and starts again, and nothing that has no receipt is deleted or written over.
/// </summary>
internal static class RecorderTargets
{
    // Card and flash are built in memory for each input, and the recorder's buffers with them.
    private const int RunBytes = 8 * 1024 * 1024;

    public static IEnumerable<FuzzTarget> All()
    {
        var made = Make();
        string journal = Newest(made, CardPaths.Folder(1, 0), ".mkv");
        string open = Newest(made, CardPaths.Folder(1, 3), ".mkv");
        byte[][] records = [.. made.Files[CardPaths.Ledger].Chunk(64)];
        yield return File("recorder ledger", made, CardPaths.Ledger) with { Words = records };
        // Rows up to a segment far ahead, and keys up to a recording: as many as the recorder goes along with.
        yield return File("recorder ledger with right checks", made, CardPaths.Ledger, SignRecords) with { AllocatedMax = 96 * 1024 * 1024, Words = [.. records, .. Forged(records)], Hostile = [.. Forged(records).Select(record => (byte[])[.. record, .. made.Files[CardPaths.Ledger]]), .. Forged(records).Select(record => (byte[])[.. made.Files[CardPaths.Ledger], .. record])] };
        yield return File("recorder ledger in place of the other", made, CardPaths.Ledger + ".new") with { Words = records, Hostile = [[]] };
        yield return File("recorder card id", made, CardPaths.CardId);
        yield return File("recorder journal", made, journal) with { IsText = true, Hostile = [[.. made.Files[journal], .. "{\"n\":2147483647,\"us\":1}"u8]] };
        yield return File("recorder segment left open", made, open) with { Words = [.. Elements()] };
        yield return File("recorder seal", made, CardPaths.Seal(1, 2, 1)) with { Hostile = [.. Edges(made.Files[CardPaths.Seal(1, 2, 1)], 56, 60, 64, 68)] };
        yield return File("recorder seal of the journal", made, Newest(made, CardPaths.Folder(1, 0), ".sea"));
        yield return Card(made);
        yield return File("recorder state", made, RecorderBench.State);
        // Keys are ratcheted up to a number that is far ahead.
        yield return File("recorder state with right checks", made, RecorderBench.State, SignSlots) with { AllocatedMax = 1 << 30 };
        yield return File("recorder journal ring", made, RecorderBench.Ring);
        yield return File("recorder journal ring with right checks", made, RecorderBench.Ring, SignRing) with { IsText = true, Hostile = [.. Edges(made.Files[RecorderBench.Ring], 3 * JournalRing.SlotBytes, (3 * JournalRing.SlotBytes) + 4)] };
        yield return File("recorder provisioning", made, RecorderBench.Config) with { IsText = true };
        yield return File("recorder provisioning at the first start", made with { Files = made.Fresh, Segments = [] }, RecorderBench.Config) with { IsText = true, Hostile = [.. new[] { "-5", "0", "2147483647", "-2147483648" }.Select(number => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(made.Fresh[RecorderBench.Config]).Replace("recordingNumber=1\n", $"recordingNumber={number}\n", StringComparison.Ordinal)))] };
        yield return Messages("recorder messages down", made, static bytes => bytes);
        yield return Messages("recorder messages down with a right MAC", made, SignMessage);
    }

    // A card with recordings sent, freed and waiting, one that the power cut ended, and lines on the ring since.
    private static Made Make()
    {
        string config = ProvisioningFile.Text(ProvisioningFile.Lines(RecorderBench.Keys, RecorderBench.Device, 1, RecorderBench.Gateway.Id, new ProvisioningValues { ChunkBytes = 4096, CardBytes = 4L << 30 }));
        var fresh = new Dictionary<string, byte[]> { [RecorderBench.Config] = Encoding.UTF8.GetBytes(config) };
        var bench = new RecorderBench(fresh);
        bench.PowerOn();
        Require(bench.Open() == StoreResult.Ok && bench.Record(end: true) == StoreResult.Ok, "nothing is recorded");
        Require(bench.Down(bench.Receipt(ReceiptState.Stored, 5, (0, 1), (1, 1), (1, 2))) && bench.Down(bench.Receipt(ReceiptState.Archived, 6, (1, 1))), "a receipt is refused");
        bench.Store.Tick(bench.Now());
        Require(bench.Store.Ledger.Find(1, 1).State(1) == SegmentStates.Erased, "nothing is freed");
        Require(bench.Record(end: true) == StoreResult.Ok, "nothing is recorded");
        bench.Store.Journal.Stop(bench.Now());
        bench.PowerOn();
        Require(bench.Open() == StoreResult.Ok && bench.Record(end: false) == StoreResult.Ok, "nothing is recorded");
        bench.Line("press");
        var segments = bench.Segments();
        bench.PowerOn();
        for (int lines = 0; lines < 5; lines++)
            bench.Line("press");
        bench.PowerOn();
        var files = bench.Files();
        Require(files.ContainsKey(RecorderBench.Ring), "there is no ring");
        return new Made(files, segments, fresh);
    }

    private static FuzzTarget File(string name, Made made, string path, Func<byte[], byte[]>? sign = null)
    {
        bool onCard = path[0] == 'D';
        byte[] seed = made.Files.TryGetValue(path, out byte[]? there) ? there : made.Files[CardPaths.Ledger];
        return new(name, [seed], bytes => Run(With(made.Files, path, sign is null ? bytes : sign(bytes)), onCard), (_, run) => Holds(made, (Ran)run, onCard, sign is null))
        {
            AllocatedMax = RunBytes, AllocatedPerByte = 64, RoundsMin = 3, InputBytesMax = 128 * 1024,
        };
    }

    // Each three bytes of input do something to the files of the card: taken away, put in the place of others, cut, their folder taken away.
    private static FuzzTarget Card(Made made)
    {
        string[] paths = [.. made.Files.Keys.Where(static path => path[0] == 'D').Order(StringComparer.Ordinal)];
        byte[][] folders = [.. Enumerable.Range(0, paths.Length).Select(static index => new byte[] { 5, (byte)index, 0 })];
        return new("recorder card with files taken or mixed up", [[], [0, 0, 0], [9, 3, 7, 1, 4, 8], .. folders], bytes => Run(Mixed(made.Files, paths, bytes), onCard: true), (_, run) => Holds(made, (Ran)run, onCard: true, isUnsigned: true))
        {
            AllocatedMax = RunBytes, AllocatedPerByte = 64, RoundsMin = 3, InputBytesMax = 60,
        };
    }

    private static Dictionary<string, byte[]> Mixed(Dictionary<string, byte[]> files, string[] paths, byte[] bytes)
    {
        var mixed = new Dictionary<string, byte[]>(files, StringComparer.OrdinalIgnoreCase);
        foreach (byte[] step in bytes.Chunk(3).Where(static step => step.Length == 3))
        {
            string path = paths[step[1] % paths.Length];
            string other = paths[step[2] % paths.Length];
            switch (step[0] % 8)
            {
                case 0 or 1:
                    mixed.Remove(path);
                    break;
                case 2 or 3:
                    if (mixed.TryGetValue(other, out byte[]? taken))
                        mixed[path] = taken;
                    break;
                case 4:
                    if (mixed.TryGetValue(path, out byte[]? whole))
                        mixed[path] = whole[..(whole.Length * step[2] / 256)];
                    break;
                case 5:
                    foreach (string below in mixed.Keys.Where(one => one.StartsWith(path[..path.LastIndexOf('\\')] + "\\", StringComparison.Ordinal)).ToList())
                        mixed.Remove(below);
                    break;
                case 6:
                    mixed[path] = [];
                    break;
                default:
                    mixed[CardPaths.Ledger] = SignRecords([.. mixed.GetValueOrDefault(CardPaths.Ledger) ?? [], .. new byte[] { (byte)'L', (byte)(1 + (step[1] % 7)), 1, 0, 1, 0, 0, 0, step[2], 0, 0, 0, 1, 0, 0, 0 }, .. new byte[48]]);
                    break;
            }
        }

        return mixed;
    }

    // Null when the recorder named what is wrong and goes without its card.
    private static Ran? Run(Dictionary<string, byte[]> before, bool onCard)
    {
        var bench = new RecorderBench(before);
        bench.PowerOn();
        int saved = bench.Flash.JournalLine;
        var opened = bench.Open();
        int line = bench.Flash.JournalLine;
        Require(bench.Store.IsOpen == (opened == StoreResult.Ok) && (opened != StoreResult.Ok || bench.Provisioning.IsComplete), $"{opened}, and open is {bench.Store.IsOpen}");
        Require(!onCard || opened == StoreResult.Ok, $"a card with a changed file is not opened: {opened}");
        if (opened != StoreResult.Ok)
            return null;
        Require(!onCard || line >= saved, $"line numbers go back from {saved} to {line}");
        bench.Recover();
        bench.Send();
        bench.AskForAll();
        bench.Send();
        var recorded = bench.Record(end: true);
        int number = bench.Flash.Recording;
        bench.Send();
        bench.Store.Manifests.Write(bench.Now());
        bench.Store.Journal.Stop(bench.Now());
        var segments = bench.Segments();
        bench.PowerOn();
        Require(bench.Open() == StoreResult.Ok, "the card is not opened once more");
        bench.Recover();
        return new Ran(before, bench.Files(), segments, recorded, bench.Store.Journal.OnRing, number, line, bench.Flash.JournalLine);
    }

    private static bool Holds(Made made, Ran ran, bool onCard, bool isUnsigned)
    {
        var receipted = Receipted(ran.Before.GetValueOrDefault(CardPaths.Ledger + ".new") ?? ran.Before.GetValueOrDefault(CardPaths.Ledger) ?? []);
        foreach (var (key, state, _) in made.Segments)
        {
            bool waits = state is SegmentStates.Opened or SegmentStates.Closed or SegmentStates.Sealed;
            if (!waits || receipted.Contains((key.Recording, key.Segment)))
                continue;
            string path = RecorderBench.PathOf(key);
            if (ran.Before.TryGetValue(path, out byte[]? file) && file.Length > 0)
                Require(ran.After.TryGetValue(path, out byte[]? now) && now.AsSpan().SequenceEqual(file), $"{key} has no receipt and is {(now is null ? "deleted" : "written over")}");
            string sealPath = RecorderBench.SealPathOf(key);
            if (ran.Before.TryGetValue(sealPath, out byte[]? seal))
                Require(ran.After.TryGetValue(sealPath, out byte[]? after) && (after.AsSpan().SequenceEqual(seal) || !isUnsigned || RecorderBench.IsSealOf(after, ran.After.GetValueOrDefault(path) ?? [])), $"the seal of {key} is gone, or another that does not hold");
        }

        foreach (var (key, state, _) in ran.Segments)
            Require(state is not (SegmentStates.Receipted or SegmentStates.Archived or SegmentStates.Erased) || receipted.Contains((key.Recording, key.Segment)), $"{key} counts as {state}, and nobody gave a receipt");
        Require(ran.Recorded != StoreResult.Ok || ran.Number > 0, $"a recording has number {ran.Number}");
        Require(ran.Recorded != StoreResult.Ok || ran.IsOnRing || !HasLines(ran.After.GetValueOrDefault(RecorderBench.Ring) ?? []), "lines stay on the ring beside a card that takes them");
        if (onCard)
        {
            Require(ran.Recorded == StoreResult.Ok || !isUnsigned, $"nothing can be recorded: {ran.Recorded}");
            Require(ran.Recorded != StoreResult.KeyGone, "the next recording is out of reach of its key");
            Require(ran.Number is > 3 and <= 100_000, $"the next recording has number {ran.Number}");
            Require(ran.LineBefore is > 0 and < 1_000_000_000 && ran.LineAfter >= ran.LineBefore && ran.LineAfter - ran.LineBefore < 100_000, $"line numbers go from {ran.LineBefore} to {ran.LineAfter}");
        }

        return true;
    }

    // Segments that a record with a right check says have their receipt.
    private static HashSet<(uint Recording, uint Segment)> Receipted(byte[] ledger) =>
        [.. ledger.Chunk(64).Where(static record => record.Length == 64 && record[0] == 'L' && record[1] is SegmentStates.Receipted or SegmentStates.Archived or SegmentStates.Erased && Check("bodycam/v1/ledger"u8, record.AsSpan(0, 60), 4).AsSpan().SequenceEqual(record.AsSpan(60)))
            .Select(static record => (BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(8)), BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(12))))];

    private static bool HasLines(byte[] ring) =>
        ring.Chunk(JournalRing.SlotBytes).Any(static slot => slot.Length == JournalRing.SlotBytes && BinaryPrimitives.ReadInt32LittleEndian(slot) is > 0 and <= 1 << 30 && BinaryPrimitives.ReadUInt16LittleEndian(slot.AsSpan(4)) <= 480 && Check("bodycam/v1/ring"u8, slot.AsSpan(0, 504), 8).AsSpan().SequenceEqual(slot.AsSpan(504)));

    private static FuzzTarget Messages(string name, Made made, Func<byte[], byte[]> sign)
    {
        var bench = new RecorderBench(made.Files);
        bench.PowerOn();
        Require(bench.Open() == StoreResult.Ok, "the card is not opened");
        bench.Recover();
        var files = bench.Files();
        byte[] key = RecorderBench.Keys.CommandKey(RecorderBench.Device, 1);
        var (second, _, digest) = bench.Segments().Find(static one => one.Key is { Recording: 2, Segment: 1 });
        byte[][] seeds =
        [
            bench.Receipt(ReceiptState.Stored, 9, (2, 1)), bench.Receipt(ReceiptState.Stored, 9, (2, 1), (2, 2), (3, 1)), bench.Receipt(ReceiptState.Damaged, 9, (2, 2)), bench.Receipt(ReceiptState.Archived, 9, (1, 2)),
            DownMessages.Missing(second, digest, [new(0, 1), new(1, 1)], 9, key), DownMessages.Refusal(RefusalReason.ChunkDigest, second, 1, 10, key), DownMessages.Refusal(RefusalReason.SealMac, second, 0, 11, key),
            DownMessages.Refusal(RefusalReason.ChunkDigest, second, uint.MaxValue, 12, key), DownMessages.Command("configure", [new("chunkBytes", "4096"), new("sound", "0")], 7, key), DownMessages.Command("locate", [], 8, key),
        ];
        return new(name, seeds, bytes => Tell(files, sign(bytes)), (_, told) => (bool)told)
        {
            AllocatedMax = RunBytes, AllocatedPerByte = 64, RoundsMin = 3, InputBytesMax = 4 * 1024,
        };
    }

    // Null when it was not taken; then nothing but the journal is another than before.
    private static object? Tell(Dictionary<string, byte[]> files, byte[] message)
    {
        var bench = new RecorderBench(files);
        bench.PowerOn();
        Require(bench.Open() == StoreResult.Ok, "the card is not opened");
        bench.Recover();
        bench.Send();
        var before = bench.Segments();
        var (counter, checkpoint) = (bench.Flash.CommandCounter, bench.Flash.CheckpointSize);
        bool isTaken = bench.Down(message);
        bool isAuthentic = IsAuthentic(message, counter);
        Require(!isTaken || isAuthentic, "a message without a right MAC and a new counter is taken");
        var after = bench.Segments();
        for (int index = 0; index < before.Count; index++)
        {
            var (was, now) = (before[index], after[index]);
            bool isNamed = message.Length > 2 && message[1] == 16 && Named(message).Any(one => one.Recording == was.Key.Recording && one.Segment == was.Key.Segment && one.Digest.AsSpan().SequenceEqual(was.Digest));
            Require(was.State == now.State || (isTaken && isNamed && now.State is SegmentStates.Receipted or SegmentStates.Archived), $"{was.Key} goes from {was.State} to {now.State}");
        }

        Require(isTaken || (bench.Flash.CommandCounter == counter && bench.Flash.CheckpointSize == checkpoint), "a message that is refused moves a counter");
        Require(bench.Flash.CommandCounter >= counter && bench.Flash.CheckpointSize >= checkpoint, "a counter goes back");
        bench.Send();
        bench.Store.Tick(bench.Now());
        foreach (var (key, state, _) in bench.Segments().Where(one => after.Exists(other => other.Key == one.Key && other.State is SegmentStates.Sealed or SegmentStates.Opened)))
            Require(state is SegmentStates.Sealed or SegmentStates.Opened && bench.Card.Read(RecorderBench.PathOf(key)) is not null, $"{key} is deleted or counts as {state}");
        return isTaken ? true : null;
    }

    private static bool IsAuthentic(byte[] message, long counter)
    {
        if (message.Length < 49)
            return false;
        bool isReceipt = message[1] == 16;
        int body = message.Length - (isReceipt ? 96 : 32);
        long given = isReceipt || message.Length < 24 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(message.AsSpan(message[1] is 17 or 18 ? 16 : 8));
        byte[] key = isReceipt ? RecorderBench.Keys.ReceiptKey(RecorderBench.Device, 1) : RecorderBench.Keys.CommandKey(RecorderBench.Device, 1);
        return body > 0 && HMACSHA256.HashData(key, message.AsSpan(0, body)).AsSpan().SequenceEqual(message.AsSpan(body, 32)) && (isReceipt || given > counter);
    }

    private static IEnumerable<(uint Recording, uint Segment, byte[] Digest)> Named(byte[] receipt)
    {
        for (int offset = 140; offset + 40 + 96 <= receipt.Length; offset += 40)
            yield return (BinaryPrimitives.ReadUInt32LittleEndian(receipt.AsSpan(offset)), BinaryPrimitives.ReadUInt32LittleEndian(receipt.AsSpan(offset + 4)), receipt[(offset + 8)..(offset + 40)]);
    }

    private static byte[] SignMessage(byte[] bytes)
    {
        int tail = bytes.Length > 2 && bytes[1] == 16 ? 96 : 32;
        if (bytes.Length <= tail)
            return bytes;
        byte[] made = [.. bytes];
        byte[] key = tail == 96 ? RecorderBench.Keys.ReceiptKey(RecorderBench.Device, 1) : RecorderBench.Keys.CommandKey(RecorderBench.Device, 1);
        HMACSHA256.HashData(key, made.AsSpan(0, made.Length - tail), made.AsSpan(made.Length - tail, 32));
        return made;
    }

    // The constants that the checks are made with are published: whoever has the card can make them.
    private static byte[] SignRecords(byte[] bytes) => Signed(bytes, 64, "bodycam/v1/ledger"u8.ToArray(), 4);

    // Whoever can write the flash has the keys as well: numbers go only so far that counting up to them ends.
    private static byte[] SignSlots(byte[] bytes)
    {
        byte[] near = [.. bytes];
        for (int slot = 0; slot + DeviceState.SlotBytes <= near.Length; slot += DeviceState.SlotBytes)
        {
            foreach (int at in new[] { 16, 20, 24, 36, 40, 52, 244 })
                BinaryPrimitives.WriteInt32LittleEndian(near.AsSpan(slot + at), BinaryPrimitives.ReadInt32LittleEndian(near.AsSpan(slot + at)) % 100_000);
        }

        return Signed(near, DeviceState.SlotBytes, "bodycam/v1/state"u8.ToArray(), 32);
    }

    private static byte[] SignRing(byte[] bytes) => Signed(bytes, JournalRing.SlotBytes, "bodycam/v1/ring"u8.ToArray(), 8);

    private static byte[] Signed(byte[] bytes, int slotBytes, byte[] label, int checkBytes)
    {
        byte[] made = [.. bytes];
        for (int offset = 0; offset + slotBytes <= made.Length; offset += slotBytes)
            Check(label, made.AsSpan(offset, slotBytes - checkBytes), checkBytes).CopyTo(made, offset + slotBytes - checkBytes);
        return made;
    }

    private static byte[] Check(ReadOnlySpan<byte> label, ReadOnlySpan<byte> bytes, int count) => HMACSHA256.HashData(label, bytes)[..count];

    // Records about other places than those of the card.
    private static IEnumerable<byte[]> Forged(byte[][] records)
    {
        byte[] opened = Array.FindLast(records, static record => record[1] == SegmentStates.Opened && BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(8)) > 0)!;
        byte[] journal = Array.FindLast(records, static record => record[1] == SegmentStates.Sealed && BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(8)) == 0)!;
        foreach (int at in new[] { 4, 8, 12, 16, 20, 24 })
        {
            foreach (int value in new[] { -1, 0, 7, 5000, 1 << 30, int.MaxValue })
            {
                foreach (byte[] record in new[] { opened, journal })
                {
                    byte[] forged = [.. record];
                    BinaryPrimitives.WriteInt32LittleEndian(forged.AsSpan(at), value);
                    yield return forged;
                }
            }
        }
    }

    private static IEnumerable<byte[]> Edges(byte[] bytes, params int[] places)
    {
        foreach (int at in places)
        {
            foreach (int value in new[] { -1, 0, 5, 8192, 0xFFFF, int.MaxValue, int.MinValue })
            {
                byte[] edged = [.. bytes];
                BinaryPrimitives.WriteInt32LittleEndian(edged.AsSpan(at), value);
                yield return edged;
            }
        }
    }

    private static IEnumerable<byte[]> Elements() => [[0x1F, 0x43, 0xB6, 0x75, 1, 255, 255, 255, 255, 255, 255, 255], [0xEC, 0xA8, (byte)'B', (byte)'C', (byte)'A', (byte)'1'], [0xA3, 0x41, 0, 0x81, 0, 0, 0x80], [0xE7, 0x84, 255, 255, 255, 255], [0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255], [0x12, 0x54, 0xC3, 0x67, 0x08, 0, 0, 0, 0, 0]];

    private static Dictionary<string, byte[]> With(Dictionary<string, byte[]> files, string path, byte[] bytes) => new(files, StringComparer.OrdinalIgnoreCase) { [path] = bytes };

    private static string Newest(Made made, string folder, string extension) => made.Files.Keys.Where(path => path.StartsWith(folder + "\\", StringComparison.Ordinal) && path.EndsWith(extension, StringComparison.Ordinal)).MaxBy(static path => int.Parse(Path.GetFileNameWithoutExtension(path[(path.LastIndexOf('\\') + 1)..]), CultureInfo.InvariantCulture))!;

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    /// <summary>A card and a flash as a shift leaves them.</summary>
    /// <param name="Files">All of both.</param>
    /// <param name="Segments">What the ledger says of them.</param>
    /// <param name="Fresh">The provisioning file as it is handed out, and nothing else.</param>
    private sealed record Made(Dictionary<string, byte[]> Files, List<(SegmentKey Key, int State, byte[] Digest)> Segments, Dictionary<string, byte[]> Fresh);

    private sealed record Ran(Dictionary<string, byte[]> Before, Dictionary<string, byte[]> After, List<(SegmentKey Key, int State, byte[] Digest)> Segments, StoreResult Recorded, bool IsOnRing, int Number, int LineBefore, int LineAfter);
}
