using BodyCam.Custody.People;

namespace BodyCam.Custody.Acts;

/// <summary>How far a person's rank and role go: to the end of his own agency, however many agencies the gateway serves (002·17, 003·14: the leaders are those of the enforcing agency).</summary>
public static class Reach
{
    /// <summary>True when a unit belongs to the actor's agency, or to nobody's yet.</summary>
    /// <remarks>An actor without a unit belongs to the gateway's agency while there is one only; with several, he has to be given a unit first.</remarks>
    public static bool IsOwnAgency(Draft draft, string? unitId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Actor.Is(Role.System) || draft.Find<Unit>(unitId) is not { } unit)
            return true;
        return draft.Find<Unit>(draft.Actor.UnitId) is { } own ? own.AgencyId == unit.AgencyId : draft.Some<Agency>(2).Count == 1;
    }
}
