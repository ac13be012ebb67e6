using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Retention;

/// <summary>One disc or disk of an evidence package (K3, K4): made, read back, handed over.</summary>
/// <param name="Id">Id.</param>
/// <param name="PackageId">Package.</param>
/// <param name="RecordingIds">What is on it.</param>
/// <param name="Medium"><c>disc</c> or <c>hard_disk</c>.</param>
/// <param name="Number">标号.</param>
/// <param name="Copy">Which of the copies, from 1.</param>
/// <param name="Sha256">Of its image, hex.</param>
/// <param name="MadeByUnit">制作单位.</param>
/// <param name="MadeBy">制作人.</param>
/// <param name="MadeAt">制作时间.</param>
/// <param name="Title">执法活动或者案件名称.</param>
public sealed record Media(
    string Id, string PackageId, IReadOnlyList<string> RecordingIds, string Medium, string Number, int Copy, string Sha256, string MadeByUnit, string MadeBy, DateTimeOffset MadeAt, string Title) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "media";

    /// <summary>Who read it back and found the same digest; null until then.</summary>
    public string? ReadBackBy { get; init; }

    /// <summary>To whom it was handed over; null until then.</summary>
    public string? HandedTo { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("package", PackageId), .. RecordingIds.Select(static id => new EntityKey("recording", id))];
}
