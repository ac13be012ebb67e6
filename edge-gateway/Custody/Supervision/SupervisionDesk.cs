using System.Security.Cryptography;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Supervision;

/// <summary>Checks, reviews, corrections and leads (P, Q).</summary>
public static class SupervisionDesk
{
    /// <summary>Most recordings of one sample.</summary>
    public const int SampleMax = 200;

    // All findings of a check stand in each act about it.
    private const int FindingCharactersMax = 12_000;

    // Counts recordings as custody learns that they are stored.
    internal const string StoredCounter = "stored";

    /// <summary>Commits seed, population and sample size to the log; the draw is another act, after it.</summary>
    public static Outcome<SupervisionCheck> Commit(Draft draft, CheckKind what, string unitId, DateOnly from, DateOnly to, int sampleCount)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Unit>(unitId) is null)
            return Refusal.NotFound(Unit.Kind, unitId);
        if (sampleCount is < 1 or > SampleMax || from > to)
            return Refusal.Invalid("sample", $"抽取数量为 1 至 {SampleMax}，起止日期须依次。请更正。");
        if (draft.List<SupervisionCheck>("unit", unitId).FirstOrDefault(check => check.What == what && check.State != CheckState.Closed) is { } open)
            return open.State == CheckState.Committed
                ? Refusal.Conflict("not_drawn", $"{open.Id} 的种子已存证，尚未抽取。请先抽取，不得重新选种。")
                : Refusal.Conflict("not_closed", $"{open.Id} 已抽取，尚未检查完毕。请先逐条检查并结束，不得另抽一次。");
        var population = Population(draft, unitId, from, to);
        if (population.Count == 0)
            return Refusal.Conflict("nothing_to_check", "该期间没有已存储的记录。请更改期间。");
        Cite(draft, unitId, what);
        return draft.Put(new SupervisionCheck(
            draft.NewId(SupervisionCheck.Kind), what, unitId, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), Draw.DigestOf(population), population.Count, sampleCount, from, to, draft.Now, draft.Actor.Id)
        {
            UpToOrder = draft.Last(StoredCounter),
        });
    }

    /// <summary>Draws by the committed seed from the committed population; whoever has the log can repeat it.</summary>
    public static Outcome<SupervisionCheck> DrawSample(Draft draft, string checkId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<SupervisionCheck>(checkId) is not { } check)
            return Refusal.NotFound(SupervisionCheck.Kind, checkId);
        if (check.State != CheckState.Committed)
            return Refusal.Conflict("drawn", "已经抽取。抽取结果不得更改。");
        var population = Population(draft, check);
        if (!IsAsCommitted(check, population))
            return Refusal.Conflict("population_changed", "存证后记录范围发生变化。请核查原因，写明情况结束本次，再重新存证。");
        Cite(draft, check.UnitId, check.What);
        return draft.Put(check with { State = CheckState.Drawn, Sample = [.. Draw.Of(check.Seed, population, check.SampleCount).Select(static id => new SampleItem(id, "", false))] });
    }

    /// <summary>Enters what was found in one recording of the sample.</summary>
    public static Outcome<SupervisionCheck> Find(Draft draft, string checkId, string recordingId, string finding, bool isFaulty)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<SupervisionCheck>(checkId) is not { } check)
            return Refusal.NotFound(SupervisionCheck.Kind, checkId);
        if (check.State != CheckState.Drawn || check.Sample.All(item => item.RecordingId != recordingId))
            return Refusal.Conflict("not_in_sample", "该记录不在样本中，或检查未在进行。请从样本中选择。");
        if (draft.Actor.IsOfficer(draft.Find<Recording>(recordingId)?.HolderId))
            return Refusal.NotAllowed("不得检查本人所录影像。请另一名检查人员办理。");
        if (Text.Missing(finding) is { } missing)
            return missing;
        if (check.Sample.Where(item => item.RecordingId != recordingId).Sum(static item => item.Finding.Length) + finding.Length > FindingCharactersMax)
            return Refusal.Invalid("text_too_long", $"一次检查的情况合计最长 {FindingCharactersMax} 字。请缩短，或作为附件提交。");
        Cite(draft, check.UnitId, check.What);
        draft.Mention<Recording>(recordingId);
        return draft.Put(check with { Sample = [.. check.Sample.Select(item => item.RecordingId == recordingId ? new SampleItem(recordingId, finding, isFaulty) : item)] });
    }

    /// <summary>Closes a check once every recording of the sample was looked at.</summary>
    public static Outcome<SupervisionCheck> Close(Draft draft, string checkId, string result)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<SupervisionCheck>(checkId) is not { } check)
            return Refusal.NotFound(SupervisionCheck.Kind, checkId);
        if (Text.Missing(result) is { } missing)
            return missing;
        // Nothing can be drawn any more: given up with the reason, which counts as no check.
        if (check.State == CheckState.Committed && !IsAsCommitted(check, Population(draft, check)))
            return draft.Put(check with { State = CheckState.Closed, Result = result });
        if (check.State != CheckState.Drawn || check.Sample.Any(static item => item.Finding.Length == 0))
            return Refusal.Conflict("not_all_looked_at", "样本中还有未检查的记录。请逐条填写检查情况。");
        Cite(draft, check.UnitId, check.What);
        return draft.Put(check with { State = CheckState.Closed, Result = result, ClosedAt = draft.Now });
    }

    /// <summary>Orders a correction.</summary>
    public static Outcome<Correction> Order(Draft draft, string unitId, string about, string words, DateOnly dueOn)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Unit>(unitId) is null)
            return Refusal.NotFound(Unit.Kind, unitId);
        if (Text.Missing(about, words) is { } missing)
            return missing;
        if (dueOn < Text.Day(draft.Now))
            return Refusal.Invalid("due", "整改期限不得早于今天。请更正。");
        Cite(draft, unitId, CheckKind.DailyCheck);
        return draft.Put(new Correction(draft.NewId(Correction.Kind), unitId, about, words, draft.Actor.Id, draft.Now, dueOn));
    }

    /// <summary>Says what was done.</summary>
    public static Outcome<Correction> Done(Draft draft, string correctionId, string done)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Correction>(correctionId) is not { } correction)
            return Refusal.NotFound(Correction.Kind, correctionId);
        if (Text.Missing(done) is { } missing)
            return missing;
        return correction.AcceptedBy is not null ? Refusal.Conflict("accepted", "整改已验收。") : draft.Put(correction with { Done = done, DoneBy = draft.Actor.Id, DoneByOfficer = draft.Actor.OfficerId });
    }

    /// <summary>Accepts what was done; not by who did it.</summary>
    public static Outcome<Correction> Accept(Draft draft, string correctionId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Correction>(correctionId) is not { } correction)
            return Refusal.NotFound(Correction.Kind, correctionId);
        if (correction.DoneBy is null)
            return Refusal.Conflict("not_done", "尚未整改，不能验收。");
        return draft.Actor.IsPerson(correction.DoneBy, correction.DoneByOfficer) ? Refusal.NotAllowed("整改人不得自行验收。请检查人员验收。") : draft.Put(correction with { AcceptedBy = draft.Actor.Id });
    }

    /// <summary>Raises a lead; the same cause about the same thing is one lead.</summary>
    /// <param name="draft">The act.</param>
    /// <param name="type">Misuse id of the policy, or one of ours.</param>
    /// <param name="unitId">Unit.</param>
    /// <param name="about"><c>kind/id</c>.</param>
    /// <param name="words">What was seen.</param>
    /// <param name="cites">Articles with the policy's id, when the misuse list has none.</param>
    public static Outcome<Lead> Raise(Draft draft, string type, string unitId, string about, string words, IReadOnlyList<string>? cites = null)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (Text.Missing(type, about, words) is { } missing)
            return missing;
        // What a person raised, and had dismissed, never stands in the way of what the system sees.
        var by = draft.Actor.Is(Role.System) ? "" : "\n" + draft.Actor.Id;
        var id = "lead-" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(type + "\n" + about + by)))[..12];
        if (draft.Find<Lead>(id) is { } standing)
            return by.Length == 0 || standing.State == LeadState.Open ? standing : Refusal.Conflict("decided", $"您已提出过同一线索（{id}），已有处理结果。有新情况的，请写明后另立名目提出。");
        var policy = Text.PolicyOf(draft, unitId);
        var rules = policy?.Rules.Misuse.Where(rule => rule.Id == type).ToList() ?? [];
        if (policy is not null)
            draft.Cite(policy, rules.SelectMany(static rule => rule.Cites));
        draft.Reason = words;
        return draft.Put(new Lead(id, type, unitId, about, words, rules.Count > 0 ? Text.Cites(policy, rules) : cites ?? [], draft.Now, draft.Actor.Id));
    }

    /// <summary>Decides what becomes of a lead; whether anybody did wrong is not decided here.</summary>
    public static Outcome<Lead> DecideLead(Draft draft, string leadId, bool referred, string words)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Lead>(leadId) is not { } lead)
            return Refusal.NotFound(Lead.Kind, leadId);
        if (Text.Missing(words) is { } missing)
            return missing;
        if (lead.State != LeadState.Open)
            return Refusal.Conflict("decided", "线索已处理。");
        if (IsAboutSelf(draft, lead.About))
            return Refusal.NotAllowed("线索涉及本人，不得自行处理。请另一名负责人或法制机构办理。", lead.Cites);
        draft.Reason = words;
        return draft.Put(lead with { State = referred ? LeadState.Referred : LeadState.Dismissed, DecidedBy = draft.Actor.Id, Decision = words });
    }

    // Own footage, an activity at which one was, a recorder that one holds.
    private static bool IsAboutSelf(Draft draft, string about) => about.Split('/', 2) is [var kind, var id] && kind switch
    {
        "recording" => draft.Actor.IsOfficer(draft.Find<Recording>(id)?.HolderId),
        "activity" => draft.Find<Activities.Activity>(id)?.OfficerIds.Any(draft.Actor.IsOfficer) == true,
        "recorder" => draft.Actor.IsOfficer(Recorders.RecorderDesk.OpenAssignment(draft, id)?.HolderId),
        "officer" => draft.Actor.IsOfficer(id),
        _ => false,
    };

    private static bool IsAsCommitted(SupervisionCheck check, IReadOnlyList<string> population) => string.Equals(Draw.DigestOf(population), check.PopulationSha256, StringComparison.Ordinal);

    // As it stood when it was committed: counted by the order of acts, as clocks step and intake lags behind storage.
    private static List<string> Population(Draft draft, SupervisionCheck check) =>
        [.. Population(draft, check.UnitId, check.From, check.To).Where(id => draft.Find<Recording>(id) is { } recording && (recording.StoredOrder > 0 ? recording.StoredOrder <= check.UpToOrder : recording.StoredAt <= check.CommittedAt))];

    private static List<string> Population(Draft draft, string unitId, DateOnly from, DateOnly to) =>
        [.. draft.List<Recording>("unit", unitId).Where(recording => recording.StoredAt is { } at && Text.Day(at) >= from && Text.Day(at) <= to).Select(static recording => recording.Id)];

    private static void Cite(Draft draft, string unitId, CheckKind what)
    {
        var id = what switch { CheckKind.SpotCheck => "spot_check", CheckKind.DailyCheck => "daily_check", CheckKind.ContentSupervision => "content_supervision", _ => "annual_review" };
        if (Text.PolicyOf(draft, unitId) is { } policy)
            draft.Cite(policy, policy.Rules.Supervision.Where(rule => rule.Id == id).SelectMany(static rule => rule.Cites));
    }
}
