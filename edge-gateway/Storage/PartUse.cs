namespace BodyCam.Storage;

/// <summary>What one recorder has in part files, for one of its epochs, or over all of them. Thread-safe.</summary>
/// <param name="all">Over all epochs; counted along.</param>
internal sealed class PartUse(PartUse? all = null)
{
    private int count;
    private long bytes;

    public int Count => Volatile.Read(ref count);

    public long Bytes => Interlocked.Read(ref bytes);

    public PartUse? All => all;

    public void Enter()
    {
        Interlocked.Increment(ref count);
        all?.Enter();
    }

    public void Leave()
    {
        Interlocked.Decrement(ref count);
        all?.Leave();
    }

    public void Add(long added)
    {
        Interlocked.Add(ref bytes, added);
        all?.Add(added);
    }
}
