using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>Holds what a package says of itself against what is in it, and against the recorders' shift manifests: a recording of the same activity that is left out is named.</summary>
internal sealed class PackageStory(PackageFiles files, List<Finding> findings)
{
    public void Check(PackageManifest manifest, SortedDictionary<SegmentKey, Seal> seals, Checkpoint checkpoint)
    {
        if (manifest.LogSize != checkpoint.Size)
            Error("manifest_differs", PackageNames.Manifest, "manifest.json names another size of the log than the checkpoint.");
        var here = seals.Keys.Where(static segment => segment.Recording > 0).GroupBy(static segment => (segment.Device.Text, segment.Epoch, segment.Recording)).ToDictionary(static group => group.Key, static group => group.Count());
        foreach (var recording in manifest.Recordings)
        {
            if (!here.Remove((recording.Device, recording.Epoch, recording.Recording), out var count) || count != recording.Segments)
                Error("manifest_differs", PackageNames.Manifest, $"manifest.json names {recording.Segments} segments of {recording.Device} epoch {recording.Epoch} recording {recording.Recording}; the package has {count}.");
        }

        foreach (var extra in here.Keys)
            Error("manifest_differs", PackageNames.Manifest, $"{extra.Text} epoch {extra.Epoch} recording {extra.Recording} is in the package and not in manifest.json.");
        var spoken = new HashSet<(string Device, uint Epoch, long Recording)>();
        foreach (var line in seals.Values.Where(static seal => seal.Kind == SegmentKind.Manifest).SelectMany(ManifestLines))
        {
            spoken.Add((line.Device, line.Epoch, line.Recording));
            var isOfActivity = manifest.Recordings.Any(recording => recording.Device == line.Device && recording.Epoch == line.Epoch && recording.Activity == line.Activity);
            if (isOfActivity && !manifest.Recordings.Any(recording => recording.Device == line.Device && recording.Epoch == line.Epoch && recording.Recording == line.Recording))
                Error("recording_left_out", null, $"{line.Device} epoch {line.Epoch} recording {line.Recording} belongs to the same activity by the recorder's shift manifest and is not in the package.");
        }

        foreach (var recording in manifest.Recordings.Where(recording => !spoken.Contains((recording.Device, recording.Epoch, recording.Recording))))
            Warn("completeness", null, $"{recording.Device} epoch {recording.Epoch} recording {recording.Recording}: completeness not yet shown, no shift manifest in the package speaks of it.");
    }

    private IEnumerable<(string Device, uint Epoch, long Recording, long Activity)> ManifestLines(Seal seal) =>
        files.Read($"segments/{seal.Key.RelativePath}.mkv") is { } bytes
            ? JournalReader.Lines(bytes).Where(static line => line.Number("recording") > 0).Select(line => (seal.Key.Device.Text, seal.Key.Epoch, line.Number("recording"), line.Number("activity"))).ToList()
            : [];

    private void Error(string code, string? path, string message) => findings.Add(new Finding(code, FindingSeverity.Error, null, path, null, message));

    private void Warn(string code, string? path, string message) => findings.Add(new Finding(code, FindingSeverity.Warning, null, path, null, message));
}
