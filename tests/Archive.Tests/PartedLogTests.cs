using BodyCam.Bench.Load;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Archive.Tests;

/// <summary>An older data folder is put back beside an archive that goes further: nothing is receipted, and what was is in no log twice and in none lost.</summary>
public sealed class PartedLogTests : PutBackScene
{
    [Fact]
    public async Task An_older_data_folder_is_told_by_both_sizes_until_the_archives_log_is_in_the_place_of_its_own()
    {
        await OlderAsync();
        await station.CloseAsync();
        var why = await WhyAsync();
        Assert.Contains($"The log in {Folder} has ", why, StringComparison.Ordinal);
        Assert.Contains("this data folder is an older one", why, StringComparison.Ordinal);
        Assert.Contains("A log that parted", why, StringComparison.Ordinal);
        TakeLogOfArchive();
        Assert.Null(await WhyAsync());
    }

    [Fact]
    public async Task A_new_data_folder_of_the_same_key_is_told_too_and_another_stations_is_not()
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        var empty = Path.Combine(station.Folder, "nothing");
        Assert.Contains("this data folder is a new one", await ArchiveAhead.WhyAsync(empty, Folder, station.Key.PublicKeyPem, default), StringComparison.Ordinal);
        using var other = Core.Keys.GatewayKey.Create();
        Assert.Null(await ArchiveAhead.WhyAsync(empty, Folder, other.PublicKeyPem, default));
        Assert.Null(await WhyAsync());
        Assert.Null(await ArchiveAhead.WhyAsync(station.Folder, Folder + "-away", station.Key.PublicKeyPem, default));
        await station.UploadAsync(recorder.Footage(2, 1, final: true));
        await station.SettleAsync();
        Assert.Null(await WhyAsync());
    }

    [Fact]
    public async Task What_was_stored_under_a_log_that_parted_is_taken_in_again_with_the_archives()
    {
        var third = await OlderAsync();
        // The archive was away at the start: uploads were taken, and have receipts that stand in this log only.
        var (fourth, fifth) = (recorder.Footage(4, 1, final: true), recorder.Footage(5, 1, final: true));
        await station.UploadAsync(fourth, fifth);
        await station.SettleAsync();
        Assert.Equal(2, station.Receipts.Count(receipt => receipt.Entries[0].Recording >= 4));
        await forwarder.RunOnceAsync(default);
        Assert.Contains("A log that parted", Assert.Single(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable").Message, StringComparison.Ordinal);
        await station.CloseAsync();
        TakeLogOfArchive();
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
        {
            var path = Path.ChangeExtension(SegmentStore.SegmentPath(third.Key), ending);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(station.Folder, path))!);
            File.Copy(Path.Combine(Folder, path), Path.Combine(station.Folder, path));
        }

        station.Open();
        Renew();
        foreach (var segment in new[] { third, fourth, fifth })
            Assert.NotNull(station.Ingest.Catalog.Find(segment.Key));
        Assert.Equal(2, (await forwarder.RunOnceAsync(default)).Archived);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(station.Ingest.Status().Alerts);
        Assert.Equal(fifth.Bytes, File.ReadAllBytes(At(fifth)));
        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
        Assert.Equal(VerifyVerdict.Verified, VerifyHere().Verdict);
        var size = station.Ingest.Checkpoint.Checkpoint.Size;
        await station.CloseAsync();
        station.DeleteCatalog();
        station.Open();
        Assert.Equal(size, station.Ingest.Checkpoint.Checkpoint.Size);
    }

    [Fact]
    public async Task With_the_archives_log_in_the_place_of_a_lost_one_an_empty_mount_point_is_not_the_archive()
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        Directory.Delete(station.Folder, recursive: true);
        FolderTree.Copy(Path.Combine(Folder, "log"), Path.Combine(station.Folder, "log"));
        Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
        station.Open();
        Renew();
        await station.UploadAsync(recorder.Footage(4, 1, final: true));
        await station.SettleAsync();
        Assert.Equal(0, (await forwarder.RunOnceAsync(default)).Archived);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder));
        Assert.Single(Alerts("archive_unavailable"));
    }

    [Fact]
    public async Task Only_what_its_own_seal_covers_is_taken_in_again()
    {
        await OlderAsync();
        var (spoilt, foreign) = (recorder.Footage(4, 1, final: true), recorder.Footage(5, 1, final: true));
        await station.UploadAsync(spoilt, foreign);
        await station.SettleAsync();
        await station.CloseAsync();
        TakeLogOfArchive();
        var path = Path.Combine(station.Folder, SegmentStore.SegmentPath(spoilt.Key));
        File.Delete(path);
        File.WriteAllBytes(path, [.. spoilt.Bytes[..^1], (byte)(spoilt.Bytes[^1] ^ 1)]);
        var seal = Path.Combine(station.Folder, SegmentStore.SealPath(foreign.Key));
        var bytes = File.ReadAllBytes(seal);
        bytes[^1] ^= 1; // the recorder's MAC
        File.WriteAllBytes(seal, bytes);
        station.Open();
        Renew();
        Assert.Null(station.Ingest.Catalog.Find(spoilt.Key));
        Assert.Null(station.Ingest.Catalog.Find(foreign.Key));
        Assert.True(File.Exists(path));
        var report = VerifyHere();
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Equal([spoilt.Key, foreign.Key], report.Findings.Where(static finding => finding.Code == "not_in_log").Select(static finding => finding.Segment!.Value).Order());
    }

    [Fact]
    public async Task A_segment_that_cannot_be_read_while_it_is_taken_in_again_stops_no_start()
    {
        var (fourth, fifth) = await PartedAsync();
        var disk = new HookDisk(new PosixDisk(station.Folder)) { BeforeReadWhole = path => Unread(path, SegmentStore.SegmentPath(fourth.Key)) };
        station.Change = options => options with { Disk = disk };
        station.Open();
        Assert.NotNull(station.Ingest.Catalog.Find(fifth.Key));
        Assert.Null(station.Ingest.Catalog.Find(fourth.Key));
    }

    [Fact]
    public async Task What_a_start_that_was_broken_off_did_not_take_in_again_the_next_one_does()
    {
        var (fourth, fifth) = await PartedAsync();
        var disk = new HookDisk(new PosixDisk(station.Folder)) { BeforeReadWhole = path => Killed(path, fourth) };
        station.Change = options => options with { Disk = disk };
        Assert.Throws<InvalidOperationException>(station.Open);
        station.Change = null;
        station.Open();
        Assert.NotNull(station.Ingest.Catalog.Find(fourth.Key));
        Assert.NotNull(station.Ingest.Catalog.Find(fifth.Key));
        Assert.Empty(CatalogCheck.Differences(station.Folder));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_stops_no_start_and_is_looked_at_again_at_the_next()
    {
        var (fourth, fifth) = await PartedAsync();
        var folder = $"segments/{Station.Device}/0001";
        var disk = new HookDisk(new PosixDisk(station.Folder)) { BeforeFiles = path => Refused(path, folder) };
        station.Change = options => options with { Disk = disk };
        station.Open();
        Assert.Null(station.Ingest.Catalog.Find(fourth.Key));
        await station.CloseAsync();
        station.Change = null;
        station.Open();
        Assert.NotNull(station.Ingest.Catalog.Find(fourth.Key));
        Assert.NotNull(station.Ingest.Catalog.Find(fifth.Key));
        Assert.False(File.Exists(Path.Combine(station.Folder, "catalog.anew")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_seal_that_cannot_be_read_while_its_segment_is_taken_in_again_is_read_at_the_next_start(bool isRotten)
    {
        var (fourth, fifth) = await PartedAsync();
        var seal = Path.Combine(station.Folder, SegmentStore.SealPath(fourth.Key));
        if (isRotten)
            File.WriteAllBytes(seal, new byte[fourth.SealBytes.Length]);
        var disk = new HookDisk(new PosixDisk(station.Folder)) { BeforeReadWhole = path => Unread(path, SegmentStore.SealPath(fourth.Key)) };
        station.Change = isRotten ? null : options => options with { Disk = disk };
        station.Open();
        Assert.NotNull(station.Ingest.Catalog.Find(fifth.Key));
        Assert.Null(station.Ingest.Catalog.Find(fourth.Key));
        await station.CloseAsync();
        File.WriteAllBytes(seal, fourth.SealBytes);
        station.Change = null;
        station.Open();
        Assert.NotNull(station.Ingest.Catalog.Find(fourth.Key));
        Assert.False(File.Exists(Path.Combine(station.Folder, "catalog.anew")));
    }

    [Fact]
    public async Task What_is_no_seal_stops_no_start_without_a_catalog()
    {
        await ArchiveAsync(1);
        await station.CloseAsync();
        station.DeleteCatalog();
        var folder = Path.Combine(station.Folder, "segments", Station.Device.Text, "0001");
        Directory.CreateDirectory(Path.Combine(folder, "odd.seal"));
        File.WriteAllBytes(Path.Combine(folder, "empty.seal"), []);
        File.CreateSymbolicLink(Path.Combine(folder, "again"), folder);
        File.CreateSymbolicLink(Path.Combine(folder, "nowhere.seal"), Path.Combine(folder, "nothing"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(folder, "locked")).FullName, UnixFileMode.None);
        var size = -1L;
        try
        {
            station.Open();
            size = station.Ingest.Checkpoint.Checkpoint.Size;
        }
        finally
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(folder, "locked"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Delete(Path.Combine(folder, "again"));
        }

        Assert.True(size > 0);
    }

    private static void Unread(string path, string bad)
    {
        if (path == bad)
            throw new IOException("Input/output error");
    }

    private static void Refused(string path, string bad)
    {
        if (path == bad)
            throw new UnauthorizedAccessException("Permission denied");
    }

    private static void Killed(string path, FakeSegment segment)
    {
        if (path == SegmentStore.SegmentPath(segment.Key))
            throw new InvalidOperationException("killed here");
    }

    // Two are receipted under the log that parted, which then gives way to the archive's.
    private async Task<(FakeSegment Fourth, FakeSegment Fifth)> PartedAsync()
    {
        await OlderAsync();
        var (fourth, fifth) = (recorder.Footage(4, 1, final: true), recorder.Footage(5, 1, final: true));
        await station.UploadAsync(fourth, fifth);
        await station.SettleAsync();
        await station.CloseAsync();
        TakeLogOfArchive();
        return (fourth, fifth);
    }

    // Two are archived, the folder is kept, a third is archived, and the folder is put back.
    private async Task<FakeSegment> OlderAsync()
    {
        await ArchiveAsync(1);
        await ArchiveAsync(2);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        FolderTree.Copy(station.Folder, station.Folder + "-older");
        station.Open();
        Renew();
        var third = await ArchiveAsync(3);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        Directory.Delete(station.Folder, recursive: true);
        Directory.Move(station.Folder + "-older", station.Folder);
        station.Open();
        Renew();
        return third;
    }

    private void TakeLogOfArchive()
    {
        Directory.Delete(Path.Combine(station.Folder, "log"), recursive: true);
        FolderTree.Copy(Path.Combine(Folder, "log"), Path.Combine(station.Folder, "log"));
    }

    private Task<string?> WhyAsync() => ArchiveAhead.WhyAsync(station.Folder, Folder, station.Key.PublicKeyPem, default);

    private VerifyReport VerifyHere() => Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
}
