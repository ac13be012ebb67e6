using System.Collections.Concurrent;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>What is kept and is no stored segment: <c>damaged/</c>, <c>orphans/</c>, <c>conflicts/</c> (storage format §6). Thread-safe.</summary>
internal sealed class AsideFolders(IDisk disk, StoreLimits limits)
{
    private readonly ConcurrentDictionary<DeviceId, HashSet<string>> conflicts = new();

    public static string DamagedPath(SegmentKey key, string ending) => $"damaged/{key.RelativePath}{ending}";

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

    /// <summary>Moves a part with its seal and notes to <c>damaged/</c>; durable on return. Call under its gate.</summary>
    public StoredFile KeepDamaged(Part part)
    {
        part.File.Sync();
        var stored = SegmentStore.Hash(part.File);
        disk.WriteWhole(DamagedPath(part.Key, ".seal"), part.Seal!.Raw);
        disk.WriteWhole(DamagedPath(part.Key, ".chunks"), Sidecar.Entries(part, part.Present()));
        Move(part, DamagedPath(part.Key, ".mkv"));
        return stored;
    }

    /// <summary>Keeps the seal of a segment of which no byte came; durable on return.</summary>
    public void KeepLost(Seal seal) => disk.WriteWhole(DamagedPath(seal.Key, ".seal"), seal.Raw);

    /// <summary>Moves what came of a segment to <c>orphans/</c>, with its notes, and its seal if it came; durable on return. Call under its gate.</summary>
    public StoredFile KeepOrphan(Part part)
    {
        part.File.Sync();
        var stored = SegmentStore.Hash(part.File);
        if (part.Seal is { } seal)
            disk.WriteWhole(OrphanPath(part.Key, ".seal"), seal.Raw);
        disk.WriteWhole(OrphanPath(part.Key, ".chunks"), Sidecar.Entries(part, part.Present()));
        // A second tail of the same segment gets the start of its SHA-256 into its name: nothing here is ever replaced.
        var path = OrphanPath(part.Key, ".mkv");
        Move(part, disk.Exists(path) ? OrphanPath(part.Key, $".{Convert.ToHexStringLower(stored.Sha256.AsSpan(0, 8))}.mkv") : path);
        return stored;
    }

    /// <summary>Bytes of the orphaned tail of a segment, or null.</summary>
    public byte[]? ReadOrphan(SegmentKey key) => disk.Exists(OrphanPath(key, ".mkv")) ? disk.ReadWhole(OrphanPath(key, ".mkv")) : null;

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

    private void Move(Part part, string path)
    {
        disk.Rename(PartTable.PathOf(part.Key, ".part"), path);
        part.Close();
        disk.MakeReadOnly(path);
    }
}
