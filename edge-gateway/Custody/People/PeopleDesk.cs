using BodyCam.Custody.Acts;
using BodyCam.Custody.Recorders;

namespace BodyCam.Custody.People;

/// <summary>Agencies, units, officers, training.</summary>
public static class PeopleDesk
{
    /// <summary>Registers or renames an agency; its policy must be there.</summary>
    public static Outcome<Agency> RegisterAgency(Draft draft, Agency agency)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(agency);
        if (Text.Missing(agency.Id, agency.Name) is { } missing)
            return missing;
        if (Text.BadId(agency.Id) is { } bad)
            return bad;
        return draft.Policies.At(agency.PolicyId, Text.Day(draft.Now)) is null
            ? Refusal.Invalid("policy_unknown", $"没有今天有效的制度配置 “{agency.PolicyId}”。先运行 bodycam policy check，再改用其中之一。")
            : draft.Put(agency);
    }

    /// <summary>Registers or changes a unit: head, archive staff, classifiers.</summary>
    public static Outcome<Unit> RegisterUnit(Draft draft, Unit unit)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(unit);
        if (Text.Missing(unit.Id, unit.Name) is { } missing)
            return missing;
        if (Text.BadId(unit.Id) is { } bad)
            return bad;
        if (draft.Find<Agency>(unit.AgencyId) is not { } agency)
            return Refusal.NotFound(Agency.Kind, unit.AgencyId);
        foreach (var id in unit.ArchiveStaffIds.Concat(unit.ClassifierIds).Concat(unit.HeadOfficerId is { } head ? [head] : []))
        {
            if (draft.Find<Officer>(id) is null)
                return Refusal.NotFound(Officer.Kind, id);
        }

        if (draft.Policies.At(agency.PolicyId, Text.Day(draft.Now)) is { } policy)
            draft.Cite(policy, policy.Rules.Duties.Where(static duty => duty.Id is "responsible_head" or "archive_staff").SelectMany(static duty => duty.Cites));
        return draft.Put(unit);
    }

    /// <summary>Registers an officer, or changes name, certificate, rank; the unit changes by <see cref="TransferOfficer"/> only.</summary>
    public static Outcome<Officer> RegisterOfficer(Draft draft, Officer officer)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(officer);
        if (Text.Missing(officer.Id, officer.Name, officer.CertificateNumber) is { } missing)
            return missing;
        if (Text.BadId(officer.Id) is { } bad)
            return bad;
        if (draft.Find<Unit>(officer.UnitId) is null)
            return Refusal.NotFound(Unit.Kind, officer.UnitId);
        if (draft.List<Officer>("certificate", officer.CertificateNumber).Any(other => other.Id != officer.Id))
            return Refusal.Conflict("certificate_taken", $"执法证号 {officer.CertificateNumber} 已属于他人。请核对执法证号。");
        if (draft.Find<Officer>(officer.Id) is { } standing && standing.UnitId != officer.UnitId)
            return Refusal.Conflict("use_transfer", "调动须先收回执法记录仪。请使用“调动”。");
        return draft.Put(officer);
    }

    /// <summary>Moves an officer to another unit, or lets him leave (null): recorders must be back first (002·6).</summary>
    public static Outcome<Officer> TransferOfficer(Draft draft, string officerId, string? toUnitId, string reason)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Officer>(officerId) is not { } officer)
            return Refusal.NotFound(Officer.Kind, officerId);
        if (!draft.Actor.Is(Role.Administrator) && draft.Actor.UnitId != officer.UnitId)
            return Refusal.NotAllowed("该人员不属于您的单位。请由其单位的执法记录仪管理员办理。");
        if (Text.Missing(reason) is { } missing)
            return missing;
        if (toUnitId is not null && draft.Find<Unit>(toUnitId) is null)
            return Refusal.NotFound(Unit.Kind, toUnitId);
        var policy = Text.PolicyOf(draft, officer.UnitId);
        var cites = policy?.Rules.Duties.Where(static duty => duty.Id == "transfer_return").SelectMany(static duty => duty.Cites).ToList() ?? [];
        if (draft.List<Assignment>("holder", officerId).FirstOrDefault(static assignment => assignment.IsOpen) is { } open)
            return Refusal.ByRule("recorder_not_returned", $"执法记录仪 {open.RecorderId} 尚未收回。先由执法记录仪管理员收回，再办理调动。", [.. cites.Select(policy!.Qualify)]);
        draft.Reason = reason;
        if (policy is not null)
            draft.Cite(policy, cites);
        return draft.Put(toUnitId is null ? officer with { IsActive = false } : officer with { UnitId = toUnitId });
    }

    /// <summary>Enters a training.</summary>
    public static Outcome<Training> RecordTraining(Draft draft, string unitId, string title, DateOnly heldOn, IReadOnlyList<string> officerIds)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(officerIds);
        if (draft.Find<Unit>(unitId) is null)
            return Refusal.NotFound(Unit.Kind, unitId);
        if (Text.Missing(title) is { } missing)
            return missing;
        if (officerIds.Count == 0 || heldOn > Text.Day(draft.Now))
            return Refusal.Invalid("training_incomplete", "培训须有参加人员，日期不得晚于今天。请补全。");
        if (officerIds.FirstOrDefault(id => draft.Find<Officer>(id) is null) is { } unknown)
            return Refusal.NotFound(Officer.Kind, unknown);
        if (Text.PolicyOf(draft, unitId) is { } policy)
            draft.Cite(policy, policy.Rules.Duties.Where(static duty => duty.Id == "training").SelectMany(static duty => duty.Cites));
        return draft.Put(new Training(draft.NewId(Training.Kind), unitId, title, heldOn, officerIds, draft.Actor.Id));
    }
}
