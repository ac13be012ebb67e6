using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary>What somebody reads who mistypes a command, and the station's own policies and calendars.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-command-line").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("'soon' cannot be used for option --on.", "policy", "explain", "qidong", "--on", "soon")]
    [InlineData("'Chief' cannot be used for option --rank: use ", "account", "add", "li", "--keys", "k", "--rank", "Chief")]
    [InlineData("'Boss' cannot be used for option --role: use Officer, Custodian, ", "account", "add", "li", "--keys", "k", "--role", "Boss")]
    [InlineData("'one' cannot be used for command timeline.", "timeline", "bc-01", "one", "1", "--data", "d")]
    [InlineData("'nonsense' cannot be used for option --only: use ingest-1, ingest-16, ", "bench", "--only", "nonsense")]
    public void A_mistyped_value_is_told_in_one_line_without_names_of_types(string said, params string[] arguments)
    {
        var (code, _, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("BodyCam.", error, StringComparison.Ordinal);
        Assert.EndsWith("--help'.", error.Trim(), StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("<folder> is missing: data or archive folder, or an evidence package", "verify")]
    [InlineData("<package> is missing: the package's ZIP.", "discs")]
    public void An_argument_that_is_missing_is_named(string said, params string[] arguments)
    {
        var (code, _, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./bodycam help'", "frobnicate")]
    [InlineData("./bodycam help'", "frobnicate", "--now")]
    [InlineData("./bodycam recorder --help'.", "recorder", "--count")]
    [InlineData("./bodycam board new --help'.", "board", "new", "bc-01", "more")]
    public void Whoever_mistypes_is_sent_to_the_help_that_there_is(string said, params string[] arguments)
    {
        var (code, _, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        Assert.All(error.Trim().Split('\n'), line => Assert.Contains(said, line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--mqtt-port is abc: give 0 to 65535.", "gateway", "--data", "d", "--keys", "k", "--mqtt-port", "abc")]
    [InlineData("--http-port is abc: give 0 to 65535.", "gateway", "--data", "d", "--keys", "k", "--http-port", "abc")]
    [InlineData("--orphan-after-hours is abc: give 0.01 to 87600.", "gateway", "--data", "d", "--keys", "k", "--orphan-after-hours", "abc")]
    [InlineData("--seconds is 1,5: give 0 to 82800.", "recorder", "--board", "b", "--gateway", "http://127.0.0.1:1", "--seconds", "1,5")]
    [InlineData("--pace is abc: give 0.01 to 1000.", "recorder", "--board", "b", "--gateway", "http://127.0.0.1:1", "--pace", "abc")]
    [InlineData("--count is abc: give 1 to 1000.", "recorder", "--id", "unit-9", "--token-file", "t", "--gateway", "http://127.0.0.1:1", "--count", "abc")]
    [InlineData("--rounds is abc: give 1 to 50.", "bench", "--rounds", "abc")]
    [InlineData("--warm is 3000000000: give 0 to 600 seconds.", "bench", "--warm", "3000000000")]
    [InlineData("--segments takes numbers from 1 on that rise.", "bench", "--segments", "10", "abc")]
    public void A_word_in_the_place_of_a_number_is_told_with_what_the_option_takes(string said, params string[] arguments)
    {
        var (code, _, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("'bogus'", "bogus")]
    [InlineData("'bogus'", "board", "bogus")]
    public void A_command_that_does_not_exist_is_one_error_that_names_it(string said, params string[] arguments)
    {
        var (code, _, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        Assert.Contains(said, Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--data is empty: ", "gateway", "--data", "", "--keys", "k")]
    [InlineData("--keys is empty: ", "account", "list", "--keys", "")]
    [InlineData("--data is empty: ", "timeline", "bc-01", "1", "1", "--data", "")]
    [InlineData("/proc/version is a file: name a folder with --data.", "demo", "--once", "--data", "/proc/version")]
    [InlineData("/proc/x takes no files (", "demo", "--once", "--data", "/proc/x")]
    public void A_folder_that_cannot_be_used_is_told_in_one_line_with_its_option(string said, params string[] arguments)
    {
        var (code, output, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Contains(said, Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Contains(arguments.Contains("--keys") && arguments[0] == "account" ? "--keys" : "--data", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify", "/nonexist", "--json")]
    [InlineData("verify", "/nonexist", "--json=true")]
    [InlineData("recorder", "--id", "unit-9", "--token-file", "/nonexist", "--gateway", "http://127.0.0.1:1", "--json")]
    [InlineData("timeline", "bc-01", "1", "1", "--data", "/nonexist", "--json")]
    [InlineData("export", "bc-01", "1", "1", "--data", "/nonexist", "--keys", "/nonexist", "--out", "/nonexist/p.zip", "--register", "x", "--json")]
    [InlineData("discs", "/nonexist", "--json")]
    [InlineData("account", "list", "--keys", "/nonexist", "--json")]
    [InlineData("board", "list", "--keys", "/nonexist", "--json")]
    [InlineData("policy", "diff", "none", "other", "--json")]
    [InlineData("doctor", "--data", "/nonexist", "--json")]
    [InlineData("gateway", "rotate-key", "--data", "/nonexist", "--keys", "/nonexist", "--json")]
    [InlineData("demo", "--data", "/proc/version", "--json")]
    [InlineData("bench", "--rounds", "abc", "--json")]
    public void With_json_an_error_is_one_object_on_standard_output_and_the_words_stay_on_standard_error(params string[] arguments)
    {
        var (code, output, error) = Cli.Bodycam(arguments);
        Assert.Equal(2, code);
        var said = JsonDocument.Parse(output).RootElement.GetProperty("error").GetString();
        Assert.Equal("bodycam: " + said, error.Trim());
        Assert.Equal("", Cli.Bodycam([.. arguments.Where(static word => !word.StartsWith("--json", StringComparison.Ordinal))]).Out);
    }

    [Fact]
    public void A_file_that_cannot_be_read_or_a_place_that_takes_none_is_named_with_its_option()
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "data", "log")).Parent!.FullName;
        var keys = Directory.CreateDirectory(Path.Combine(folder, "keys", "master.key")).Parent!.FullName;
        Refused("with --gateway-key", "verify", data, "--gateway-key", folder);
        Refused("with --gateway-key", "verify", data, "--gateway-key", "/nonexist");
        Refused("with --checkpoint", "verify", data, "--checkpoint", folder);
        Refused("with --witness-key", "verify", data, "--witness-key", folder);
        Refused("with --tsa-ca", "verify", data, "--tsa-ca", folder);
        Refused("with --keys", "verify", data, "--keys", keys);
        File.WriteAllText(Path.Combine(folder, "short"), "x");
        Directory.Delete(Path.Combine(keys, "master.key"));
        File.Copy(Path.Combine(folder, "short"), Path.Combine(keys, "master.key"));
        Refused("with --keys", "verify", data, "--keys", keys);

        string[] export = ["export", "bc-01", "1", "1", "--data", data, "--keys", keys, "--register", "x"];
        Refused("/nonexist: make it, or name another place with --out", [.. export, "--out", "/nonexist/p.zip"]);
        Refused("with --form-data", [.. export, "--out", Path.Combine(folder, "p.zip"), "--form-data", "/nonexist"]);
        Refused("with --form-data", [.. export, "--out", Path.Combine(folder, "p.zip"), "--form-data", folder]);
        Refused("with --checkpoint", [.. export, "--out", Path.Combine(folder, "p.zip"), "--checkpoint", folder]);

        var package = Path.Combine(folder, "p1.zip");
        using (var zip = System.IO.Compression.ZipFile.Open(package, System.IO.Compression.ZipArchiveMode.Create))
            zip.CreateEntry("a.txt");
        Refused("/proc/version is a file: name a folder with --out", "discs", package, "--out", "/proc/version");
        Refused("/proc/x takes no files", "discs", package, "--out", "/proc/x");

        Refused("/nonexist: make it, or name another place with --out", "bench", "--only", "growth", "--segments", "10", "--rounds", "1", "--out", "/nonexist/x.json");
        Refused($"{folder} is a folder: name a file with --out", "bench", "--only", "growth", "--segments", "10", "--rounds", "1", "--out", folder);
        Directory.CreateDirectory(Path.Combine(data, "log", "lock"));
        Refused($"{Path.Combine(data, "log")} takes no files", "gateway", "--data", data, "--keys", keys, "--mqtt-port", "0", "--http-port", "0");
    }

    [Fact]
    public void A_name_that_no_account_can_have_is_told_in_English()
    {
        var keys = Path.Combine(folder, "keys");
        Directory.CreateDirectory(keys);
        File.WriteAllBytes(Path.Combine(keys, "master.key"), new byte[32]);
        Assert.Equal(0, Cli.Bodycam("account", "add", "li", "--keys", keys, "--role", "Administrator").Code);
        foreach (var (said, arguments) in new (string, string[])[]
        {
            ("a sign-in name has 2 to 40 letters, digits", ["account", "add", "", "--keys", keys]),
            ("--display-name", ["account", "add", "wang", "--display-name", new string('x', 101), "--keys", keys]),
            ("System", ["account", "add", "wang", "--role", "System", "--keys", keys]),
            ("there is an account of that name already", ["account", "add", "li", "--keys", keys]),
            ("last administrator", ["account", "disable", "li", "--keys", keys]),
        })
            Assert.DoesNotContain(Refused(said, arguments), static letter => letter > 127);
    }

    private static string Refused(string said, params string[] arguments)
    {
        var (code, output, error) = Cli.Bodycam(arguments);
        Assert.True(code == 2, error);
        Assert.Equal("", output);
        Assert.Contains(said, Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        return error;
    }

    [Theory]
    [InlineData("usage: ./bodycam test ", "--project")]
    [InlineData("usage: ./bodycam test ", "--project", "")]
    [InlineData("there is no test project 'Nope': name one of ", "--project", "Nope")]
    [InlineData("there is no test project '*': name one of ", "--project", "*")]
    public void A_test_project_that_is_not_named_or_not_there_is_told_before_anything_is_built(string said, params string[] arguments)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "BodyCam.sln")))
            root = root.Parent;
        var (code, output, error) = Cli.Run("bash", [Path.Combine(root!.FullName, "bodycam"), "test", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(said, error.Replace("bodycam: ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("bodycam: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_discs_that_stand_are_left_as_they_are_and_no_package_is_told_as_that()
    {
        var package = Path.Combine(folder, "p1.zip");
        using (var zip = System.IO.Compression.ZipFile.Open(package, System.IO.Compression.ZipArchiveMode.Create))
            zip.CreateEntry("a.txt");
        var discs = Path.Combine(folder, "discs");
        Directory.CreateDirectory(discs);
        File.WriteAllText(Path.Combine(discs, "p1-2.iso"), "burnt from this");
        var (code, output, error) = Cli.Bodycam("discs", package, "--out", discs);
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Contains(Path.Combine(discs, "p1-2.iso"), error, StringComparison.Ordinal);
        Assert.Contains("--out", error, StringComparison.Ordinal);
        Assert.Equal("burnt from this", File.ReadAllText(Path.Combine(discs, "p1-2.iso")));
        Assert.Single(Directory.EnumerateFileSystemEntries(discs));

        // A package with a foreign key fails its check, and a folder that was made for its images goes again.
        using (var key = ForeignKeys.Create("explicit nistP256"))
        using (var zip = System.IO.Compression.ZipFile.Open(package, System.IO.Compression.ZipArchiveMode.Update))
        using (var pem = new StreamWriter(zip.CreateEntry("gateway.pem").Open()))
            pem.Write(key.ExportSubjectPublicKeyInfoPem());
        var made = Path.Combine(folder, "made");
        (code, _, error) = Cli.Bodycam("discs", package, "--out", made);
        Assert.Equal(1, code);
        Assert.Contains("does not hold its own check", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(made));

        var no = Path.Combine(folder, "no.zip");
        File.WriteAllText(no, "root:x:0:0");
        (code, _, error) = Cli.Bodycam("discs", no);
        Assert.Equal(2, code);
        Assert.Contains($"{no} is no ZIP file: name the package's ZIP.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_that_was_cut_short_is_damaged_and_what_is_no_ZIP_is_a_wrong_argument()
    {
        var whole = Path.Combine(folder, "whole.zip");
        using (var zip = System.IO.Compression.ZipFile.Open(whole, System.IO.Compression.ZipArchiveMode.Create))
        using (var entry = new StreamWriter(zip.CreateEntry("SHA256SUMS").Open()))
            entry.Write(new string('x', 4000));
        var bytes = File.ReadAllBytes(whole);
        var (cut, no) = (Path.Combine(folder, "cut.zip"), Path.Combine(folder, "no.zip"));
        File.WriteAllText(no, "root:x:0:0");
        foreach (var length in new[] { bytes.Length - 1, bytes.Length / 2, 4 })
        {
            File.WriteAllBytes(cut, bytes[..length]);
            foreach (var arguments in new[] { new[] { "discs", cut, "--out", Path.Combine(folder, "made") }, ["verify", cut] })
            {
                var (code, output, error) = Cli.Bodycam(arguments);
                Assert.True((code, output) == (1, ""), $"{arguments[0]} of {length} bytes: {code} {output}{error}");
                Assert.StartsWith($"bodycam: {cut} begins as a ZIP and cannot be read to its end: it was cut short or damaged", error, StringComparison.Ordinal);
                Assert.False(Directory.Exists(Path.Combine(folder, "made")));
            }
        }

        Assert.Equal(2, Cli.Bodycam("verify", no).Code);
        using var said = JsonDocument.Parse(Cli.Bodycam("verify", cut, "--json").Out);
        Assert.Contains("cut short or damaged", said.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Policy_check_reads_the_calendars_too_as_a_gateway_does_at_its_start()
    {
        var calendars = Copy("calendars");
        var (code, output, _) = Cli.Bodycam("policy", "check", "--calendars", calendars, "--json");
        Assert.Equal(0, code);
        Assert.Contains(2026, JsonDocument.Parse(output).RootElement.GetProperty("calendars").EnumerateArray().Select(static year => year.GetProperty("year").GetInt32()));

        var file = Path.Combine(calendars, "2026.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"status\"", "\"stauts\"", StringComparison.Ordinal));
        (code, _, var error) = Cli.Bodycam("policy", "check", "--calendars", calendars);
        Assert.Equal(1, code);
        Assert.Contains("2026.json:", error, StringComparison.Ordinal);
        (code, _, error) = Cli.Bodycam("gateway", "--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--mqtt-port", "0", "--http-port", "0", "--calendars", calendars);
        Assert.Equal(2, code);
        Assert.Contains("2026.json:", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_runs_with_the_policies_of_the_folder_that_it_is_given()
    {
        var policies = Copy("policies");
        var file = Path.Combine(policies, "qidong.json");
        var sixth = JsonNode.Parse(File.ReadAllText(file))!;
        sixth["id"] = "sixth-agency";
        sixth["rules"]!["retention"]!["monts"] = 3;
        File.WriteAllText(Path.Combine(policies, "sixth-agency.json"), sixth.ToJsonString());
        var (code, _, error) = Cli.Bodycam("gateway", "--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--mqtt-port", "0", "--http-port", "0", "--policies", policies);
        Assert.Equal(2, code);
        Assert.Contains("rules.retention.monts", error, StringComparison.Ordinal);
    }

    private string Copy(string name)
    {
        var from = Path.Combine(AppContext.BaseDirectory, name);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(folder, name, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return Path.Combine(folder, name);
    }
}
