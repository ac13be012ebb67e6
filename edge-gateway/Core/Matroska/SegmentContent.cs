namespace BodyCam.Core.Matroska;

/// <summary>One block of a segment: a picture, a piece of sound or a line of text.</summary>
/// <param name="Track">1 picture, 2 sound, 3 text.</param>
/// <param name="TimeMs">Milliseconds since the segment's start.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct SegmentBlock(byte Track, long TimeMs, int Offset, int Length);

/// <summary>A running authenticator found in the file (storage format §2).</summary>
/// <param name="Offset">Where its Void element begins.</param>
/// <param name="ChunkCount">Chunks that lie wholly before it.</param>
/// <param name="ValueOffset">Where its 32 bytes begin.</param>
public readonly record struct RunningAuthenticator(int Offset, uint ChunkCount, int ValueOffset);

/// <summary>What a segment's bytes hold, as far as they are complete.</summary>
/// <param name="Tags">The header's BODYCAM_ tags.</param>
/// <param name="Blocks">Every complete block, in file order.</param>
/// <param name="Authenticators">Every running authenticator, in file order.</param>
/// <param name="CompleteBytes">End of the last complete element; what lies after it is cut off or not Matroska.</param>
/// <param name="IsWhole">True when nothing lies after it.</param>
public sealed record SegmentContent(
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<SegmentBlock> Blocks,
    IReadOnlyList<RunningAuthenticator> Authenticators,
    int CompleteBytes,
    bool IsWhole)
{
    /// <summary>Track of pictures.</summary>
    public const byte PictureTrack = 1;

    /// <summary>Track of sound.</summary>
    public const byte SoundTrack = 2;

    /// <summary>Track of text.</summary>
    public const byte TextTrack = 3;

    /// <summary>Number of complete pictures.</summary>
    public int PictureCount => Blocks.Count(static block => block.Track == PictureTrack);
}
