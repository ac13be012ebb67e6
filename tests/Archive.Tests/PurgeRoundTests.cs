using BodyCam.Bench.Load;
using BodyCam.Ingest;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>A purge that cannot be done there, or whose certificate cannot be read here, waits, is told by name, and holds up no other.</summary>
public sealed class PurgeRoundTests : PutBackScene
{
    private string Records => Path.Combine(station.Folder, "log/records/000.jsonl");

    [Fact]
    public async Task Purges_that_cannot_be_done_there_hold_up_no_other_and_are_told_by_name()
    {
        var (many, second) = await ArchivedAsync();
        foreach (var one in many)
            Directory.CreateDirectory(Path.ChangeExtension(At(one), ".purged")); // as a folder that takes no file any more
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync(1));
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync(2));
        for (var i = 0; i < 20; i++)
            await forwarder.RunOnceAsync(default);
        Assert.False(File.Exists(At(second)));
        Assert.Equal([(many[0].Key with { Segment = 0 }).ToString()], Alerts("purge_unfinished"));
        foreach (var one in many)
            Directory.Delete(Path.ChangeExtension(At(one), ".purged"));
        for (var i = 0; i < 3; i++)
            await forwarder.RunOnceAsync(default);
        Assert.DoesNotContain(many, one => File.Exists(At(one)));
        Assert.Empty(Alerts("purge_unfinished"));
        Assert.Empty(Alerts("archive_unavailable"));
    }

    [Fact]
    public async Task An_archive_that_is_away_is_not_told_as_purges_that_cannot_be_done_there()
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        var leaving = new ArchiveForwarder(station.Ingest, new Racing(Open(), () => { Directory.Move(Folder, Folder + ".off"); return Task.CompletedTask; }), NullLogger<ArchiveForwarder>.Instance);
        await leaving.RunOnceAsync(default);
        Directory.Move(Folder + ".off", Folder);
        Assert.Empty(Alerts("purge_unfinished"));
        Assert.Equal([""], Alerts("archive_unavailable"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_holds_up_no_purge_behind_it()
    {
        var (many, second) = await ArchivedAsync();
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync(1));
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync(2));
        var whole = File.ReadAllBytes(Records);
        var rotting = Rotting();
        await rotting.RunOnceAsync(default);
        Assert.False(File.Exists(At(second)));
        Assert.All(many, one => Assert.True(File.Exists(At(one))));
        Assert.Equal([(many[0].Key with { Segment = 0 }).ToString()], Alerts("certificate_unreadable"));
        File.WriteAllBytes(Records, whole);
        for (var i = 0; i < 3; i++)
            await rotting.RunOnceAsync(default);
        Assert.DoesNotContain(many, one => File.Exists(At(one)));
        Assert.Empty(Alerts("certificate_unreadable"));
    }

    [Fact]
    public async Task Tails_whose_certificate_cannot_be_read_for_a_round_go_there_when_it_can()
    {
        await station.UploadAsync(recorder.Footage(1, 1, final: false));
        await station.UpAsync(FakeRecorder.ChunkMessage(recorder.Footage(1, 2, final: true), 0));
        await station.SettleAsync();
        await station.Ingest.CloseOrphansAsync(Station.Device, default);
        await station.SettleAsync();
        for (var i = 0; i < 2; i++)
            await forwarder.RunOnceAsync(default);
        var tail = Assert.Single(Directory.GetFiles(Path.Combine(Folder, "orphans"), "*.mkv", SearchOption.AllDirectories));
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        var whole = File.ReadAllBytes(Records);
        var rotting = Rotting();
        await rotting.RunOnceAsync(default);
        Assert.True(File.Exists(tail));
        File.WriteAllBytes(Records, whole);
        await rotting.RunOnceAsync(default);
        Assert.False(File.Exists(tail));
    }

    // As many of recording 1 as a round purges, and one of recording 2, all archived.
    private async Task<(FakeSegment[] Many, FakeSegment Second)> ArchivedAsync()
    {
        var many = Enumerable.Range(1, ArchiveForwarder.BatchCount).Select(number => recorder.Footage(1, (uint)number, final: number == ArchiveForwarder.BatchCount, frames: 1, frameBytes: 400)).ToArray();
        var second = recorder.Footage(2, 1, final: true);
        await station.UploadAsync([.. many, second]);
        await station.SettleAsync();
        for (var i = 0; i < 3; i++)
            await forwarder.RunOnceAsync(default);
        Assert.True(File.Exists(At(second)));
        return (many, second);
    }

    // Behind the first round of the log a bit of the first certificate's line goes: the archive has it, and here it is left out.
    private ArchiveForwarder Rotting()
    {
        var isDone = false;
        return new ArchiveForwarder(station.Ingest, new Racing(Open(), Rot), NullLogger<ArchiveForwarder>.Instance);

        Task Rot()
        {
            if (isDone)
                return Task.CompletedTask;
            isDone = true;
            var bytes = File.ReadAllBytes(Records);
            bytes[bytes.AsSpan().IndexOf("\"type\":\"purge\""u8) + 60] ^= 0x80;
            File.WriteAllBytes(Records, bytes);
            return Task.CompletedTask;
        }
    }
}
