using System.Buffers;
using System.Security.Cryptography;

namespace BodyCam.Log;

/// <summary>A record to be appended.</summary>
/// <param name="Type">Kind of record; see <see cref="LogEntry.IsType"/>.</param>
/// <param name="Utf8Json">Its exact bytes, at most <see cref="LogWriter.RecordBytesMax"/>; not retained.</param>
public sealed record LogRecord(string Type, byte[] Utf8Json);

/// <summary>Where a record stands now.</summary>
/// <param name="Sequence">Place in the log, from 0.</param>
/// <param name="LeafHash">Hash of its leaf, 32 bytes.</param>
public sealed record LogAppended(long Sequence, byte[] LeafHash);

/// <summary>Outcome of one group commit.</summary>
/// <param name="Records">One per record, in the order given.</param>
/// <param name="Signed">The checkpoint that covers them; durable.</param>
public sealed record LogBatch(IReadOnlyList<LogAppended> Records, SignedCheckpoint Signed);

/// <summary>The log cannot be written: a write or sync failed, or what lies on the disk contradicts its own checkpoint. Nothing more is appended until the log is opened again.</summary>
public sealed class LogBrokenException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong and what to do next.</param>
    /// <param name="inner">The failure below, if any.</param>
    public LogBrokenException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>
/// The one writer of a log. Safe for concurrent use; callers wait for each other.
/// What a call has returned survives any power cut. After a power cut the log is what its checkpoint says: anything beyond is cut when it is opened.
/// </summary>
/// <remarks>
/// Order of one batch: record lines appended and synced → full bundles and tiles, durable → unfinished ones, not synced → checkpoint, durable.
/// Unfinished bundles and level-0 tiles are not synced because the record lines alone suffice to make them again.
/// </remarks>
public sealed class LogWriter : IDisposable
{
    /// <summary>Most records of one batch.</summary>
    public const int BatchRecordsMax = 4096;

    /// <summary>Longest record, in bytes.</summary>
    public const int RecordBytesMax = 64 * 1024;

    // Of a segment's record with its signature.
    private const int LineBytesUsual = 1024;

    private readonly ILogFiles _files;
    private readonly ECDsa _key;
    private readonly LogPublicKey _publicHalf;
    private readonly string _origin;
    private readonly TimeProvider _time;
    private readonly IDisposable _held;
    private readonly Lock _gate = new();
    private readonly TreeEdge _edge;
    private long _recordsTailBytes;
    private SignedCheckpoint _current;
    private Exception? _broken;

    private LogWriter(ILogFiles files, ECDsa key, TimeProvider time, IDisposable held, LogRecovery recovered)
    {
        (_files, _key, _publicHalf, _origin, _time, _held) = (files, key, LogPublicKey.From(key), recovered.Signed.Checkpoint.Origin, time, held);
        (_edge, _recordsTailBytes, _current) = (recovered.Edge, recovered.RecordsTailBytes, recovered.Signed);
    }

    /// <summary>The newest durable checkpoint.</summary>
    public SignedCheckpoint Current
    {
        get
        {
            lock (_gate)
                return _current;
        }
    }

    /// <summary>Opens a log for writing, or begins one in an empty folder with a signed checkpoint of size 0. Afterwards everything beyond the checkpoint is gone and the checkpoint is durable.</summary>
    /// <param name="folder">The log's folder; made if there is none.</param>
    /// <param name="key">The log's private P-256 key; retained, not disposed.</param>
    /// <param name="origin">Name of a new log; see <see cref="CheckpointNote.IsName"/>. One that exists keeps the name in its checkpoint, whichever key signs it now.</param>
    /// <param name="time">Gives the gateway-wall time of leaves.</param>
    /// <param name="files">Storage verbs, or null for real ones over the folder.</param>
    /// <param name="previousKeys">Keys whose signature on the last checkpoint is accepted too, after a rotation; it is then signed anew.</param>
    /// <returns>The writer; it holds the log until disposed.</returns>
    /// <exception cref="LogBrokenException">The folder's content does not fit its checkpoint or the key. Nothing was cut.</exception>
    /// <exception cref="IOException">Another writer holds the log, or the disk failed.</exception>
    public static LogWriter Open(string folder, ECDsa key, string origin, TimeProvider time, ILogFiles? files = null, IReadOnlyList<LogPublicKey>? previousKeys = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(time);
        if (!CheckpointNote.IsName(origin))
            throw new ArgumentException("The origin must be 1..255 characters without spaces and plus signs.", nameof(origin));
        files ??= new DiskLogFiles(folder);
        var held = files.Acquire();
        try
        {
            return new LogWriter(files, key, time, held, LogRecovery.Run(files, key, origin, previousKeys ?? []));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Appends records as consecutive leaves and commits to them with one signed checkpoint. On return all of it is durable.</summary>
    /// <param name="records">1..<see cref="BatchRecordsMax"/> records.</param>
    /// <returns>Place and leaf hash of each record, and the checkpoint.</returns>
    /// <exception cref="ArgumentException">A record or the batch is out of bounds; nothing was written.</exception>
    /// <exception cref="LogBrokenException">A write failed now or earlier; it is unknown which of these records are kept. Open the log again.</exception>
    public LogBatch AppendBatch(IReadOnlyList<LogRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count is 0 or > BatchRecordsMax)
            throw new ArgumentException($"A batch has 1..{BatchRecordsMax} records. Split it.", nameof(records));
        foreach (var record in records)
        {
            if (!LogEntry.IsType(record.Type) || record.Utf8Json.Length > RecordBytesMax)
                throw new ArgumentException($"Record type '{record.Type}' is no type name, or the record is longer than {RecordBytesMax} bytes.", nameof(records));
        }
        lock (_gate)
            return Guarded(() => AppendNeedsLock(records));
    }

    /// <summary>Removes records and their salts; the leaves stay, with type, time and commitment, and every proof stays valid. On return no file of the log holds them; the disk's free blocks may.</summary>
    /// <param name="sequences">Places of the records; what is purged already is left as it is.</param>
    /// <returns>How many records were removed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A place is not in the log; nothing was removed.</exception>
    /// <exception cref="LogBrokenException">A write failed now or earlier, or a line cannot be read. Each records file is as before or purged, never a mixture.</exception>
    public int Purge(IReadOnlyCollection<long> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        lock (_gate)
        {
            if (sequences.Any(sequence => sequence < 0 || sequence >= _edge.Size))
                throw new ArgumentOutOfRangeException(nameof(sequences), "No such record. Use the sequence that the append returned.");
            return Guarded(() => sequences.GroupBy(sequence => sequence / LogPaths.Width).Sum(group => PurgeNeedsLock(group.Key, [.. group])));
        }
    }

    /// <summary>Gives the log back. What was returned before is durable already.</summary>
    public void Dispose() => _held.Dispose();

    private T Guarded<T>(Func<T> write)
    {
        if (_broken is not null)
            throw new LogBrokenException("The log stopped at an earlier failure. Check the disk, then restart the gateway: opening the log recovers it.", _broken);
        try
        {
            return write();
        }
        catch (Exception e)
        {
            // After a failed fsync nobody knows what the disk holds; only reading it anew tells.
            _broken = e;
            throw new LogBrokenException("Writing the log failed. Check the disk, then restart the gateway: opening the log recovers it.", e);
        }
    }

    private LogBatch AppendNeedsLock(IReadOnlyList<LogRecord> records)
    {
        var timeUs = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        var appended = new List<LogAppended>(records.Count);
        var filled = new List<(string Path, byte[] Content)>();
        var lines = new ArrayBufferWriter<byte>(Math.Min(records.Count, LogPaths.Width) * LineBytesUsual);
        foreach (var record in records)
        {
            var salt = RandomNumberGenerator.GetBytes(LogEntry.SaltBytes);
            var stored = new StoredRecord(_edge.Size, timeUs, record.Type, LogEntry.Commit(salt, record.Utf8Json), salt, record.Utf8Json);
            var entry = stored.ToEntry().ToBytes();
            var leafHash = MerkleHash.Leaf(entry);
            stored.WriteLine(lines);
            appended.Add(new LogAppended(_edge.Size, leafHash));
            _edge.Append(entry, leafHash, filled);
            if (_edge.Size % LogPaths.Width == 0)
            {
                AppendLinesNeedsLock(lines, (_edge.Size - 1) / LogPaths.Width);
                _recordsTailBytes = 0;
            }
        }
        AppendLinesNeedsLock(lines, _edge.Size / LogPaths.Width);

        foreach (var (path, content) in filled)
            _files.WriteDurable(path, content);
        WriteUnfinishedNeedsLock(upperLevels: filled.Count > 0);
        // A partial file that was never synced may come back torn after a power cut, so it goes before the checkpoint passes its tile.
        foreach (var (path, _) in filled)
            _files.DeleteDurable(LogPaths.PartialFolder(path));

        var checkpoint = new Checkpoint(_origin, _edge.Size, _edge.Root());
        var note = CheckpointNote.Sign(checkpoint, _key, _publicHalf);
        _files.WriteDurable(LogPaths.Checkpoint, note);
        _current = new SignedCheckpoint(checkpoint, note);
        return new LogBatch(appended, _current);
    }

    private void AppendLinesNeedsLock(ArrayBufferWriter<byte> lines, long bundle)
    {
        if (lines.WrittenCount == 0)
            return;
        _files.AppendDurable(LogPaths.Records(bundle), _recordsTailBytes, lines.WrittenSpan);
        _recordsTailBytes += lines.WrittenCount;
        lines.ResetWrittenCount();
    }

    private void WriteUnfinishedNeedsLock(bool upperLevels)
    {
        var width = (int)(_edge.Size % LogPaths.Width);
        if (width > 0)
        {
            _files.WriteUnsynced(LogPaths.Partial(LogPaths.Entries(_edge.Size / LogPaths.Width), width), _edge.Entries());
            _files.WriteUnsynced(LogPaths.Partial(LogPaths.Tile(0, _edge.Size / LogPaths.Width), width), _edge.Tile(0));
        }
        for (var level = 1; upperLevels && level < LogPaths.LevelsMax; level++)
        {
            if (_edge.Tile(level) is { Length: > 0 } tile)
                _files.WriteDurable(LogPaths.Partial(LogPaths.Tile(level, _edge.Size >> (8 * (level + 1))), tile.Length / MerkleHash.Bytes), tile);
        }
    }

    private int PurgeNeedsLock(long bundle, HashSet<long> sequences)
    {
        var path = LogPaths.Records(bundle);
        var bytes = _files.Read(path) ?? throw new InvalidDataException($"{path} is missing. Run: bodycam verify");
        var output = new List<byte>(bytes.Length);
        var purged = 0;
        foreach (var line in Lines.Of(bytes))
        {
            var stored = StoredRecord.ParseLine(bytes.AsSpan(line)) ?? throw new InvalidDataException($"{path} has a line that cannot be read. Run: bodycam verify");
            if (sequences.Contains(stored.Sequence) && !stored.IsPurged)
            {
                output.AddRange(stored.Purged().ToLine());
                purged++;
            }
            else
            {
                output.AddRange(bytes.AsSpan(line));
            }
        }
        if (purged == 0)
            return 0;
        _files.WriteDurable(path, output.ToArray());
        if (bundle == _edge.Size / LogPaths.Width)
            _recordsTailBytes = output.Count;
        return purged;
    }
}
