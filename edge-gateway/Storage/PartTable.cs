using System.Collections.Concurrent;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>The part files: opening within the bounds, reading them after a restart, keeping them synced. Thread-safe.</summary>
internal sealed class PartTable(IDisk disk, TimeProvider time, StoreLimits limits) : IDisposable
{
    private readonly ConcurrentDictionary<SegmentKey, Part> parts = new();
    private readonly ConcurrentDictionary<(DeviceId Device, uint Epoch), PartUse> uses = new();
    private readonly ConcurrentDictionary<DeviceId, PartUse> totals = new();
    private readonly Lock opening = new();

    /// <summary>Parts in the order of their keys, so that a run can be repeated.</summary>
    public IReadOnlyList<Part> All => [.. parts.Values.OrderBy(static part => part.Key)];

    public int Count => parts.Count;

    public Part? Find(SegmentKey key) => parts.GetValueOrDefault(key);

    public static string PathOf(SegmentKey key, string ending) => $"parts/{key.PartPath}{ending}";

    public static bool TryKeyOf(string path, out SegmentKey key) => SegmentKey.TryParsePath(path["parts/".Length..], out key);

    /// <summary>The part of a segment, made when there is none; null when the recorder's parts are at their bound.</summary>
    public Part? Open(SegmentKey key, uint chunkBytes)
    {
        lock (opening)
        {
            if (parts.TryGetValue(key, out var standing))
                return standing;
            if (UseOf(key).Count >= limits.PartsMax || UseOf(key).All!.Count >= limits.PartsMax * StoreLimits.EpochsInUse || !HasRoom(key, 0))
                return null;
            return Add(key, chunkBytes);
        }
    }

    /// <summary>True while the recorder may have that many bytes more in parts.</summary>
    public bool HasRoom(SegmentKey key, int bytes) => UseOf(key).Bytes + bytes <= limits.PartBytesMax && UseOf(key).All!.Bytes + bytes <= limits.PartBytesMax * StoreLimits.EpochsInUse;

    /// <summary>Reads what the last run left: each chunk whose bytes still have their digest, and seals.</summary>
    /// <param name="isAuthentic">Says of a seal whether its MAC is the recorder's; one that is not is left out.</param>
    public int Recover(Func<Seal, bool> isAuthentic)
    {
        var files = disk.Files("parts");
        foreach (var path in files.Where(static path => path.EndsWith(".part", StringComparison.Ordinal)))
        {
            if (!TryKeyOf(path, out var key))
                continue;
            var part = Add(key, 0);
            Sidecar.Read(part, Notes(PathOf(key, ".chunks")), limits.SegmentBytesMax);
        }

        foreach (var seal in Seals().Where(isAuthentic))
            Find(seal.Key)?.Take(seal, isConfirmed: false);
        return parts.Count;
    }

    /// <summary>Seals that are kept in <c>parts/</c>, with or without a part file.</summary>
    public IReadOnlyList<Seal> Seals()
    {
        var seals = new List<Seal>();
        foreach (var path in disk.Files("parts").Where(static path => path.EndsWith(".seal", StringComparison.Ordinal)))
        {
            if (TryKeyOf(path, out var key) && Seal.TryParse(disk.TryReadWhole(path), out var seal) == RefusalReason.None && seal!.Key == key)
                seals.Add(seal);
        }

        return seals;
    }

    /// <summary>Segments beside whose part a seal file stands that nobody can read: cut off, or never on the disk though a start saw it.</summary>
    public IReadOnlyList<SegmentKey> UnreadableSeals()
    {
        var readable = Seals().Select(static seal => seal.Key).ToHashSet();
        return [.. disk.Files("parts").Where(static path => path.EndsWith(".seal", StringComparison.Ordinal)).Select(static path => TryKeyOf(path, out var key) ? key : (SegmentKey?)null).OfType<SegmentKey>().Where(key => !readable.Contains(key))];
    }

    /// <summary>Takes a closed part out and removes its notes and seal.</summary>
    public void Remove(SegmentKey key)
    {
        parts.TryRemove(key, out _);
        disk.Delete(PathOf(key, ".chunks"));
        disk.Delete(PathOf(key, ".seal"));
    }

    /// <summary>Removes the seal file beside a part.</summary>
    public void RemoveSeal(SegmentKey key) => disk.Delete(PathOf(key, ".seal"));

    /// <summary>Syncs every part that grew since the last call and notes its chunks.</summary>
    /// <returns>False when the disk had no room: what could not be noted is tried again, what could not be synced no longer stands.</returns>
    public bool Sync()
    {
        var hadRoom = true;
        foreach (var part in All)
        {
            lock (part.Gate)
            {
                if (!part.IsClosed)
                    hadRoom &= SyncNeedsGate(part);
            }
        }

        return hadRoom;
    }

    public void Dispose()
    {
        foreach (var part in parts.Values)
            part.Dispose();
    }

    private byte[] Notes(string path)
    {
        if (!disk.Exists(path))
            return [];
        if (disk.TryReadWhole(path) is { } notes)
            return notes;
        // Too long to be notes; behind it the next ones would not be found either.
        disk.Delete(path);
        return [];
    }

    // What has arrived of an open segment is safe afterwards (DESIGN D3). Under the gate on purpose: Linux tells a failed write-back to one sync of a descriptor only, and a commit beside this one would be told that all is well.
    private bool SyncNeedsGate(Part part)
    {
        var unsaved = part.TakeUnsaved();
        if (unsaved.Length == 0)
            return true;
        try
        {
            part.File.Sync();
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            // Nobody knows which of its bytes are on the disk: all of them are asked for again.
            part.Clear();
            part.IsEntryDurable = false;
            disk.Delete(PathOf(part.Key, ".chunks"));
            return false;
        }

        try
        {
            using var sidecar = disk.Open(PathOf(part.Key, ".chunks"));
            Sidecar.Append(sidecar, Sidecar.Entries(part, unsaved));
            if (!part.IsEntryDurable)
            {
                disk.SyncEntry(PathOf(part.Key, ".part"));
                disk.SyncEntry(PathOf(part.Key, ".chunks"));
                part.IsEntryDurable = true;
            }
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            part.GiveBack(unsaved);
            return false;
        }

        return true;
    }

    private PartUse UseOf(SegmentKey key) => uses.GetOrAdd((key.Device, key.Epoch), static (epoch, totals) => new PartUse(totals.GetOrAdd(epoch.Device, static _ => new PartUse())), totals);

    private Part Add(SegmentKey key, uint chunkBytes)
    {
        var part = new Part(key, chunkBytes, disk.Open(PathOf(key, ".part")), UseOf(key)) { NewestUs = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000, RestingSince = time.GetTimestamp() };
        parts[key] = part;
        return part;
    }
}
