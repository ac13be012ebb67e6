using System.Buffers;
using BodyCam.Core;

namespace BodyCam.Evidence;

/// <summary>Bytes of a file in rented memory, as originals are many and large.</summary>
internal sealed class WholeFile : IDisposable
{
    private readonly byte[] rented;
    private readonly int length;

    private WholeFile(byte[] rented, int length) => (this.rented, this.length) = (rented, length);

    /// <summary>All of it; valid until disposed.</summary>
    public ReadOnlySpan<byte> Bytes => rented.AsSpan(0, length);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytesMax">Longest that is read.</param>
    /// <exception cref="IOException">It cannot be read, or is longer.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static WholeFile Read(string path, long bytesMax)
    {
        RegularFile.Require(path);
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file);
        if (length > Math.Min(bytesMax, Array.MaxLength))
            throw new IOException($"it has {length} bytes: no segment is so long");
        var whole = new WholeFile(ArrayPool<byte>.Shared.Rent((int)length), (int)length);
        var at = 0;
        while (at < length && RandomAccess.Read(file, whole.rented.AsSpan(at, (int)length - at), at) is var read and > 0)
            at += read;
        return at == length ? whole : throw new IOException($"{path} became shorter while it was read.");
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);
}
