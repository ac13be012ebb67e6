using System.Text;
using BodyCam.Archive;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Log;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Ingest.Tests;

/// <summary>Orphaned tails are bytes of the same footage: they go with it, by the same certificate.</summary>
public sealed class PurgeTailTests
{
    private static readonly string[] ofRecording1 = ["000001/000001.mkv", "000001/000002.mkv"];

    [Fact]
    public async Task Orphaned_tails_go_with_their_recording_and_no_other_and_seal_and_notes_stay()
    {
        await using var station = await StoredAsync();
        var order = Order(station);
        Assert.Equal(3, order.Tails.Count);
        Assert.Equal(4, Tails(station.Folder).Count);
        Assert.Equal(PurgeOutcome.Changed, (await station.Ingest.PurgeAsync(order with { Tails = [] }, default)).Outcome);
        Assert.Equal(PurgeOutcome.Changed, (await station.Ingest.PurgeAsync(order with { Tails = [order.Tails[0], order.Tails[1], order.Tails[2] with { Sha256 = new string('0', 64) }] }, default)).Outcome);
        Assert.Equal(4, Tails(station.Folder).Count);
        Assert.Equal(3, Originals(station.Folder).Count);

        var (outcome, sequence) = await station.Ingest.PurgeAsync(order, default);
        Assert.Equal(PurgeOutcome.Done, outcome);
        Assert.Equal(["000002/000001.mkv"], Tails(station.Folder));
        Assert.Equal(["000002/000001.mkv"], Originals(station.Folder));
        foreach (var stays in new[] { "000001.chunks", "000001.seal", "000002.chunks", "000001.purged", "000002.purged" })
            Assert.True(File.Exists(Path.Combine(station.Folder, "orphans/unit-7/0001/000001", stays)), stays);
        Assert.Equal($"{sequence}\n", File.ReadAllText(Path.Combine(station.Folder, "orphans/unit-7/0001/000001/000001.purged")));

        var report = Verify(station);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Equal(5, report.Findings.Count(static finding => finding.Code == "purged" && finding.Severity == FindingSeverity.Note));
        Assert.Empty(CatalogCheck.Differences(station.Folder));
        Assert.Equal((PurgeOutcome.Done, sequence), await station.Ingest.PurgeAsync(Order(station), default));
    }

    /// <summary>The power goes at every verb of the disk between the certificate in the log and the last byte; a kill forgets what was not synced.</summary>
    [Fact]
    public async Task Wherever_the_power_goes_after_the_certificate_the_next_start_finishes_the_purge()
    {
        for (var at = 0; ; at++)
        {
            var disk = new VolatileDisk();
            await using var station = await StoredAsync(disk);
            disk.VerbsLeft = at;
            var order = Order(station);
            Exception? power = null;
            try
            {
                await station.Ingest.PurgeAsync(order, default);
            }
            catch (PowerGoneException gone)
            {
                power = gone;
            }

            await station.CloseAsync();
            disk.Kill();
            // The catalog may be as old as the last kill left it.
            if (at % 2 == 0)
                ForgetCatalog(station.Folder);
            station.Open();
            var left = disk.Files("segments").Concat(disk.Files("orphans")).Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal) && path.Contains("/000001/0", StringComparison.Ordinal)).ToList();
            Assert.Empty(left);
            Assert.Equal(2, disk.Files("segments").Concat(disk.Files("orphans")).Count(static path => path.EndsWith("000002/000001.mkv", StringComparison.Ordinal)));
            if (power is not null)
                continue;
            TestContext.Current.TestOutputHelper!.WriteLine($"{at} verbs, each cut once");
            Assert.InRange(at, 10, 100);
            return;
        }
    }

    /// <summary>The process ends at every verb of the disk and what it did stays in the cache; the next start finishes the purge, and behind that the power goes.</summary>
    [Fact]
    public async Task What_a_start_found_gone_already_does_not_come_back_with_a_power_cut()
    {
        for (var at = 0; ; at++)
        {
            var disk = new VolatileDisk();
            await using var station = await StoredAsync(disk);
            var damaged = new FakeRecorder(Station.Device, station.Keys).Footage(1, 3, final: false, frames: 5);
            await station.UpAsync(FakeRecorder.ChunkMessage(damaged, 0));
            await station.UpAsync(FakeRecorder.SealMessage(damaged, lost: true));
            await station.SettleAsync();
            disk.VerbsLeft = at;
            var order = Order(station);
            Exception? ended = null;
            try
            {
                await station.Ingest.PurgeAsync(order, default);
            }
            catch (PowerGoneException gone)
            {
                ended = gone;
            }

            await station.CloseAsync();
            disk.VerbsLeft = -1;
            station.Open();
            await station.CloseAsync();
            disk.Kill();
            Assert.DoesNotContain(new[] { "segments", "damaged", "orphans" }.SelectMany(disk.Files), static path => path.EndsWith(".mkv", StringComparison.Ordinal) && path.Contains("/000001/0", StringComparison.Ordinal));
            if (ended is not null)
                continue;
            TestContext.Current.TestOutputHelper!.WriteLine($"{at} verbs, each the last one once");
            Assert.InRange(at, 12, 100);
            return;
        }
    }

    [Fact]
    public async Task Tails_that_stand_again_after_a_backup_was_put_back_go_when_the_catalog_is_made_anew()
    {
        await using var station = await StoredAsync();
        var kept = Directory.EnumerateFiles(Path.Combine(station.Folder, "orphans"), "*.mkv", SearchOption.AllDirectories).ToDictionary(static path => path, File.ReadAllBytes);
        await station.Ingest.PurgeAsync(Order(station), default);
        await station.CloseAsync();
        foreach (var (path, bytes) in kept.Where(static pair => !File.Exists(pair.Key)))
            File.WriteAllBytes(path, bytes);
        ForgetCatalog(station.Folder);
        Assert.Equal(3, Verify(station).Findings.Count(static finding => finding.Code == "purge_unfinished" && finding.Severity == FindingSeverity.Warning));
        station.Open();
        Assert.Equal(["000002/000001.mkv"], Tails(station.Folder));
        Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tails_whose_certificate_cannot_be_read_go_when_it_can_and_nothing_else_waits(bool isReadable)
    {
        await using var station = await StoredAsync();
        var kept = Directory.EnumerateFiles(Path.Combine(station.Folder, "orphans"), "*.mkv", SearchOption.AllDirectories).ToDictionary(static path => path, File.ReadAllBytes);
        var order = Order(station);
        Assert.Equal(PurgeOutcome.Done, (await station.Ingest.PurgeAsync(order, default)).Outcome);
        // As a kill between the certificate and the bytes leaves it.
        foreach (var (path, bytes) in kept.Where(static pair => !File.Exists(pair.Key)))
            File.WriteAllBytes(path, bytes);
        foreach (var segment in order.Segments)
            station.Ingest.Catalog.MarkPurge(new SegmentKey(Station.Device, 1, 1, segment.Segment), Catalog.PurgeState.Certified);
        var records = Path.Combine(station.Folder, "log/records/000.jsonl");
        var whole = File.ReadAllText(records);
        var line = whole.Split('\n').Single(static line => line.Contains("\"type\":\"purge\"", StringComparison.Ordinal));
        var record = line[(line.IndexOf("\"record\":\"", StringComparison.Ordinal) + 10)..^2];
        // A line that says something else, or none.
        var rotten = isReadable ? Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Convert.FromBase64String(record)).Replace("\"tails\"", "\"sails\"", StringComparison.Ordinal))) : "!" + record[1..];
        File.WriteAllText(records, whole.Replace(record, rotten, StringComparison.Ordinal));
        await station.Ingest.TickAsync(default);
        Assert.Equal(4, Tails(station.Folder).Count);
        Assert.Equal(new SegmentKey(Station.Device, 1, 1, 0).ToString(), Assert.Single(station.Ingest.Status().Alerts, static alert => alert.Code == "certificate_unreadable").Subject);
        Assert.False(station.Ingest.IsFaulted);
        Assert.Equal(PurgeOutcome.Done, (await station.Ingest.PurgeAsync(Order(station, 2), default)).Outcome);
        Assert.Empty(Originals(station.Folder));
        File.WriteAllText(records, File.ReadAllText(records).Replace(rotten, record, StringComparison.Ordinal));
        await station.Ingest.TickAsync(default);
        Assert.Empty(Tails(station.Folder));
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "certificate_unreadable");
        Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
    }

    [Fact]
    public async Task The_archive_purges_the_tails_that_the_certificate_names_and_nothing_that_it_does_not()
    {
        await using var station = await StoredAsync();
        var archive = station.Folder + "-archive";
        var forwarder = new ArchiveForwarder(station.Ingest, new FolderArchive(station.Folder, archive), NullLogger<ArchiveForwarder>.Instance);
        await forwarder.RunOnceAsync(default);
        Assert.Equal(4, Tails(archive).Count);
        var strange = Path.Combine(archive, "orphans/unit-7/0001/000001/000001.0000000000000000.mkv");
        File.WriteAllText(strange, "not of this gateway");
        await station.Ingest.PurgeAsync(Order(station), default);
        Assert.Equal(5, Tails(archive).Count);
        await forwarder.RunOnceAsync(default);
        Assert.Equal(["000001/000001.0000000000000000.mkv", "000002/000001.mkv"], Tails(archive));
        Assert.Equal(["000002/000001.mkv"], Originals(archive));
        var report = Verifier.Run(archive, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, static finding => finding.Code == "aside_unrecorded" && finding.Segment is { Recording: 1, Segment: 1 });
        Assert.Empty(station.Ingest.PurgesDue(10));

        // Nothing is left that a later round would stumble over.
        File.Delete(strange);
        await station.Ingest.ProvisionAsync(DeviceId.Parse("later-1"), "provisioned", null, default);
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(station.Folder, archive).ForwardLogAsync(station.Ingest.Checkpoint, default));
        Directory.Delete(archive, recursive: true);
    }

    [Fact]
    public async Task The_same_tail_that_comes_again_and_again_does_not_stop_the_gateway()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        for (var time = 0; time < 4; time++)
        {
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
            if (time == 2)
                await station.UpAsync(FakeRecorder.ChunkMessage(segment, 1));
            Assert.Equal(1, await station.Ingest.CloseOrphansAsync(Station.Device, default));
        }

        await station.SettleAsync();
        Assert.Equal(3, Tails(station.Folder).Count);
        Assert.Empty(station.Ingest.Status().Parts);
        Assert.False(station.Ingest.IsFaulted);
        Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
        await station.CloseAsync();
        station.Open();
        Assert.Empty(station.Ingest.Status().Parts);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        // Two copies of the first, named once, go both.
        Assert.Equal(2, station.Ingest.PurgeTails(Station.Device, 1, 1).Count);
        Assert.Equal(PurgeOutcome.Done, (await station.Ingest.PurgeAsync(Order(station), default)).Outcome);
        Assert.Empty(Tails(station.Folder));
        Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
    }

    [Fact]
    public void However_long_the_reason_and_however_many_segments_and_tails_each_record_stays_within_its_bound()
    {
        using var key = Core.Keys.GatewayKey.Create();
        var segments = Enumerable.Range(0, 2500).Select(static index => new PurgeSegment(uint.MaxValue - (uint)index, new string('a', 64), new string('b', 64), long.MaxValue)).ToList();
        foreach (var (reason, tailCount, cites) in new[] { ("清", 0, 1), ("清", 700, 1), (new string('清', 4000), 0, 32), (new string('清', 4000), 700, 32), (new string('\u0001', 4000), 7000, 32) })
        {
            var tails = Enumerable.Range(0, tailCount).Select(static index => new PurgeTail(uint.MaxValue - (uint)index, new string('c', 64), long.MaxValue)).ToList();
            var order = new PurgeOrder(DeviceId.Parse(new string('d', 32)), uint.MaxValue, uint.MaxValue, reason, [.. Enumerable.Repeat("weixian-natural-resources 十二(三)", cites)], long.MaxValue, new string('r', 64), new string('p', 64), segments);
            var parts = PurgeParts.Of(order, tails, long.MaxValue, key);
            var bytes = parts.Select(part => Records.Purge(order, part.Segments, part.Tails, long.MaxValue, key).Utf8Json.Length).ToList();
            TestContext.Current.TestOutputHelper!.WriteLine($"reason {reason.Length}, tails {tailCount}: {parts.Count} records, at most {parts.Max(static part => part.Segments.Count)} segments, longest {bytes.Max()} of {LogWriter.RecordBytesMax} bytes");
            Assert.All(bytes, static length => Assert.InRange(length, 1, LogWriter.RecordBytesMax));
            Assert.Equal(segments, parts.SelectMany(static part => part.Segments).Take(segments.Count));
            Assert.All(parts, static part => Assert.NotEmpty(part.Segments));
            Assert.Equal(tails, parts.SelectMany(static part => part.Tails));
            // Full, not merely within: a certificate is no longer than it must be.
            Assert.InRange(bytes[0], LogWriter.RecordBytesMax - 1024, LogWriter.RecordBytesMax);
        }

        var endless = new PurgeOrder(Station.Device, 1, 1, "清", [.. Enumerable.Repeat(new string('十', 1000), 32)], 1, "r", "p", segments);
        Assert.Empty(PurgeParts.Of(endless, [], 1, key));
    }

    [Fact]
    public async Task A_recording_whose_certificate_takes_several_records_goes_whole_and_verifies()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segments = Enumerable.Range(1, 24).Select(number => recorder.Footage(1, (uint)number, number == 24, frames: 1, frameBytes: 4200)).ToList();
        await station.UploadAsync(recorder.Announce(1));
        foreach (var segment in segments)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        Assert.Equal(24, await station.Ingest.CloseOrphansAsync(Station.Device, default));
        await station.UploadAsync([.. segments]);
        await station.SettleAsync();
        await using var archive = new StoredArchive(station);
        await archive.ForwardAllAsync();

        var order = Order(station) with { Reason = new string('清', 4000), Cites = [.. Enumerable.Repeat(new string('十', 200), 32)] };
        Assert.Equal((24, 24), (order.Segments.Count, order.Tails.Count));
        Assert.Equal(PurgeOutcome.Done, (await station.Ingest.PurgeAsync(order, default)).Outcome);
        await archive.ForwardAllAsync();
        Assert.Empty(Tails(station.Folder));
        Assert.Empty(Tails(archive.Folder));
        Assert.Empty(Originals(archive.Folder));
        await station.CloseAsync();
        Assert.InRange(new LogReader(Path.Combine(station.Folder, "log")).ReadRecords(0, 5000).Count(static record => record.Type == "purge"), 3, 6);
        Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
        ForgetCatalog(station.Folder);
        station.Open();
        Assert.Equal(VerifyVerdict.Verified, Verify(station).Verdict);
    }

    private static void ForgetCatalog(string folder)
    {
        foreach (var ending in new[] { "", "-wal", "-shm" })
            File.Delete(Path.Combine(folder, "catalog.db" + ending));
    }

    private static PurgeOrder Order(Station station, uint recording = 1) => new(
        Station.Device, 1, recording, "保存期限已满，无保存意义", ["qidong 18(一)"], (station.Time.GetUtcNow().AddDays(-1) - DateTimeOffset.UnixEpoch).Ticks / 10, "u-custodian", "u-head", station.Ingest.PurgeList(Station.Device, 1, recording))
    {
        Tails = station.Ingest.PurgeTails(Station.Device, 1, recording),
    };

    private static VerifyReport Verify(Station station) => Verifier.Run(station.Folder, new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys, CatalogComparison = station.Ingest is null ? null : CatalogCheck.Differences }, null);

    private static List<string> Tails(string folder) => Mkv(Path.Combine(folder, "orphans/unit-7/0001"));

    private static List<string> Originals(string folder) => [.. Mkv(Path.Combine(folder, "segments/unit-7/0001")).Where(static path => !path.StartsWith("000000", StringComparison.Ordinal))];

    private static List<string> Mkv(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.mkv", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)] : [];

    // Recording 1: two tails of segment 1, of which the second had its seal, and one of segment 2; recording 2: one. All came whole later.
    private static async Task<Station> StoredAsync(VolatileDisk? disk = null)
    {
        var station = new Station(null, disk is null ? null : options => options with { Disk = disk });
        var recorder = await station.OpenWithRecorderAsync();
        FakeSegment[] segments = [recorder.Announce(1), recorder.Footage(1, 1, final: false), recorder.Footage(1, 2, final: true), recorder.Footage(2, 1, final: true)];
        foreach (var segment in segments.Skip(1))
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, default);
        await station.UpAsync(FakeRecorder.SealMessage(segments[1]));
        await station.UpAsync(FakeRecorder.ChunkMessage(segments[1], 1));
        await station.Ingest.CloseOrphansAsync(Station.Device, default);
        await station.UploadAsync(segments);
        await station.SettleAsync();
        Assert.Equal(ofRecording1.Length, station.Ingest.PurgeList(Station.Device, 1, 1).Count);
        return station;
    }

    private sealed class StoredArchive(Station station) : IAsyncDisposable
    {
        private readonly ArchiveForwarder forwarder = new(station.Ingest, new FolderArchive(station.Folder, station.Folder + "-archive"), NullLogger<ArchiveForwarder>.Instance);

        public string Folder => station.Folder + "-archive";

        public async Task ForwardAllAsync()
        {
            for (var isMoreDue = true; isMoreDue || station.Ingest.PurgesDue(1).Count > 0;)
                (_, isMoreDue) = await forwarder.RunOnceAsync(default);
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
