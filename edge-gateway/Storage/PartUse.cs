namespace BodyCam.Storage;

/// <summary>What one recorder has in part files, for one of its epochs. Thread-safe.</summary>
internal sealed class PartUse
{
    private int count;
    private long bytes;

    public int Count => Volatile.Read(ref count);

    public long Bytes => Interlocked.Read(ref bytes);

    public void Enter() => Interlocked.Increment(ref count);

    public void Leave() => Interlocked.Decrement(ref count);

    public void Add(long added) => Interlocked.Add(ref bytes, added);
}
