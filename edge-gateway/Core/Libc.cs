using System.Runtime.InteropServices;

namespace BodyCam.Core;

/// <summary>The calls of the C library that .NET has no name for. A simulation compiles the storage verbs against another class of this name.</summary>
internal static partial class Libc
{
    /// <summary>errno of the last call on this thread.</summary>
    public static int Error => Marshal.GetLastPInvokeError();

    /// <summary>open(2); below 0 on failure.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    /// <summary>link(2); 0 when the file has the second name too.</summary>
    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string path, string second);

    /// <summary>rename(2); 0 when the second name stands for the file and the first is gone.</summary>
    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string path, string second);

    /// <summary>renameat2(2).</summary>
    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt2(int folder, string path, int secondFolder, string second, uint flags);

    /// <summary>fsync(2); 0 when everything of the file or folder is on the device.</summary>
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int descriptor);

    /// <summary>close(2).</summary>
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);
}
