using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Supervision;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Clocks;

/// <summary>What is to be done in a unit, worked out from what stands: nothing is kept, so a restart changes nothing.</summary>
/// <param name="days">Working days.</param>
public sealed class TaskList(WorkingDays days)
{
    private readonly DeadlineClock clock = new(days);

    /// <summary>Every open task of a unit, the most urgent first.</summary>
    public IReadOnlyList<CustodyTask> Of(Draft draft, string unitId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Text.PolicyOf(draft, unitId) is not { } policy)
            return [];
        var activities = draft.List<Activity>("unit", unitId);
        List<CustodyTask> tasks =
        [
            .. activities.SelectMany(activity => OfActivity(draft, policy, activity)),
            .. draft.List<Recording>("unit", unitId).SelectMany(recording => OfRecording(draft, policy, recording)),
            .. draft.List<Case>("unit", unitId).Where(static file => file is { ClosedAt: not null, FiledAt: null }).Select(file => Timed(draft, policy, "case_file", Case.Kind + "/" + file.Id, "执法人员", clock.CaseFile(policy.Rules, file.ClosedAt), $"案件 {file.Number} 组卷归档")),
            .. draft.List<Custody.Supervision.Correction>("unit", unitId).Where(static correction => correction.AcceptedBy is null).Select(correction => OfCorrection(draft, correction)),
            .. policy.Rules.Supervision.Select(rule => OfSupervision(draft, policy, unitId, rule)).OfType<CustodyTask>(),
        ];
        return [.. tasks.OrderByDescending(static task => Urgency(task.State)).ThenBy(static task => task.Due ?? DateTimeOffset.MaxValue).ThenBy(static task => task.Subject, StringComparer.Ordinal)];
    }

    /// <summary>The upload clocks of an activity (G1–G5), met or not.</summary>
    public UploadReading UploadOf(Draft draft, Activity activity)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(activity);
        var recordings = draft.List<Recording>("activity", activity.Id);
        return new UploadDeadlines(clock).Read(Text.PolicyOf(draft, activity.UnitId)!.Rules, new UploadFacts
        {
            // Clocks by day and week run from the oldest one that is not stored: what came later gives it no more time.
            RecordingEnded = recordings.Where(static recording => recording.StoredAt is null).Min(static recording => recording.EndedAt) ?? recordings.Max(static recording => recording.EndedAt) ?? activity.EndedAt,
            ActivityEnded = activity.EndedAt,
            ReturnedToUnit = activity.ReturnedAt,
            Declaration = activity.Exception is { } declared ? new UploadDeclaration(declared.When, declared.Circumstance, declared.Reason) : null,
        });
    }

    private IEnumerable<CustodyTask> OfActivity(Draft draft, PolicySet policy, Activity activity)
    {
        var recordings = draft.List<Recording>("activity", activity.Id);
        if (recordings.Any(static recording => recording.StoredAt is null))
        {
            foreach (var upload in UploadOf(draft, activity).Clocks)
                yield return Timed(draft, policy, "upload", Activity.Kind + "/" + activity.Id, "执法人员", upload.Deadline, $"存储本次执法活动的影像（{upload.ClockId}）");
        }

        foreach (var stop in draft.List<StopUse>("activity", activity.Id))
        {
            if (policy.Rules.WorkRecord is { } rule && (stop.WorkRecordId is null || draft.Find<WorkRecord>(stop.WorkRecordId) is { State: WorkRecordState.Returned }))
                yield return Timed(draft, policy, "work_record", StopUse.Kind + "/" + stop.Id, "执法人员", clock.WorkRecord(policy.Rules, activity.EndedAt > stop.At ? activity.EndedAt : stop.At), "制作工作记录，写明原因和依据");
            else if (policy.Rules.WorkRecord?.Reviewer is { } rank && draft.Find<WorkRecord>(stop.WorkRecordId) is { State: WorkRecordState.InReview } record)
                yield return Untimed("work_record_review", WorkRecord.Kind + "/" + record.Id, RankName.Of(rank), "审核工作记录", Text.Cites(policy, policy.Rules.WorkRecord));
        }

        if (activity.EndedAt is not null && recordings.Count > 0)
        {
            var visits = draft.List<SiteVisit>("activity", activity.Id).Where(static visit => !visit.IsWithdrawn).ToList();
            if (visits.Count == 0 && policy.Rules.Continuity.Unit == ContinuityUnit.Site)
                yield return Untimed("site_visits", Activity.Kind + "/" + activity.Id, "执法人员", "登记各执法地点的到达和离开时间；不登记的，整个活动按同一执法地点认定", Text.Cites(policy, policy.Rules.Continuity));
            foreach (var visit in visits.Where(static visit => visit.LeftAt is null))
                yield return Untimed("site_departure", SiteVisit.Kind + "/" + visit.Id, "执法人员", $"登记离开 “{visit.Site}” 的时间", Text.Cites(policy, policy.Rules.Continuity));
        }

        foreach (var source in draft.List<LinkedSource>("activity", activity.Id))
        {
            foreach (var request in draft.List<AccessRequest>("source", source.Id).Where(request => request is { State: AccessState.Waiting, RecordingIds.Count: 0 } && request.SourceIds[0] == source.Id))
                yield return OfRequest(draft, policy, request);
        }

        foreach (var interruption in draft.List<Interruption>("activity", activity.Id))
        {
            var (subject, cites) = (Interruption.Kind + "/" + interruption.Id, Text.Cites(policy, policy.Rules.Continuity));
            if (interruption is { CannotResume: true, AcknowledgedBy: null })
                yield return Untimed("acknowledge_report", subject, RankName.Of(policy.Rules.Continuity.ReportTo), "立即确认：记录无法继续", cites) with { State = DeadlineState.Due };
            if (interruption is { CannotResume: true, Account: null } or { State: InterruptionState.Unexplained, Account: null })
                yield return Untimed("written_account", subject, "执法人员", "书面说明中断情况", cites);
            else if (interruption.State == InterruptionState.Open)
                yield return Untimed("confirm_note", subject, policy.Rules.Continuity.HasList ? "部门负责人或法制机构" : "负责人对照条文", interruption.NoteFromUs is null ? "没有语音说明：认定或要求书面说明" : "听取并确认语音说明", cites);
        }
    }

    private IEnumerable<CustodyTask> OfRecording(Draft draft, PolicySet policy, Recording recording)
    {
        var subject = Recording.Kind + "/" + recording.Id;
        if (policy.Rules.Classification is not null && recording is { StoredAt: { } stored, Classification: null, State: not RecordingState.Purged })
            yield return Timed(draft, policy, "classify", subject, "执法人员", clock.Classification(policy.Rules, stored), "分类整理");
        if (recording.Review is { Reviewer: not null, Approver: null })
            yield return Untimed("approve_purge", subject, "部门负责人以上，审查人以外", "批准或不批准清除", Text.Cites(policy, policy.Rules.Retention));
        foreach (var request in draft.List<AccessRequest>("recording", recording.Id).Where(request => request.State == AccessState.Waiting && request.RecordingIds[0] == recording.Id))
            yield return OfRequest(draft, policy, request);
    }

    private CustodyTask OfRequest(Draft draft, PolicySet policy, AccessRequest request)
    {
        var rule = policy.Rules.Access.FirstOrDefault(rule => rule.Kind == request.Kind);
        var task = Timed(draft, policy, "access_request", "access_request/" + request.Id, RankName.Of(rule?.Approver ?? Rank.MainLeader), clock.AccessRequest(policy.Rules, request.RequestedAt), "决定查阅申请");
        // A text that names the rank and no deadline is cited for the rank.
        return task.Cites.Count > 0 || rule is null ? task : task with { Cites = Text.Cites(policy, rule) };
    }

    private static CustodyTask OfCorrection(Draft draft, Custody.Supervision.Correction correction)
    {
        var end = new DateTimeOffset(correction.DueOn.AddDays(1).ToDateTime(TimeOnly.MinValue), Text.Zone);
        var state = correction.DoneBy is not null ? DeadlineState.Running : draft.Now > end ? DeadlineState.Overdue : draft.Now > end.AddDays(-1) ? DeadlineState.Warned : DeadlineState.Running;
        return new CustodyTask("correction", Custody.Supervision.Correction.Kind + "/" + correction.Id, correction.DoneBy is null ? "责任单位" : "检查人员验收", Held(draft, state), end, correction.Words, []);
    }

    private static CustodyTask? OfSupervision(Draft draft, PolicySet policy, string unitId, SupervisionRule rule)
    {
        if (rule.EveryDays is not { } every)
            return null;
        var what = rule.Id switch { "annual_review" => CheckKind.AnnualReview, "daily_check" => CheckKind.DailyCheck, "content_supervision" => CheckKind.ContentSupervision, _ => CheckKind.SpotCheck };
        var last = draft.List<SupervisionCheck>("unit", unitId).Where(check => check.What == what && check.ClosedAt is not null).Max(static check => check.ClosedAt);
        // Before the first one the time counts from the first act that made the unit.
        var from = last ?? draft.FirstAct("unit/" + unitId) ?? draft.Now;
        var due = from.AddDays(every);
        var state = draft.Now > due ? DeadlineState.Overdue : draft.Now > due.AddDays(-Math.Max(1, every / 12)) ? DeadlineState.Warned : DeadlineState.Running;
        return new CustodyTask("supervision", $"unit/{unitId}", what is CheckKind.SpotCheck ? "执法记录仪管理员" : "法制机构", Held(draft, state), due, $"{rule.Id}：{(last is null ? "尚未进行过" : $"上次 {Text.Day(last.Value):yyyy-MM-dd}")}，至少每 {every} 天一次", Text.Cites(policy, rule));
    }

    // While the clock has stepped nothing falls newly overdue (DESIGN D11).
    private static DeadlineState Held(Draft draft, DeadlineState state) => draft.IsClockHeld && state is DeadlineState.Overdue or DeadlineState.Due ? DeadlineState.Warned : state;

    private static CustodyTask Timed(Draft draft, PolicySet policy, string kind, string subject, string who, Deadline deadline, string what)
    {
        return new CustodyTask(kind, subject, who, Held(draft, deadline.StateAt(draft.Now)), deadline.Due, $"{what}。{deadline.Words}", Text.Cites(policy, deadline.Rule is null ? [] : [deadline.Rule]));
    }

    private static CustodyTask Untimed(string kind, string subject, string who, string words, IReadOnlyList<string> cites) => new(kind, subject, who, DeadlineState.Running, null, words, cites);

    private static int Urgency(DeadlineState state) => state switch { DeadlineState.Overdue => 5, DeadlineState.CalendarMissing => 4, DeadlineState.Due => 3, DeadlineState.Warned => 2, DeadlineState.Running => 1, _ => 0 };
}
