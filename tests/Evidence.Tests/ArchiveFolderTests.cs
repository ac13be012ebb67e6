using BodyCam.Archive;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Evidence.Tests;

/// <summary>An archive has the whole log but not yet every segment: what is due is no fault, what was archived and is gone is one.</summary>
public sealed class ArchiveFolderTests : IAsyncLifetime
{
    private static readonly SegmentKey first = new(Station.Device, 1, 1, 1);
    private static readonly SegmentKey second = new(Station.Device, 1, 1, 2);
    private readonly Station station = new();

    private string Archive => station.Folder + "-archive";

    private VerifyOptions WithKey => new() { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await station.DisposeAsync();
        if (Directory.Exists(Archive))
            Directory.Delete(Archive, recursive: true);
    }

    [Fact]
    public async Task What_is_due_is_a_warning_by_name_and_what_was_archived_and_is_missing_an_error()
    {
        var recorder = await ArchiveOneRecordingAsync();
        var clean = Verifier.Run(Archive, WithKey, null);
        Assert.True(clean.Verdict == VerifyVerdict.Verified, string.Join('\n', clean.Findings));
        Assert.DoesNotContain(clean.Findings, static finding => finding.Code == "not_archived");

        var due = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(due, recorder.Manifest([recorder.Footage(3, 1, final: true)]));
        await station.SettleAsync();
        await new FolderArchive(station.Folder, Archive).ForwardLogAsync(station.Ingest.Checkpoint, CancellationToken.None);
        var report = Verifier.Run(Archive, WithKey, null);
        Assert.True(report.Verdict == VerifyVerdict.Partial, string.Join('\n', report.Findings));
        Assert.Equal(2, report.NotHereCount);
        Assert.Single(report.Findings, finding => finding.Code == "not_archived" && finding.Severity == FindingSeverity.Warning && finding.Segment == due.Key);
        Assert.Contains(report.Findings, static finding => finding.Code == "archive_folder" && finding.Severity == FindingSeverity.Warning && finding.Message.Contains("2 ", StringComparison.Ordinal));

        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Delete(Path.Combine(Archive, $"segments/{first.RelativePath}{ending}"));
        AssertError(first, "file_missing");
    }

    [Fact]
    public async Task The_same_files_without_the_marker_are_errors_and_a_marker_beside_a_catalog_or_parts_is_one()
    {
        var recorder = await ArchiveOneRecordingAsync();
        await station.UploadAsync(recorder.Footage(2, 1, final: true));
        await station.SettleAsync();
        await new FolderArchive(station.Folder, Archive).ForwardLogAsync(station.Ingest.Checkpoint, CancellationToken.None);
        foreach (var text in new[] { "", "{}", "[1]", "{\"kind\":\"data\"}", "{\"kind\":\"archive\"" })
        {
            Mark(text);
            AssertError(null, "folder_kind");
        }

        File.Delete(Path.Combine(Archive, "archive.json"));
        AssertError(new SegmentKey(Station.Device, 1, 2, 1), "file_missing");
        await station.CloseAsync();
        foreach (var ending in new[] { "catalog.db", "parts/unit-7/0001/000001-000001.part" })
        {
            using var copy = new FolderCopy(station.Folder);
            Directory.CreateDirectory(Path.GetDirectoryName(copy.At(ending))!);
            File.WriteAllText(copy.At(ending), "");
            File.WriteAllText(copy.At("archive.json"), "{\"kind\":\"archive\"}");
            Directory.Delete(copy.At("segments/unit-7/0001/000002"), recursive: true);
            var report = Verifier.Run(copy.Path, WithKey, null);
            Assert.Contains(report.Findings, static finding => finding.Code == "folder_kind" && finding.Severity == FindingSeverity.Error);
            Assert.Contains(report.Findings, static finding => finding.Code == "file_missing" && finding.Severity == FindingSeverity.Error);
        }
    }

    [Fact]
    public async Task A_marker_that_names_another_station_than_the_log_beside_it_is_an_error()
    {
        await ArchiveOneRecordingAsync();
        Mark($"{{\"kind\":\"archive\",\"version\":1,\"log\":\"{station.Ingest.Checkpoint.Checkpoint.Origin}\"}}\n");
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(Archive, WithKey, null).Verdict);
        Mark("{\"kind\":\"archive\",\"version\":1,\"log\":\"bodycam/gateway/0123456789abcdef\"}\n");
        AssertError(null, "archive_of_other");
    }

    [Fact]
    public async Task Files_that_are_there_are_checked_whether_archived_or_not()
    {
        await ArchiveOneRecordingAsync();
        foreach (var key in new[] { first, second })
        {
            foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            {
                var path = Path.Combine(Archive, $"segments/{key.RelativePath}{ending}");
                var bytes = File.ReadAllBytes(path);
                File.Delete(path);
                File.WriteAllBytes(path, [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);
                AssertError(key, null);
                File.WriteAllBytes(path, bytes);
            }
        }
    }

    [Fact]
    public async Task Damaged_and_orphaned_segments_are_due_until_a_record_says_that_they_are_archived()
    {
        var recorder = await ArchiveOneRecordingAsync();
        var damaged = recorder.Footage(2, 1, final: true);
        var changed = damaged with { Bytes = [.. damaged.Bytes.Select(static (value, index) => index == 1000 ? (byte)(value ^ 1) : value)] };
        for (var time = 0; time < 3; time++)
            await station.UploadAsync(changed);
        var orphan = recorder.Footage(3, 1, final: true);
        await station.UpAsync(FakeRecorder.ChunkMessage(orphan, 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.SettleAsync();
        await new FolderArchive(station.Folder, Archive).ForwardLogAsync(station.Ingest.Checkpoint, CancellationToken.None);
        foreach (var part in new[] { "damaged", "orphans" }.Where(part => Directory.Exists(Path.Combine(Archive, part))))
            Directory.Delete(Path.Combine(Archive, part), recursive: true);
        var report = Verifier.Run(Archive, WithKey, null);
        Assert.True(report.Verdict == VerifyVerdict.Partial, string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, finding => finding.Code == "not_archived" && finding.Segment == damaged.Key);
        Assert.Contains(report.Findings, finding => finding.Code == "not_archived" && finding.Segment == orphan.Key);

        await station.CloseAsync();
        using var copy = new FolderCopy(Archive);
        var digest = Convert.ToHexStringLower(damaged.SealBytes.AsSpan(288, 32));
        var sha256 = copy.Records().Single(static record => record.Type == "orphan").Json.GetProperty("sha256").GetString();
        copy.AppendRecord(station.Key, "archived", System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"archived\",\"device\":\"unit-7\",\"epoch\":1,\"recording\":2,\"segment\":1,\"sealDigest\":\"{digest}\",\"archivedAtUs\":1}}"));
        copy.AppendRecord(station.Key, "archived", System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"archived\",\"device\":\"unit-7\",\"epoch\":1,\"recording\":3,\"segment\":1,\"sealDigest\":\"\",\"sha256\":\"{sha256}\",\"archivedAtUs\":1}}"));
        var later = Verifier.Run(copy.Path, WithKey, null);
        Assert.Contains(later.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment == damaged.Key);
        Assert.Contains(later.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment == orphan.Key);
        foreach (var part in new[] { "damaged", "orphans" })
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(station.Folder, part), "*", SearchOption.AllDirectories))
                Bring(station.Folder, copy.Path, Path.GetRelativePath(station.Folder, path));
        }

        var whole = Verifier.Run(copy.Path, WithKey, null);
        Assert.True(whole.Verdict == VerifyVerdict.Verified, string.Join('\n', whole.Findings));
    }

    [Fact]
    public async Task Segments_that_came_ahead_of_the_log_are_warnings_when_a_receipt_vouches_for_them()
    {
        var recorder = await ArchiveOneRecordingAsync();
        recorder.CheckpointSize = (ulong)station.Ingest.Checkpoint.Checkpoint.Size;
        recorder.CheckpointRoot = station.Ingest.Checkpoint.Checkpoint.Root;
        var ahead = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(ahead);
        await station.SettleAsync();
        foreach (var ending in new[] { ".seal", ".receipt", ".mkv" })
            Bring(station.Folder, Archive, $"segments/{ahead.Key.RelativePath}{ending}");
        var report = Verifier.Run(Archive, WithKey, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, finding => finding.Code == "log_behind" && finding.Severity == FindingSeverity.Warning && finding.Segment == ahead.Key);

        var receipt = Path.Combine(Archive, $"segments/{ahead.Key.RelativePath}.receipt");
        File.Delete(receipt);
        AssertError(ahead.Key, "not_in_log");
        File.Delete(Path.Combine(Archive, $"segments/{ahead.Key.RelativePath}.mkv"));
        Assert.Equal(VerifyVerdict.Partial, Verifier.Run(Archive, WithKey, null).Verdict);
    }

    [Fact]
    public async Task A_receipt_that_says_archived_contradicts_a_log_that_has_no_such_record()
    {
        await ArchiveOneRecordingAsync();
        await station.CloseAsync();
        using var copy = new FolderCopy(station.Folder);
        var receipt = File.ReadAllBytes(copy.At($"segments/{first.RelativePath}.receipt"));
        Assert.Equal(RefusalReason.None, Receipt.TryParse(receipt, out var parsed));
        Assert.Equal(ReceiptState.Archived, parsed!.State);
        copy.Purge(copy.SequenceOf("archived", first.Recording, first.Segment));
        Assert.Contains(Verifier.Run(copy.Path, WithKey, null).Findings, static finding => finding.Code == "receipt_state" && finding.Severity == FindingSeverity.Error && finding.Segment == first);
    }

    [Fact]
    public async Task Where_the_records_that_said_archived_are_missing_receipts_are_not_accused()
    {
        await ArchiveOneRecordingAsync();
        await station.CloseAsync();
        using var data = new FolderCopy(station.Folder);
        using var archive = new FolderCopy(Archive);
        foreach (var copy in new[] { data, archive })
        {
            var lines = File.ReadAllLines(copy.At("log/records/000.jsonl"));
            File.WriteAllLines(copy.At("log/records/000.jsonl"), lines[..(int)copy.Records().First(static record => record.Type == "archived").Sequence]);
            var report = Verifier.Run(copy.Path, WithKey, null);
            var said = string.Join('\n', report.Findings);
            Assert.Contains(report.Findings, static finding => finding is { Code: "receipt_state", FollowsFrom: "log_missing" });
            // The marker is: whoever destroys segments can put one there, and cut a line.
            Assert.Equal(copy == archive, report.Findings.Any(static finding => finding is { Code: "folder_kind", FollowsFrom: null }));
            Assert.True(report.Findings.All(static finding => finding.Severity < FindingSeverity.Error || finding.IsCause || finding.FollowsFrom == "log_missing" || finding.Code == "folder_kind"), said);

            // With the tiles gone too, the states that those receipts name are held against the leaves.
            Directory.Delete(copy.At("log/tile/0"), recursive: true);
            Assert.Contains(Verifier.Run(copy.Path, WithKey, null).Findings, static finding => finding is { Code: "receipt_state", FollowsFrom: "log_missing" });
        }
    }

    private async Task<FakeRecorder> ArchiveOneRecordingAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Announce(1), recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true));
        await station.SettleAsync();
        var forwarder = new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, Archive), NullLogger<ArchiveForwarder>.Instance);
        for (var round = 0; round < 3; round++)
        {
            await forwarder.RunOnceAsync(CancellationToken.None);
            await station.SettleAsync();
        }

        await forwarder.RunOnceAsync(CancellationToken.None);
        Mark("{\"kind\":\"archive\"}\n");
        return recorder;
    }

    // The marker is read-only where the archive wrote it.
    private void Mark(string text)
    {
        var marker = Path.Combine(Archive, "archive.json");
        File.Delete(marker);
        File.WriteAllText(marker, text);
    }

    private static void Bring(string from, string to, string relative)
    {
        var target = Path.Combine(to, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllBytes(target, File.ReadAllBytes(Path.Combine(from, relative)));
    }

    private void AssertError(SegmentKey? key, string? code)
    {
        var report = Verifier.Run(Archive, WithKey, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment == key && (code is null || finding.Code == code));
    }
}
