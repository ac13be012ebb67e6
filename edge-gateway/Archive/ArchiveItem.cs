using BodyCam.Core;

namespace BodyCam.Archive;

/// <summary>One stored segment that the archive does not have yet.</summary>
/// <param name="RelativePath">Path of the original below the data folder, made by the gateway from numbers and a checked device id, with <c>.mkv</c>; never from foreign input.</param>
/// <param name="Sha256">SHA-256 of the original, 32 bytes, as the transparency log has it.</param>
/// <param name="Key">Which segment it is.</param>
/// <param name="LogSequence">Leaf of its record.</param>
/// <param name="IsPurged">True when its bytes are gone by certificate: seal and receipt are all that is forwarded.</param>
/// <param name="Bytes">Length of the original, as it was stored; −1 where it is not known.</param>
public sealed record ArchiveItem(string RelativePath, ReadOnlyMemory<byte> Sha256, SegmentKey Key, long LogSequence, bool IsPurged = false, long Bytes = -1);
