using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace BodyCam.Archive.Tests;

/// <summary>Takes a folder from this thread, of root too, which reads every folder: until it is disposed, on the same thread, files are opened as nobody (setfsuid(2)).</summary>
[SupportedOSPlatform("linux")]
internal sealed class WithoutRights : IDisposable
{
    private const int Nobody = 65534;

    private readonly string folder;
    private readonly int before;

    public WithoutRights(string folder)
    {
        this.folder = folder;
        File.SetUnixFileMode(folder, UnixFileMode.None);
        before = SetFileUser(Nobody);
    }

    public void Dispose()
    {
        _ = SetFileUser(before);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUser(int user);
}
