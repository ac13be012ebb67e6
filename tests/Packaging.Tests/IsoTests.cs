using System.Diagnostics;
using System.Text.Json;
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
