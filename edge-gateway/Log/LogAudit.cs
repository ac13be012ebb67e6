namespace BodyCam.Log;

/// <summary>
/// Checks a whole log, read only, in one pass with bounded memory, beside a writer too: every record against its leaf, every leaf against its tile,
/// every tile against the ones below, the root against the checkpoint, the checkpoint against the key and against what others kept.
/// </summary>
public sealed class LogAudit
{
    /// <summary>An audit names this many faults of a kind, and counts the others.</summary>
    public const int FaultsMax = 1000;

    private const int LostKindsMax = 64;

    private readonly ILogFiles _files;
    private readonly FaultList _faults = new();
    private readonly HashSet<string> _lostKinds = new(StringComparer.Ordinal);
    private readonly TreeEdge _edge = new();
    private long _size;
    private long _purged;
    private long _beyond;
    private bool _isUnsettled;
    private long _goneFrom = long.MaxValue;

    private LogAudit(ILogFiles files) => _files = files;

    /// <summary>Audits a log.</summary>
    /// <param name="folder">The log's folder, or a copy of it.</param>
    /// <param name="publicKey">The log's key, from outside the folder; null leaves the signer open.</param>
    /// <param name="anchors">Checkpoints that others kept (receipts, witnesses); the log must continue each.</param>
    /// <param name="files">Storage verbs, or null for real ones over the folder.</param>
    /// <param name="progress">Told the number of leaves checked, every 256.</param>
    /// <returns>The faults; none means that every byte below the checkpoint is as it was written.</returns>
    public static LogAuditReport Run(string folder, LogPublicKey? publicKey = null, IReadOnlyList<Checkpoint>? anchors = null, ILogFiles? files = null, IProgress<long>? progress = null) =>
        new LogAudit(files ?? new DiskLogFiles(folder)).Run(publicKey, anchors ?? [], progress);

    private LogAuditReport Run(LogPublicKey? publicKey, IReadOnlyList<Checkpoint> anchors, IProgress<long>? progress)
    {
        var note = _files.Read(LogPaths.Checkpoint);
        if (note is null)
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Missing, "The checkpoint is missing.");
        else if (CheckpointNote.ParseUnsigned(note) is { } checkpoint)
            return RunOn(new SignedCheckpoint(checkpoint, note), CheckSigner(note, publicKey), anchors, progress);
        else
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Checkpoint, "The checkpoint is no signed note of a tree.");
        return RunOn(null, false, anchors, progress);
    }

    private LogAuditReport RunOn(SignedCheckpoint? signed, bool established, IReadOnlyList<Checkpoint> anchors, IProgress<long>? progress)
    {
        _size = signed?.Checkpoint.Size ?? new LogReader("", _files).StandingSize();
        var roots = CheckLeaves(anchors, progress);
        var standing = signed is null ? new Checkpoint(anchors.MaxBy(static anchor => anchor.Size)?.Origin ?? "", _size, _edge.Root()) : null;
        var tree = standing ?? signed!.Checkpoint;
        var isRootGiven = signed is not null && _edge.Size == _size && _edge.Root().AsSpan().SequenceEqual(tree.Root);
        if (signed is not null && _edge.Size == _size && !isRootGiven)
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Checkpoint, "The checkpoint's root is not the root over the leaves.");
        var held = anchors.Where(anchor => CheckAnchor(anchor, tree, roots, signed is not null)).ToList();
        CheckNames();
        return new LogAuditReport(signed, _faults.All(), established, held.Count, _purged, _beyond)
        {
            AreLeavesSettled = _edge.Size == _size && !_isUnsettled,
            IsRootGiven = isRootGiven,
            LostKinds = _lostKinds,
            Standing = standing,
            HeldTo = held.Select(static anchor => anchor.Size).DefaultIfEmpty().Max(),
        };
    }

    private bool CheckSigner(byte[] note, LogPublicKey? publicKey)
    {
        if (CheckpointNote.Parse(note) is null)
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Signature, "The checkpoint's text can be read and its signatures cannot: nobody vouches for it.");
        if (publicKey is null || CheckpointNote.Parse(note) is null)
            return false;
        var verdict = CheckpointNote.Verify(note, publicKey, out _);
        if (verdict != CheckpointVerdict.Valid)
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Signature, verdict == CheckpointVerdict.BadSignature ? "The checkpoint's signature does not fit its text." : "The checkpoint is not signed by the given key.");
        return verdict == CheckpointVerdict.Valid;
    }

    private bool CheckAnchor(Checkpoint anchor, Checkpoint checkpoint, Dictionary<long, byte[]> roots, bool isRootSaid)
    {
        // Leaves that are gone accuse nobody: then the newest anchor is held against the checkpoint's own root, and an older one against nothing.
        var isGone = anchor.Size > _goneFrom;
        if (isGone && (anchor.Size < checkpoint.Size || !isRootSaid) && string.Equals(anchor.Origin, checkpoint.Origin, StringComparison.Ordinal))
        {
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Missing, $"An anchor of {anchor.Size} leaves cannot be compared before the log is whole: leaves from {_goneFrom} on are gone.");
            return false;
        }

        var root = isGone ? checkpoint.Root : roots.GetValueOrDefault(anchor.Size);
        var what = !string.Equals(anchor.Origin, checkpoint.Origin, StringComparison.Ordinal) ? $"The anchor speaks of another log, '{anchor.Origin}'. Give one of '{checkpoint.Origin}'."
            : anchor.Size > checkpoint.Size ? $"The log ends at {checkpoint.Size}, an anchor covers {anchor.Size}: leaves were taken back."
            : !root.AsSpan().SequenceEqual(anchor.Root) ? $"The first {anchor.Size} leaves are not the ones of the anchor."
            : null;
        if (what is not null)
            _faults.Add(LogPaths.Checkpoint, null, LogFaultKind.Anchor, what);
        return what is null;
    }

    /// <summary>Walks all bundles that stand, also behind one that is gone; returns the roots at the anchors' sizes that nothing that is gone lies before.</summary>
    private Dictionary<long, byte[]> CheckLeaves(IReadOnlyList<Checkpoint> anchors, IProgress<long>? progress)
    {
        var wanted = anchors.Select(anchor => anchor.Size).ToHashSet();
        var roots = new Dictionary<long, byte[]> { [0] = MerkleHash.EmptyRoot() };
        var end = _size == 0 ? 0 : ((_size - 1) / LogPaths.Width) + 1;
        long next = 0;
        foreach (var bundle in new LogReader("", _files).StandingBundles(_size))
        {
            var leaves = new LeafSources(_files, bundle, (int)Math.Min(LogPaths.Width, _size - (bundle * LogPaths.Width)));
            if (leaves.NothingIsThere)
                continue;
            NameGone(next, bundle);
            CheckBundle(bundle, leaves, wanted, roots);
            next = bundle + 1;
            progress?.Report(Math.Min(_size, next * LogPaths.Width));
        }

        NameGone(next, end);
        CheckUnfinished();
        return roots;
    }

    // The tree's edge ends where a bundle is gone; one behind it is judged for itself.
    private void CheckBundle(long bundle, LeafSources leaves, HashSet<long> wanted, Dictionary<long, byte[]> roots)
    {
        foreach (var fault in leaves.Faults)
            _faults.Add(fault.Path, fault.Sequence, fault.Kind, fault.What);
        _beyond += leaves.LinesBeyond;
        var isAtEdge = _edge.Size == bundle * LogPaths.Width;
        var edge = isAtEdge ? _edge : new TreeEdge();
        var filled = new List<(string Path, byte[] Content)>();
        for (var i = 0; i < leaves.Width; i++)
        {
            var leaf = leaves.Judge(i, _faults.Add);
            _purged += leaf.IsPurged ? 1 : 0;
            _isUnsettled |= !leaf.IsAgreed;
            if (leaf.IsGone)
                _goneFrom = Math.Min(_goneFrom, (bundle * LogPaths.Width) + i);
            if (!leaf.IsRecordWhole)
                _lostKinds.Add(LogEntry.Parse(leaf.Entry) is { } lost && _lostKinds.Count < LostKindsMax ? lost.Type : LogAuditReport.AnyKind);
            edge.Append(leaf.Entry, leaf.Hash, filled);
            if (isAtEdge && wanted.Contains(_edge.Size))
                roots[_edge.Size] = _edge.Root();
        }

        _faults.EndBundle();
        if (isAtEdge)
        {
            foreach (var (path, content) in filled)
                CheckTile(path, content, LogPaths.Width);
            return;
        }

        var isFull = filled.Count > 0;
        CheckPartials(LogPaths.Entries(bundle), isFull ? filled[0].Content : edge.Entries(), leaves.Width);
        CheckPartials(LogPaths.Tile(0, bundle), isFull ? filled[1].Content : edge.Tile(0), leaves.Width);
    }

    // However many there are, they are one fault: a size that no file stands behind costs nothing.
    private void NameGone(long from, long end)
    {
        if (from >= end)
            return;
        var what = end - from == 1 ? "This bundle is gone: its records, its entries and its tile" : $"{end - from} bundles are gone, with records, entries and tiles, up to {LogPaths.Records(end - 1)}";
        _faults.Add(LogPaths.Records(from), from * LogPaths.Width, LogFaultKind.Missing, $"{what}; the checkpoint covers {_size} leaves.");
        _faults.EndBundle();
        _goneFrom = Math.Min(_goneFrom, from * LogPaths.Width);
    }

    private void CheckUnfinished()
    {
        var width = (int)(_edge.Size % LogPaths.Width);
        if (width > 0)
            CheckPartials(LogPaths.Entries(_edge.Size / LogPaths.Width), _edge.Entries(), width);
        for (var level = 0; level < LogPaths.LevelsMax; level++)
        {
            if (_edge.Tile(level) is { Length: > 0 } tile)
                CheckTile(LogPaths.Tile(level, _edge.Size >> (8 * level) >> 8), tile, tile.Length / MerkleHash.Bytes);
        }
    }

    /// <summary>Compares the tile of a name with what the leaves make of it; level 0 and bundles are judged leaf by leaf before.</summary>
    private void CheckTile(string full, byte[] expected, int width)
    {
        CheckPartials(full, expected, width);
        if (full.StartsWith("tile/0/", StringComparison.Ordinal) || full.StartsWith("tile/entries/", StringComparison.Ordinal))
            return;
        var stored = TileFiles.ReadAtWidth(_files, full, width, out var path);
        if (stored is null)
            _faults.Add(LogPaths.AtWidth(full, width), null, LogFaultKind.Missing, "The tile is missing.");
        else if (!stored.AsSpan(0, Math.Min(stored.Length, expected.Length)).SequenceEqual(expected) || (path == LogPaths.AtWidth(full, width) && stored.Length != expected.Length))
            _faults.Add(path, null, LogFaultKind.Damaged, "The tile does not hold the roots of the tiles below.");
    }

    /// <summary>Older versions of a tile may be there; each must be the beginning of the newest one.</summary>
    private void CheckPartials(string full, byte[] content, int width)
    {
        var isTile = !full.StartsWith("tile/entries/", StringComparison.Ordinal);
        foreach (var path in _files.List(LogPaths.PartialFolder(full)))
        {
            if (!LogPaths.TryParse(path, out _, out _, out var older) || older >= width)
                continue;
            var end = older * MerkleHash.Bytes;
            if (!isTile)
                _ = LogReader.SplitBundle(content, older, out end);
            if (_files.Read(path) is { } stored && !stored.AsSpan().SequenceEqual(content.AsSpan(0, end)))
                _faults.Add(path, null, LogFaultKind.Damaged, "An older version of a tile or bundle is not the beginning of the newest one.");
        }
    }

    private void CheckNames()
    {
        foreach (var path in _files.List(""))
        {
            if (path is LogPaths.Checkpoint or LogPaths.Lock || path.StartsWith(LogPaths.Temporary + "/", StringComparison.Ordinal))
                continue;
            if (!LogPaths.TryParse(path, out var level, out var index, out var width))
                _faults.Add(path, null, LogFaultKind.Unexpected, "This file does not belong to a log.");
            else if (width > LogPaths.WidthAt(_size, level, index))
                _beyond++;
        }
    }
}
