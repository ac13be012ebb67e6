using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Evidence;

namespace BodyCam.Packaging.Tests;

public sealed class IsoTests(Shelf shelf) : IClassFixture<Shelf>
{
    [Fact]
    public void One_disc_read_back_is_the_package_and_verifies()
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var volume = Assert.Single(IsoImages.Write(shelf.Zip(), folder, "pkg-1", IsoImages.DiscBytes["cd"]));
        var image = Path.Combine(folder, volume.Image);
        Assert.Equal(volume.Sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(image))));
        var back = ReadBack(image, Path.Combine(folder, "back"));
        Assert.Equal(1, JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(back, "VOLUMES.json"))).GetProperty("volume").GetInt32());
        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(back).Verdict);
        Assert.Equal(0, Shelf.Script(back, "--gateway-key", shelf.KeyFile).Code);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Over_several_discs_each_file_stands_on_one_and_together_they_are_the_package()
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var volumes = IsoImages.Write(shelf.Zip(), folder, "pkg-1", (4 << 20) + 80_000);
        Assert.True(volumes.Count > 2, $"{volumes.Count} volumes");
        var whole = Path.Combine(folder, "whole");
        foreach (var volume in volumes)
        {
            var back = ReadBack(Path.Combine(folder, volume.Image), Path.Combine(folder, volume.Image + ".d"));
            foreach (var file in Directory.EnumerateFiles(back, "*", SearchOption.AllDirectories).Where(static file => !file.EndsWith("VOLUMES.json", StringComparison.Ordinal)))
            {
                var target = Path.Combine(whole, Path.GetRelativePath(back, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(whole).Verdict);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void The_label_sheet_has_one_label_for_each_disc_of_each_copy()
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var volumes = IsoImages.Write(shelf.Zip(policy: shelf.Book.At("baofeng-forestry", new DateOnly(2026, 3, 2))), folder, "pkg-1", (4 << 20) + 80_000).Count;
        var html = File.ReadAllText(Path.Combine(folder, "pkg-1-labels.html"));
        Assert.Equal(2 * volumes, html.Split("class=\"label\"").Length - 1);
        foreach (var copy in new[] { "第 1 份，共 2 份", "第 2 份，共 2 份" })
            Assert.Equal(volumes, html.Split(copy).Length - 1);
        for (var disc = 1; disc <= volumes; disc++)
            Assert.Equal(2, html.Split($"第 {disc} 张，共 {volumes} 张").Length - 1);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void One_disc_of_a_set_alone_names_the_disc_on_which_the_rest_is()
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var volumes = IsoImages.Write(shelf.Zip(), folder, "pkg-1", (4 << 20) + 80_000);
        var back = ReadBack(Path.Combine(folder, volumes[0].Image), Path.Combine(folder, "back"));
        Assert.True(PackageVerifier.IsPackage(back));
        var report = shelf.Verify(back);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains($"disc {volumes.Count} of {volumes.Count}", report.Findings[0].Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_file_larger_than_a_disc_is_refused_with_the_next_action()
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        Assert.Contains("larger disc", Assert.Throws<InvalidOperationException>(() => IsoImages.Write(shelf.Zip(), folder, "pkg-1", (4 << 20) + 4000)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_stands_beside_the_images_stays_and_comes_onto_no_disc(bool byLink)
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var (discs, elsewhere) = (Path.Combine(folder, "discs"), Path.Combine(folder, "elsewhere"));
        var work = Path.Combine(discs, ".pkg-1-volumes");
        var strange = Path.Combine(work, "1", "strange.txt");
        Directory.CreateDirectory(discs);
        if (byLink)
            Directory.CreateSymbolicLink(work, Directory.CreateDirectory(elsewhere).FullName);
        Directory.CreateDirectory(Path.GetDirectoryName(strange)!);
        File.WriteAllText(strange, "x");
        var volume = Assert.Single(IsoImages.Write(shelf.Zip(), discs, "pkg-1", IsoImages.DiscBytes["cd"]));
        Assert.True(File.Exists(strange));
        Assert.Equal([".pkg-1-volumes", volume.Image], Directory.EnumerateFileSystemEntries(discs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(ReadBack(Path.Combine(discs, volume.Image), Path.Combine(folder, "back"))).Verdict);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("pkg-1-2.iso")]
    [InlineData("pkg-1-labels.html")]
    public void What_another_run_wrote_meanwhile_stays_and_of_this_set_nothing_is_left(string name)
    {
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var other = Path.Combine(folder, name);
        File.WriteAllText(other, "of another run");
        var package = shelf.Zip(policy: shelf.Book.At("baofeng-forestry", new DateOnly(2026, 3, 2)));
        Assert.Contains(other, Assert.Throws<InvalidOperationException>(() => IsoImages.Write(package, folder, "pkg-1", (4 << 20) + 80_000)).Message, StringComparison.Ordinal);
        Assert.Equal("of another run", File.ReadAllText(other));
        Assert.Equal([other], Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("""{"basis":"x","copies":2,"rows":null}""")]
    [InlineData("""{"basis":"x","copies":2,"rows":[null]}""")]
    [InlineData("""{"basis":"x","copies":2,"rows":[{"name":null,"value":"x"}]}""")]
    [InlineData("""{"basis":"x","copies":2,"rows":[{"name":"x"}]}""")]
    [InlineData("""{"copies":2,"rows":[]}""")]
    [InlineData("""{"basis":"x","copies":101,"rows":[]}""")]
    [InlineData("""{"basis":"x","copies":0,"rows":[]}""")]
    public void A_label_that_no_disc_can_carry_is_refused_before_the_first_image(string label) => Unlabelled(JsonNode.Parse(label)!);

    [Fact]
    public void A_label_of_more_than_fits_a_sheet_is_refused()
    {
        Unlabelled(new JsonObject { ["basis"] = "x", ["copies"] = 1, ["rows"] = new JsonArray([.. Enumerable.Range(0, 101).Select(static _ => new JsonObject { ["name"] = "", ["value"] = "" })]) });
        Unlabelled(new JsonObject { ["basis"] = "x", ["copies"] = 1, ["rows"] = new JsonArray(new JsonObject { ["name"] = "x", ["value"] = new string('x', 64 * 1024) }) });
    }

    private void Unlabelled(JsonNode label)
    {
        var package = shelf.Folder();
        var path = Path.Combine(package, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest["label"] = label;
        File.WriteAllText(path, manifest.ToJsonString());
        Shelf.Resign(package, shelf.Station.Key);
        ZipFile.CreateFromDirectory(package, package + ".zip", CompressionLevel.NoCompression, includeBaseDirectory: false);
        var folder = Directory.CreateTempSubdirectory("iso").FullName;
        var (code, output) = Shelf.Bodycam("discs", package + ".zip", "--out", folder);
        Assert.True(code == 2 && output.Contains("has a label that no disc can carry", StringComparison.Ordinal) && output.Contains("Export the package anew.", StringComparison.Ordinal), output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    private static string ReadBack(string image, string to)
    {
        var start = new ProcessStartInfo("xorriso") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "-osirrox", "on", "-indev", image, "-extract", "/", to })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error + output.Result);
        foreach (var folder in Directory.EnumerateDirectories(to, "*", SearchOption.AllDirectories).Append(to))
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return to;
    }
}
