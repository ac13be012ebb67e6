using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Store;

/// <summary>Brings a store up to the log. From an empty store it is the whole rebuild.</summary>
internal static class CustodyReplay
{
    private const int GroupMax = 256;

    /// <summary>Applies the acts; the store then stands at <paramref name="size"/>.</summary>
    /// <param name="store">To be filled.</param>
    /// <param name="acts">Every act from <see cref="ICustodyStore.NextSequence"/> up to <paramref name="size"/>, in order.</param>
    /// <param name="size">Leaves of the log.</param>
    public static void Run(ICustodyStore store, IEnumerable<LoggedAct> acts, long size)
    {
        foreach (var group in acts.Chunk(GroupMax))
            store.Apply(group, group[^1].Sequence + 1);
        // What holds no act is not read again at the next start.
        if (store.NextSequence < size)
            store.Apply([], size);
    }
}
