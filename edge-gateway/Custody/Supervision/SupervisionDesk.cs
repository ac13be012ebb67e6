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

    /// <summary>Commits seed, population and sample size to the log; the draw is another act, after it.</summary>
    public static Outcome<SupervisionCheck> Commit(Draft draft, CheckKind what, string unitId, DateOnly from, DateOnly to, int sampleCount)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Unit>(unitId) is null)
            return Refusal.NotFound(Unit.Kind, unitId);
        if (sampleCount is < 1 or > SampleMax || from > to)
            return Refusal.Invalid("sample", $"抽取数量为 1 至 {SampleMax}，起止日期须依次。请更正。");
        if (draft.List<SupervisionCheck>("unit", unitId).FirstOrDefault(check => check.What == what && check.State == CheckState.Committed) is { } open)
            return Refusal.Conflict("not_drawn", $"{open.Id} 的种子已存证，尚未抽取。请先抽取，不得重新选种。");
        var population = Population(draft, unitId, from, to);
        if (population.Count == 0)
            return Refusal.Conflict("nothing_to_check", "该期间没有已存储的记录。请更改期间。");
        Cite(draft, unitId, what);
        return draft.Put(new SupervisionCheck(
            draft.NewId(SupervisionCheck.Kind), what, unitId, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), Draw.DigestOf(population), population.Count, sampleCount, from, to, draft.Now, draft.Actor.Id));
    }

    /// <summary>Draws by the committed seed from the committed population; whoever has the log can repeat it.</summary>
    public static Outcome<SupervisionCheck> DrawSample(Draft draft, string checkId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<SupervisionCheck>(checkId) is not { } check)
            return Refusal.NotFound(SupervisionCheck.Kind, checkId);
        if (check.State != CheckState.Committed)
            return Refusal.Conflict("drawn", "已经抽取。抽取结果不得更改。");
        var population = Population(draft, check.UnitId, check.From, check.To).Where(id => !StoredAfter(draft, id, check.CommittedAt)).ToList();
        if (!string.Equals(Draw.DigestOf(population), check.PopulationSha256, StringComparison.Ordinal))
            return Refusal.Conflict("population_changed", "存证后记录范围发生变化（有记录被移出单位）。请核查原因，结束本次后重新存证。");
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
        if (Text.Missing(finding) is { } missing)
            return missing;
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
        return correction.AcceptedBy is not null ? Refusal.Conflict("accepted", "整改已验收。") : draft.Put(correction with { Done = done, DoneBy = draft.Actor.Id });
    }

    /// <summary>Accepts what was done; not by who did it.</summary>
    public static Outcome<Correction> Accept(Draft draft, string correctionId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Correction>(correctionId) is not { } correction)
            return Refusal.NotFound(Correction.Kind, correctionId);
        if (correction.DoneBy is null)
            return Refusal.Conflict("not_done", "尚未整改，不能验收。");
        return correction.DoneBy == draft.Actor.Id ? Refusal.NotAllowed("整改人不得自行验收。请检查人员验收。") : draft.Put(correction with { AcceptedBy = draft.Actor.Id });
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
        var id = "lead-" + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(type + "\n" + about)))[..12];
        if (draft.Find<Lead>(id) is { } standing)
            return standing;
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
        draft.Reason = words;
        return draft.Put(lead with { State = referred ? LeadState.Referred : LeadState.Dismissed, DecidedBy = draft.Actor.Id, Decision = words });
    }

    private static List<string> Population(Draft draft, string unitId, DateOnly from, DateOnly to) =>
        [.. draft.List<Recording>("unit", unitId).Where(recording => recording.StoredAt is { } at && Text.Day(at) >= from && Text.Day(at) <= to).Select(static recording => recording.Id)];

    private static bool StoredAfter(Draft draft, string id, DateTimeOffset at) => draft.Find<Recording>(id)?.StoredAt > at;

    private static void Cite(Draft draft, string unitId, CheckKind what)
    {
        var id = what switch { CheckKind.SpotCheck => "spot_check", CheckKind.DailyCheck => "daily_check", CheckKind.ContentSupervision => "content_supervision", _ => "annual_review" };
        if (Text.PolicyOf(draft, unitId) is { } policy)
            draft.Cite(policy, policy.Rules.Supervision.Where(rule => rule.Id == id).SelectMany(static rule => rule.Cites));
    }
}
