using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Archive;
using BodyCam.Log;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Evidence.Tests;

/// <summary>Linked sources are held to what the act that links them says.</summary>
public sealed class SourceTests : IAsyncLifetime
{
    private readonly Station station = new();
    private readonly byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(static number => (byte)(number * 7))];
    private string sha256 = "";

    private string Archive => station.Folder + "-archive";

    private VerifyOptions WithKey => new() { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys };

    public async ValueTask InitializeAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Announce(1), recorder.Footage(1, 1, final: true));
        sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Directory.CreateDirectory(Path.Combine(station.Folder, "sources"));
        File.WriteAllBytes(In(station.Folder), bytes);
        await LinkAsync("source-000001", sha256, bytes.Length);
        // Joined to another activity: named again, checked once.
        await LinkAsync("source-000001", sha256, bytes.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await station.DisposeAsync();
        if (Directory.Exists(Archive))
            Directory.Delete(Archive, recursive: true);
    }

    [Fact]
    public void A_source_that_stands_as_its_act_says_is_no_finding()
    {
        var report = Verifier.Run(station.Folder, WithKey, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.DoesNotContain(report.Findings, static finding => finding.Path?.StartsWith("sources/", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_source_that_is_missing_or_changed_is_one_error_that_names_file_and_act()
    {
        foreach (var (spoil, code) in new (Func<byte[], byte[]?>, string)[]
        {
            (static _ => null, "source_missing"), (static bytes => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)], "source_differs"), (static bytes => bytes[..^1], "source_differs"), (static bytes => [.. bytes, 0], "source_differs"), (static _ => [], "source_differs"),
        })
        {
            using var copy = new FolderCopy(station.Folder);
            if (spoil(bytes) is { } spoiled)
                File.WriteAllBytes(In(copy.Path), spoiled);
            else
                File.Delete(In(copy.Path));
            var report = Verifier.Run(copy.Path, WithKey, null);
            Assert.Equal(VerifyVerdict.Failed, report.Verdict);
            var finding = Assert.Single(report.Findings, static finding => finding.Severity == FindingSeverity.Error);
            Assert.Equal((code, "sources/" + sha256), (finding.Code, finding.Path));
            Assert.Contains("source-000001, which record", finding.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Files_that_no_act_names_are_notes()
    {
        var other = Path.Combine(station.Folder, "sources", new string('a', 64));
        File.WriteAllText(other, "link refused");
        File.WriteAllText(Path.Combine(station.Folder, "sources", ".arriving-0011"), "half");
        var report = Verifier.Run(station.Folder, WithKey, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Equal(["sources/.arriving-0011", "sources/" + new string('a', 64)], report.Findings.Where(static finding => finding.Code == "source_unnamed" && finding.Severity == FindingSeverity.Note).Select(static finding => finding.Path));
    }

    [Theory]
    [InlineData("../../log/checkpoint")]
    [InlineData("ABCDEF")]
    [InlineData("")]
    public async Task An_act_that_names_no_digest_is_an_unreadable_record_and_no_path(string name)
    {
        await LinkAsync("source-000002", name, 5);
        var report = Verifier.Run(station.Folder, WithKey, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "record_unreadable" && finding.Message.Contains("(custody)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sources_are_forwarded_once_and_only_as_their_name_says_and_the_archive_verifies()
    {
        File.WriteAllText(Path.Combine(station.Folder, "sources", ".arriving-0011"), "half");
        var spoiled = Path.Combine(station.Folder, "sources", new string('b', 64));
        File.WriteAllText(spoiled, "not what its name says");
        var archive = new FolderArchive(station.Folder, Archive);
        var forwarder = new ArchiveForwarder(station.Ingest, archive, NullLogger<ArchiveForwarder>.Instance);
        await forwarder.RunOnceAsync(default);
        Assert.Equal([In(Archive)], Directory.EnumerateFiles(Path.Combine(Archive, "sources")));
        Assert.Equal(bytes, File.ReadAllBytes(In(Archive)));
        var report = Verifier.Run(Archive, WithKey, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.DoesNotContain(report.Findings, static finding => finding.Path?.StartsWith("sources/", StringComparison.Ordinal) == true);

        // What stands in the archive is never overwritten; one of another length is told.
        File.Delete(In(Archive));
        File.WriteAllText(In(Archive), "other");
        await LinkAsync("source-000003", sha256, bytes.Length);
        Assert.Equal(ArchiveOutcome.ArchiveDiffers, await archive.ForwardLogAsync(station.Ingest.Checkpoint, default));
        Assert.Equal("other", File.ReadAllText(In(Archive)));
        Assert.Contains(Verifier.Run(Archive, WithKey, null).Findings, static finding => finding.Code == "source_differs" && finding.Severity == FindingSeverity.Error);

        // Missing there, it is due and the next round brings it.
        File.Delete(In(Archive));
        Assert.Contains(Verifier.Run(Archive, WithKey, null).Findings, finding => finding.Code == "not_archived" && finding.Severity == FindingSeverity.Warning && finding.Path == "sources/" + sha256);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(station.Ingest.Checkpoint, default));
        Assert.Equal(bytes, File.ReadAllBytes(In(Archive)));
    }

    private string In(string folder) => Path.Combine(folder, "sources", sha256);

    // As custody writes an act (custody.md), with what is read of it here.
    private async Task LinkAsync(string id, string name, long length) => await station.Ingest.AppendAsync([new LogRecord("custody", JsonSerializer.SerializeToUtf8Bytes(new
    {
        type = "custody",
        act = new { name = "activity.link", subject = "activity/activity-000001", changes = new object[] { new { kind = "activity", id = "activity-000001", body = new { } }, new { kind = "linked_source", id, body = new { id, activityId = "activity-000001", sha256 = name, bytes = length } } } },
    }))], default);
}
