using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Log;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>The log in the archive is the copy from which a station is restored: nothing that it does not begin is written over it.</summary>
public sealed class LogInArchiveTests
{
    [Fact]
    public async Task A_new_log_of_the_same_station_is_not_written_over_the_one_in_the_archive()
    {
        var archive = Path.Combine(Path.GetTempPath(), "bodycam-test-" + Path.GetRandomFileName());
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        for (uint number = 1; number <= 3; number++)
            await station.UploadAsync(recorder.Footage(number, 1, final: true));
        await station.SettleAsync();
        await new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, archive, () => station.Ingest.HasArchived), NullLogger<ArchiveForwarder>.Instance).RunOnceAsync(CancellationToken.None);
        await station.CloseAsync();
        var before = File.ReadAllBytes(Path.Combine(archive, "log/records/000.jsonl"));
        Assert.NotEqual(VerifyVerdict.Failed, Verifier.Run(archive, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null).Verdict);

        // The same keys folder, an empty data folder: its disk is gone, or not mounted.
        await using var again = new Station { Key = BodyCam.Core.Keys.GatewayKey.FromPem(station.Key.ExportPrivatePem()) };
        again.Open();
        await again.SettleAsync();
        await new ArchiveForwarder(again.Ingest, new FolderArchive(again.Folder, archive, () => again.Ingest.HasArchived), NullLogger<ArchiveForwarder>.Instance).RunOnceAsync(CancellationToken.None);
        var size = CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(archive, "log/checkpoint")))!.Size;
        var alerts = string.Join("; ", again.Ingest.Status().Alerts.Select(static alert => alert.Code));
        var verdict = Verifier.Run(archive, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(archive, "log/records/000.jsonl"))), $"the archive's log was overwritten: {size} leaves now; alerts: [{alerts}]; verify: {verdict.Verdict} {string.Join(", ", verdict.Findings.CountBy(static finding => finding.Code))}");
    }

    [Fact]
    public async Task An_archive_without_a_readable_checkpoint_is_told_by_its_first_record()
    {
        var archive = Path.Combine(Path.GetTempPath(), "bodycam-test-" + Path.GetRandomFileName());
        await using var other = new Station();
        var recorder = await other.OpenWithRecorderAsync();
        await other.UploadAsync(recorder.Footage(1, 1, final: true));
        await other.SettleAsync();
        await new ArchiveForwarder(other.Ingest, new FolderArchive(other.Folder, archive), NullLogger<ArchiveForwarder>.Instance).RunOnceAsync(CancellationToken.None);
        // An archive of the program before, whose checkpoint rotted or never came.
        File.WriteAllBytes(Path.Combine(archive, "archive.json"), new ArchiveMarker(Log: null).ToBytes());
        File.Delete(Path.Combine(archive, "log/checkpoint"));
        var before = File.ReadAllBytes(Path.Combine(archive, "log/records/000.jsonl"));

        await using var station = new Station();
        await station.OpenWithRecorderAsync();
        await station.SettleAsync();
        await new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, archive), NullLogger<ArchiveForwarder>.Instance).RunOnceAsync(CancellationToken.None);
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(archive, "log/records/000.jsonl"))), "the other station's log in its archive was overwritten");
    }
}
