namespace BodyCam.Core.Keys;

/// <summary>The keys folder as one running gateway holds it, or one command that changes its keys: <c>gateway.lock</c>, empty, mode 0600, locked meanwhile and left in place. Other commands read beside it.</summary>
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
    /// <exception cref="InvalidOperationException">Another process holds it; the message says what to do.</exception>
    public static KeyFolderLock Acquire(string folder)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new KeyFolderLock(new FileStream(Path.Combine(folder, FileName), options));
        }
        catch (IOException refused) when (IsOfAnother(refused))
        {
            throw new InvalidOperationException($"another gateway is running with the keys of {folder}, or a change of them ({refused.Message.TrimEnd('.')}): two gateways would give recorders the same epochs and sign two logs under one name. Stop it first, or name this gateway's own keys folder with --keys.", refused);
        }
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => held.Dispose();

    // What is missing has types of its own, a full disk another number.
    private static bool IsOfAnother(IOException refused) => refused.GetType() == typeof(IOException) && (!OperatingSystem.IsLinux() || refused.HResult == WouldBlock);
}
