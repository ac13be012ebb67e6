using System.Text.Json;

namespace BodyCam.Packaging;

/// <summary>Which disc of a set has what, as <c>VOLUMES.json</c> says; unsigned, so it serves for advice only.</summary>
internal sealed record VolumeList(int Volume, IReadOnlyList<VolumeRange> Volumes)
{
    /// <summary>The list of a folder that was read from discs, or null when there is none or it lacks what every one has.</summary>
    public static VolumeList? Read(PackageFiles files)
    {
        try
        {
            return files.Read(PackageNames.Volumes) is { } bytes && JsonSerializer.Deserialize<VolumeList>(bytes, PackageManifest.Json) is { Volumes.Count: > 1 } list && list.Volumes.All(static range => range is { First: not null, Last: not null }) ? list : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>On which disc to look, as a sentence with a space before it.</summary>
    public string Advice(string name)
    {
        // Volumes are filled in the order of the names, the sums come last.
        var disc = name.StartsWith(PackageNames.Sums, StringComparison.Ordinal) ? Volumes[^1].Volume : Volumes.LastOrDefault(range => string.CompareOrdinal(range.First, name) <= 0 && !range.First.StartsWith(PackageNames.Sums, StringComparison.Ordinal))?.Volume ?? 1;
        return $" It is on disc {disc} of {Volumes.Count}: copy all discs into one folder and check that.";
    }
}

/// <summary>One disc of the list.</summary>
internal sealed record VolumeRange(int Volume, int Files, string First, string Last);
