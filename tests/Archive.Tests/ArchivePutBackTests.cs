using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>An older copy of the archive is put back, or it is emptied: what the log says of it is so again afterwards.</summary>
public sealed class ArchivePutBackTests : PutBackScene
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Segments_that_were_archived_since_the_copy_was_made_are_forwarded_again(bool restart)
    {
        await ArchiveAsync(1);
        Keep();
        var second = await ArchiveAsync(2);
        await forwarder.RunOnceAsync(default);
        PutBack();
        await RestartAsync(restart);
        Assert.Equal((0, false), await forwarder.RunOnceAsync(default));
        Assert.Equal(second.Bytes, File.ReadAllBytes(At(second)));
        Assert.Empty(Alerts("archive_differs"));
        Assert.Equal(station.Ingest.Checkpoint.Checkpoint.Size, SizeThere);
        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_archive_of_which_only_the_marker_is_left_is_filled_again(bool restart)
    {
        var segments = new[] { await ArchiveAsync(1), await ArchiveAsync(2) };
        foreach (var folder in Directory.EnumerateDirectories(Folder))
            Directory.Delete(folder, recursive: true);
        await RestartAsync(restart);
        await forwarder.RunOnceAsync(default);
        Assert.All(segments, segment => Assert.Equal(segment.Bytes, File.ReadAllBytes(At(segment))));
        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
    }

    [Fact]
    public async Task An_archive_is_filled_again_in_rounds_and_a_restart_goes_on()
    {
        var segments = new List<FakeSegment>();
        for (uint number = 1; number <= 300; number++)
        {
            segments.Add(recorder.Footage(1, number, final: false, frames: 1, frameBytes: 400));
            await station.UploadAsync(segments[^1]);
        }

        await station.SettleAsync();
        while ((await forwarder.RunOnceAsync(default)).IsMoreDue)
            await station.SettleAsync();
        foreach (var folder in Directory.EnumerateDirectories(Folder))
            Directory.Delete(folder, recursive: true);
        Assert.Equal((0, true), await forwarder.RunOnceAsync(default));
        Assert.InRange(segments.Count(segment => File.Exists(At(segment))), 64, 299);
        await RestartAsync(restart: true);
        for (var rounds = 0; (await forwarder.RunOnceAsync(default)).IsMoreDue; rounds++)
            Assert.True(rounds < 10);
        Assert.All(segments, segment => Assert.True(File.Exists(At(segment))));
        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
    }

    [Fact]
    public async Task A_segment_that_neither_has_any_more_is_named_until_it_is_restored()
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
        Assert.Equal(station.Ingest.Checkpoint.Checkpoint.Size, SizeThere);
        File.Move(here + ".off", here);
        await forwarder.RunOnceAsync(default);
        Assert.True(File.Exists(At(second)));
        Assert.Empty(Alerts("archive_differs"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_purged_since_the_copy_was_made_is_purged_again(bool restart)
    {
        var first = await ArchiveAsync(1);
        Keep();
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        await forwarder.RunOnceAsync(default);
        Assert.False(File.Exists(At(first)));
        PutBack();
        Assert.True(File.Exists(At(first)));
        await RestartAsync(restart);
        await forwarder.RunOnceAsync(default);
        Assert.False(File.Exists(At(first)));
        Assert.Empty(station.Ingest.PurgesDue(10));
        Assert.Empty(Alerts("archive_differs"));
        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
    }

    [Fact]
    public async Task What_was_archived_and_purged_since_the_copy_was_made_is_no_fault_there()
    {
        await ArchiveAsync(2);
        Keep();
        await ArchiveAsync(1);
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        await forwarder.RunOnceAsync(default);
        PutBack();
        await forwarder.RunOnceAsync(default);
        Assert.Empty(Alerts("archive_differs"));
        Assert.True(Verify().Verdict == VerifyVerdict.Verified, string.Join('\n', Verify().Findings));
    }

    [Fact]
    public async Task Bytes_stay_there_until_the_log_there_has_their_certificate()
    {
        var first = await ArchiveAsync(1);
        PurgeOutcome? purged = null;
        var racing = new ArchiveForwarder(station.Ingest, new Racing(Open(), async () => purged ??= await PurgeAsync()), NullLogger<ArchiveForwarder>.Instance);
        await racing.RunOnceAsync(default);
        Assert.Equal(PurgeOutcome.Done, purged);
        Assert.True(File.Exists(At(first)));
        await racing.RunOnceAsync(default);
        Assert.False(File.Exists(At(first)));
        Assert.Equal(VerifyVerdict.Verified, Verify().Verdict);
    }
}
