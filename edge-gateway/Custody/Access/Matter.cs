using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;

namespace BodyCam.Custody.Access;

/// <summary>What access is asked for: a recording, or a linked source (D4), which has the secrecy of the gravest recording of its activity, as what was seen there may be in it too.</summary>
/// <param name="Kind">Kind of the thing.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsThere">True when it is known.</param>
/// <param name="UnitId">Unit whose it is.</param>
/// <param name="Secrecy">Its secrecy.</param>
internal sealed record Matter(string Kind, string Id, bool IsThere, string? UnitId, Secrecy Secrecy)
{
    /// <summary>True when nobody may see it (000·14).</summary>
    public bool IsQuarantined => Secrecy is Secrecy.State or Secrecy.Military;

    /// <summary>A recording.</summary>
    public static Matter Recording(Draft draft, string id) =>
        draft.Find<Recording>(id) is { } recording ? new Matter(Recordings.Recording.Kind, id, true, recording.UnitId, recording.Secrecy) : new Matter(Recordings.Recording.Kind, id, false, null, Secrecy.None);

    /// <summary>A linked source.</summary>
    public static Matter Source(Draft draft, string id) => draft.Find<LinkedSource>(id) is { } source ? Of(draft, source) : new Matter(LinkedSource.Kind, id, false, null, Secrecy.None);

    /// <summary>A linked source that is there.</summary>
    public static Matter Of(Draft draft, LinkedSource source) =>
        new(LinkedSource.Kind, source.Id, true, draft.Find<Activity>(source.ActivityId)?.UnitId, draft.List<Recording>("activity", source.ActivityId).Select(static recording => recording.Secrecy).DefaultIfEmpty(Secrecy.None).Max());

    /// <summary>Enters the act in the history of the thing.</summary>
    public void Mention(Draft draft)
    {
        if (Kind == LinkedSource.Kind)
            draft.Mention<LinkedSource>(Id);
        else
            draft.Mention<Recording>(Id);
    }
}
