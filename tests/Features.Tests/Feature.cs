using System.Text.RegularExpressions;

namespace BodyCam.Features.Tests;

/// <summary>How a feature is taken away.</summary>
internal enum FeatureChange
{
    /// <summary>An expression gives way to another one, behind a switch.</summary>
    Expression,

    /// <summary>A statement is not carried out, behind a switch.</summary>
    Statement,

    /// <summary>The file itself says something else while the tests run.</summary>
    File,
}

/// <summary>One feature of <c>features.txt</c>.</summary>
/// <param name="Id">Row and number within it, such as <c>A3-2</c>.</param>
/// <param name="Row">Row of the requirements.</param>
/// <param name="Missing">What is missing while it is off.</param>
/// <param name="File">File from the root.</param>
/// <param name="Change">How it is taken away.</param>
/// <param name="Was">Text that stands in the file once.</param>
/// <param name="Now">Text in its place.</param>
/// <param name="Fells">Tests that then fail, as <c>Class.Method</c>.</param>
internal sealed partial record Feature(string Id, string Row, string Missing, string File, FeatureChange Change, string Was, string Now, IReadOnlyList<string> Fells)
{
    /// <summary>Where the text stands in the file's text, white space counting as one blank.</summary>
    public MatchCollection In(string text) =>
        Regex.Matches(text, string.Join(@"\s+", Was.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Regex.Escape)), RegexOptions.None, TimeSpan.FromSeconds(5));

    /// <summary>The file's text with the feature switched or taken away.</summary>
    public string Changed(string text) => In(text) is [{ } at]
        ? string.Concat(text.AsSpan(0, at.Index), Change switch
        {
            FeatureChange.Expression => $"(global::BodyCamFeatures.IsOff(\"{Id}\") ? ({Now}) : ({at.Value}))",
            FeatureChange.Statement => $"if (!global::BodyCamFeatures.IsOff(\"{Id}\")) {{ {at.Value} }}",
            _ => Now,
        }, text.AsSpan(at.Index + at.Length))
        : throw new InvalidOperationException($"{Id}: the text stands {In(text).Count} times in {File}. Write in features.txt what stands there once: {Was}");

    /// <inheritdoc/>
    public override string ToString() => Id;

    /// <summary>Reads the list.</summary>
    public static IReadOnlyList<Feature> ReadAll(string root)
    {
        var features = new List<Feature>();
        foreach (var stanza in System.IO.File.ReadAllText(Path.Combine(root, "tests/Features.Tests/features.txt")).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(static stanza => stanza.Trim()).Where(static stanza => stanza[0] != '#'))
        {
            var lines = stanza.Split('\n');
            string One(string key) => lines.SingleOrDefault(line => line.StartsWith(key + " ", StringComparison.Ordinal))?[(key.Length + 1)..].Trim() ?? "";
            var (row, missing) = (lines[0].Split(' ')[0], lines[0][lines[0].IndexOf(' ', StringComparison.Ordinal)..].Trim());
            var (at, read, skip) = (One("at"), One("read"), One("skip"));
            var change = read.Length > 0 || !at.EndsWith(".cs", StringComparison.Ordinal) ? FeatureChange.File : skip.Length > 0 ? FeatureChange.Statement : FeatureChange.Expression;
            features.Add(new Feature($"{row}-{features.Count(feature => feature.Row == row) + 1}", row, missing, at + read, change, One("was") + skip, One("now"),
                [.. lines.Where(static line => line.StartsWith("fells ", StringComparison.Ordinal)).Select(static line => line["fells ".Length..].Trim())]));
        }

        return features;
    }
}
