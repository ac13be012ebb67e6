using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Timeline;

/// <summary>A sealed segment of the data folder and whether its bytes can be used.</summary>
/// <param name="Seal">Its seal.</param>
/// <param name="Path">Path of its bytes; null when they are not usable.</param>
/// <param name="Fault">Why they are not usable, for people; null when they are.</param>
internal sealed record SegmentFile(Seal Seal, string? Path, string? Fault)
{
    /// <summary>Its bytes and what they hold; null when they cannot be read or are not what the seal covers.</summary>
    public (byte[] Bytes, SegmentContent Content)? Read()
    {
        if (Path is null)
            return null;
        try
        {
            var info = new FileInfo(Path);
            if (!info.Exists || info.Length > SegmentReader.FileBytesMax || (ulong)info.Length != Seal.CoveredBytes)
                return null;
            var bytes = File.ReadAllBytes(Path);
            return (bytes, SegmentReader.Read(bytes));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Finds the sealed segments of one recorder and epoch in a data folder (storage format §6).</summary>
internal static class SegmentFiles
{
    /// <summary>Every segment of which a seal is there: stored, damaged, orphaned or still arriving; in order of recording and segment.</summary>
    public static IReadOnlyList<SegmentFile> Find(string dataFolder, DeviceId device, uint epoch)
    {
        var found = new SortedDictionary<SegmentKey, SegmentFile>();
        foreach (var (folder, fault) in new (string, string?)[] { ("segments", null), ("damaged", "damaged: the bytes do not match the seal"), ("orphans", "an orphaned tail: the recorder never sent the rest"), ("parts", "still arriving") })
        {
            var root = System.IO.Path.Combine(dataFolder, folder, device.Text, epoch.ToString("D4", System.Globalization.CultureInfo.InvariantCulture));
            if (!Directory.Exists(root))
                continue;
            foreach (var path in Directory.EnumerateFiles(root, "*.seal", SearchOption.AllDirectories))
            {
                if (ReadSeal(path) is not { } seal || seal.Key.Device != device || seal.Key.Epoch != epoch || found.ContainsKey(seal.Key) || seal.EndMonotonicUs > Times.MonotonicMaxUs)
                    continue;
                var bytes = System.IO.Path.ChangeExtension(path, ".mkv");
                var missing = fault ?? (File.Exists(bytes) ? null : "the file is missing");
                found.Add(seal.Key, new SegmentFile(seal, missing is null ? bytes : null, missing));
            }
        }

        return [.. found.Values];
    }

    private static Seal? ReadSeal(string path)
    {
        try
        {
            return Seal.TryParse(File.ReadAllBytes(path), out var seal) == RefusalReason.None ? seal : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
