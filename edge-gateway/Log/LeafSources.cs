namespace BodyCam.Log;

/// <summary>One leaf, settled.</summary>
/// <param name="Entry">Its bytes as far as a source has them, else none.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="IsPurged">True when the record line is in its purged form.</param>
/// <param name="IsAgreed">True when two sources say this hash: no damage of the third, or of another leaf, is an explanation of a root that does not fit.</param>
/// <param name="IsGone">True when no source has anything of it.</param>
/// <param name="IsRecordWhole">True when the record stands as it was committed to.</param>
internal sealed record SettledLeaf(byte[] Entry, byte[] Hash, bool IsPurged, bool IsAgreed, bool IsGone, bool IsRecordWhole);

/// <summary>The three files that each know the leaves of one bundle: record lines, entries and tile. Where two agree against the third, the third is at fault.</summary>
internal sealed class LeafSources
{
    private readonly long _first;
    private readonly string _recordsPath;
    private readonly string _entriesPath;
    private readonly string _tilePath;
    private readonly StoredRecord?[] _records;
    private readonly List<byte[]> _entries;
    private readonly byte[] _tile;

    public LeafSources(ILogFiles files, long bundle, int width)
        : this(bundle, width, files.Read(LogPaths.Records(bundle)), TileFiles.ReadAtWidth(files, LogPaths.Entries(bundle), width, out var entriesPath), entriesPath, TileFiles.ReadAtWidth(files, LogPaths.Tile(0, bundle), width, out var tilePath), tilePath)
    {
    }

    /// <summary>Over what was read of them; null for one that is missing.</summary>
    public LeafSources(long bundle, int width, byte[]? records, byte[]? entries, string entriesPath, byte[]? tile, string tilePath)
    {
        _first = bundle * LogPaths.Width;
        (_recordsPath, _entriesPath, _tilePath) = (LogPaths.Records(bundle), entriesPath, tilePath);
        _records = new StoredRecord?[width];
        NothingIsThere = records is null && entries is null && tile is null;

        ReadLines(records, width);
        _entries = LogReader.SplitBundle(entries ?? [], width, out var used);
        if (entries is null)
            Fault(_entriesPath, _first, LogFaultKind.Missing, "The entry bundle is missing.");
        else if (_entries.Count < width)
            Fault(_entriesPath, _first + _entries.Count, LogFaultKind.Damaged, "The entry bundle breaks off here, or a length in it is wrong.");
        else if (entries.Length > used && _entriesPath == LogPaths.AtWidth(LogPaths.Entries(bundle), width))
            Fault(_entriesPath, null, LogFaultKind.Damaged, "The entry bundle goes on after its last entry.");

        _tile = tile ?? [];
        if (tile is null)
            Fault(_tilePath, _first, LogFaultKind.Missing, "The tile is missing.");
        else if (tile.Length < width * MerkleHash.Bytes || (tile.Length > width * MerkleHash.Bytes && _tilePath == LogPaths.AtWidth(LogPaths.Tile(0, bundle), width)))
            Fault(_tilePath, null, LogFaultKind.Damaged, $"The tile has {tile.Length} bytes instead of {width * MerkleHash.Bytes}.");
    }

    /// <summary>Leaves of the bundle.</summary>
    public int Width => _records.Length;

    /// <summary>True if no file knows the bundle.</summary>
    public bool NothingIsThere { get; }

    /// <summary>Faults of whole files.</summary>
    public List<LogFault> Faults { get; } = [];

    /// <summary>Record lines beyond the checkpoint.</summary>
    public int LinesBeyond { get; private set; }

    /// <summary>Settles one leaf and reports the sources that differ from it.</summary>
    public SettledLeaf Judge(int i, Action<string, long?, LogFaultKind, string> fault)
    {
        var record = _records[i];
        var byRecord = record?.ToEntry().ToBytes();
        var byEntry = i < _entries.Count ? _entries[i] : null;
        var recordHash = byRecord is null ? null : MerkleHash.Leaf(byRecord);
        var entryHash = byEntry is null ? null : MerkleHash.Leaf(byEntry);
        var tileHash = (i + 1) * MerkleHash.Bytes <= _tile.Length ? _tile[(i * MerkleHash.Bytes)..((i + 1) * MerkleHash.Bytes)] : null;

        var settled = Same(recordHash, entryHash) || Same(recordHash, tileHash) ? recordHash!
            : entryHash ?? recordHash ?? tileHash ?? new byte[MerkleHash.Bytes];
        if (byEntry is not null && !Same(entryHash, settled))
            fault(_entriesPath, _first + i, LogFaultKind.Damaged, "The entry is not the one that record and tile say.");
        if (byEntry is not null && Same(entryHash, settled) && LogEntry.Parse(byEntry)?.Sequence != _first + i)
            fault(_entriesPath, _first + i, LogFaultKind.Damaged, "The entry is not written as an entry of this place.");
        if (record is not null && !Same(recordHash, settled))
            fault(_recordsPath, _first + i, LogFaultKind.Damaged, "The record is not the one that was committed to.");
        if (tileHash is not null && !Same(tileHash, settled))
            fault(_tilePath, _first + i, LogFaultKind.Damaged, "The tile's hash is not the hash of the entry.");
        var isAgreed = Same(recordHash, entryHash) || Same(recordHash, tileHash) || Same(entryHash, tileHash);
        return new SettledLeaf(Same(recordHash, settled) ? byRecord! : byEntry ?? [], settled, record is { IsPurged: true }, isAgreed, (recordHash ?? entryHash ?? tileHash) is null, record is { IsPurged: false } && Same(recordHash, settled));
    }

    private void ReadLines(byte[]? bytes, int width)
    {
        if (bytes is null)
        {
            Fault(_recordsPath, _first, LogFaultKind.Missing, "The records file is missing.");
            return;
        }
        var count = 0;
        foreach (var line in Lines.Of(bytes))
        {
            if (count >= width)
            {
                LinesBeyond++;
                continue;
            }
            var stored = StoredRecord.ParseLine(bytes.AsSpan(line));
            if (stored?.Sequence == _first + count)
                _records[count] = stored;
            else
                Fault(_recordsPath, _first + count, LogFaultKind.Damaged, "The line is not a record of this place.");
            count++;
        }
        if (count < width)
            Fault(_recordsPath, _first + count, LogFaultKind.Missing, "The records file ends here.");
        if (LinesBeyond > 0 && width == LogPaths.Width)
            Fault(_recordsPath, null, LogFaultKind.Damaged, "The records file goes on after its last record.");
    }

    private void Fault(string path, long? sequence, LogFaultKind kind, string what) => Faults.Add(new LogFault(path, sequence, kind, what));

    private static bool Same(byte[]? a, byte[]? b) => a is not null && b is not null && a.AsSpan().SequenceEqual(b);
}
