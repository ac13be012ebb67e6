namespace BodyCam.Log;

/// <summary>Which key signed which part of a log: its key changes in order.</summary>
/// <param name="Changes">Sound changes, each from the key that the one before went to; the tree before each has the root that it names.</param>
public sealed record KeyHistory(IReadOnlyList<KeyChange> Changes)
{
    /// <summary>Reads the changes of a log; what is no sound change is left out.</summary>
    /// <param name="reader">The log.</param>
    /// <param name="checkpoint">Its checkpoint: origin, and how far to read.</param>
    public static KeyHistory Read(LogReader reader, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(checkpoint);
        var changes = new List<KeyChange>();
        foreach (var stored in reader.ReadStandingRecords(checkpoint.Size))
        {
            if (KeyChange.Read(stored, checkpoint.Origin) is { } change && (changes.Count == 0 || IsSame(changes[^1].New, change.Old)) && HadRoot(reader, change))
                changes.Add(change);
        }

        return new KeyHistory(changes);
    }

    /// <summary>The key whose signature counts for the record at a place.</summary>
    /// <param name="sequence">Place in the log; a change itself belongs to the new key.</param>
    /// <param name="newest">The key that signs the checkpoint.</param>
    public LogPublicKey KeyAt(long sequence, LogPublicKey newest) => Changes.FirstOrDefault(change => sequence < change.Sequence)?.Old ?? newest;

    /// <summary>The key of an id, as a receipt names it.</summary>
    /// <param name="id">16 lower-case hex digits.</param>
    /// <returns>A key of this history, or null.</returns>
    public LogPublicKey? Find(string id) => Changes.SelectMany(static change => new[] { change.Old, change.New }).FirstOrDefault(key => KeyChange.IdOf(key) == id);

    /// <summary>True when whoever trusts <paramref name="trusted"/> may trust <paramref name="newest"/>: it is the same, or every change between them was signed by the key that gave way.</summary>
    public bool Vouches(LogPublicKey trusted, LogPublicKey newest)
    {
        var at = trusted;
        foreach (var change in Changes)
        {
            if (IsSame(change.Old, at) && change.IsVouchedFor)
                at = change.New;
        }

        return IsSame(at, newest);
    }

    private static bool HadRoot(LogReader reader, KeyChange change)
    {
        try
        {
            return reader.RootAt(change.Sequence).AsSpan().SequenceEqual(change.Root);
        }
        catch (Exception torn) when (torn is IOException or InvalidDataException or InvalidOperationException or ArgumentException)
        {
            return false; // a tile is missing: the audit names it
        }
    }

    private static bool IsSame(LogPublicKey one, LogPublicKey other) => one.ToSpki().AsSpan().SequenceEqual(other.ToSpki());
}
