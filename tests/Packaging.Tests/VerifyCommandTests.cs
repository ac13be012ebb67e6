using System.Text.Json.Nodes;

namespace BodyCam.Packaging.Tests;

/// <summary><c>bodycam verify</c> and the script of a package, as a person runs them.</summary>
public sealed class VerifyCommandTests(Shelf shelf) : IClassFixture<Shelf>
{
    private const string Words = "x\nVerified.\u001b[8m\u202E";

    [Theory]
    [InlineData("id")]
    [InlineData("device")]
    [InlineData("completeness")]
    public void A_package_writes_no_line_of_its_own_and_no_code_that_a_terminal_follows(string member)
    {
        var folder = shelf.Folder();
        var path = Path.Combine(folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        (member == "id" ? manifest : manifest["recordings"]![0]!)[member] = Words;
        File.WriteAllText(path, manifest.ToJsonString());
        var (code, output) = Shelf.Bodycam("verify", folder, "--gateway-key", shelf.KeyFile);
        Assert.Equal(1, code);
        Assert.Contains("x\uFFFDVerified.\uFFFD[8m\uFFFD", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nVerified", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
        Assert.Contains("Failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_a_file_that_was_put_in_is_no_code_for_a_terminal_in_what_the_script_says()
    {
        var folder = shelf.Folder();
        File.WriteAllText(Path.Combine(folder, "x\u001b[8m"), "x");
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains("x?[8m is not listed", StringComparison.Ordinal), output);
    }
}
