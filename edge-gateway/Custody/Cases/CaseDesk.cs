using BodyCam.Custody.Acts;
using BodyCam.Custody.People;

namespace BodyCam.Custody.Cases;

/// <summary>Cases and their files (I4, J6).</summary>
public static class CaseDesk
{
    /// <summary>Opens a case; its number is given once.</summary>
    public static Outcome<Case> Open(Draft draft, string unitId, string number, string title)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Unit>(unitId) is null)
            return Refusal.NotFound(Unit.Kind, unitId);
        if (Text.Missing(number, title) is { } missing)
            return missing;
        return draft.List<Case>("number", number).Count > 0
            ? Refusal.Conflict("number_taken", $"案号 {number} 已存在。请核对案号。")
            : draft.Put(new Case(draft.NewId(Case.Kind), number, title, unitId, draft.Now));
    }

    /// <summary>Closes a case: the clock of the case file starts (004·18).</summary>
    public static Outcome<Case> Close(Draft draft, string caseId, DateTimeOffset closedAt)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Case>(caseId) is not { } file)
            return Refusal.NotFound(Case.Kind, caseId);
        if (file.ClosedAt is not null)
            return Refusal.Conflict("closed", "案件已结案。结案日期不得更改。");
        if (closedAt > draft.Now || closedAt < file.OpenedAt)
            return Refusal.Invalid("order", "结案时间须在立案之后、现在之前。请更正。");
        Cite(draft, file);
        return draft.Put(file with { ClosedAt = closedAt });
    }

    /// <summary>Puts the case file together and says how long it is kept; nothing of an earlier promise is shortened.</summary>
    public static Outcome<Case> Compile(Draft draft, string caseId, DateTimeOffset? keptUntil, bool isPermanent)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Case>(caseId) is not { } file)
            return Refusal.NotFound(Case.Kind, caseId);
        if (file.ClosedAt is null)
            return Refusal.Conflict("not_closed", "尚未结案，不能组卷。请先结案。");
        if (file.IsPermanent && !isPermanent || keptUntil < file.FileKeptUntil && !isPermanent || file.FileKeptUntil is not null && keptUntil is null && !isPermanent)
            return Refusal.Conflict("shorter", "案卷保存期限不得缩短。请填写不早于原期限的日期。");
        Cite(draft, file);
        return draft.Put(file with { FiledAt = file.FiledAt ?? draft.Now, FileKeptUntil = keptUntil, IsPermanent = isPermanent });
    }

    /// <summary>The archive room takes the case file.</summary>
    public static Outcome<Case> Archive(Draft draft, string caseId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Case>(caseId) is not { } file)
            return Refusal.NotFound(Case.Kind, caseId);
        if (file.FiledAt is null)
            return Refusal.Conflict("not_filed", "尚未组卷，不能移交档案室。请先组卷。");
        if (file.ArchivedAt is not null)
            return file;
        Cite(draft, file);
        return draft.Put(file with { ArchivedAt = draft.Now, ArchivedBy = draft.Actor.Id });
    }

    private static void Cite(Draft draft, Case file)
    {
        if (Text.PolicyOf(draft, file.UnitId) is { Rules.CaseFile: { } rule } policy)
            draft.Cite(policy, rule.Cites);
    }
}
