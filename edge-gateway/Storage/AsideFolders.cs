using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>What is kept and is no stored segment: <c>damaged/</c>, <c>orphans/</c>, <c>conflicts/</c> (storage format §6). Thread-safe.</summary>
internal sealed class AsideFolders(IDisk disk, StoreLimits limits)
{
    private const string ClosingEnding = ".closing";
    private const string PurgedEnding = ".purged";
    private const string NotesEnding = ".chunks";

    private readonly ConcurrentDictionary<DeviceId, HashSet<string>> conflicts = new();

    public static string DamagedPath(SegmentKey key, string ending) => $"damaged/{key.RelativePath}{ending}";

    private static string ClosingPath(SegmentKey key, byte[] sha256) => $"parts/{key.PartPath}.{Convert.ToHexStringLower(sha256.AsSpan(0, 8))}{ClosingEnding}";

    private static string OrphanPath(SegmentKey key, string ending) => $"orphans/{key.RelativePath}{ending}";

    /// <summary>Counts what earlier runs kept.</summary>
    public void Recover()
    {
        foreach (var path in disk.Files("conflicts"))
        {
            var names = path.Split('/');
            if (names.Length == 3 && DeviceId.TryParse(names[1], out var device))
                conflicts.GetOrAdd(device, static _ => new HashSet<string>(StringComparer.Ordinal)).Add(Path.GetFileNameWithoutExtension(names[2]));
        }
    }

    /// <summary>Moves a synced part with its seal and notes to <c>damaged/</c>; durable on return. Call under its gate.</summary>
    public StoredFile KeepDamaged(Part part)
    {
        var stored = SegmentStore.Hash(part.File);
        disk.WriteWhole(DamagedPath(part.Key, ".seal"), part.Seal!.Raw);
        disk.WriteWhole(DamagedPath(part.Key, ".chunks"), Sidecar.Entries(part, part.Present()));
        var path = DamagedPath(part.Key, ".mkv");
        if (disk.Exists(path) && IsSame(path, stored))
        {
            Drop(part);
            return stored;
        }

        // What a run left here that was cut before its record.
        if (disk.Exists(path))
            SetAside(path, part.Key.Device);
        Move(part, path);
        return stored;
    }

    /// <summary>Moves a file of which no record speaks to <c>conflicts/</c> under its SHA-256, and under a number behind it where something stands: nothing there is ever replaced. Durable on return.</summary>
    public void SetAside(string path, DeviceId device)
    {
        var stem = $"conflicts/{device}/{Convert.ToHexStringLower(Hash(path).Sha256)}";
        var to = stem + ".bin";
        for (var copy = 2; disk.Exists(to); copy++)
            to = string.Create(CultureInfo.InvariantCulture, $"{stem}.{copy}.bin");
        disk.Rename(path, to);
    }

    /// <summary>Keeps the seal of a segment of which no byte came; durable on return.</summary>
    public void KeepLost(Seal seal) => disk.WriteWhole(DamagedPath(seal.Key, ".seal"), seal.Raw);

    /// <summary>Moves what came of a segment, synced, to <c>orphans/</c>, with its notes, and its seal if it came; durable on return. Call under its gate.</summary>
    public StoredFile KeepOrphan(Part part)
    {
        var stored = SegmentStore.Hash(part.File);
        if (part.Seal is { } seal)
            disk.WriteWhole(OrphanPath(part.Key, ".seal"), seal.Raw);
        // A second tail of the same segment gets the start of its SHA-256 into its name: nothing here is ever replaced, and what stands under that name already is kept.
        var path = OrphanPath(part.Key, ".mkv");
        if (disk.Exists(path))
            path = OrphanPath(part.Key, $".{Convert.ToHexStringLower(stored.Sha256.AsSpan(0, 8))}.mkv");
        disk.WriteWhole(Path.ChangeExtension(path, NotesEnding), Sidecar.Entries(part, part.Present()));
        // Says until its record is in the log that there is to be one.
        disk.WriteWhole(ClosingPath(part.Key, stored.Sha256), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(stored.Sha256)));
        if (disk.Exists(path) && IsSame(path, stored))
            Drop(part);
        else
            Move(part, path);
        return stored;
    }

    /// <summary>The record of a tail is in the log.</summary>
    public void Entered(SegmentKey key, byte[] sha256) => disk.Delete(ClosingPath(key, sha256));

    /// <summary>Tails whose record a run that ended did not bring into the log; marks of tails that were never moved go.</summary>
    public IReadOnlyList<(SegmentKey Key, StoredFile File)> Unentered()
    {
        var tails = new List<(SegmentKey, StoredFile)>();
        foreach (var path in disk.Files("parts").Where(static path => path.EndsWith(ClosingEnding, StringComparison.Ordinal)))
        {
            var name = path["parts/".Length..];
            var sha256 = Encoding.ASCII.GetString(disk.TryReadWhole(path) ?? []);
            if (SegmentKey.TryParsePath(name[..name.IndexOf('.', name.LastIndexOf('/') + 1)], out var key) && Tails(key.Device, key.Epoch, key.Recording).FirstOrDefault(tail => tail.Key == key && Convert.ToHexStringLower(tail.File.Sha256) == sha256) is { File.Sha256: not null } tail)
                tails.Add(tail);
            else
                disk.Delete(path);
        }

        return tails;
    }

    /// <summary>Notes of each orphaned tail of a segment.</summary>
    public IReadOnlyList<byte[]> ReadOrphanNotes(SegmentKey key) =>
        [.. disk.Files(RecordingPath(key)).Where(path => path.EndsWith(NotesEnding, StringComparison.Ordinal) && KeyOf(path) == key).Select(path => disk.TryReadWhole(path) ?? [])];

    /// <summary>Orphaned tails of a recording: segment, SHA-256 and length of each file, in ordinal order.</summary>
    public IReadOnlyList<(SegmentKey Key, StoredFile File)> Tails(DeviceId device, uint epoch, uint recording) =>
        [.. TailPaths(device, epoch, recording).Select(tail => (tail.Key, Hash(tail.Path)))];

    /// <summary>Removes the orphaned tail of these bytes wherever it stands; its seal and notes stay, and <c>.purged</c> says by which certificate. Durable on return; safe to repeat.</summary>
    public void PurgeTail(SegmentKey key, string sha256, long certificateSequence)
    {
        foreach (var (_, path) in TailPaths(key.Device, key.Epoch, key.Recording).Where(tail => tail.Key == key).ToList())
        {
            if (!string.Equals(Convert.ToHexStringLower(Hash(path).Sha256), sha256, StringComparison.Ordinal))
                continue;
            disk.WriteWhole(Path.ChangeExtension(path, PurgedEnding), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{certificateSequence}\n")));
            disk.Delete(path);
        }

        // Also of what is gone: who removed it may have been cut before that was durable.
        foreach (var path in disk.Files(RecordingPath(key)).Where(path => path.EndsWith(PurgedEnding, StringComparison.Ordinal) && KeyOf(path) == key).ToList())
            disk.SyncEntry(Path.ChangeExtension(path, ".mkv"));
    }

    private IEnumerable<(SegmentKey Key, string Path)> TailPaths(DeviceId device, uint epoch, uint recording) =>
        disk.Files(RecordingPath(new SegmentKey(device, epoch, recording, 1))).Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal))
            .Select(static path => (Key: KeyOf(path), Path: path)).Where(static tail => tail.Key is not null).Select(static tail => (tail.Key!.Value, tail.Path));

    private static string RecordingPath(SegmentKey key) => $"orphans/{Path.GetDirectoryName(key.RelativePath)}";

    // Up to the first dot of the name: a second tail has the start of its SHA-256 behind it.
    private static SegmentKey? KeyOf(string path)
    {
        var name = path["orphans/".Length..];
        return SegmentKey.TryParsePath(name[..name.IndexOf('.', name.LastIndexOf('/') + 1)], out var key) ? key : null;
    }

    private StoredFile Hash(string path) => SegmentStore.Hash(disk, path);

    /// <summary>Keeps the newcomer of a conflict.</summary>
    /// <returns>Conflict when it is new and kept, ConflictAgain when it was kept before or the bound is reached.</returns>
    /// <exception cref="IOException">The disk failed, or has no room.</exception>
    public PlaceOutcome KeepConflict(DeviceId device, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> digest)
    {
        var name = Convert.ToHexStringLower(digest);
        var kept = conflicts.GetOrAdd(device, static _ => new HashSet<string>(StringComparer.Ordinal));
        lock (kept)
        {
            if (kept.Count >= limits.ConflictsMax || kept.Contains(name))
                return PlaceOutcome.ConflictAgain;
            disk.WriteWholeUnsynced($"conflicts/{device}/{name}.bin", bytes);
            kept.Add(name);
            return PlaceOutcome.Conflict;
        }
    }

    private bool IsSame(string path, StoredFile stored) => Hash(path).Sha256.AsSpan().SequenceEqual(stored.Sha256);

    private void Drop(Part part)
    {
        var path = PartTable.PathOf(part.Key, ".part");
        part.Close();
        disk.Delete(path);
        disk.SyncEntry(path);
    }

    private void Move(Part part, string path)
    {
        disk.Rename(PartTable.PathOf(part.Key, ".part"), path);
        part.Close();
        disk.MakeReadOnly(path);
    }
}
