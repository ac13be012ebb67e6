using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

/// <summary>Records that somebody who has the card writes into its ledger, with their check, which is made with a published constant; and what the recorder made of them.</summary>
internal static class ForgedLedger
{
    internal static void Forge(Bench bench, params (int Recording, int Segment)[] places) => Forge(bench, SegmentStates.Sealed, places);

    internal static void Forge(Bench bench, int state, params (int Recording, int Segment)[] places)
    {
        string path = Path.Combine(bench.Card, "bodycam", "ledger.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bench.Board.CutPower();
        bench.Board.ReleaseParkedThreads();
        foreach ((int recording, int segment) in places)
        {
            byte[] record = new byte[64];
            record[0] = (byte)'L';
            record[1] = (byte)state;
            record[2] = Kinds.Footage;
            BitConverter.TryWriteBytes(record.AsSpan(4), 1);
            BitConverter.TryWriteBytes(record.AsSpan(8), recording);
            BitConverter.TryWriteBytes(record.AsSpan(12), segment);
            BitConverter.TryWriteBytes(record.AsSpan(24), 1);
            System.Security.Cryptography.HMACSHA256.HashData("bodycam/v1/ledger"u8, record.AsSpan(0, 60)).AsSpan(0, 4).CopyTo(record.AsSpan(60));
            bytes = [.. bytes, .. record];
        }

        File.WriteAllBytes(path, bytes);
        bench.Board.PowerOn();
    }

    internal static int Rows(Bench bench, IEnumerable<int> segments) =>
        segments.Select(segment => bench.Store.Ledger.Find(1, 0, segment)).OfType<LedgerRecording>().Distinct().Sum(static row => row.Count);

    internal static int State(Bench bench, int segment)
    {
        LedgerRecording? row = bench.Store.Ledger.Find(1, 0, segment);
        return row == null ? SegmentStates.None : row.State(segment);
    }
}
