using System.Collections;
using System.Reflection;

namespace BodyCam.Rules.Policies;

/// <summary>Puts a superior's rules over an agency's own (002·23: 上级另有规定的，从其规定).</summary>
/// <remarks>A rule that the superior has takes the place of the agency's; lists are joined by what names their items; of two retentions the longer one stands, whoever wrote it.</remarks>
internal static class Layering
{
    public static PolicySet Merge(PolicySet above, PolicySet own)
    {
        var rules = new RuleSet { Retention = own.Rules.Retention, Continuity = own.Rules.Continuity };
        foreach (var property in typeof(RuleSet).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            property.SetValue(rules, Merge(property.PropertyType, property.GetValue(above.Rules), above, property.GetValue(own.Rules), own));
        var longer = above.Rules.Retention.Months > own.Rules.Retention.Months ? Qualified(above.Rules.Retention, above) : Qualified(own.Rules.Retention, own);
        return own with { Rules = rules with { Retention = (RetentionRule)longer }, Above = above };
    }

    private static object? Merge(Type type, object? upper, PolicySet above, object? lower, PolicySet own)
    {
        if (!typeof(IEnumerable).IsAssignableFrom(type))
            return upper is Rule one ? Qualified(one, above) : lower is Rule other ? Qualified(other, own) : null;
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type.GetGenericArguments()[0]))!;
        var first = ((IEnumerable)upper!).Cast<Rule>().ToList();
        var names = first.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        foreach (var rule in first)
            list.Add(Qualified(rule, above));
        foreach (var rule in ((IEnumerable)lower!).Cast<Rule>().Where(rule => !names.Contains(NameOf(rule))))
            list.Add(Qualified(rule, own));
        return list;
    }

    private static string NameOf(Rule rule) => rule switch
    {
        UploadClock clock => clock.When.ToString(),
        OpeningRule opening => opening.Id,
        StopUseRule stop => stop.Reason,
        HoldRule hold => hold.Trigger,
        AccessRule access => access.Kind.ToString(),
        SupervisionRule supervision => supervision.Id,
        PreUseRule item => item.Item,
        NamedRule named => named.Id,
        _ => throw new InvalidOperationException($"{rule.GetType().Name} has no name to be joined by."),
    };

    // Citations say whose they are once the rules of two texts stand together.
    private static Rule Qualified(Rule rule, PolicySet policy) => (rule is ContinuityRule continuity
        ? continuity with { Admitted = [.. continuity.Admitted.Select(admitted => admitted with { Cites = [.. admitted.Cites.Select(policy.Qualify)] })] }
        : rule) with { Cites = [.. rule.Cites.Select(policy.Qualify)] };
}
