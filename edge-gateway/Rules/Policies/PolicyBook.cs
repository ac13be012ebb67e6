namespace BodyCam.Rules.Policies;

/// <summary>All policies that were read, by id, version and day.</summary>
public sealed class PolicyBook
{
    private readonly Dictionary<string, List<PolicySet>> sets;

    /// <summary>Holds policies that were checked.</summary>
    public PolicyBook(IEnumerable<PolicySet> policies) =>
        sets = policies.GroupBy(static set => set.Id, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.OrderBy(static set => set.Version).ToList(), StringComparer.Ordinal);

    /// <summary>Ids, ordinal.</summary>
    public IEnumerable<string> Ids => sets.Keys.Order(StringComparer.Ordinal);

    /// <summary>Every version of every policy.</summary>
    public IEnumerable<PolicySet> All => Ids.SelectMany(id => sets[id]);

    /// <summary>The version in force on a day, as its file has it; null when there is none.</summary>
    public PolicySet? At(string id, DateOnly day) =>
        sets.TryGetValue(id, out var versions) ? versions.LastOrDefault(set => set.EffectiveFrom <= day && (set.EffectiveTo is null || day <= set.EffectiveTo)) : null;

    /// <summary>The version in force on a day with its superiors' rules put first (002·23); null when there is none.</summary>
    public PolicySet? Effective(string id, DateOnly day)
    {
        if (At(id, day) is not { } own)
            return null;
        return own.Parent is { } parent && Effective(parent, day) is { } above ? Layering.Merge(above, own) : own;
    }
}
