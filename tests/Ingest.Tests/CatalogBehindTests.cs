using System.Buffers.Binary;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>A power cut leaves the catalog behind the log, by commits that it had called durable too: log and files bring it up, and nothing stays owed.</summary>
public sealed class CatalogBehindTests : IDisposable
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;

    private readonly string root = Directory.CreateTempSubdirectory("bodycam-behind").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whichever_commits_are_cut_off_the_catalogs_write_ahead_log_the_next_start_has_every_segment_and_gives_every_receipt_again(bool isTorn)
    {
        await using var station = new Station(Path.Combine(root, "whole"));
        var (recorder, segments) = await UploadAsync(station);
        var wal = Read(Path.Combine(station.Folder, "catalog.db-wal"));
        var commits = Commits(wal);
        Assert.InRange(commits.Count, segments.Count, 100);
        foreach (var end in commits)
        {
            await using var again = Like(station, $"cut-{end}");
            Copy(station.Folder, again.Folder);
            File.WriteAllBytes(Path.Combine(again.Folder, "catalog.db-wal"), wal[..Math.Min(wal.Length, isTorn ? end + FrameHeaderBytes + 100 : end)]);
            again.Open();
            Assert.Equal(station.Ingest.Checkpoint.Checkpoint.Size, again.Ingest.Catalog.LogSize);
            Assert.All(segments, segment => Assert.NotNull(again.Ingest.Catalog.Find(segment.Key)));
            again.ForgetDown();
            await again.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, [.. segments]));
            Assert.Empty(again.Missing);
            await AssertOwesNothingAsync(again, segments);
        }
    }

    [Fact]
    public async Task Wherever_the_power_goes_between_log_and_catalog_the_next_start_has_the_records_and_the_rest_comes_again()
    {
        var turns = 0;
        await using var station = new Station(Path.Combine(root, "whole"));
        station.Change = options => options with
        {
            CommitTurn = () =>
            {
                Copy(station.Folder, Path.Combine(root, $"turn-{turns++}"));
                return Task.CompletedTask;
            },
        };
        var (recorder, segments) = await UploadAsync(station);
        Copy(station.Folder, Path.Combine(root, $"turn-{turns}"));
        Assert.InRange(turns, segments.Count, 100);
        for (var turn = 0; turn < turns; turn++)
        {
            await using var again = Like(station, $"turn-{turn}");
            Directory.Delete(Path.Combine(again.Folder, "log"), recursive: true);
            Copy(Path.Combine(root, $"turn-{turn + 1}", "log"), Path.Combine(again.Folder, "log"));
            again.Open();
            if (again.Ingest.EpochInForceOf(Station.Device) == 0)
                await again.Ingest.ProvisionAsync(Station.Device, "provisioned", null, CancellationToken.None);
            await again.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, [.. segments]));
            await SendAsync(again, segments);
            await AssertOwesNothingAsync(again, segments);
        }
    }

    private static async Task<(FakeRecorder Recorder, List<FakeSegment> Segments)> UploadAsync(Station station)
    {
        var recorder = await station.OpenWithRecorderAsync();
        FakeSegment[] footage = [recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true, frames: 5)];
        List<FakeSegment> segments = [recorder.Announce(1), .. footage, recorder.Manifest([footage[1]]), recorder.Footage(3, 1, final: true)];
        await station.UpAsync(FakeRecorder.ChunkMessage(footage[1], 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await SendAsync(station, segments);
        return (recorder, segments);
    }

    // Each in a group of its own; the last one is lost on its card.
    private static async Task SendAsync(Station station, List<FakeSegment> segments)
    {
        foreach (var segment in segments)
        {
            if (segment == segments[^1])
                await station.UpAsync(FakeRecorder.SealMessage(segment, lost: true));
            else
                await station.UploadAsync(segment);
            await station.Ingest.SettleAsync();
        }
    }

    private static async Task AssertOwesNothingAsync(Station station, List<FakeSegment> segments)
    {
        await station.Ingest.SettleAsync();
        Assert.Empty(station.Refusals);
        Assert.Empty(station.Ingest.Status().Parts);
        Assert.True(Assert.Single(station.Ingest.Catalog.Manifests(Station.Device)).Complete);
        Assert.Equal(segments.Select(static segment => segment.Key).Order(), station.Receipts.SelectMany(static receipt => receipt.Entries.Select(entry => new SegmentKey(receipt.Device, receipt.Epoch, entry.Recording, entry.Segment))).Distinct().Order());
        await station.CloseAsync();
        var report = Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, CatalogComparison = CatalogCheck.Differences }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
    }

    // Where no transaction is left, and the ends of the frames that complete one (SQLite's file format, section 4.1).
    private static List<int> Commits(byte[] wal)
    {
        var frameBytes = FrameHeaderBytes + (int)BinaryPrimitives.ReadUInt32BigEndian(wal.AsSpan(8));
        var ends = new List<int> { 0, HeaderBytes };
        for (var at = HeaderBytes; at + frameBytes <= wal.Length; at += frameBytes)
        {
            if (wal.AsSpan(at + 8, 8).SequenceEqual(wal.AsSpan(16, 8)) && BinaryPrimitives.ReadUInt32BigEndian(wal.AsSpan(at + 4)) != 0)
                ends.Add(at + frameBytes);
        }

        return ends;
    }

    private Station Like(Station station, string name) => new(Path.Combine(root, name)) { Key = GatewayKey.FromPem(station.Key.ExportPrivatePem()) };

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(static path => Path.GetFileName(path) is not ("lock" or "catalog.db-shm")))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, Read(path));
        }
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
