using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace BodyCam.Nano.Tests;

/// <summary>The project that the nanoFramework tools build, against the folders, the host's build, the member table and the solution.</summary>
public partial class DeviceProjectTests
{
    private static readonly XNamespace Build = "http://schemas.microsoft.com/developer/msbuild/2003";

    private static readonly string[] Parts = ["Wire", "Device", "Drivers", "App"];

    [Theory]
    [InlineData("Wire")]
    [InlineData("Device")]
    [InlineData("Drivers")]
    [InlineData("App")]
    public void Each_list_of_sources_names_every_file_of_its_folder_once_and_nothing_else(string part)
    {
        string folder = Files.InRepository("firmware", part);
        string[] onDisk = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith("bin/", StringComparison.Ordinal) && !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("Properties/", StringComparison.Ordinal))
            .Order(StringComparer.OrdinalIgnoreCase)];
        Assert.Equal(onDisk, Listed(Path.Combine(folder, part + ".projitems")).Order(StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Board_and_host_take_the_same_lists_and_the_board_only_its_assembly_info_besides()
    {
        string[] lists = [.. Parts.Select(part => part + ".projitems").Order()];
        Assert.Equal(lists, Imports(XDocument.Load(Files.InRepository("firmware", "App", "BodyCam.Firmware.csproj"))));
        Assert.Equal(lists, Imports(Project));
        Assert.Equal(["Properties/AssemblyInfo.cs"], Items(Project, "Compile").Select(Slashes));
    }

    [Fact]
    public void Each_package_is_named_with_one_exact_version_in_the_list_the_hint_paths_and_the_member_table()
    {
        Dictionary<string, string> packages = Packages();
        Assert.All(packages.Values, version => Assert.Matches(@"^\d+\.\d+\.\d+$", version));
        string[] hinted = [.. Project.Descendants(Build + "HintPath").Select(hint => HintPath().Match(Slashes(hint.Value)))
            .Select(match => match.Success ? match.Groups["package"].Value + " " + match.Groups["version"].Value : "a hint path of another form").Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(packages.Select(p => p.Key + " " + p.Value).Order(StringComparer.Ordinal), hinted);
        string[] read = [.. File.ReadLines(Files.ApiTable).Skip(1).Select(line => line.Split('\t')).Select(row => row[2] + " " + row[3]).Distinct()];
        Assert.Empty(read.Except(hinted));
    }

    [Fact]
    public void Every_hint_path_names_the_assembly_that_it_is_for() =>
        Assert.All(Project.Descendants(Build + "Reference"), reference =>
            Assert.EndsWith("/lib/" + reference.Attribute("Include")!.Value + ".dll", Slashes(reference.Element(Build + "HintPath")!.Value), StringComparison.Ordinal));

    [Fact]
    public void The_document_lists_the_same_packages()
    {
        string document = File.ReadAllText(Files.InRepository("firmware", "docs", "device-project.md"));
        Assert.Equal(
            Packages().Select(p => p.Key + " " + p.Value).Order(StringComparer.Ordinal),
            DocumentedPackage().Matches(document).Select(m => m.Groups[1].Value + " " + m.Groups[2].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_solution_shows_the_device_project_and_never_builds_it()
    {
        string[] lines = File.ReadAllLines(Files.InRepository("BodyCam.sln"));
        string entry = Assert.Single(lines, line => line.Contains("BodyCam.Firmware.nfproj", StringComparison.Ordinal));
        string id = entry.Split('"')[^2];
        Assert.Equal(Project.Descendants(Build + "ProjectGuid").Single().Value, id.Trim('{', '}'), ignoreCase: true);
        string[] configurations = [.. lines.Select(line => line.Trim()).Where(line => line.StartsWith(id + ".", StringComparison.OrdinalIgnoreCase))];
        Assert.NotEmpty(configurations);
        Assert.All(configurations, line => Assert.Contains(".ActiveCfg = ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void The_device_project_speaks_the_language_of_the_hosts_build()
    {
        string host = XDocument.Load(Files.InRepository("firmware", "Nano", "Firmware.props")).Descendants("LangVersion").Single().Value;
        Assert.Equal(host, Project.Descendants(Build + "LangVersion").Single().Value);
    }

    private static XDocument Project => XDocument.Load(Files.InRepository("firmware", "App", "BodyCam.Firmware.nfproj"));

    private static Dictionary<string, string> Packages() => XDocument.Load(Files.InRepository("firmware", "App", "packages.config"))
        .Descendants("package").ToDictionary(package => package.Attribute("id")!.Value, package => package.Attribute("version")!.Value);

    // A wildcard names what MSBuild finds by it; a written name must be there.
    private static IEnumerable<string> Listed(string projitems)
    {
        string folder = Path.GetDirectoryName(projitems)!;
        foreach (XElement item in XDocument.Load(projitems).Descendants(Build + "Compile"))
        {
            string name = Slashes(item.Attribute("Include")!.Value).Replace("$(MSBuildThisFileDirectory)", string.Empty, StringComparison.Ordinal);
            if (!name.EndsWith("**/*.cs", StringComparison.Ordinal))
            {
                yield return name;
                continue;
            }

            string[] left = [.. Slashes(item.Attribute("Exclude")!.Value).Replace("$(MSBuildThisFileDirectory)", string.Empty, StringComparison.Ordinal).Split(';').Select(path => path.Replace("**", string.Empty, StringComparison.Ordinal))];
            foreach (string path in Directory.EnumerateFiles(Path.Combine(folder, name[..^"**/*.cs".Length]), "*.cs", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')))
            {
                if (!left.Any(start => path.StartsWith(start, StringComparison.Ordinal))) yield return path;
            }
        }
    }

    private static IEnumerable<string> Items(XDocument project, string kind) => project.Descendants(Build + kind).Select(item => item.Attribute("Include")!.Value);

    private static string[] Imports(XDocument project) => [.. project.Descendants().Where(e => e.Name.LocalName == "Import")
        .Select(e => Slashes(e.Attribute("Project")!.Value)).Where(path => path.EndsWith(".projitems", StringComparison.Ordinal)).Select(path => path.Split('/')[^1]).Order()];

    private static string Slashes(string path) => path.Replace('\\', '/');

    [GeneratedRegex(@"^\.\./\.\./packages/(?<package>.+?)\.(?<version>\d+\.\d+\.\d+)/lib/[^/]+\.dll$")]
    private static partial Regex HintPath();

    [GeneratedRegex(@"^\| `(nanoFramework\.[A-Za-z0-9.]+)` \| (\d+\.\d+\.\d+) \|", RegexOptions.Multiline)]
    private static partial Regex DocumentedPackage();
}
