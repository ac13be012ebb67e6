using System.Diagnostics;
using BodyCam.Ingest;

namespace BodyCam.Evidence.Tests;

/// <summary>What is no file in the place of one: verify names it and waits for nothing.</summary>
public sealed class NoFileTests(SmallFolder small, AsideFolder aside) : IClassFixture<SmallFolder>, IClassFixture<AsideFolder>
{
    private static readonly TimeSpan endMax = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("segments/unit-7/0001/000001/000001.mkv", "file_unreadable")]
    [InlineData("segments/unit-7/0001/000001/000001.seal", "file_unreadable")]
    [InlineData("segments/unit-7/0001/000001/000001.receipt", "file_unreadable")]
    [InlineData("catalog.db", "catalog_differs")]
    [InlineData("catalog.db-wal", "catalog_differs")]
    [InlineData("custody.db", "file_unreadable")]
    [InlineData("gateway.pem", "file_unreadable")]
    [InlineData("archive.json", "file_unreadable")]
    [InlineData("log/checkpoint", "log_unreadable")]
    [InlineData("log/records/000.jsonl", "log_unreadable")]
    [InlineData("parts/unit-7/0001/000009-000001.seal", "file_unreadable")]
    public void A_pipe_is_named(string file, string code) => AssertNamed(small.Folder, new VerifyOptions { GatewayKeyPem = file == "gateway.pem" ? null : small.PublicPem, Keys = small.Keys }, file, code);

    [Fact]
    public void A_pipe_in_the_place_of_an_orphaned_tail_is_named()
    {
        var tail = Directory.GetFiles(Path.Combine(aside.Folder, "orphans"), "*.mkv", SearchOption.AllDirectories)[0];
        AssertNamed(aside.Folder, aside.WithKeys, Path.GetRelativePath(aside.Folder, tail), "file_unreadable");
    }

    [Fact]
    public void A_link_to_a_device_without_end_is_named()
    {
        using var copy = new FolderCopy(small.Folder);
        var seal = copy.At("segments/unit-7/0001/000001/000001.seal");
        File.Delete(seal);
        File.CreateSymbolicLink(seal, "/dev/zero");
        Assert.Contains(Verifier.Run(copy.Path, new VerifyOptions(), null).Findings, static finding => finding.Code == "file_unreadable" && finding.Message.Contains("device", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_in_the_place_of_the_archives_marker_is_named()
    {
        using var copy = new FolderCopy(small.Folder);
        Directory.CreateDirectory(copy.At("archive.json"));
        Assert.Contains(Verifier.Run(copy.Path, new VerifyOptions(), null).Findings, static finding => finding is { Code: "file_unreadable", Path: "archive.json" });
    }

    private static void AssertNamed(string folder, VerifyOptions options, string file, string code)
    {
        using var copy = new FolderCopy(folder);
        if (file.EndsWith("-wal", StringComparison.Ordinal))
            File.Copy(Path.Combine(folder, "catalog.db"), copy.At("catalog.db"));
        Directory.CreateDirectory(Path.GetDirectoryName(copy.At(file))!);
        File.Delete(copy.At(file));
        using (var make = Process.Start("mkfifo", [copy.At(file)]))
            make.WaitForExit();
        var run = Task.Run(() => Verifier.Run(copy.Path, options with { CatalogComparison = CatalogCheck.DifferencesAfterKill }, null));
#pragma warning disable xUnit1031 // a run that waits for a writer never ends
        Assert.True(run.Wait(endMax, TestContext.Current.CancellationToken), "it waits");
        Assert.Contains(run.Result.Findings, finding => finding.Code == code && finding.Severity == FindingSeverity.Error && finding.Message.Contains("pipe", StringComparison.Ordinal));
#pragma warning restore xUnit1031
    }
}
