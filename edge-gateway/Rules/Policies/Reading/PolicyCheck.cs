using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>What a schema cannot say: articles stand in the text, citations find their article, words are the vocabulary's.</summary>
internal static partial class PolicyCheck
{
    private const int YearMin = 1949;
    private const int YearMax = 2199;

    public static void Run(PolicySet set, LineJson tree, string file, Func<string, byte[]?> source, List<PolicyProblem> problems)
    {
        void Problem(string path, string message) => problems.Add(new PolicyProblem(file, tree.LineOf(path), path, message));

        if (!Id().IsMatch(set.Id))
            Problem("id", $"'{set.Id}' is no id. Use 2 to 40 of a-z, 0-9 and '-'.");
        if (set.Version < 1)
            Problem("version", "is below 1. The first version is 1.");
        if (set.EffectiveTo < set.EffectiveFrom)
            Problem("effectiveTo", "is before effectiveFrom. Correct one of them.");
        if (set.EffectiveFrom.Year is < YearMin or > YearMax)
            Problem("effectiveFrom", $"has a year outside {YearMin} to {YearMax}. Correct it.");
        if (set.EffectiveTo is { Year: < YearMin or > YearMax })
            Problem("effectiveTo", $"has a year outside {YearMin} to {YearMax}. Correct it, or leave it out while no end is known.");
        CheckTexts(set, source, Problem);
        WordCheck.Starts(set.Rules, Problem);
        foreach (var (rule, path) in Rules(set.Rules, "rules"))
            CheckRule(set, rule, path, Problem);
        foreach (var (path, ids) in new[]
        {
            ("rules.upload", set.Rules.Upload.Select(static rule => rule.Id)), ("rules.activityTypes", set.Rules.ActivityTypes.Select(static rule => rule.Id)), ("rules.keyShots", set.Rules.KeyShots.Select(static rule => rule.Id)),
            ("rules.stopUse", set.Rules.StopUse.Select(static rule => rule.Reason)), ("rules.holds", set.Rules.Holds.Select(static rule => rule.Trigger)), ("rules.access", set.Rules.Access.Select(static rule => rule.Kind.ToString())),
            ("rules.misuse", set.Rules.Misuse.Select(static rule => rule.Id)), ("rules.duties", set.Rules.Duties.Select(static rule => rule.Id)), ("rules.preUse", set.Rules.PreUse.Select(static rule => rule.Item)),
            ("rules.openings", set.Rules.Openings.Select(static rule => rule.Id)), ("rules.supervision", set.Rules.Supervision.Select(static rule => rule.Id)), ("rules.secrecyKinds", set.Rules.SecrecyKinds.Select(static rule => rule.Id)),
            ("rules.continuity.admitted", set.Rules.Continuity.Admitted.Select(static rule => rule.Reason)),
        })
        {
            foreach (var twice in ids.GroupBy(static id => id, StringComparer.Ordinal).Where(static group => group.Count() > 1))
                Problem(path, $"'{twice.Key}' stands twice. Take one out, or put the citations together.");
        }
    }

    private static void CheckTexts(PolicySet set, Func<string, byte[]?> source, Action<string, string> problem)
    {
        if (source(set.Source.File) is not { } bytes)
        {
            problem("source.file", $"'{set.Source.File}' is not there, cannot be read, or lies outside texts/. Put the regulation's text there as it was published.");
            return;
        }

        if (!string.Equals(Convert.ToHexStringLower(SHA256.HashData(bytes)), set.Source.Sha256, StringComparison.Ordinal))
            problem("source.sha256", $"is not the SHA-256 of {set.Source.File} ({Convert.ToHexStringLower(SHA256.HashData(bytes))}). Find out which of the two was changed.");
        var text = PolicyReader.Decode(bytes);
        for (var i = 0; i < set.Articles.Count; i++)
        {
            var (article, path) = (set.Articles[i], string.Create(CultureInfo.InvariantCulture, $"articles[{i}]"));
            if (article.Number != (i + 1).ToString(CultureInfo.InvariantCulture))
                problem(path + ".number", $"is '{article.Number}', should be '{i + 1}'. Articles stand in order, none is left out.");
            if (article.Text.Length == 0 || !text.Contains(article.Text, StringComparison.Ordinal))
                problem(path + ".text", $"does not stand so in {set.Source.File}. Copy it verbatim, misprints included; corrections go beside.");
            for (var c = 0; c < article.Corrections.Count; c++)
            {
                if (!article.Text.Contains(article.Corrections[c].Written, StringComparison.Ordinal))
                    problem(string.Create(CultureInfo.InvariantCulture, $"{path}.corrections[{c}].written"), "does not stand in the article. Copy what is printed.");
            }
        }
    }

    private static void CheckRule(PolicySet set, Rule rule, string path, Action<string, string> problem)
    {
        if (rule.Basis == RuleBasis.Practice && string.IsNullOrWhiteSpace(rule.Remark))
            problem(path, "rests on practice without a remark. Say in 'remark' what was chosen and why.");
        if (rule.Basis == RuleBasis.Article && rule.Cites.Count == 0)
            problem(path, "cites no article. Name it in 'cites', or make it practice with a remark.");
        for (var i = 0; i < rule.Cites.Count; i++)
        {
            if (Missing(set, rule.Cites[i]) is { } missing)
                problem(string.Create(CultureInfo.InvariantCulture, $"{path}.cites[{i}]"), missing);
        }

        WordCheck.Run(rule, path, problem);
        FigureCheck.Run(rule, path, problem);
        if (rule is UploadClock { When: UploadCase.Exception, Circumstances.Count: 0 })
            problem(path + ".circumstances", "names none. An exception names its circumstances.");
    }

    /// <summary>Why a citation finds nothing; null when it does.</summary>
    private static string? Missing(PolicySet set, string cite)
    {
        var match = Cite().Match(cite);
        if (!match.Success)
            return $"'{cite}' is no citation. Write 12, 12(三) or 12(六)#2.";
        if (set.Find(cite) is not { } article)
            return $"there is no article {match.Groups["article"].Value}. The policy has 1 to {set.Articles.Count}.";
        if (!match.Groups["item"].Success)
            return null;
        var wanted = match.Groups["nth"].Success ? int.Parse(match.Groups["nth"].ValueSpan, CultureInfo.InvariantCulture) : 1;
        var item = match.Groups["item"].Value;
        var found = Item().Matches(article.Text).Count(at => at.Groups["item"].Value == item);
        return found >= wanted ? null : $"article {article.Number} has no item ({item}){(wanted > 1 ? $" number {wanted}" : "")}. Look at its text.";
    }

    // Every rule below, with its path as the file has it.
    private static IEnumerable<(Rule Rule, string Path)> Rules(object holder, string path)
    {
        foreach (var property in holder.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static property => property.GetIndexParameters().Length == 0))
        {
            var name = $"{path}.{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}";
            var value = property.GetValue(holder);
            if (value is Rule rule)
            {
                yield return (rule, name);
                foreach (var below in Rules(rule, name))
                    yield return below;
            }
            else if (value is IEnumerable list and not string)
            {
                var i = 0;
                foreach (var item in list)
                {
                    var at = string.Create(CultureInfo.InvariantCulture, $"{name}[{i++}]");
                    if (item is not Rule one)
                        continue;
                    yield return (one, at);
                    foreach (var below in Rules(one, at))
                        yield return below;
                }
            }
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{1,39}$", RegexOptions.None, 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"^(?<article>[1-9]\d{0,2})(\((?<item>[一二三四五六七八九十]{1,3})\)(#(?<nth>[2-9]))?)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Cite();

    [GeneratedRegex(@"[(（]\s*(?<item>[一二三四五六七八九十]{1,3})\s*[)）]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Item();
}
