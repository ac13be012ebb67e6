namespace BodyCam.Rules.Policies.Reading;

/// <summary>What only the files together show: versions that overlap, parents that are missing or go in a circle.</summary>
internal static class PolicyBookCheck
{
    public static void Run(IReadOnlyList<(string File, PolicySet Set)> sets, List<PolicyProblem> problems)
    {
        foreach (var versions in sets.GroupBy(static row => row.Set.Id, StringComparer.Ordinal))
        {
            var ordered = versions.OrderBy(static row => row.Set.Version).ToList();
            foreach (var (one, next) in ordered.Zip(ordered.Skip(1)))
            {
                if (one.Set.Version == next.Set.Version)
                    problems.Add(new PolicyProblem(next.File, 1, "version", $"version {next.Set.Version} of {one.Set.Id} stands in {one.File} too. Give the newer one the next number."));
                else if (one.Set.EffectiveTo is not { } end || end >= next.Set.EffectiveFrom)
                    problems.Add(new PolicyProblem(one.File, 1, "effectiveTo", $"overlaps with version {next.Set.Version} in {next.File}. End this one on {next.Set.EffectiveFrom.AddDays(-1):yyyy-MM-dd}."));
            }
        }

        var parents = sets.GroupBy(static row => row.Set.Id, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Select(static row => row.Set.Parent).OfType<string>().ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (file, set) in sets.Where(static row => row.Set.Parent is not null))
        {
            if (!parents.ContainsKey(set.Parent!))
                problems.Add(new PolicyProblem(file, 1, "parent", $"'{set.Parent}' is not there. Put the superior's policy into the folder."));
            else if (Reaches(parents, set.Parent!, set.Id, []))
                problems.Add(new PolicyProblem(file, 1, "parent", $"'{set.Parent}' has {set.Id} above itself. A superior has no subordinate as its own superior."));
        }
    }

    private static bool Reaches(Dictionary<string, HashSet<string>> parents, string from, string to, HashSet<string> seen) =>
        from == to || (seen.Add(from) && parents.TryGetValue(from, out var above) && above.Any(next => Reaches(parents, next, to, seen)));
}
