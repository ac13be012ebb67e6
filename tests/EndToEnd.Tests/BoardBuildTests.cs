using System.Security.Cryptography;
using System.Text.Json;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam board build</c> with stand-ins for the nanoFramework tools.</summary>
public sealed class BoardBuildTests : IDisposable
{
    private readonly Tools tools = new();

    public BoardBuildTests()
    {
        Directory.CreateDirectory(tools.At("tree/firmware/App"));
        File.WriteAllText(tools.At("tree/BodyCam.sln"), "");
        File.WriteAllText(tools.At("tree/firmware/App/BodyCam.Firmware.nfproj"), """<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003"><PropertyGroup><AssemblyName>BodyCam.App</AssemblyName></PropertyGroup></Project>""");
        Directory.CreateDirectory(tools.At("system/v1.0"));
        File.WriteAllText(tools.At("system/v1.0/NFProjectSystem.CSharp.targets"), "<Project />");
        tools.Variables["NANOFRAMEWORK_PROJECT_SYSTEM"] = tools.At("system/v1.0");
        tools.Make("nuget", "printf 'nuget %s\\n' \"$*\" >> \"$STORY/calls.txt\"");
        tools.Make("msbuild", "printf 'msbuild %s\\n' \"$*\" >> \"$STORY/calls.txt\"; mkdir -p firmware/App/bin/Release; head -c $(cat \"$STORY/bytes\") /dev/zero > firmware/App/bin/Release/BodyCam.App.bin; cat \"$STORY/said\" 2>/dev/null; exit $(cat \"$STORY/code\" 2>/dev/null || echo 0)");
        tools.Tell("bytes", "130000");
    }

    public void Dispose() => tools.Dispose();

    [Fact]
    public void Packages_are_restored_then_the_project_is_built_and_the_image_is_named_with_size_and_digest()
    {
        var (code, said, err) = Build("--json");
        Assert.True(code == 0, err);
        using var answer = JsonDocument.Parse(said);
        Assert.Equal(tools.At("tree/firmware/App/bin/Release/BodyCam.App.bin"), answer.RootElement.GetProperty("image").GetString());
        Assert.Equal(130000, answer.RootElement.GetProperty("bytes").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(new byte[130000])), answer.RootElement.GetProperty("sha256").GetString());
        var calls = File.ReadAllLines(tools.At("story/calls.txt"));
        Assert.Equal(2, calls.Length);
        Assert.StartsWith($"nuget restore {tools.At("tree/firmware/App/packages.config")} -SolutionDirectory {tools.At("tree")}", calls[0], StringComparison.Ordinal);
        Assert.StartsWith($"msbuild {tools.At("tree/firmware/App/BodyCam.Firmware.nfproj")} -p:Configuration=Release", calls[1], StringComparison.Ordinal);
        Assert.Contains($"-p:NanoFrameworkProjectSystemPath={tools.At("system/v1.0")}/", calls[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Each_missing_tool_is_named_with_what_to_install()
    {
        tools.Remove("nuget");
        tools.Remove("msbuild");
        tools.Variables["NANOFRAMEWORK_PROJECT_SYSTEM"] = tools.At("nowhere");
        var (code, said, err) = Build();
        Assert.Equal(2, code);
        foreach (var line in new[] { "bodycam: msbuild is missing: install mono-complete", "bodycam: nuget is missing: run 'sudo apt-get install nuget'", "bodycam: nanoFramework project system is missing: install the nanoFramework extension" })
            Assert.Contains(line, err, StringComparison.Ordinal);
        Assert.Contains("nuget restore", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_build_shows_the_errors_of_the_tool_and_leaves_no_older_image()
    {
        Assert.Equal(0, Build().Code);
        tools.Tell("said", "Program.cs(3,1): error CS1002: ; expected\n");
        tools.Tell("code", "1");
        var (code, _, err) = Build();
        Assert.Equal(2, code);
        Assert.Contains("error CS1002", err, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_that_end_well_and_leave_nothing_do_not_pass_for_a_build()
    {
        Assert.Equal(0, Build().Code);
        tools.Make("msbuild", "exit 0");
        var (code, _, err) = Build();
        Assert.Equal(2, code);
        Assert.Contains("left no", err, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_larger_than_the_deployment_partition_is_refused()
    {
        tools.Tell("bytes", "1900545");
        var (code, _, err) = Build();
        Assert.Equal(2, code);
        Assert.Contains("1,900,544", err, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_builds_nothing()
    {
        Assert.Equal(0, Build("--dry-run").Code);
        Assert.False(File.Exists(tools.At("story/calls.txt")));
    }

    private (int Code, string Out, string Err) Build(params string[] more) => tools.Bodycam(["board", "build", "--source", tools.At("tree"), .. more]);
}
