using System.Security.Cryptography;
using System.Text;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Log;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>The log: leaves, record lines, checkpoint notes, changes of the key, proofs, names of tiles.</summary>
internal static class LogTargets
{
    private const string Origin = "bodycam.example/station-1";

    public static IEnumerable<FuzzTarget> All()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var witness = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var checkpoints = Enumerable.Range(1, 3).Select(size => new Checkpoint(Origin, size * 1000, SHA256.HashData([(byte)size]))).ToList();
        byte[][] notes = [.. checkpoints.Select(checkpoint => CheckpointNote.Sign(checkpoint, key)), [.. CheckpointNote.Sign(checkpoints[0], key), .. CheckpointNote.SignatureLine(CheckpointNote.Text(checkpoints[0]), "witness.example/w1", witness)]];
        var publicKey = LogPublicKey.From(key);
        byte[] record = Encoding.UTF8.GetBytes("{\"type\":\"segment\",\"device\":\"unit-7\"}");
        var stored = new StoredRecord(7, 1_790_000_000_000_000, "segment", LogEntry.Commit(new byte[16], record), new byte[16], record);
        byte[][] lines = [stored.ToLine(), stored.Purged().ToLine()];
        var change = KeyChange.Record(checkpoints[0], publicKey, key, witness, 1_790_000_000_000_000);
        return
        [
            new("log leaf", [stored.ToEntry().ToBytes()], static bytes => LogEntry.Parse(bytes), static (bytes, entry) => Same(((LogEntry)entry).ToBytes(), bytes)) { IsText = true },
            // A line is decoded into record and commitment and written again to compare.
            new("log record line", lines, static bytes => StoredRecord.ParseLine(bytes), static (bytes, line) => Same(((StoredRecord)line).ToLine(), bytes)) { IsText = true, AllocatedPerByte = 24 },
            new("checkpoint note", notes, bytes => (CheckpointNote.Verify(bytes, publicKey, out var checkpoint), checkpoint), (_, note) => NoteHolds(((CheckpointVerdict, Checkpoint?))note, checkpoints)) { IsText = true, AllocatedPerByte = 128, Words = ["\n\n"u8.ToArray(), "— a AAAAAAA=\n"u8.ToArray(), Encoding.UTF8.GetBytes(Origin)] },
            new("key change", [change.Utf8Json], bytes => Change(bytes, checkpoints[0]), (_, read) => Same(((KeyChange)read).SignedText(Origin), Change(change.Utf8Json, checkpoints[0])!.SignedText(Origin))) { IsText = true, AllocatedPerByte = 24, AllocatedMax = 64 * 1024 },
            new("verifier key", [Encoding.UTF8.GetBytes(publicKey.ToVkey(Origin))], static bytes => LogPublicKey.FromVkey(Encoding.UTF8.GetString(bytes), out _), static (_, read) => ((LogPublicKey)read).KeyId.Length == 4) { IsText = true, AllocatedPerByte = 32, AllocatedMax = 64 * 1024, InputBytesMax = 8 * 1024 },
            new("tile name", [.. new[] { "tile/0/x001/x234/067", "tile/entries/000.p/17", "records/x001/000.jsonl", "tile/7/000" }.Select(Encoding.ASCII.GetBytes)], static bytes => LogPaths.TryParse(Encoding.UTF8.GetString(bytes), out int level, out long index, out int width) ? (level, index, width) : null, static (_, place) => (((int Level, long Index, int Width))place) is { Level: >= 0 and < LogPaths.LevelsMax, Index: >= 0, Width: > 0 and <= LogPaths.Width } ? true : throw new InvalidOperationException($"a place that no tree has: {place}")) { IsText = true, AllocatedPerByte = 64 },
            new("proof", [Hashes(3), Hashes(10)], bytes => Proof(bytes, checkpoints[0]), static (_, holds) => (bool)holds ? throw new InvalidOperationException("a made-up proof holds") : true) { AllocatedPerByte = 24 },
        ];
    }

    private static bool NoteHolds((CheckpointVerdict Verdict, Checkpoint? Checkpoint) note, List<Checkpoint> signed)
    {
        if (note.Verdict == CheckpointVerdict.Valid && !signed.Exists(one => one.Size == note.Checkpoint!.Size && one.Origin == note.Checkpoint.Origin && one.Root.AsSpan().SequenceEqual(note.Checkpoint.Root)))
            throw new InvalidOperationException("a checkpoint that was never signed is valid");
        return note.Checkpoint is not null;
    }

    // JSON may be spelled otherwise; what both keys signed may not.
    private static KeyChange? Change(byte[] bytes, Checkpoint before) =>
        KeyChange.Read(new StoredRecord(before.Size, 0, KeyChange.Type, new byte[32], new byte[16], bytes), Origin);

    private static byte[] Hashes(int count) => [.. Enumerable.Range(0, count).SelectMany(static index => SHA256.HashData([(byte)index]))];

    private static object? Proof(byte[] bytes, Checkpoint checkpoint)
    {
        if (bytes.Length < 33)
            return bytes.Length == 32 ? null : false;
        var proof = bytes.Chunk(32).ToList();
        long index = 1 + bytes[0];
        byte[] hash = SHA256.HashData(bytes);
        return MerkleProof.VerifyInclusion(index, checkpoint.Size, hash, proof, checkpoint.Root) || MerkleProof.VerifyConsistency(index, checkpoint.Size, hash, checkpoint.Root, proof);
    }

    private static bool Same(ReadOnlySpan<byte> written, ReadOnlySpan<byte> read) =>
        written.SequenceEqual(read) ? true : throw new InvalidOperationException("what was accepted is written otherwise");
}
