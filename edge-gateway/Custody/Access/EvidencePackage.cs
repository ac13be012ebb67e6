using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Access;

/// <summary>证据包: originals, proofs and forms in one file, made under entries of the register.</summary>
/// <param name="Id">Id.</param>
/// <param name="Title">执法活动或者案件名称.</param>
/// <param name="Number">标号.</param>
/// <param name="RecordingIds">What is in it.</param>
/// <param name="Sha256">Of the file, hex.</param>
/// <param name="Bytes">Length.</param>
/// <param name="MadeAt">When.</param>
/// <param name="MadeBy">User.</param>
/// <param name="RegisterIds">Entries of the register under which it was made.</param>
public sealed record EvidencePackage(string Id, string Title, string Number, IReadOnlyList<string> RecordingIds, string Sha256, long Bytes, DateTimeOffset MadeAt, string MadeBy, IReadOnlyList<string> RegisterIds) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "evidence_package";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("made_by", MadeBy), .. RecordingIds.Select(static id => new EntityKey("recording", id))];
}
