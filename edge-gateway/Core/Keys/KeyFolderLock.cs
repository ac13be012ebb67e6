namespace BodyCam.Core.Keys;

/// <summary>The keys folder as one running gateway holds it: <c>gateway.lock</c>, empty, mode 0600, locked while it runs and left in place. Commands read and write beside it.</summary>
/// <remarks>The lock is of this machine and ends with the process, whatever its end.</remarks>
public sealed class KeyFolderLock : IDisposable
{
    /// <summary>The file in the keys folder.</summary>
    public const string FileName = "gateway.lock";

    // errno.h of Linux: flock(2) found the lock taken.
    private const int WouldBlock = 11;

    private readonly FileStream held;

    private KeyFolderLock(FileStream held) => this.held = held;

    /// <summary>Holds the folder until disposed.</summary>
    /// <param name="folder">The keys folder, which is there.</param>
    /// <exception cref="InvalidOperationException">Another gateway holds it; the message says what to do.</exception>
    public static KeyFolderLock Acquire(string folder)
    {
        try
        {
            return new KeyFolderLock(Open(folder, FileMode.OpenOrCreate));
        }
        catch (IOException refused) when (IsOfAnother(refused))
        {
            throw new InvalidOperationException($"another gateway is running with the keys of {folder} ({refused.Message.TrimEnd('.')}): the two would give recorders the same epochs and sign two logs under one name. Stop it first, or name this gateway's own keys folder with --keys.", refused);
        }
    }

    /// <summary>True while a gateway runs with these keys. Makes nothing.</summary>
    /// <param name="folder">The keys folder, which may be absent.</param>
    public static bool IsHeld(string folder)
    {
        try
        {
            Open(folder, FileMode.Open).Dispose();
            return false;
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException refused) when (IsOfAnother(refused))
        {
            return true;
        }
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => held.Dispose();

    private static FileStream Open(string folder, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.OpenOrCreate && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(folder, FileName), options);
    }

    // What is missing has types of its own, a full disk another number.
    private static bool IsOfAnother(IOException refused) => refused.GetType() == typeof(IOException) && (!OperatingSystem.IsLinux() || refused.HResult == WouldBlock);
}
