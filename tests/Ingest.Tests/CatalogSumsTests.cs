using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Seals;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Ingest.Tests;

/// <summary>What the catalog keeps beside its rows, so that no question reads them all, equals what the rows give.</summary>
public sealed class CatalogSumsTests : IDisposable
{
    private static readonly DeviceId device = DeviceId.Parse("unit-7");
    private readonly string path = Path.Combine(Path.GetTempPath(), "bodycam-catalog-" + Path.GetRandomFileName());

    public void Dispose()
    {
        foreach (var ending in new[] { "", "-wal", "-shm" })
            File.Delete(path + ending);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_arrives_in_whatever_order_the_sums_are_those_of_the_rows(int seed)
    {
        var chance = new Random(seed);
        using var catalog = SqliteCatalog.Open(path);
        var segments = Chain(chance);
        var waiting = segments.OrderBy(_ => chance.Next()).ToList();
        var here = new List<SegmentRow>();
        for (var sequence = 0L; waiting.Count > 0; sequence++)
        {
            var batch = new CatalogBatch { LogSize = sequence + 1 };
            switch (chance.Next(10))
            {
                case < 6:
                    batch.Segments.Add(waiting[0] with { LogSequence = sequence });
                    here.Add(batch.Segments[0]);
                    waiting.RemoveAt(0);
                    break;
                case 6:
                    batch.Announcements.Add(new AnnouncementRow(device, 1, (uint)chance.Next(1, 12), 1, sequence));
                    break;
                case 7 when here.Count > 0:
                    batch.Archived.Add(here[chance.Next(here.Count)].Key);
                    break;
                case 8 when here.Count > 0:
                    batch.Purges.Add((here[chance.Next(here.Count)].Key, sequence));
                    break;
                case 9 when here.Count > 0:
                    // Written anew in another state: the log has no reason for it, a rebuild could.
                    batch.Segments.Add(here[chance.Next(here.Count)] with { State = (ReceiptState)chance.Next(1, 4), LogSequence = sequence });
                    break;
            }

            catalog.Apply(batch);
            AssertSums(catalog);
        }

        Assert.Empty(catalog.PendingLinks(1000));
    }

    [Fact]
    public void A_predecessor_that_lies_back_behind_a_branch_of_the_chain_is_found()
    {
        using var catalog = SqliteCatalog.Open(path);
        var rows = Enumerable.Range(1, 5).Select(number => Row(1, (uint)number, Digest(number), Digest(number - 1))).ToList();
        var branch = Row(1, 6, Digest(60), Digest(2));
        foreach (var row in rows.Append(branch))
            catalog.Apply(new CatalogBatch { Segments = { row }, LogSize = 1 });
        Assert.Empty(catalog.PendingLinks(10));
    }

    // An announcement is sealed while the journal segment with the number before it is open.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_predecessor_with_a_higher_number_is_found_whichever_comes_first(bool isReversed)
    {
        using var catalog = SqliteCatalog.Open(path);
        SegmentRow[] rows = [Row(0, 2, Digest(2), Digest(0)), Row(0, 1, Digest(1), Digest(2)), Row(0, 4, Digest(4), Digest(1)), Row(0, 3, Digest(3), Digest(4)), Row(1, 1, Digest(9), Digest(0))];
        foreach (var row in isReversed ? rows.Reverse() : rows)
            catalog.Apply(new CatalogBatch { Segments = { row }, LogSize = 1 });
        Assert.Empty(catalog.PendingLinks(10));
    }

    [Fact]
    public void A_catalog_of_the_schema_before_has_the_same_sums_once_it_is_opened()
    {
        Write(4, Chain(new Random(5)).Where(static row => row.Key.Segment != 3).ToList());
        using var catalog = SqliteCatalog.Open(path);
        Assert.NotEmpty(catalog.PendingLinks(1000));
        AssertSums(catalog);
    }

    [Fact]
    public void Times_of_a_recorder_that_add_up_beyond_any_number_stop_neither_the_change_of_schema_nor_a_row_that_is_written_anew()
    {
        Write(4, [.. Enumerable.Range(1, 3).Select(static number => Row(1, (uint)number, Digest(number), Digest(number - 1)) with { StartUs = 0, EndUs = long.MaxValue })]);
        using var catalog = SqliteCatalog.Open(path);
        Assert.Equal(long.MaxValue, catalog.FindRecording(device, 1, 1)!.RecordedUs);
        var anew = Row(1, 3, Digest(9), Digest(2)) with { StartUs = 0, EndUs = long.MaxValue };
        catalog.Apply(new CatalogBatch { Segments = { anew }, LogSize = 1 });
        Assert.Equal((3, long.MaxValue), (catalog.FindRecording(device, 1, 1)!.Segments, catalog.FindRecording(device, 1, 1)!.RecordedUs));
        catalog.Apply(new CatalogBatch { Segments = { anew with { Key = anew.Key with { Segment = 4 }, StartUs = long.MaxValue, EndUs = long.MinValue } }, LogSize = 2 });
        Assert.Equal(4, Assert.Single(catalog.Recordings(device)).Segments);
    }

    private static List<SegmentRow> Chain(Random chance)
    {
        var rows = new List<SegmentRow>();
        var previous = new byte[32];
        for (var recording = 0u; recording <= 8; recording++)
        {
            previous = recording <= 1 ? new byte[32] : previous;
            for (var segment = 1u; segment <= 12; segment++)
            {
                var digest = new byte[32];
                chance.NextBytes(digest);
                rows.Add(Row(recording, segment, digest, previous) with { State = chance.Next(8) == 0 ? ReceiptState.Damaged : ReceiptState.Stored });
                previous = digest;
            }
        }

        return rows;
    }

    private static byte[] Digest(int number) => number == 0 ? new byte[32] : [.. Enumerable.Repeat((byte)number, 32)];

    private static SegmentRow Row(uint recording, uint segment, byte[] digest, byte[] previous) => new(
        new SegmentKey(device, 1, recording, segment), recording == 0 ? SegmentKind.Journal : SegmentKind.Footage, ReceiptState.Stored, digest, previous, digest, 1000 + segment, segment == 12 ? SealFlags.Final : SealFlags.None,
        segment == 12 ? StopReason.ActivityEnded : StopReason.None, recording / 2, 100, segment == 12 ? 12 : 0, 10 * segment, (10 * segment) + 9, 1, 1_790_000_000_000_000 + segment, 0);

    private void AssertSums(SqliteCatalog catalog)
    {
        using var beside = new SqliteConnection($"Data Source={path};Pooling=False");
        beside.Open();
        var states = beside.Query<(long, long)>("SELECT state, COUNT(*) FROM segment GROUP BY state").ToDictionary(static row => (ReceiptState)row.Item1, static row => row.Item2);
        Assert.Equal(states, catalog.CountByState());
        var sums = beside.Query<(string, long, long, long, long, long, long, long, long, long, long)>(
            """
            SELECT device, epoch, recording, MAX(activity), SUM(state < 3), SUM(state = 3), MAX(segment_count), MAX(stop_reason), SUM(frame_count), SUM(end_us - start_us), SUM(length_bytes)
            FROM segment WHERE recording > 0 GROUP BY device, epoch, recording ORDER BY device, epoch, recording
            """).Select(static row => new RecordingRow(row.Item1, row.Item2, row.Item3, row.Item4, row.Item5, row.Item6, row.Item7, row.Item8, row.Item9, row.Item10, row.Item11));
        Assert.Equal(sums, catalog.Recordings(device));
        Assert.Equal(
            beside.Query<long>("SELECT log_sequence FROM segment s WHERE previous_digest <> zeroblob(32) AND NOT EXISTS (SELECT 1 FROM segment p WHERE p.seal_digest = s.previous_digest AND p.device = s.device AND p.epoch = s.epoch) ORDER BY recording, segment"),
            catalog.PendingLinks(1000).OrderBy(static row => row.Key).Select(static row => row.LogSequence));
        Assert.Equal(
            beside.Query<long>("SELECT recording FROM announcement a WHERE NOT EXISTS (SELECT 1 FROM segment s WHERE s.device = a.device AND s.epoch = a.epoch AND s.recording = a.recording) ORDER BY recording"),
            catalog.AnnouncedMissing(1000).Select(static row => (long)row.Recording).Order());
        Assert.Equal(
            beside.Query<string>("SELECT recording || '.' || segment FROM segment s WHERE state = 1 AND NOT EXISTS (SELECT 1 FROM purge p WHERE p.device = s.device AND p.epoch = s.epoch AND p.recording = s.recording AND p.segment = s.segment) ORDER BY recording, segment"),
            catalog.NotArchived(-1, 1000).OrderBy(static row => row.Key).Select(static row => $"{row.Key.Recording}.{row.Key.Segment}"));
    }

    // As the program before wrote it.
    private void Write(int version, IReadOnlyList<SegmentRow> rows)
    {
        SqliteLibrary.Load();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        var assembly = typeof(SqliteCatalog).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(static name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(version))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            connection.Execute(text.ReadToEnd());
        }

        connection.Execute($"PRAGMA user_version = {version}");
        connection.Execute("INSERT INTO announcement VALUES ('unit-7', 1, 2, 1, 7), ('unit-7', 1, 99, 1, 8)");
        connection.Execute("INSERT INTO purge VALUES ('unit-7', 1, 2, 5, 9, 1)");
        foreach (var (row, sequence) in rows.Select(static (row, index) => (row, index + 10)))
        {
            connection.Execute(
                $"INSERT INTO segment ({SqliteCatalog.SegmentColumns}) VALUES ('unit-7', 1, @Recording, @Segment, @kind, @state, @SealDigest, @PreviousDigest, @Sha256, @Bytes, @flags, @stop, @Activity, @FrameCount, @SegmentCount, @StartUs, @EndUs, @StartDeviceWallUs, @StoredAtUs, @sequence)",
                new { row.Key.Recording, row.Key.Segment, kind = (int)row.Kind, state = (int)row.State, row.SealDigest, row.PreviousDigest, row.Sha256, row.Bytes, flags = (int)row.Flags, stop = (int)row.StopReason, row.Activity, row.FrameCount, row.SegmentCount, row.StartUs, row.EndUs, row.StartDeviceWallUs, row.StoredAtUs, sequence });
        }
    }
}
