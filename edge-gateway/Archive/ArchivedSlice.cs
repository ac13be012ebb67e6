using BodyCam.Core;

namespace BodyCam.Archive;

/// <summary>What a stretch of the log says of the archive.</summary>
/// <param name="Archived">Segments that it calls archived, those purged since too.</param>
/// <param name="Purged">Segments of its certificates whose bytes are gone here and were removed from the archive.</param>
/// <param name="IsWhole">False when a record of it could not be read.</param>
public sealed record ArchivedSlice(IReadOnlyList<ArchiveItem> Archived, IReadOnlyList<SegmentKey> Purged, bool IsWhole);
