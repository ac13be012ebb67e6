using BodyCam.Simulation;

namespace BodyCam.Firmware;

/// <summary>System.IO.File as the firmware knows it, over the card of the recorder that this thread runs.</summary>
internal static class File
{
    public static bool Exists(string path) => SimCard.Current.Exists(path);

    public static void Delete(string path) => SimCard.Current.Delete(path);

    public static void Move(string from, string to) => SimCard.Current.Move(from, to);

    public static byte[] ReadAllBytes(string path) => SimCard.Current.Open(path, FileMode.Open).Seen.ToArray();

    public static string ReadAllText(string path) => System.Text.Encoding.UTF8.GetString(ReadAllBytes(path));
}

/// <summary>System.IO.Directory.</summary>
internal static class Directory
{
    public static void CreateDirectory(string path) => SimCard.Current.MakeFolder(path);
}

/// <summary>System.IO.FileStream: writes reach the card at once and are on it after a flush; a write hides a failed sync, only a flush tells of it.</summary>
internal sealed class FileStream
{
    private readonly SimCard card = SimCard.Current;
    private readonly string path;
    private readonly SimFile file;
    private readonly bool isWritable;
    private bool isClosed;

    public FileStream(string path, FileMode mode, FileAccess access, FileShare share = FileShare.None)
    {
        _ = share;
        this.path = path;
        isWritable = access.HasFlag(FileAccess.Write);
        file = card.Open(path, mode);
    }

    public long Length => file.Length;

    public long Position { get; set; }

    public int Read(byte[] buffer, int offset, int count)
    {
        Look();
        var read = file.Read(Position, buffer.AsSpan(offset, count));
        Position += read;
        return read;
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        Look();
        card.Write(path, file, Position, buffer.AsSpan(offset, count).ToArray());
        Position += count;
    }

    public long Seek(long offset, SeekOrigin origin) => Position = origin == SeekOrigin.Begin ? offset : origin == SeekOrigin.Current ? Position + offset : Length + offset;

    public void SetLength(long length)
    {
        Look();
        file.SetLength(length);
    }

    public void Flush()
    {
        Look();
        card.Sync(path, file);
    }

    public void Close()
    {
        if (isClosed)
            return;
        isClosed = true;
        if (isWritable)
            card.Sync(path, file);
    }

    private void Look()
    {
        if (card.IsDark)
            throw new PowerGoneException();
    }
}
