namespace BodyCam.Cli.Boards;

/// <summary>Looks that a folder takes files, before something is done that would be lost without it.</summary>
internal static class WritableFolder
{
    /// <summary>Makes the folder when absent, writes a file into it and removes that.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isPrivate">True when a new one is for its owner only.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="InvalidDataException">It takes none; the message says what to do.</exception>
    public static void Assert(string folder, bool isPrivate, string option = "--out")
    {
        try
        {
            if (isPrivate && !OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            else
                Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Path.GetRandomFileName()}.part");
            using (new FileStream(probe, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose }))
            {
                // Made and gone again.
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{folder} takes no files ({refused.Message.TrimEnd('.')}): look at its rights and at the disk, or name another folder with {option}.", refused);
        }
    }
}
