using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Policies;

/// <summary>A version of a policy as the gateway read it at a start. Rules change by files; each change is an act, and so a leaf of the log (DESIGN D9).</summary>
/// <param name="Id"><c>policy.version</c>.</param>
/// <param name="PolicyId">Policy.</param>
/// <param name="Version">Version.</param>
/// <param name="EffectiveFrom">First day in force.</param>
/// <param name="EffectiveTo">Last day; null while no end is known.</param>
/// <param name="Parent">Policy of the superior; null for none.</param>
/// <param name="RetentionMonths">Retention, months.</param>
/// <param name="Sha256">Of what the file means (its JSON written anew), hex: the same file with other blanks has the same.</param>
/// <param name="IsPresent">False once a start no longer found it.</param>
public sealed record PolicyRead(string Id, string PolicyId, int Version, DateOnly EffectiveFrom, DateOnly? EffectiveTo, string? Parent, int RetentionMonths, string Sha256, bool IsPresent) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "policy";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("present", IsPresent ? "yes" : "no"), new EntityKey("policy", PolicyId)];
}
