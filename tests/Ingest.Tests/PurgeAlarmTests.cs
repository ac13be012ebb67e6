using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>What of a purge waits is told as one alarm of its recording, which stands until the last of it is done.</summary>
public sealed class PurgeAlarmTests
{
    [Fact]
    public async Task However_many_segments_cannot_be_removed_there_no_other_alarm_gives_way()
    {
        await using var station = new Station();
        await station.StoreAndCloseAsync();
        station.Write(DownCounter.FileName, "none"u8.ToArray());
        station.Open();
        var keys = Enumerable.Range(1, AlertList.CountMax + 10).Select(static number => new SegmentKey(Station.Device, 1, 1, (uint)number)).ToList();
        foreach (var key in keys)
            station.Ingest.NotPurgedInArchive(key);
        Assert.Single(station.Ingest.Status().Alerts, static alert => alert.Code == "counter_unreadable");
        Assert.Equal([(keys[0] with { Segment = 0 }).ToString()], Alerts(station, "purge_unfinished"));
        foreach (var key in keys.Skip(1))
            station.Ingest.PurgedInArchive(key);
        Assert.Single(Alerts(station, "purge_unfinished"));
        station.Ingest.PurgedInArchive(keys[0]);
        Assert.Empty(Alerts(station, "purge_unfinished"));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1)]
    public async Task A_record_of_a_certificate_that_can_be_read_does_not_end_the_alarm_of_one_that_cannot(int countMax)
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync([.. Enumerable.Range(1, 24).Select(number => recorder.Footage(1, (uint)number, number == 24, frames: 1, frameBytes: 4200))]);
        await station.SettleAsync();
        // So long that it takes several records.
        var order = new PurgeOrder(Station.Device, 1, 1, new string('清', 4000), [.. Enumerable.Repeat(new string('十', 200), 32)], 1, "u-custodian", "u-head", station.Ingest.PurgeList(Station.Device, 1, 1));
        var (outcome, first) = await station.Ingest.PurgeAsync(order, default);
        Assert.Equal(PurgeOutcome.Done, outcome);
        var records = Path.Combine(station.Folder, "log/records/000.jsonl");
        var whole = File.ReadAllText(records);
        var line = whole.Split('\n').First(static line => line.Contains("\"type\":\"purge\"", StringComparison.Ordinal));
        var record = line[(line.IndexOf("\"record\":\"", StringComparison.Ordinal) + 10)..^2];
        File.WriteAllText(records, whole.Replace(record, "!" + record[1..], StringComparison.Ordinal));
        var due = Due(station, countMax);
        Assert.NotEmpty(due);
        Assert.DoesNotContain(due, item => item.CertificateSequence == first);
        Assert.Equal([new SegmentKey(Station.Device, 1, 1, 0).ToString()], Alerts(station, "certificate_unreadable"));
        File.WriteAllText(records, whole);
        Assert.Equal(24, Due(station, countMax).Count);
        Assert.Empty(Alerts(station, "certificate_unreadable"));
    }

    // All that is due, in rounds.
    private static List<Archive.PurgeItem> Due(Station station, int countMax)
    {
        var all = new List<Archive.PurgeItem>();
        while (station.Ingest.PurgesDue(countMax, all.LastOrDefault()) is { Count: > 0 } due)
            all.AddRange(due);
        return all;
    }

    private static IEnumerable<string> Alerts(Station station, string code) => station.Ingest.Status().Alerts.Where(alert => alert.Code == code).Select(static alert => alert.Subject);
}
