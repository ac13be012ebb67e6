using System.Diagnostics;
using System.Text.RegularExpressions;

namespace BodyCam.Hardware.Tests.Documents;

/// <summary>What the hardware and firmware documents tell people to type exists, with these words and options.</summary>
public sealed class CommandTests
{
    private static readonly Dictionary<string, string> helps = [];

    public static TheoryData<string> Bodycam => [.. QuotedCommand.All.Where(static one => one.Call.Program == "./bodycam").Select(static one => one.Line).Distinct()];

    [Fact]
    public void Every_fenced_line_calls_a_program_these_tests_know()
    {
        Assert.All(QuotedCommand.All, static one => Assert.True(one.IsKnown, $"{one.Page}: '{one.Line}' calls something no test knows."));
        Assert.True(QuotedCommand.All.Count(static one => one.Call.Program == "./bodycam") >= 8);
        Assert.Contains(QuotedCommand.All, static one => one.Call.Program == "nanoff");
    }

    [Theory]
    [MemberData(nameof(Bodycam))]
    public void A_command_of_the_command_line_exists_with_its_options(string line)
    {
        var command = new QuotedCommand("", line);
        string[] arguments = command.Call.Arguments;
        if (arguments[0] == "test")
        {
            string script = Repository.Read("bodycam");
            Assert.All(command.Options, option => Assert.Contains($"            {option})", script));
            return;
        }

        string[] words = [.. arguments.TakeWhile(static word => !word.StartsWith("--", StringComparison.Ordinal))];
        string help = Help(words);
        string[] usage = Regex.Match(help, @"Usage:\s+\S+ ([^\n]*)").Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] named = [.. usage.TakeWhile(static word => char.IsAsciiLetter(word[0]))];
        Assert.Equal(named, words.Take(named.Length));
        Assert.Equal(usage.Count(static word => word[0] == '<'), words.Length - named.Length);
        Assert.All(command.Options, option => Assert.Matches($@"(?m)^\s+(-\w, )?{Regex.Escape(option)}\b", help));
        Assert.All(Regex.Matches(help, @"(?m)^\s+(--[a-z-]+)[^\n]*\(REQUIRED\)").Select(static match => match.Groups[1].Value), option => Assert.Contains(option, command.Options));
    }

    [Fact]
    public void Options_of_the_flasher_are_in_its_public_source()
    {
        var known = Repository.Read("tests/Hardware.Tests/Documents/nanoff-options.txt").Split('\n').Where(static line => line.Length > 0 && line[0] != '#').ToHashSet();
        foreach (var one in QuotedCommand.All.Where(static one => one.Call.Program == "nanoff"))
            Assert.All(one.Options, option => Assert.True(known.Contains(option[2..]), $"{one.Page}: nanoff has no {option}."));
    }

    [Fact]
    public void Parts_that_are_to_be_rendered_are_in_the_drawing()
    {
        string drawing = Repository.Read("hardware/enclosure/bodycam.scad");
        foreach (var one in QuotedCommand.All.Where(static one => one.Call.Program == "openscad"))
        {
            Assert.True(File.Exists(Repository.PathOf("hardware/" + one.Words[^1])), $"{one.Page}: {one.Words[^1]} is not there.");
            Assert.Contains($"part == {Regex.Match(one.Line, "part=(\"[A-Za-z]+\")").Groups[1].Value}", drawing);
        }
    }

    [Fact]
    public void The_card_is_formatted_with_the_clusters_the_configuration_names()
    {
        var format = QuotedCommand.All.Single(static one => one.Call.Program == "mkfs.vfat");
        int sectors = int.Parse(Regex.Match(format.Line, @"-s (\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($"GetInt(\"clusterBytes\", 512, 1 << 20, {sectors * 512})", Repository.Read("firmware/Device/Identity/Provisioning.cs"));
    }

    private static string Help(string[] words)
    {
        string key = string.Join(' ', words);
        if (helps.TryGetValue(key, out string? known)) return known;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "bodycam.dll"), .. words, "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"'bodycam {key} --help' ended with {process.ExitCode}: {errors.Result}");
        return helps[key] = text;
    }
}
