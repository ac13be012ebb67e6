namespace BodyCam.Simulation.Tests;

/// <summary>Bytes as the system shows them, what of them is on the device, and the writes in between.</summary>
internal sealed class SimFile
{
    private readonly List<(long Offset, byte[] Bytes, long Length)> pending = [];
    private byte[] synced;
    private List<byte> seen;

    public SimFile(byte[]? bytes = null)
    {
        synced = bytes ?? [];
        seen = [.. synced];
    }

    public long Length => seen.Count;

    public byte[] ToArray() => [.. seen];

    public int Read(long offset, Span<byte> into)
    {
        var count = (int)Math.Clamp(seen.Count - offset, 0, into.Length);
        for (var index = 0; index < count; index++)
            into[index] = seen[(int)offset + index];
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Put(seen, offset, bytes);
        pending.Add((offset, bytes.ToArray(), -1));
    }

    public void SetLength(long length)
    {
        Resize(seen, length);
        pending.Add((0, [], length));
    }

    public void Sync()
    {
        synced = [.. seen];
        pending.Clear();
    }

    /// <summary>What the device has after a cut: each write lost, torn or kept by itself.</summary>
    public SimFile AfterCut(Random dice)
    {
        List<byte> left = [.. synced];
        foreach (var (offset, bytes, length) in pending)
        {
            switch (dice.Next(3))
            {
                case 0:
                    break;
                case 1 when bytes.Length > 0:
                    Put(left, offset, bytes.AsSpan(0, dice.Next(bytes.Length)));
                    break;
                default:
                    if (length >= 0)
                        Resize(left, length);
                    else
                        Put(left, offset, bytes);
                    break;
            }
        }

        return new SimFile([.. left]);
    }

    private static void Put(List<byte> content, long offset, ReadOnlySpan<byte> bytes)
    {
        Resize(content, Math.Max(content.Count, offset + bytes.Length));
        for (var index = 0; index < bytes.Length; index++)
            content[(int)offset + index] = bytes[index];
    }

    private static void Resize(List<byte> content, long length)
    {
        if (content.Count > length)
            content.RemoveRange((int)length, content.Count - (int)length);
        while (content.Count < length)
            content.Add(0);
    }
}
