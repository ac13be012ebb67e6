using BodyCam.Core;

namespace BodyCam.Gateway;

/// <summary>The folders of a station lie apart: an archive that is the data folder is no second copy, and one around the keys would be handed on with them.</summary>
public static class StationFolders
{
    /// <summary>Refuses an archive that is, holds or lies within the data folder or the keys folder, whatever links lead there.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="keys">The keys folder.</param>
    /// <param name="archive">The archive's folder; null for none.</param>
    /// <exception cref="InvalidOperationException">They do not lie apart; the message says what to do, and nothing was made.</exception>
    public static void AssertApart(string data, string keys, string? archive)
    {
        if (archive is null)
            return;
        foreach (var (folder, what, why) in new[] { (data, "data folder", "what lies in one place twice is one copy"), (keys, "keys folder", "private keys are never in an archive") })
        {
            var (one, other) = (RealPath.Of(archive) + "/", RealPath.Of(folder) + "/");
            var relation = one == other ? "is" : one.StartsWith(other, StringComparison.Ordinal) ? "lies within" : other.StartsWith(one, StringComparison.Ordinal) ? "holds" : null;
            if (relation is not null)
                throw new InvalidOperationException($"the archive {archive} {relation} the {what} {folder}, and {why}: name a folder of its own with --archive, on another disk.");
        }
    }
}
