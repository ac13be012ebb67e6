using BodyCam.Archive;
using BodyCam.Gateway;

namespace BodyCam.Cli;

/// <summary>What people are told at a gateway's start of an archive that takes nothing as it is: the gateway serves all the same, and goes on with the archive by itself once it is mended.</summary>
internal static class ArchiveWarning
{
    /// <summary>Looks in the background, and writes the warning to standard error when there is one: an archive that hangs answers late, or never.</summary>
    /// <param name="options">The gateway's.</param>
    /// <param name="hasArchived">As for <see cref="OfAsync"/>.</param>
    /// <param name="cancel">Ends it.</param>
    public static Task TellAsync(GatewayOptions options, bool hasArchived, CancellationToken cancel) => Task.Run(
        async () =>
        {
            if (await OfAsync(options, hasArchived, cancel).ConfigureAwait(false) is { } warning)
                Console.Error.WriteLine($"bodycam: warning: {warning}");
        },
        cancel);

    /// <summary>Looks once, by the gateway's own code, and writes nothing.</summary>
    /// <param name="options">The gateway's.</param>
    /// <param name="hasArchived">True when something was archived before: then an archive is expected to be there, and is not begun anew.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Folder, cause and what to do; null when nothing stands in the way, or there is no archive.</returns>
    public static async ValueTask<string?> OfAsync(GatewayOptions options, bool hasArchived, CancellationToken cancel)
    {
        if (options.ArchiveFolder is not { } folder)
            return null;
        const string Kept = "Until then everything is kept here only.";
        if (hasArchived && !Directory.Exists(folder))
            return $"the archive {folder} is not there, and something was archived before: mount it, or name the right folder with --archive. {Kept}";
        if (hasArchived && !File.Exists(Path.Combine(folder, ArchiveMarker.FileName)))
            return $"the archive {folder} has no {ArchiveMarker.FileName}, and something was archived before: mount the archive there, or name the right folder with --archive; a new one begins as operations.md (A new archive) says. {Kept}";
        try
        {
            return await new FolderArchive(options.DataFolder, folder).WhyRefusedAsync(cancel).ConfigureAwait(false) is { } why ? $"the archive is refused: {why} {Kept}" : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return $"the archive {folder} cannot be read ({unreadable.Message.TrimEnd('.')}): look at its rights and its disk. {Kept}";
        }
    }
}
