using BodyCam.Custody.Access;
using BodyCam.Custody.Acts;

namespace BodyCam.Web.Api;

/// <summary>Packages that wait to be fetched: <c>packages/</c> in the data folder. They hold copies of footage, so they stay no longer than they may be fetched.</summary>
public static class PackageShelf
{
    private const string Folder = "packages";

    // One that is being made has no act yet; longer than any takes.
    private static readonly TimeSpan making = TimeSpan.FromHours(6);

    /// <summary>How long the maker may fetch a package; after that it is made anew.</summary>
    public static TimeSpan FileHolds { get; } = TimeSpan.FromHours(24);

    /// <summary>Where a package lies. Ids are ours, made of a counter: no path from what people type.</summary>
    public static string PathOf(string dataFolder, string id) => Path.Combine(dataFolder, Folder, Path.GetFileName(id) + ".zip");

    /// <summary>True while a package may be fetched: it is young, and every entry of the register under which it was made still opens its recording (not purged, not quarantined, approved).</summary>
    public static bool Holds(Draft draft, EvidencePackage package)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(package);
        var age = draft.Now - package.MadeAt;
        return age >= TimeSpan.Zero && age <= FileHolds && package.RegisterIds.Count > 0 && package.RegisterIds.All(id => draft.Find<RegisterEntry>(id) is { } entry && AccessDesk.StillOpens(draft, entry));
    }

    /// <summary>Removes every package that may no longer be fetched, and what a broken-off making left; returns how many.</summary>
    /// <exception cref="IOException">A file could not be removed; the next round tries again.</exception>
    public static int Clear(Draft draft, string dataFolder)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var folder = Path.Combine(dataFolder, Folder);
        if (!Directory.Exists(folder))
            return 0;
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(folder, "*.zip").ToList())
        {
            var package = draft.Find<EvidencePackage>(Path.GetFileNameWithoutExtension(path));
            if (package is null ? draft.Now - new DateTimeOffset(File.GetLastWriteTimeUtc(path)) < making : Holds(draft, package))
                continue;
            File.Delete(path);
            count++;
        }

        return count;
    }
}
