using BodyCam.Core;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;

namespace BodyCam.Custody.Recorders;

/// <summary>A shift manifest as the catalog has it.</summary>
/// <param name="Reference"><c>device.epoch.segment</c>.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="IsComplete">Everything it names is stored.</param>
/// <param name="Lacks">What is not.</param>
public sealed record ShiftManifest(string Reference, uint Epoch, bool IsComplete, string Lacks);

/// <summary>The life of recorders: register, issue, return, swap, repair, loss (A).</summary>
public static class RecorderDesk
{
    /// <summary>Registers a recorder or corrects its data; life and assignment stay as they are.</summary>
    public static Outcome<Recorder> Register(Draft draft, Recorder recorder)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recorder);
        if (!DeviceId.TryParse(recorder.Id, out _))
            return Refusal.Invalid("device_id", $"“{recorder.Id}” 不是设备编号。请用 3 至 32 个 a-z、0-9 和“-”。");
        if (Text.Missing(recorder.Serial, recorder.Brand, recorder.Model) is { } missing)
            return missing;
        if (draft.Find<Unit>(recorder.UnitId) is null)
            return Refusal.NotFound(Unit.Kind, recorder.UnitId);
        if (recorder.CustodianId is { } custodian && draft.Find<Officer>(custodian) is null)
            return Refusal.NotFound(Officer.Kind, custodian);
        var standing = draft.Find<Recorder>(recorder.Id);
        if (standing?.AssignmentId is not null && standing.UnitId != recorder.UnitId)
            return Refusal.Conflict("recorder_issued", "执法记录仪正在领用，不能调拨。请先收回。");
        return draft.Put(recorder with { State = standing?.State ?? RecorderState.InStock, AssignmentId = standing?.AssignmentId });
    }

    /// <summary>Issues a recorder to an officer of its own unit; nobody else may have it (A7).</summary>
    /// <param name="draft">The act.</param>
    /// <param name="recorderId">Recorder in stock.</param>
    /// <param name="officerId">Active officer of the same unit.</param>
    /// <param name="epoch">Newest epoch given to the recorder.</param>
    public static Outcome<Assignment> Issue(Draft draft, string recorderId, string officerId, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recorder>(recorderId) is not { } recorder)
            return Refusal.NotFound(Recorder.Kind, recorderId);
        if (draft.Find<Officer>(officerId) is not { IsActive: true } officer)
            return Refusal.NotFound(Officer.Kind, officerId);
        var policy = Text.PolicyOf(draft, recorder.UnitId);
        var lending = policy?.Rules.Misuse.Where(static lead => lead.Id == "lending").ToList() ?? [];
        if (officer.UnitId != recorder.UnitId)
            return Refusal.ByRule("lending", $"{officer.Name} 不属于该执法记录仪的单位，不得转借。请先办理调拨或调动。", Text.Cites(policy, lending));
        if (recorder.State != RecorderState.InStock)
            return Refusal.Conflict("recorder_not_in_stock", $"执法记录仪 {recorderId} 不在库（{recorder.State}）。请先收回或办结维修。");
        if (policy is not null)
            draft.Cite(policy, policy.Rules.Duties.Where(static duty => duty.Id == "use_ledger").SelectMany(static duty => duty.Cites));
        var assignment = draft.Put(new Assignment(draft.NewId(Assignment.Kind), recorderId, officerId, recorder.UnitId, draft.Now, draft.Actor.Id, epoch));
        draft.Put(recorder with { State = RecorderState.Issued, AssignmentId = assignment.Id });
        return assignment;
    }

    /// <summary>Takes a recorder back; the shift manifest must be here and name nothing that is missing.</summary>
    public static Outcome<Assignment> Return(Draft draft, string recorderId, ShiftManifest? manifest)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (OpenAssignment(draft, recorderId) is not { } assignment)
            return Refusal.Conflict("not_issued", $"执法记录仪 {recorderId} 没有未归还的领用。请核对编号。");
        if (manifest is null)
            return Refusal.Conflict("manifest_missing", "没有收到本次领用的交接清单。请将执法记录仪接入网络并执行“归还”；确已遗失或损坏的，按遗失、损坏办结。");
        if (!manifest.IsComplete)
            return Refusal.Conflict("manifest_lacks", $"交接清单所列内容尚未全部存储：{manifest.Lacks}。请等待上传完成。");
        return Close(draft, assignment, assignment with { End = AssignmentEnd.Returned, Manifest = manifest.Reference }, RecorderState.InStock);
    }

    /// <summary>Takes a recorder back and issues it to another officer in one act (A5).</summary>
    public static Outcome<Assignment> Reissue(Draft draft, string recorderId, ShiftManifest? manifest, string toOfficerId, uint epoch)
    {
        var returned = Return(draft, recorderId, manifest);
        return returned.IsDone ? Issue(draft, recorderId, toOfficerId, epoch) : returned;
    }

    /// <summary>Closes an assignment without a manifest: only as lost or damaged, and only with a written account (A9).</summary>
    public static Outcome<Assignment> CloseWithout(Draft draft, string recorderId, AssignmentEnd end, string account)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (OpenAssignment(draft, recorderId) is not { } assignment)
            return Refusal.Conflict("not_issued", $"执法记录仪 {recorderId} 没有未归还的领用。请核对编号。");
        if (end is not (AssignmentEnd.Lost or AssignmentEnd.Damaged))
            return Refusal.Invalid("end_not_admitted", "没有交接清单的领用只能按遗失或损坏办结。请选择其一。");
        if (Text.Missing(account) is { } missing)
            return missing;
        draft.Reason = account;
        CiteMisuse(draft, assignment.UnitId, "wilful_destruction", "loss_or_damage");
        draft.Put(new Incident(draft.NewId(Incident.Kind), recorderId, end == AssignmentEnd.Lost ? IncidentKind.Loss : IncidentKind.Damage, account, draft.Now, draft.Actor.Id));
        return Close(draft, assignment, assignment with { End = end, Account = account }, end == AssignmentEnd.Lost ? RecorderState.Lost : RecorderState.Repair);
    }

    /// <summary>Enters an incident; repair, retirement and the like change the recorder's life and need it to be in hand.</summary>
    public static Outcome<Incident> Report(Draft draft, string recorderId, IncidentKind what, string account)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Recorder>(recorderId) is not { } recorder)
            return Refusal.NotFound(Recorder.Kind, recorderId);
        if (Text.Missing(account) is { } missing)
            return missing;
        RecorderState? next = (what, recorder.State) switch
        {
            (IncidentKind.Repair or IncidentKind.Swap, RecorderState.InStock) => RecorderState.Repair,
            (IncidentKind.Repaired, RecorderState.Repair) => RecorderState.InStock,
            (IncidentKind.Retired, RecorderState.InStock or RecorderState.Repair or RecorderState.Lost) => RecorderState.Retired,
            (IncidentKind.Found, RecorderState.Lost) => RecorderState.Repair,
            (IncidentKind.Loss, RecorderState.InStock) => RecorderState.Lost,
            (IncidentKind.Damage or IncidentKind.Disassembly or IncidentKind.WilfulDestruction, not RecorderState.Retired) => recorder.State,
            _ => null,
        };
        if (next is not { } state)
            return Refusal.Conflict("state_not_admitted", $"执法记录仪处于 {recorder.State}，不能登记 {what}。领用中的请先收回，或按遗失、损坏办结。");
        draft.Reason = account;
        CiteMisuse(draft, recorder.UnitId, "wilful_destruction", "loss_or_damage");
        if (state != recorder.State)
            draft.Put(recorder with { State = state });
        draft.Mention<Recorder>(recorderId);
        return draft.Put(new Incident(draft.NewId(Incident.Kind), recorderId, what, account, draft.Now, draft.Actor.Id));
    }

    /// <summary>Enters a pre-use check; items that the policy asks for and nobody checked are named in it (B).</summary>
    public static Outcome<PreUseCheck> Check(Draft draft, string recorderId, DateTimeOffset at, IReadOnlyList<CheckItem> items)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(items);
        if (draft.Find<Recorder>(recorderId) is not { } recorder)
            return Refusal.NotFound(Recorder.Kind, recorderId);
        if (items.Any(static item => item.Grade is not ("passed" or "warned" or "failed")))
            return Refusal.Invalid("grade", "检查结果只能是 passed、warned 或 failed。请更正。");
        var policy = Text.PolicyOf(draft, recorder.UnitId);
        var asked = policy?.Rules.PreUse ?? [];
        if (policy is not null)
            draft.Cite(policy, asked.SelectMany(static rule => rule.Cites));
        return draft.Put(new PreUseCheck(draft.NewId(PreUseCheck.Kind), recorderId, recorder.AssignmentId, at, items, draft.Actor.Id)
        {
            MissingItems = [.. asked.Select(static rule => rule.Item).Where(item => !items.Any(given => Covers(given.Item, item)))],
        });
    }

    /// <summary>The open assignment of a recorder, or null.</summary>
    public static Assignment? OpenAssignment(Draft draft, string recorderId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return draft.Find<Assignment>(draft.Find<Recorder>(recorderId)?.AssignmentId) is { IsOpen: true } assignment ? assignment : null;
    }

    // The recorder checks camera, microphone and card one by one: together they are "fault-free"; its clock item says set and shown.
    private static bool Covers(string given, string asked) => given == asked || (asked, given) switch
    {
        ("clock_set" or "clock_shown", "clock") => true,
        ("fault_free", "camera" or "microphone" or "card") => true,
        _ => false,
    };

    private static Assignment Close(Draft draft, Assignment standing, Assignment closed, RecorderState state)
    {
        if (draft.Find<Recorder>(standing.RecorderId) is { } recorder)
            draft.Put(recorder with { State = state, AssignmentId = null });
        draft.Subject = Assignment.Kind + "/" + standing.Id;
        return draft.Put(closed with { EndedAt = draft.Now, TakenBackBy = draft.Actor.Id });
    }

    private static void CiteMisuse(Draft draft, string unitId, params string[] leads)
    {
        if (Text.PolicyOf(draft, unitId) is { } policy)
            draft.Cite(policy, policy.Rules.Misuse.Where(lead => leads.Contains(lead.Id, StringComparer.Ordinal)).SelectMany(static lead => lead.Cites));
    }
}
