using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BodyCam.Rules.Policies.Reading;

/// <summary>Reads policy files: all of a folder or none.</summary>
public static class PolicyReader
{
    /// <summary>Longest file, bytes; a regulation with its rules is below 100 KB.</summary>
    public const int FileBytesMax = 4 << 20;

    private const string SchemaName = "policy.schema.json";

    /// <summary>Reads every <c>*.json</c> of a folder.</summary>
    /// <param name="folder">Policies folder, with <c>texts/</c> in it.</param>
    /// <param name="problems">What is wrong; empty when all is well.</param>
    /// <returns>The policies, or null when anything is wrong: nothing is half-loaded.</returns>
    public static PolicyBook? ReadFolder(string folder, out IReadOnlyList<PolicyProblem> problems)
    {
        var found = new List<PolicyProblem>();
        var sets = new List<(string File, PolicySet Set)>();
        problems = found;
        if (!Directory.Exists(folder))
        {
            found.Add(new PolicyProblem(folder, 0, "", "there is no such folder. Name the policies folder with --policies."));
            return null;
        }

        try
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Where(static path => Path.GetFileName(path) != SchemaName))
            {
                if (ReadFile(path, found) is { } set)
                    sets.Add((Path.GetFileName(path), set));
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            found.Add(new PolicyProblem(folder, 0, "", $"cannot be read ({unreadable.Message.TrimEnd('.')}). Look at who may read it."));
        }

        if (sets.Count == 0 && found.Count == 0)
            found.Add(new PolicyProblem(folder, 0, "", "holds no policy file. Put one there."));
        PolicyBookCheck.Run(sets, found);
        return found.Count == 0 ? new PolicyBook(sets.Select(static row => row.Set)) : null;
    }

    /// <summary>Reads one file with the text it rests on; what is wrong is added to the problems.</summary>
    public static PolicySet? ReadFile(string path, List<PolicyProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        var file = Path.GetFileName(path);
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > FileBytesMax)
            {
                problems.Add(new PolicyProblem(file, 0, "", $"is longer than {FileBytesMax} bytes. Is it a policy file?"));
                return null;
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problems.Add(new PolicyProblem(file, 0, "", $"cannot be read ({unreadable.Message.TrimEnd('.')}). Look at who may read it."));
            return null;
        }

        return Read(file, bytes, name => ReadSource(Path.GetDirectoryName(path)!, name), problems);
    }

    /// <summary>Reads one file from memory.</summary>
    /// <param name="file">Name for the problems.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="source">Gives a source text by its path below the policies folder; null when there is none.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public static PolicySet? Read(string file, byte[] utf8, Func<string, byte[]?> source, List<PolicyProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(problems);
        var before = problems.Count;
        if (LineJson.Parse(file, utf8.AsSpan().StartsWith("\uFEFF"u8) ? utf8[3..] : utf8, out var broken) is not { } tree)
        {
            problems.Add(broken!);
            return null;
        }

        problems.AddRange(tree.Duplicates.Select(path => new PolicyProblem(file, tree.LineOf(path), path, "stands twice. Take one out.")));
        if (problems.Count > before)
            return null;
        problems.AddRange(SchemaCheck.Run(schema.Value, tree, file));
        if (problems.Count > before)
            return null;
        try
        {
            var set = tree.Root.Deserialize<PolicySet>(PolicyJson.Options)!;
            PolicyCheck.Run(set, tree, file, source, problems);
            return problems.Count == before ? set : null;
        }
        catch (JsonException wrong)
        {
            var path = (wrong.Path ?? "$").TrimStart('$').TrimStart('.');
            problems.Add(new PolicyProblem(file, tree.LineOf(path), path, $"cannot be used ({wrong.Message.Split(" Path:")[0].TrimEnd('.')}). Write it as docs/policies.md shows."));
            return null;
        }
    }

    private static readonly Lazy<JsonNode> schema = new(PolicyJson.Schema);

    // The path in the file is data: it may name nothing outside texts/.
    private static byte[]? ReadSource(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return name.StartsWith("texts/", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal) && File.Exists(path) && new FileInfo(path).Length <= FileBytesMax ? File.ReadAllBytes(path) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string Decode(byte[] utf8) => Encoding.UTF8.GetString(utf8);
}
