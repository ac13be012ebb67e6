using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>Shift manifests are entered once, whatever end came before: found by a review.</summary>
public sealed class ManifestEntryTests
{
    [Fact]
    public async Task A_manifest_that_a_crash_kept_from_the_log_is_entered_once()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var footage = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(footage);
        await station.SettleAsync();
        await station.CloseAsync();
        var manifest = recorder.Manifest([footage]);
        // As a crash between rename and log leaves it.
        station.Write(SegmentStore.SegmentPath(manifest.Key), manifest.Bytes);
        station.Write(SegmentStore.SealPath(manifest.Key), manifest.SealBytes);
        station.Write($"parts/{manifest.Key.PartPath}.seal", manifest.SealBytes);
        var opened = new TaskCompletionSource();
        var turns = 0;
        // The committer's second group comes after the start has looked: a slow sync.
        station.Change = options => options with { CommitTurn = () => ++turns == 1 ? Task.CompletedTask : opened.Task };
        station.Open();
        opened.SetResult();
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "manifest");
    }

    [Fact]
    public async Task A_manifest_beyond_the_bound_is_not_read_at_the_next_start_either()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var line = $"{{\"recording\":9,\"segments\":0,\"lastSeal\":\"\",\"x\":\"{new string('y', 400)}\"}}";
        var big = recorder.Text(SegmentKind.Manifest, ["{\"manifest\":1,\"firstRecording\":1,\"lastRecording\":9}", .. Enumerable.Repeat(line, 3000)]);
        Assert.True(big.Bytes.Length > 1024 * 1024);
        await station.UploadAsync(big);
        await station.SettleAsync();
        Assert.Empty(station.Ingest.Catalog.Manifests(Station.Device));
        await station.CloseAsync();
        station.Open();
        await station.SettleAsync();
        Assert.Empty(station.Ingest.Catalog.Manifests(Station.Device));
    }

    [Fact]
    public async Task A_lacking_manifest_that_two_connections_bring_is_entered_once()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var footage = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(footage);
        await station.SettleAsync();
        var manifest = recorder.Manifest([footage]);
        // The end comes after the record of the segment: the committer's next turn never comes.
        var turns = 0;
        await station.CloseAsync();
        station.Change = options => options with { CommitTurn = () => ++turns == 1 ? Task.CompletedTask : throw new InvalidOperationException("the end") };
        station.Open();
        await station.UploadAsync(manifest);
        Assert.DoesNotContain("manifest", station.RecordTypes());
        await station.CloseAsync();
        station.Write(SegmentStore.SealPath(manifest.Key), new byte[352]);
        foreach (var left in Directory.GetFiles(Path.Combine(station.Folder, "parts"), "*", SearchOption.AllDirectories))
            File.Delete(left);
        station.DeleteCatalog();
        var gate = new TaskCompletionSource();
        station.Change = options => options with { CommitTurn = () => gate.Task };
        station.Open();
        Assert.Single(station.Ingest.Catalog.Lacking());
        var one = station.UpAsync(FakeRecorder.SealMessage(manifest));
        var two = station.UpAsync(FakeRecorder.SealMessage(manifest));
        gate.SetResult();
        await Task.WhenAll(one, two);
        await station.SettleAsync();
        Assert.Single(station.RecordTypes(), static type => type == "manifest");
    }
}
