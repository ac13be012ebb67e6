using System.Numerics;

namespace BodyCam.Log;

/// <summary>What a log got since a state that was audited: taken only where the newer tree is the older one and these records, and nothing else.</summary>
public static class LogContinuation
{
    /// <summary>Reads the records between two states; memory as they have.</summary>
    /// <param name="files">The log.</param>
    /// <param name="older">A state of it whose leaves were audited.</param>
    /// <param name="newer">A checkpoint that was read later; its signature is not checked.</param>
    /// <param name="isLacking">True where the answer is null because a tile or a record is not there: then nobody can tell.</param>
    /// <returns>Every record from the older state's end to the newer one's, in order; null when the newer one does not continue the older, or a record is missing or is not its leaf.</returns>
    public static IReadOnlyList<StoredRecord>? Read(ILogFiles files, Checkpoint older, Checkpoint newer, out bool isLacking)
    {
        isLacking = false;
        ArgumentNullException.ThrowIfNull(older);
        ArgumentNullException.ThrowIfNull(newer);
        if (newer.Size < older.Size || !string.Equals(newer.Origin, older.Origin, StringComparison.Ordinal))
            return null;
        try
        {
            var reader = new LogReader("", files);
            var range = Edge(reader, older.Size);
            if (!range.Root().AsSpan().SequenceEqual(older.Root))
                return null;
            var records = Append(reader, range, older.Size, newer.Size);
            isLacking = records is null;
            return records is not null && range.Root().AsSpan().SequenceEqual(newer.Root) ? records : null;
        }
        catch (InvalidDataException)
        {
            isLacking = true;
            return null; // a tile is missing: an audit names it
        }
    }

    private static CompactRange Edge(LogReader reader, long size)
    {
        var range = new CompactRange();
        for (long at = 0; at < size;)
        {
            var height = BitOperations.Log2((ulong)(size - at));
            range.Push(height, reader.Subtree(height, at >> height, size));
            at += 1L << height;
        }

        return range;
    }

    // Bundle by bundle: a size that no file stands behind ends at the first.
    private static List<StoredRecord>? Append(LogReader reader, CompactRange range, long from, long to)
    {
        var records = new List<StoredRecord>();
        for (var at = from; at < to;)
        {
            var end = Math.Min(to, ((at / LogPaths.Width) + 1) * LogPaths.Width);
            foreach (var record in reader.ReadRecords(at, end))
            {
                if (record.Sequence != at)
                    return null;
                range.Push(0, record.ToEntry().LeafHash());
                records.Add(record);
                at++;
            }

            if (at != end)
                return null;
        }

        return records;
    }
}
