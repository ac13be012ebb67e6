using System.Runtime.InteropServices;

namespace BodyCam.Core;

/// <summary>Opens what is a regular file, or a link to one, and nothing else: a pipe would make its reader wait for ever, and a device has no end.</summary>
public static partial class RegularFile
{
    private const string Refusal = "a pipe, socket or device stands in its place";

    // statx(2): AT_FDCWD, STATX_TYPE, struct statx of 256 bytes with stx_mode at 28; inode(7): the type is in the upper four bits.
    internal const int CurrentFolder = -100;
    private const uint TypeOnly = 1;
    internal const int StatBytes = 256;
    private const int ModeAt = 28;
    private const int TypeMask = 0xF000;
    private const int TypeFolder = 0x4000;
    private const int TypeRegular = 0x8000;

    /// <summary>True for what <see cref="Require"/> throws.</summary>
    public static bool IsRefusal(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure is IOException && failure.Message == Refusal;
    }

    /// <summary>Returns where a regular file stands, or what opening tells of by itself: nothing, a folder, a link that leads nowhere.</summary>
    /// <exception cref="IOException">A pipe, socket or device stands there.</exception>
    public static void Require(string path)
    {
        var stat = new byte[StatBytes];
        if (OperatingSystem.IsLinux() && Statx(CurrentFolder, path, 0, TypeOnly, stat) == 0 && (BitConverter.ToUInt16(stat, ModeAt) & TypeMask) is not (TypeRegular or TypeFolder))
            throw new IOException(Refusal);
    }

    /// <summary>As <see cref="File.ReadAllBytes(string)"/>.</summary>
    public static byte[] ReadAllBytes(string path)
    {
        Require(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>As <see cref="File.OpenRead(string)"/>.</summary>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] stat);
}
