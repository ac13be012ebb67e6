using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Deadlines;

/// <summary>Chooses the upload clocks of an activity among those of its policy (G1–G5).</summary>
/// <param name="clock">Counts them.</param>
public sealed class UploadDeadlines(DeadlineClock clock)
{
    /// <summary>The clocks that run for an activity. An accepted declaration puts its clock in place of the ordinary ones; a declaration that does not count leaves the ordinary ones, which are never later.</summary>
    /// <param name="rules">The agency's rules.</param>
    /// <param name="facts">What is known of the activity.</param>
    public UploadReading Read(RuleSet rules, UploadFacts facts)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(facts);
        if (rules.Upload.Count == 0)
            return new UploadReading([], facts.Declaration is null ? DeclarationOutcome.None : DeclarationOutcome.NotInText, "条文没有规定上传期限，不计时；请尽早上传。");
        var (outcome, chosen) = Choose(rules.Upload, facts.Declaration);
        var deadlines = chosen.Select(chosen => new UploadDeadline(chosen.Id, clock.Count(chosen, facts.StartOf(chosen.Start)))).ToList();
        return new UploadReading(deadlines, outcome, Words(outcome, rules.Upload, facts.Declaration));
    }

    private static (DeclarationOutcome Outcome, IEnumerable<UploadClock> Clocks) Choose(IReadOnlyList<UploadClock> clocks, UploadDeclaration? declaration)
    {
        var ordinary = clocks.Where(static clock => clock.When == UploadCase.Always);
        if (declaration is null || declaration.Case == UploadCase.Always)
            return (DeclarationOutcome.None, ordinary);
        var declared = clocks.Where(clock => clock.When == declaration.Case).ToList();
        if (declared.Count == 0)
            return (DeclarationOutcome.NotInText, ordinary);
        if (string.IsNullOrWhiteSpace(declaration.Reason))
            return (DeclarationOutcome.ReasonMissing, ordinary);
        var named = declared.Where(clock => clock.Circumstances.Count == 0 || clock.Circumstances.Contains(declaration.Circumstance, StringComparer.Ordinal)).ToList();
        return named.Count > 0 ? (DeclarationOutcome.Accepted, named) : (DeclarationOutcome.CircumstanceNotNamed, ordinary);
    }

    private static string Words(DeclarationOutcome outcome, IReadOnlyList<UploadClock> clocks, UploadDeclaration? declaration) => outcome switch
    {
        DeclarationOutcome.ReasonMissing => "申报没有写明原因，仍按一般期限计时。请补写原因。",
        DeclarationOutcome.NotInText => "条文没有这种例外，仍按一般期限计时。请按期上传。",
        DeclarationOutcome.CircumstanceNotNamed => $"条文所列情形为{string.Join("、", clocks.Where(clock => clock.When == declaration!.Case).SelectMany(static clock => clock.Circumstances))}，不含“{declaration!.Circumstance}”，仍按一般期限计时。请改选所列情形，或者按期上传。",
        _ => "",
    };
}
