using BodyCam.Simulation;

namespace BodyCam;

/// <summary>System.IO.FileStream, unbuffered, over the disk that the path is on; every call ends at once.</summary>
internal sealed class FileStream : System.IO.Stream
{
    private readonly SimDisk disk;
    private readonly SimFile file;

    public FileStream(string path, FileMode mode, FileAccess access, FileShare share, int bufferBytes = 1, FileOptions options = FileOptions.None)
    {
        _ = (share, bufferBytes, options);
        disk = SimDisk.Of(path);
        file = disk.Open(path, mode);
        CanWrite = access.HasFlag(FileAccess.Write);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite { get; }

    public override long Length => file.Length;

    public override long Position { get; set; }

    public void Flush(bool flushToDisk)
    {
        if (flushToDisk)
            disk.Sync(file);
    }

    public override void Flush()
    {
        // Unbuffered; nothing is synced.
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = file.Read(Position, buffer);
        Position += read;
        return read;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        disk.Write(file, Position, buffer);
        Position += buffer.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin == SeekOrigin.Begin ? offset : origin == SeekOrigin.Current ? Position + offset : Length + offset;

    public override void SetLength(long value) => disk.SetLength(file, value);
}
