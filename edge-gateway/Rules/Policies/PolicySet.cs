using System.Text.Json.Serialization;

namespace BodyCam.Rules.Policies;

/// <summary>The rules of one agency at one time (制度配置): data, read from a policy file; nothing in it is code (DESIGN D10).</summary>
public sealed record PolicySet
{
    /// <summary>Name of the schema, for editors; not used.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>Id, such as <c>qidong</c>; the same for every version.</summary>
    public required string Id { get; init; }

    /// <summary>Version, from 1; a change makes the next one.</summary>
    public required int Version { get; init; }

    /// <summary>Name of the agency (执法机关).</summary>
    public required string Agency { get; init; }

    /// <summary>Title of the regulation.</summary>
    public required string Title { get; init; }

    /// <summary>Number of the document, such as 宝林〔2019〕74号; null when the text has none.</summary>
    public string? DocumentNumber { get; init; }

    /// <summary>First day on which it is in force, in the agency's time zone.</summary>
    public required DateOnly EffectiveFrom { get; init; }

    /// <summary>Where the first day comes from; says so when the text has no date and it is practice.</summary>
    public string? EffectiveRemark { get; init; }

    /// <summary>Last day on which it is in force; null while no end is known.</summary>
    public DateOnly? EffectiveTo { get; init; }

    /// <summary>Policy of the superior, whose rule goes first (002·23); null for none.</summary>
    public string? Parent { get; init; }

    /// <summary>The regulation's text as it was published.</summary>
    public required SourceText Source { get; init; }

    /// <summary>Every article, verbatim.</summary>
    public required IReadOnlyList<Article> Articles { get; init; }

    /// <summary>What the articles ask of the system.</summary>
    public required RuleSet Rules { get; init; }

    /// <summary>A citation with the policy's id, such as <c>qidong 12(三)</c>; one that a superior's rule brought with it keeps its own.</summary>
    public string Qualify(string cite)
    {
        ArgumentNullException.ThrowIfNull(cite);
        return cite.Contains(' ', StringComparison.Ordinal) ? cite : Id + " " + cite;
    }

    /// <summary>The superior's policy whose rules were put first, with its own superiors; null when this one stands as its file has it. Its articles are found by their qualified citations.</summary>
    [JsonIgnore]
    public PolicySet? Above { get; init; }

    /// <summary>The article of a citation such as <c>12(三)</c>, or with a policy's id, <c>qidong 12(三)</c>, of this policy or a superior's; null when there is none.</summary>
    public Article? Find(string cite)
    {
        ArgumentNullException.ThrowIfNull(cite);
        var space = cite.IndexOf(' ', StringComparison.Ordinal);
        if (space >= 0 && !string.Equals(cite[..space], Id, StringComparison.Ordinal))
            return Above?.Find(cite);
        var number = cite[(space + 1)..].Split('(', '（')[0];
        return Articles.FirstOrDefault(article => string.Equals(article.Number, number, StringComparison.Ordinal));
    }
}

/// <summary>Where a regulation's text lies and what it hashes to.</summary>
/// <param name="File">Path below the policies folder.</param>
/// <param name="Sha256">Of the file, 64 hex digits.</param>
public sealed record SourceText(string File, string Sha256);

/// <summary>One article.</summary>
/// <param name="Number">Its number in arabic digits, such as <c>12</c>.</param>
/// <param name="Text">Its words as published, mistakes included; line breaks are kept as <c>\n</c>.</param>
/// <param name="Corrections">What is meant where the print is wrong; stands beside, never in place.</param>
public sealed record Article(string Number, string Text, IReadOnlyList<Correction> Corrections);

/// <summary>A misprint and what it should say.</summary>
/// <param name="Written">As printed.</param>
/// <param name="Read">As it should read.</param>
/// <param name="Why">Why we think so.</param>
public sealed record Correction(string Written, string Read, string Why);
