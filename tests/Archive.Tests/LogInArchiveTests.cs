using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Log;
using BodyCam.TestKit;
using BodyCam.Bench.Load;
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

    [Fact]
    public async Task A_rotten_file_of_the_log_here_is_not_written_over_the_good_one_in_the_archive()
    {
        await using var scene = await Scene.OpenAsync(recordings: 70);
        await scene.RoundAsync();
        Assert.True(scene.LeavesThere > 256, $"{scene.LeavesThere} leaves: no records file is finished");
        var before = scene.There("log/records/000.jsonl");

        scene.Rot("log/records/000.jsonl", before.Length / 2);
        await scene.UploadAsync();
        await scene.RoundAsync();
        Assert.Equal(scene.Station.Ingest.Checkpoint.Checkpoint.Size, scene.LeavesThere);
        Assert.True(before.AsSpan().SequenceEqual(scene.There("log/records/000.jsonl")), "the good copy was written over");
        Assert.Empty(scene.Errors());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_two_differ_in_what_the_archive_covers_nothing_is_written_over_it_until_a_person_mends_it(bool isRottenHere)
    {
        await using var scene = await Scene.OpenAsync(recordings: 3);
        await scene.RoundAsync();
        var (size, before) = (scene.LeavesThere, scene.There("log/records/000.jsonl"));
        var good = File.ReadAllBytes(scene.Here("log/records/000.jsonl"));
        if (isRottenHere)
            scene.Rot("log/records/000.jsonl", 100);
        else
            File.WriteAllBytes(Path.Combine(scene.Archive, "log/records/000.jsonl"), before = [.. before[..100], (byte)(before[100] ^ 1), .. before[101..]]);
        await scene.UploadAsync();
        await scene.RoundAsync();
        Assert.Equal(size, scene.LeavesThere);
        Assert.True(before.AsSpan().SequenceEqual(scene.There("log/records/000.jsonl")), "it was written over");
        Assert.Contains(scene.Station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable" && alert.Message.Contains("log/records/000.jsonl", StringComparison.Ordinal) && alert.Message.Contains("bodycam verify", StringComparison.Ordinal));

        File.WriteAllBytes(isRottenHere ? scene.Here("log/records/000.jsonl") : Path.Combine(scene.Archive, "log/records/000.jsonl"), isRottenHere ? [.. good, .. File.ReadAllBytes(scene.Here("log/records/000.jsonl"))[good.Length..]] : good);
        await scene.RoundAsync();
        Assert.DoesNotContain(scene.Station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable");
        Assert.Equal(scene.Station.Ingest.Checkpoint.Checkpoint.Size, scene.LeavesThere);
        Assert.Empty(scene.Errors());
    }

    [Fact]
    public async Task A_finished_file_of_another_length_is_told_and_one_that_is_missing_is_brought()
    {
        await using var scene = await Scene.OpenAsync(recordings: 70);
        await scene.RoundAsync();
        foreach (var name in new[] { "log/records/000.jsonl", "log/tile/entries/000", "log/tile/0/000" })
        {
            // Looked at with each start, and whenever the checkpoint there is not the one that was written.
            scene.Restart();
            var whole = scene.There(name);
            File.WriteAllBytes(Path.Combine(scene.Archive, name), whole[1..]);
            await scene.UploadAsync();
            await scene.RoundAsync();
            Assert.Contains(scene.Station.Ingest.Status().Alerts, alert => alert.Code == "archive_unavailable" && alert.Message.Contains(name, StringComparison.Ordinal));
            File.Delete(Path.Combine(scene.Archive, name));
            await scene.RoundAsync();
            Assert.True(whole.AsSpan().SequenceEqual(scene.There(name)), name);
        }

        Assert.Empty(scene.Errors());
    }

    [Fact]
    public async Task A_checkpoint_that_a_power_cut_may_take_back_is_not_archived()
    {
        await using var scene = await Scene.OpenAsync(recordings: 3);
        var durable = scene.Station.Ingest.Checkpoint;
        // As it lies there between the rename of the next one and the sync of its folder.
        File.WriteAllBytes(scene.Here("log/checkpoint"), CheckpointNote.Sign(new Checkpoint(durable.Checkpoint.Origin, durable.Checkpoint.Size + 1, durable.Checkpoint.Root), scene.Station.Key.Ecdsa, LogPublicKey.From(scene.Station.Key.Ecdsa)));
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(scene.Station.Folder, scene.Archive).ForwardLogAsync(durable, CancellationToken.None));
        Assert.Equal(durable.Checkpoint.Size, scene.LeavesThere);
    }

    [Fact]
    public async Task Segments_go_on_being_archived_while_the_log_waits_for_a_person()
    {
        await using var scene = await Scene.OpenAsync(recordings: 1);
        await scene.RoundAsync();
        scene.Rot("log/records/000.jsonl", 100);
        for (var number = 0; number < ArchiveForwarder.BatchCount + 1; number++)
            await scene.UploadAsync();
        var due = await scene.Station.Ingest.DueAsync(-1, 100, default);
        foreach (var item in due.Take(ArchiveForwarder.BatchCount))
            File.Delete(scene.Here(Path.ChangeExtension(item.RelativePath, ".seal")));
        var archived = 0;
        for (var round = 0; round < 2; round++)
            archived += await scene.RunOnceAsync();
        Assert.Equal(1, archived);
    }

    [Theory]
    [InlineData("catalog.db")]
    [InlineData("log/lock")]
    [InlineData("master.key")]
    public async Task A_data_folder_or_a_keys_folder_is_no_archive_by_whatever_way_it_is_reached(string name)
    {
        await using var scene = await Scene.OpenAsync(recordings: 1);
        Directory.CreateDirectory(Path.Combine(scene.Archive, "log"));
        File.WriteAllText(Path.Combine(scene.Archive, name), "");
        await scene.RoundAsync();
        Assert.Contains(scene.Station.Ingest.Status().Alerts, alert => alert.Code == "archive_unavailable" && alert.Message.Contains(name, StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(scene.Archive, "segments")));
        Assert.False(scene.Station.Ingest.HasArchived);
        File.Delete(Path.Combine(scene.Archive, name));
        await scene.RoundAsync();
        Assert.True(scene.Station.Ingest.HasArchived);
    }

    /// <summary>A station with an archive.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private ArchiveForwarder? forwarder;
        private FakeRecorder? recorder;
        private uint last;

        public Station Station { get; } = new();

        public string Archive { get; } = Path.Combine(Path.GetTempPath(), "bodycam-test-" + Path.GetRandomFileName());

        public long LeavesThere => CheckpointNote.Parse(There("log/checkpoint"))!.Size;

        public static async Task<Scene> OpenAsync(uint recordings)
        {
            var scene = new Scene();
            scene.recorder = await scene.Station.OpenWithRecorderAsync();
            for (uint number = 1; number <= recordings; number++)
                await scene.UploadAsync();
            scene.Restart();
            return scene;
        }

        public async Task UploadAsync()
        {
            await Station.UploadAsync(recorder!.Footage(++last, 1, final: true));
            await Station.SettleAsync();
        }

        /// <summary>The forwarder of a gateway that was started again.</summary>
        public void Restart() => forwarder = new ArchiveForwarder(Station.Ingest, new FolderArchive(Station.Folder, Archive, () => Station.Ingest.HasArchived), NullLogger<ArchiveForwarder>.Instance);

        public async Task<int> RunOnceAsync() => (await forwarder!.RunOnceAsync(CancellationToken.None)).Archived;

        /// <summary>Rounds until one archives nothing: it brings the records of those before.</summary>
        public async Task RoundAsync()
        {
            while (await RunOnceAsync() > 0)
            {
                // The next one.
            }
        }

        public string Here(string name) => Path.Combine(Station.Folder, name);

        public byte[] There(string name) => File.ReadAllBytes(Path.Combine(Archive, name));

        public void Rot(string name, int at)
        {
            var bytes = File.ReadAllBytes(Here(name));
            bytes[at] ^= 1;
            File.WriteAllBytes(Here(name), bytes);
        }

        public IEnumerable<string> Errors() => Verifier.Run(Archive, new VerifyOptions { GatewayKeyPem = Station.Key.PublicKeyPem, Keys = Station.Keys }, null).Findings.Where(static finding => finding.Severity == FindingSeverity.Error).Select(static finding => finding.ToString());

        public async ValueTask DisposeAsync()
        {
            await Station.DisposeAsync();
            if (Directory.Exists(Archive))
                Directory.Delete(Archive, recursive: true);
        }
    }
}
