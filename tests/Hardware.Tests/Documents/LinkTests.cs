using System.Text.RegularExpressions;

namespace BodyCam.Hardware.Tests.Documents;

/// <summary>The hardware documents lead where they say.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Every_link_and_picture_of_the_hardware_documents_is_there()
    {
        int count = 0;
        foreach (string path in Pages())
            foreach (Match link in Link().Matches(File.ReadAllText(path)))
            {
                string target = link.Groups[1].Value;
                if (target.Contains("://", StringComparison.Ordinal)) continue;
                string full = Path.Combine(Path.GetDirectoryName(path)!, target.Split('#')[0]);
                Assert.True(File.Exists(full) || Directory.Exists(full), $"{Path.GetRelativePath(Repository.Root, path)} leads to {target}, which is not there.");
                count++;
            }

        Assert.True(count > 20);
    }

    [Fact]
    public void Every_file_of_the_repository_that_is_named_in_the_hardware_documents_is_there()
    {
        foreach (string path in Pages())
            foreach (Match name in Named().Matches(File.ReadAllText(path)))
                Assert.True(File.Exists(Repository.PathOf(name.Groups[1].Value)) || Directory.Exists(Repository.PathOf(name.Groups[1].Value)),
                    $"{Path.GetRelativePath(Repository.Root, path)} names {name.Groups[1].Value}, which is not there.");
    }

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Repository.PathOf("hardware"), "*.md", SearchOption.AllDirectories);

    [GeneratedRegex(@"\]\(([^)\s]+)\)", RegexOptions.NonBacktracking)]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:hardware|firmware|tests|edge-gateway)/[A-Za-z0-9_./-]*[A-Za-z0-9])`", RegexOptions.NonBacktracking)]
    private static partial Regex Named();
}
