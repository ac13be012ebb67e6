using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Activities;

/// <summary>What people say of an activity.</summary>
public sealed record ActivityDescription
{
    /// <summary>Type: an id of the policy's activity types.</summary>
    public required string Type { get; init; }

    /// <summary>Name of the activity or case.</summary>
    public required string Title { get; init; }

    /// <summary>Place.</summary>
    public required string Place { get; init; }

    /// <summary>当事人; empty when there is none.</summary>
    public string Party { get; init; } = "";

    /// <summary>Officers who took part.</summary>
    public IReadOnlyList<string> OfficerIds { get; init; } = [];

    /// <summary>Night or poor light.</summary>
    public bool IsNight { get; init; }

    /// <summary>Where the recorder was worn.</summary>
    public string? WornAt { get; init; }

    /// <summary>Sensitive or major.</summary>
    public bool IsMajor { get; init; }

    /// <summary>Text records beside it.</summary>
    public IReadOnlyList<string> TextRecords { get; init; } = [];
}

/// <summary>Activities: description, end points, notices, exceptions, linked sources (C, D, E1).</summary>
public static class ActivityDesk
{
    private const int MarkersMax = 100;
    private const int MarkerCharactersMax = 200;

    private static readonly HashSet<string> wornAt = new(["left_shoulder", "left_chest", "shoulder", "chest", "hand", "fixed"], StringComparer.Ordinal);
    private static readonly HashSet<string> sources = new(["voice_recorder", "video_camera", "camera", "vehicle", "surveillance", "text"], StringComparer.Ordinal);

    /// <summary>Opens an activity by hand: one without a recorder (stop of use from the start) or before one reports.</summary>
    public static Outcome<Activity> Open(Draft draft, string unitId, ActivityDescription description)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return draft.Find<Unit>(unitId) is { } unit ? Describe(draft, new Activity(draft.NewId(Activity.Kind), unit.AgencyId, unitId), description) : Refusal.NotFound(Unit.Kind, unitId);
    }

    /// <summary>Describes an activity; the type must be one of the policy's.</summary>
    public static Outcome<Activity> Describe(Draft draft, string activityId, ActivityDescription description)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return draft.Find<Activity>(activityId) is { } activity ? Describe(draft, activity, description) : Refusal.NotFound(Activity.Kind, activityId);
    }

    /// <summary>Joins what several recorders report into one activity: the second one's recorders, officers and markers come to the first.</summary>
    public static Outcome<Activity> Join(Draft draft, string activityId, string otherId, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (draft.Find<Activity>(otherId) is not { } other || otherId == activityId)
            return Refusal.NotFound(Activity.Kind, otherId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (activity.UnitId != other.UnitId)
            return Refusal.Conflict("other_unit", "两项执法活动不属于同一单位，不能合并。请分别管理。");
        draft.Reason = reason;
        foreach (var recording in draft.List<Recording>("activity", otherId))
            draft.Put(recording with { ActivityId = activityId });
        foreach (var interruption in draft.List<Interruption>("activity", otherId))
            draft.Put(interruption with { ActivityId = activityId });
        foreach (var stop in draft.List<StopUse>("activity", otherId))
            draft.Put(stop with { ActivityId = activityId });
        foreach (var record in draft.List<WorkRecord>("activity", otherId))
            draft.Put(record with { ActivityId = activityId });
        foreach (var source in draft.List<LinkedSource>("activity", otherId))
            draft.Put(source with { ActivityId = activityId });
        foreach (var visit in draft.List<SiteVisit>("activity", otherId))
            draft.Put(visit with { ActivityId = activityId });
        JoinHolds(draft, activityId, otherId);
        draft.Put(other with { DeviceActivities = [], Markers = [], Title = $"并入 {activityId}" });
        draft.Subject = Activity.Kind + "/" + activityId;
        return draft.Put(activity with
        {
            DeviceActivities = [.. activity.DeviceActivities.Union(other.DeviceActivities, StringComparer.Ordinal)],
            OfficerIds = [.. activity.OfficerIds.Union(other.OfficerIds, StringComparer.Ordinal)],
            Markers = [.. activity.Markers, .. other.Markers],
            Moves = [.. activity.Moves.Concat(other.Moves).OrderBy(static move => move.At)],
            TextRecords = [.. activity.TextRecords.Union(other.TextRecords, StringComparer.Ordinal)],
            IsMajor = activity.IsMajor || other.IsMajor,
            Notice = activity.Notice is { Given: true } ? activity.Notice : other.Notice ?? activity.Notice,
            Arrived = Earlier(activity.Arrived, other.Arrived),
            Left = activity.Left is null || other.Left is null ? null : activity.Left.At >= other.Left.At ? activity.Left : other.Left,
            EndedAt = activity.EndedAt is { } end && other.EndedAt is { } otherEnd ? (end > otherEnd ? end : otherEnd) : null,
        });
    }

    /// <summary>Moves arrival or leaving; needs a reason and cannot drop footage (DESIGN §7).</summary>
    /// <param name="draft">The act.</param>
    /// <param name="activityId">Activity.</param>
    /// <param name="arrival">True for arrival.</param>
    /// <param name="at">New moment.</param>
    /// <param name="reason">Why.</param>
    /// <param name="footage">First and last moment of its footage, by device-wall time with its bound taken off; null when there is none.</param>
    public static Outcome<Activity> Move(Draft draft, string activityId, bool arrival, DateTimeOffset at, string reason, (DateTimeOffset First, DateTimeOffset Last)? footage)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if ((Text.Missing(reason) ?? Text.Long(1000, reason)) is { } missing)
            return missing;
        if (footage is { } span && (arrival ? at > span.First : at < span.Last))
            return Refusal.Conflict("drops_footage", "移动后的时间会把已有影像排除在外。到达时间不得晚于首帧，离开时间不得早于末帧。请更正时间。");
        if (arrival ? at > activity.Left?.At : at < activity.Arrived?.At)
            return Refusal.Invalid("order", "到达时间不得晚于离开时间。请更正时间。");
        if (at > draft.Now)
            return Refusal.Invalid("future", "时间晚于现在。请更正时间。");
        draft.Reason = reason;
        if (Text.PolicyOf(draft, activity.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.Continuity.Cites);
        var point = new EndPoint(at, draft.Actor.Id, reason);
        var moved = activity with { Moves = [.. activity.Moves, new MovedEndPoint(arrival, at, draft.Actor.Id, draft.Now, reason)] };
        return draft.Put(arrival ? moved with { Arrived = point } : moved with { Left = point });
    }

    /// <summary>Says when the officers came back to the unit: upload clocks may start then.</summary>
    public static Outcome<Activity> ReturnToUnit(Draft draft, string activityId, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (at > draft.Now || at < activity.EndedAt)
            return Refusal.Invalid("order", "返回时间须在活动结束之后、现在之前。请更正时间。");
        if (activity.ReturnedAt is { } standing && at > standing)
            return Refusal.Conflict("later_return", "已登记的返回时间不得改晚，因为期限由此起算。确有错误的，请登记更正并说明。");
        return draft.Put(activity with { ReturnedAt = at });
    }

    /// <summary>Declares an exception of the upload clock; the circumstance must be one that the article names.</summary>
    public static Outcome<Activity> DeclareException(Draft draft, string activityId, UploadCase when, string circumstance, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if ((Text.Missing(reason) ?? Text.Long(1000, reason)) is { } missing)
            return missing;
        var policy = Text.PolicyOf(draft, activity.UnitId);
        var clock = policy?.Rules.Upload.FirstOrDefault(clock => clock.When == when && when != UploadCase.Always && (clock.Circumstances.Count == 0 || clock.Circumstances.Contains(circumstance, StringComparer.Ordinal)));
        if (clock is null)
        {
            var named = policy?.Rules.Upload.SelectMany(static clock => clock.Circumstances).ToList() ?? [];
            return Refusal.ByRule("exception_not_admitted", named.Count == 0 ? "本单位的制度没有这种例外。请按一般期限存储。" : $"制度所列情形为：{string.Join("、", named)}。请选择其一。", Text.Cites(policy, policy?.Rules.Upload ?? []));
        }

        draft.Reason = reason;
        draft.Cite(policy!, clock.Cites);
        return draft.Put(activity with { Exception = new UploadException(when, circumstance, reason, draft.Actor.Id) });
    }

    /// <summary>Says that the notice was given though the recorder has no mark of it, or that it was not.</summary>
    public static Outcome<Activity> GiveNotice(Draft draft, string activityId, bool given, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (activity.Notice is { Given: true, Recording: not null } && !given)
            return Refusal.Conflict("notice_marked", "执法记录仪已标记告知。标记不能撤销；如有疑问，请登记线索。");
        var policy = Text.PolicyOf(draft, activity.UnitId);
        draft.Reason = reason;
        if (policy?.Rules.Notice is { } rule)
            draft.Cite(policy, rule.Cites);
        return draft.Put(activity with { Notice = new Notice(given, policy?.Rules.Notice?.PhraseId ?? "", null, null, draft.Actor.Id) });
    }

    /// <summary>Marks an opening, key shot or still after the fact (C3–C5, D2, D3).</summary>
    public static Outcome<Activity> Mark(Draft draft, string activityId, Marker marker)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(marker);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (marker.Words.Length > MarkerCharactersMax || marker.Recording?.Length > MarkerCharactersMax || activity.Markers.Count >= MarkersMax)
            return Refusal.Invalid("markers", $"标记说明最长 {MarkerCharactersMax} 字，一项执法活动最多人工标记 {MarkersMax} 处。请缩短，或写入分类整理的内容。");
        var policy = Text.PolicyOf(draft, activity.UnitId);
        IEnumerable<Rule> rules = policy is null ? [] : [.. policy.Rules.Openings.Where(rule => rule.Id == marker.Id), .. policy.Rules.KeyShots.Where(rule => rule.Id == marker.Id)];
        if (marker.Id is not ("key_shot" or "still" or "warned") && !rules.Any())
            return Refusal.Invalid("marker_unknown", $"制度中没有标记 “{marker.Id}”。请从制度所列的开启要求和重点摄录内容中选择。");
        if (policy is not null)
            draft.Cite(policy, rules.SelectMany(static rule => rule.Cites));
        return draft.Put(activity with { Markers = [.. activity.Markers, marker with { By = draft.Actor.Id }] });
    }

    /// <summary>Links bytes of another source that were stored under their digest (D4).</summary>
    public static Outcome<LinkedSource> Link(Draft draft, string activityId, string source, string fileName, string sha256, long bytes, DateTimeOffset takenAt)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Activity>(activityId) is not { } activity)
            return Refusal.NotFound(Activity.Kind, activityId);
        if (!sources.Contains(source))
            return Refusal.Invalid("source_unknown", $"来源 “{source}” 不在所列之中。请用 {string.Join("、", sources)} 之一。");
        if (Text.Missing(fileName) is { } missing)
            return missing;
        if (draft.List<LinkedSource>("sha256", sha256).FirstOrDefault(other => other.ActivityId == activityId) is { } same)
            return same;
        if (Text.PolicyOf(draft, activity.UnitId) is { } policy)
            draft.Cite(policy, policy.Rules.Duties.Where(static duty => duty.Id == "other_sources").SelectMany(static duty => duty.Cites));
        draft.Mention<Activity>(activityId);
        return draft.Put(new LinkedSource(draft.NewId("source"), activityId, source, fileName, sha256, bytes, takenAt, draft.Actor.Id, draft.Now));
    }

    private static Outcome<Activity> Describe(Draft draft, Activity activity, ActivityDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        if ((Text.Missing(description.Title, description.Place) ?? Text.Long(Text.StandingMax, [description.Title, description.Place, description.Party, .. description.TextRecords])) is { } missing)
            return missing;
        if (description.TextRecords.Count > 30 || activity.OfficerIds.Union(description.OfficerIds, StringComparer.Ordinal).Count() > 100)
            return Refusal.Invalid("list_too_long", "文字记录最多 30 项，执法人员最多 100 人。请分别登记。");
        var policy = Text.PolicyOf(draft, activity.UnitId);
        if (policy?.Rules.ActivityTypes.FirstOrDefault(rule => rule.Id == description.Type) is not { } type)
            return Refusal.Invalid("type_unknown", $"制度中没有执法活动类型 “{description.Type}”。请从 {string.Join("、", policy?.Rules.ActivityTypes.Select(static rule => rule.Id) ?? [])} 中选择。");
        if (description.WornAt is { } worn && !wornAt.Contains(worn))
            return Refusal.Invalid("worn_unknown", $"佩戴位置只能是 {string.Join("、", wornAt)}。请更正。");
        if (description.OfficerIds.FirstOrDefault(id => draft.Find<Officer>(id) is null) is { } unknown)
            return Refusal.NotFound(Officer.Kind, unknown);
        draft.Cite(policy, type.Cites);
        return draft.Put(activity with
        {
            Type = description.Type, Title = description.Title, Place = description.Place, Party = description.Party, IsNight = description.IsNight, WornAt = description.WornAt, IsMajor = description.IsMajor,
            OfficerIds = [.. activity.OfficerIds.Union(description.OfficerIds, StringComparer.Ordinal)], TextRecords = description.TextRecords,
        });
    }

    // What held one of the two activities holds all of both.
    private static void JoinHolds(Draft draft, string activityId, string otherId)
    {
        foreach (var hold in draft.List<Hold>("activity", otherId))
            draft.Put(hold with { ActivityId = activityId });
        var standing = draft.List<Hold>("activity", activityId).Where(static hold => hold.Stands).Select(static hold => hold.Id).ToList();
        foreach (var recording in draft.List<Recording>("activity", activityId).Where(recording => recording.State != RecordingState.Purged && standing.Except(recording.HoldIds, StringComparer.Ordinal).Any()))
            draft.Put(RetentionDesk.Held(recording, standing));
    }

    private static EndPoint? Earlier(EndPoint? one, EndPoint? other) => one is null ? other : other is null ? one : one.At <= other.At ? one : other;
}
