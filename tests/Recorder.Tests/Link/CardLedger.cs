using System.Buffers.Binary;
using BodyCam.Core;

namespace BodyCam.Recorder.Tests;

/// <summary>What the card's ledger says of each segment (firmware/docs/storage-on-card.md §1), read without the firmware.</summary>
internal static class CardLedger
{
    public const int Sealed = 3, Receipted = 4, Archived = 5, Erased = 7;

    private const int RecordBytes = 64;

    /// <summary>Newest state of every segment.</summary>
    public static Dictionary<SegmentKey, int> States(Bench bench)
    {
        var ledger = File.ReadAllBytes(Path.Combine(bench.Recorder.CardFolder, "bodycam", "ledger.bin"));
        var states = new Dictionary<SegmentKey, int>();
        for (var at = 0; at + RecordBytes <= ledger.Length; at += RecordBytes)
        {
            var record = ledger.AsSpan(at, RecordBytes);
            if (record[0] == (byte)'L' && record[1] is >= 1 and <= Erased)
                states[new SegmentKey(Bench.Device, U32(record, 4), U32(record, 8), U32(record, 12))] = record[1];
        }

        return states;
    }

    /// <summary>The same for footage only.</summary>
    public static Dictionary<SegmentKey, int> Footage(Bench bench) => States(bench).Where(static pair => !pair.Key.IsJournalChain).ToDictionary();

    private static uint U32(ReadOnlySpan<byte> record, int at) => BinaryPrimitives.ReadUInt32LittleEndian(record[at..]);
}
