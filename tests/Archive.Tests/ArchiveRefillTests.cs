using System.Security.Cryptography;
using System.Text;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>What an archive lacks is brought again whatever comes between: a restart, a file that cannot be read for a while, another copy put in place, torn copies.</summary>
public sealed class ArchiveRefillTests : PutBackScene
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_record_that_cannot_be_read_for_a_round_is_looked_at_again(bool away)
    {
        await ArchiveAsync(1);
        Keep();
        var second = await ArchiveAsync(2);
        await forwarder.RunOnceAsync(default);
        PutBack();
        var path = Path.Combine(station.Folder, "log/records/000.jsonl");
        var whole = File.ReadAllBytes(path);
        if (away)
        {
            File.Move(path, path + ".off");
        }
        else
        {
            var bad = (byte[])whole.Clone();
            for (var at = bad.AsSpan().IndexOf("\"archived\""u8); at >= 0; at = bad.AsSpan().IndexOf("\"archived\""u8))
                bad[at + 2] = (byte)'R';
            Assert.NotEqual(whole, bad);
            File.WriteAllBytes(path, bad);
        }
        await forwarder.RunOnceAsync(default);
        Assert.NotEmpty(Alerts("archive_unavailable"));
        Assert.True(SizeThere < station.Ingest.Checkpoint.Checkpoint.Size);
        File.WriteAllBytes(path, whole);
        File.Delete(path + ".off");
        await forwarder.RunOnceAsync(default);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("archive_unavailable"));
        Assert.Equal(station.Ingest.Checkpoint.Checkpoint.Size, SizeThere);
        Assert.True(File.Exists(At(second)) || Alerts("archive_differs").Any(), "the checkpoint there passed, the archived segment is not there, nobody was told");
    }

    [Fact]
    public async Task What_was_nowhere_is_brought_after_a_restart_when_it_was_restored()
    {
        await ArchiveAsync(1);
        Keep();
        var second = await ArchiveAsync(2);
        PutBack();
        var here = Path.Combine(station.Folder, SegmentStore.SegmentPath(second.Key));
        File.Move(here, here + ".off");
        await forwarder.RunOnceAsync(default);
        await forwarder.RunOnceAsync(default);
        Assert.Equal([second.Key.ToString()], Alerts("archive_differs"));
        await RestartAsync(true);
        File.Move(here + ".off", here);
        await forwarder.RunOnceAsync(default);
        await forwarder.RunOnceAsync(default);
        Assert.True(File.Exists(At(second)) || Alerts("archive_differs").Any(), "restored here, never brought, alarm gone: " + string.Join(';', station.Ingest.Status().Alerts.Select(a => a.Code)));
    }

    [Fact]
    public async Task The_alarm_of_a_segment_that_is_nowhere_ends_when_it_is_put_back_there()
    {
        var first = await ArchiveAsync(1);
        var (there, here) = (At(first), Path.Combine(station.Folder, SegmentStore.SegmentPath(first.Key)));
        File.Move(there, there + ".off");
        File.Move(here, here + ".off");
        await RestartAsync(true);
        await forwarder.RunOnceAsync(default);
        Assert.Equal([first.Key.ToString()], Alerts("archive_differs"));
        File.Move(there + ".off", there);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("archive_differs"));
    }

    [Fact]
    public async Task The_alarm_of_other_bytes_of_the_same_length_there_ends_when_they_are_replaced_and_not_before()
    {
        var first = await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        var seal = Path.ChangeExtension(At(first), ".seal");
        File.Delete(seal);
        File.WriteAllBytes(seal, new byte[first.SealBytes.Length]);
        File.Delete(Path.ChangeExtension(At(first), ".receipt"));
        Renew();
        for (var i = 0; i < 3; i++)
            await forwarder.RunOnceAsync(default);
        Assert.True(File.Exists(Path.ChangeExtension(At(first), ".receipt"))); // nothing lacks any more
        Assert.Equal([first.Key.ToString()], Alerts("archive_differs"));
        File.Delete(seal);
        File.WriteAllBytes(seal, first.SealBytes);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("archive_differs"));
    }

    [Fact]
    public async Task Purged_bytes_of_a_copy_whose_log_has_their_certificate_already_go_again()
    {
        var first = await ArchiveAsync(1);
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        var racing = new ArchiveForwarder(station.Ingest, new Racing(Open(), () => { Keep(); return Task.CompletedTask; }), NullLogger<ArchiveForwarder>.Instance);
        await racing.RunOnceAsync(default);
        Assert.False(File.Exists(At(first)));
        PutBack();
        await RestartAsync(true);
        await forwarder.RunOnceAsync(default);
        await forwarder.RunOnceAsync(default);
        Assert.False(File.Exists(At(first)), "purged footage is back in the archive; " + string.Join('\n', Verify().Findings));
    }

    [Fact]
    public async Task What_was_nowhere_and_is_purged_then_is_no_fault()
    {
        await ArchiveAsync(2);
        Keep();
        var first = await ArchiveAsync(1);
        PutBack();
        var here = Path.Combine(station.Folder, SegmentStore.SegmentPath(first.Key));
        File.Delete(here);
        File.WriteAllBytes(here, new byte[100]);
        await forwarder.RunOnceAsync(default);
        Assert.Equal([first.Key.ToString()], Alerts("archive_differs"));
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        await forwarder.RunOnceAsync(default);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("archive_differs"));
        Assert.True(Verify().Verdict == VerifyVerdict.Verified, string.Join('\n', Verify().Findings) + " alerts: " + string.Join(';', station.Ingest.Status().Alerts.Select(a => a.Code)));
    }

    [Fact]
    public async Task An_empty_file_in_a_copy_that_is_put_back_is_told()
    {
        await ArchiveAsync(1);
        Keep();
        var second = await ArchiveAsync(2);
        await forwarder.RunOnceAsync(default);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
        {
            var target = Path.ChangeExtension(Path.Combine(Folder + ".old", SegmentStore.SegmentPath(second.Key)), ending);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.ChangeExtension(At(second), ending), target);
        }
        var torn = Path.Combine(Folder + ".old", SegmentStore.SegmentPath(second.Key));
        File.Delete(torn);
        File.WriteAllBytes(torn, []);
        PutBack();
        await RestartAsync(true);
        await forwarder.RunOnceAsync(default);
        await forwarder.RunOnceAsync(default);
        Assert.True(second.Bytes.AsSpan().SequenceEqual(File.ReadAllBytes(At(second))) || Alerts("archive_differs").Any(), "empty file counts as archived, nobody was told; size there " + SizeThere + " of " + station.Ingest.Checkpoint.Checkpoint.Size);
    }

    [Fact]
    public async Task A_private_key_under_any_name_stays_here_and_is_told()
    {
        await ArchiveAsync(1);
        using var key = ECDsa.Create();
        var path = Path.Combine(station.Folder, "gateway-key.old.pem");
        File.WriteAllText(path, key.ExportPkcs8PrivateKeyPem());
        await ArchiveAsync(2);
        Assert.DoesNotContain(Directory.EnumerateFiles(Folder), static path => File.ReadAllText(path).Contains("PRIVATE KEY", StringComparison.Ordinal));
        Assert.Contains($"{path} is no public key", Assert.Single(station.Ingest.Status().Alerts, static alert => alert.Code == "archive_unavailable").Message, StringComparison.Ordinal);
        File.Delete(path);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("archive_unavailable"));
    }

    [Fact]
    public async Task The_alarm_of_a_segment_that_was_due_ends_when_it_is_archived()
    {
        await ArchiveAsync(1);
        var segment = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        var here = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
        File.Move(here, here + ".off");
        await forwarder.RunOnceAsync(default);
        Assert.NotEmpty(Alerts("original_differs"));
        File.Move(here + ".off", here);
        Assert.Equal(1, (await forwarder.RunOnceAsync(default)).Archived);
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("original_differs"));
    }

    [Fact]
    public async Task A_segment_that_finds_no_room_keeps_no_purge_from_the_archive()
    {
        var first = await ArchiveAsync(1);
        var segment = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Directory.CreateDirectory(At(segment)); // as a large file for which there is no room
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        for (var i = 0; i < 5; i++)
            await forwarder.RunOnceAsync(default);
        Assert.False(File.Exists(At(first)), "what would make room is never purged there");
    }

    [Fact]
    public async Task Segments_go_on_while_a_records_file_cannot_be_read()
    {
        for (uint number = 1; number <= 260; number++)
            await station.UploadAsync(recorder.Footage(1, number, final: false, frames: 1, frameBytes: 400));
        await station.SettleAsync();
        var segment = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        var path = Path.Combine(station.Folder, "log/records/000.jsonl");
        File.Move(path, path + ".off");
        Directory.CreateDirectory(path); // reads as EACCES/EIO would
        Renew();
        while ((await forwarder.RunOnceAsync(default)).IsMoreDue)
            await station.SettleAsync();
        Assert.True(File.Exists(At(segment)));
        Assert.NotEmpty(Alerts("archive_unavailable"));
        Directory.Delete(path);
        File.Move(path + ".off", path);
    }

    [Fact]
    public async Task An_older_copy_that_is_put_in_place_while_an_archive_is_filled_is_looked_through()
    {
        await ArchiveAsync(1);
        Keep();
        var second = await ArchiveAsync(2);
        var third = await ArchiveAsync(3);
        await forwarder.RunOnceAsync(default);
        foreach (var folder in Directory.EnumerateDirectories(Folder))
            Directory.Delete(folder, recursive: true);
        var count = 0;
        var swapping = new ArchiveForwarder(station.Ingest, new Swapping(Open(), () => { if (++count == 2) PutBack(); }), NullLogger<ArchiveForwarder>.Instance);
        for (var i = 0; i < 5; i++)
            await swapping.RunOnceAsync(default);
        Assert.Equal(station.Ingest.Checkpoint.Checkpoint.Size, SizeThere);
        Assert.True(File.Exists(At(third)), "third");
        Assert.True(File.Exists(At(second)) || Alerts("archive_differs").Any(), "calls " + count + ": the second is not there, the checkpoint passed it, nobody was told");
    }

    private sealed class Swapping(FolderArchive inner, Action afterForward) : IArchive
    {
        public string? Refusal => inner.Refusal;
        public IReadOnlyDictionary<string, ArchiveOutcome> NotThere => inner.NotThere;

        public ValueTask<int?> MediumAsync(CancellationToken cancel) => inner.MediumAsync(cancel);

        public bool Has(ArchiveItem item) => inner.Has(item);

        public bool HasBytesOf(SegmentKey key) => inner.HasBytesOf(key);

        public async ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel)
        {
            var outcome = await inner.ForwardAsync(item, cancel);
            afterForward();
            return outcome;
        }
        public ValueTask<ArchiveOutcome> ForwardReceiptAsync(ArchiveItem item, CancellationToken cancel) => inner.ForwardReceiptAsync(item, cancel);
        public ValueTask<ArchiveOutcome> ForwardLogAsync(SignedCheckpoint durable, CancellationToken cancel) => inner.ForwardLogAsync(durable, cancel);
        public ValueTask<ArchiveOutcome> PurgeAsync(PurgeItem item, CancellationToken cancel) => inner.PurgeAsync(item, cancel);
    }
}
