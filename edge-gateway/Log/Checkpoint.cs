namespace BodyCam.Log;

/// <summary>What a log commits to at one moment: its name, its number of leaves and the root over them.</summary>
/// <param name="Origin">Name of the log, the first line of the note; no spaces, no plus sign.</param>
/// <param name="Size">Number of leaves, 0 or more.</param>
/// <param name="Root">Root hash, 32 bytes; not to be changed by the holder.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>Equal if name, size and every byte of the root are equal.</summary>
    /// <param name="other">The other checkpoint.</param>
    /// <returns>True if both speak of the same tree.</returns>
    public bool Equals(Checkpoint? other) =>
        other is not null && Size == other.Size && string.Equals(Origin, other.Origin, StringComparison.Ordinal) && Root.AsSpan().SequenceEqual(other.Root);

    /// <summary>Agrees with <see cref="Equals(Checkpoint)"/>.</summary>
    /// <returns>A hash of size and root.</returns>
    public override int GetHashCode() => HashCode.Combine(Size, BitConverter.ToInt32(Root));
}

/// <summary>A checkpoint with the note that carries its signature.</summary>
/// <param name="Checkpoint">The parsed text.</param>
/// <param name="Note">The note's bytes as they stand in the file <c>checkpoint</c>.</param>
public sealed record SignedCheckpoint(Checkpoint Checkpoint, byte[] Note);

/// <summary>Outcome of checking a checkpoint note.</summary>
public enum CheckpointVerdict
{
    /// <summary>The key signed exactly this text.</summary>
    Valid = 0,

    /// <summary>The bytes are not a checkpoint in a signed note.</summary>
    Malformed = 1,

    /// <summary>The note carries no signature of this key (name and key id).</summary>
    UnknownSigner = 2,

    /// <summary>The note carries a signature of this key's name and id which does not fit the text.</summary>
    BadSignature = 3,
}
