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

    [Theory]
    [InlineData("x\u001b[8m", "x?[8m")]
    [InlineData("x\u009b8m", "x??8m")]
    public void The_name_of_a_file_that_was_put_in_is_no_code_for_a_terminal_in_what_the_script_says(string name, string shown)
    {
        var folder = shelf.Folder();
        File.WriteAllText(Path.Combine(folder, name), "x");
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains($"{shown} is not listed", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("segments/put-in")]
    [InlineData("put-in")]
    public void A_folder_that_cannot_be_looked_into_is_named_and_the_package_is_not_verified(string name)
    {
        if (OperatingSystem.IsWindows())
            return;
        var folder = shelf.Folder();
        var closed = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        File.WriteAllText(Path.Combine(closed, "x"), "x");
        File.SetUnixFileMode(closed, UnixFileMode.None);
        try
        {
            var (code, output) = Shelf.WithoutRights("dotnet", Path.Combine(AppContext.BaseDirectory, "bodycam.dll"), "verify", folder, "--gateway-key", shelf.KeyFile);
            Assert.True(code == 1 && output.Contains($"folder_unreadable    {name} cannot be looked into", StringComparison.Ordinal), output);
            (code, output) = Shelf.WithoutRights("sh", Path.Combine(folder, "verify.sh"), "--gateway-key", shelf.KeyFile);
            Assert.True(code == 1 && output.Contains($"{name} cannot be looked into", StringComparison.Ordinal), output);
        }
        finally
        {
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void A_package_that_cannot_be_looked_into_is_no_damaged_one()
    {
        if (OperatingSystem.IsWindows())
            return;
        var folder = shelf.Folder();
        File.SetUnixFileMode(folder, UnixFileMode.UserExecute);
        try
        {
            var (code, output) = Shelf.WithoutRights("dotnet", Path.Combine(AppContext.BaseDirectory, "bodycam.dll"), "verify", folder, "--gateway-key", shelf.KeyFile);
            Assert.True(code == 2 && output.StartsWith($"bodycam: {folder} cannot be looked into", StringComparison.Ordinal), output);
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void A_folder_whose_name_is_no_text_hides_nothing()
    {
        if (OperatingSystem.IsWindows())
            return;
        var folder = shelf.Folder();
        Assert.Equal(0, Shelf.Run("sh", "-c", "cd \"$1\" && mkdir \"$(printf '\\377')\" && echo x >\"$(printf '\\377')/x\"", "sh", folder).Code);
        try
        {
            Assert.Contains(shelf.Verify(folder).Findings, static finding => finding.Code == "folder_unreadable");
        }
        finally
        {
            // Its name cannot be given from here.
            Shelf.Run("sh", "-c", "rm -r \"$1\"", "sh", folder);
        }
    }
}
