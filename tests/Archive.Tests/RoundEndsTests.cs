using System.Security.Cryptography;
using System.Text;
using BodyCam.Bench.Load;
using BodyCam.Ingest;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Archive.Tests;

/// <summary>A round comes to its end, or somebody is told, whatever rots here or cannot be listed there.</summary>
public sealed class RoundEndsTests : PutBackScene
{
    [Fact]
    public async Task A_certificate_of_which_a_bit_rots_here_stops_no_round()
    {
        await ArchiveAsync(1);
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        // The file is full, and covered there: a start reads it no more.
        for (uint number = 1; number <= 260; number++)
            await station.UploadAsync(recorder.Footage(3, number, final: false, frames: 1, frameBytes: 400));
        await station.SettleAsync();
        while ((await forwarder.RunOnceAsync(default)).IsMoreDue)
            await station.SettleAsync();
        await forwarder.RunOnceAsync(default);
        var before = SizeThere;
        Assert.Equal(before, station.Ingest.Checkpoint.Checkpoint.Size);
        var path = Path.Combine(station.Folder, "log/records/000.jsonl");
        var whole = File.ReadAllBytes(path);
        var line = Encoding.ASCII.GetString(whole).Split('\n').Single(static line => line.Contains("\"type\":\"purge\"", StringComparison.Ordinal));
        var record = line[(line.IndexOf("\"record\":\"", StringComparison.Ordinal) + 10)..^2];
        var rotten = Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Convert.FromBase64String(record)).Replace("\"segments\"", "\"regments\"", StringComparison.Ordinal)));
        Assert.NotEqual(record, rotten);
        File.WriteAllText(path, Encoding.ASCII.GetString(whole).Replace(record, rotten, StringComparison.Ordinal));
        await RestartAsync(true);
        var segment = recorder.Footage(2, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Exception? last = null;
        for (var i = 0; i < 5; i++)
            last = await Record.ExceptionAsync(async () => await forwarder.RunOnceAsync(default));
        Assert.True(SizeThere > before || station.Ingest.Status().Alerts.Any(), $"the log there stays at {SizeThere} of {station.Ingest.Checkpoint.Checkpoint.Size}, nobody was told: {last?.GetType().Name} {last?.Message}");
        Assert.Null(last);
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public async Task A_folder_of_tails_there_that_cannot_be_listed_counts_as_one_that_has_bytes_and_throws_out_of_no_round()
    {
        var key = (await ArchiveAsync(1)).Key;
        var tails = Path.GetDirectoryName(Path.Combine(Folder, "orphans", key.RelativePath))!;
        Directory.CreateDirectory(tails);
        File.Delete(At(recorder.Footage(1, 1, final: true)));
        Assert.False(Open().HasBytesOf(key));
        using (new WithoutRights(tails))
            Assert.True(Open().HasBytesOf(key));
    }

    [Fact]
    public async Task The_alarm_of_other_bytes_there_ends_when_the_segment_is_purged()
    {
        await ArchiveAsync(2);
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(At(segment))!);
        File.WriteAllBytes(At(segment), [1, 2, 3]);
        await forwarder.RunOnceAsync(default);
        Assert.Equal([segment.Key.ToString()], Alerts("archive_differs"));
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        for (var i = 0; i < 4; i++)
            await forwarder.RunOnceAsync(default);
        Assert.True(!Alerts("archive_differs").Any(), string.Join(';', station.Ingest.Status().Alerts.Select(static alert => alert.Message)) + " bytes there: " + File.Exists(At(segment)));
    }

    [Fact]
    public async Task One_file_that_cannot_be_put_there_keeps_no_other_from_coming_back()
    {
        var segments = new[] { await ArchiveAsync(1), await ArchiveAsync(2), await ArchiveAsync(3) };
        foreach (var segment in segments)
            File.Delete(At(segment));
        Directory.CreateDirectory(At(segments[0])); // as a folder without rights, or a bad sector
        await RestartAsync(true);
        for (var i = 0; i < 10; i++)
            await forwarder.RunOnceAsync(default);
        Assert.True(File.Exists(At(segments[1])) && File.Exists(At(segments[2])), "never brought again, behind one that cannot be; alerts: " + string.Join(';', station.Ingest.Status().Alerts.Select(static alert => alert.Code + " " + alert.Subject)));
    }

    [Fact]
    public async Task One_file_that_cannot_be_put_there_again_keeps_no_receipt_of_a_new_segment()
    {
        var first = await ArchiveAsync(1);
        File.Delete(At(first));
        Directory.CreateDirectory(At(first));
        await RestartAsync(true);
        var second = await ArchiveAsync(2);
        for (var i = 0; i < 10; i++)
            await forwarder.RunOnceAsync(default);
        var receipt = Path.ChangeExtension(SegmentStore.SegmentPath(second.Key), ".receipt");
        Assert.Equal(File.ReadAllBytes(Path.Combine(station.Folder, receipt)), File.ReadAllBytes(Path.Combine(Folder, receipt)));
    }

    [Fact]
    public async Task A_file_that_is_cut_short_here_is_not_told_as_lacking_in_an_archive_that_has_it_whole()
    {
        var first = await ArchiveAsync(1);
        var here = Path.Combine(station.Folder, SegmentStore.SegmentPath(first.Key));
        File.Delete(here);
        File.WriteAllBytes(here, first.Bytes.AsSpan()[..^1].ToArray());
        await RestartAsync(true);
        for (var i = 0; i < 3; i++)
            await forwarder.RunOnceAsync(default);
        Assert.Equal(first.Bytes, File.ReadAllBytes(At(first)));
        Assert.True(!Alerts("archive_differs").Any(), string.Join(';', station.Ingest.Status().Alerts.Select(static alert => alert.Message)));
    }

    [Fact]
    public async Task A_public_key_that_rots_here_takes_nobodys_place()
    {
        await ArchiveAsync(1);
        var path = Path.Combine(station.Folder, "gateway.pem");
        var good = station.Key.PublicKeyPem;
        File.WriteAllText(path, good);
        await ArchiveAsync(2);
        Assert.Equal(good, File.ReadAllText(Path.Combine(Folder, "gateway.pem")));
        var bad = File.ReadAllBytes(path);
        bad[90] ^= 1;
        File.WriteAllBytes(path, bad);
        await ArchiveAsync(3);
        Assert.Equal(good, File.ReadAllText(Path.Combine(Folder, "gateway.pem")));
    }

    [Fact]
    public async Task A_certificate_of_which_a_bit_rots_before_the_bytes_went_there_stops_no_round()
    {
        var first = await ArchiveAsync(1);
        Directory.Move(Folder, Folder + ".off");
        Assert.Equal(PurgeOutcome.Done, await PurgeAsync());
        Directory.Move(Folder + ".off", Folder);
        var path = Path.Combine(station.Folder, "log/records/000.jsonl");
        var whole = File.ReadAllBytes(path);
        var types = new Dictionary<string, int>();
        for (var at = whole.AsSpan().IndexOf("\"type\":\"purge\""u8); whole[at] != '\n'; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var rotten = (byte[])whole.Clone();
                rotten[at] ^= (byte)(1 << bit);
                File.WriteAllBytes(path, rotten);
                if (Record.Exception(() => station.Ingest.PurgesDue(10)) is { } failure)
                    types[failure.GetType().Name] = types.GetValueOrDefault(failure.GetType().Name) + 1;
            }
        }

        File.WriteAllBytes(path, whole);
        Assert.True(types.Count == 0, string.Join(';', types));
        Assert.True(File.Exists(At(first)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task Due_segments_that_cannot_be_put_there_keep_no_other_from_the_archive(int stuck)
    {
        await ArchiveAsync(1);
        var segments = Enumerable.Range(2, stuck + 1).Select(number => recorder.Footage((uint)number, 1, final: true)).ToArray();
        await station.UploadAsync(segments);
        await station.SettleAsync();
        foreach (var segment in segments[..^1])
            Directory.CreateDirectory(At(segment)); // as a folder without rights, or a bad sector
        for (var i = 0; i < 10; i++)
            await forwarder.RunOnceAsync(default);
        Assert.Equal(segments[^1].Bytes, File.ReadAllBytes(At(segments[^1])));
        Assert.Equal([""], Alerts("archive_unavailable"));
        foreach (var segment in segments[..^1])
            Directory.Delete(At(segment));
        for (var i = 0; i < 10; i++)
            await forwarder.RunOnceAsync(default);
        Assert.All(segments, segment => Assert.Equal(segment.Bytes, File.ReadAllBytes(At(segment))));
        Assert.Empty(Alerts("archive_unavailable"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public async Task Many_that_cannot_be_brought_again_keep_no_other_from_coming_back(int stuck)
    {
        var segments = new List<FakeSegment>();
        for (uint number = 1; number <= stuck + 2; number++)
            segments.Add(await ArchiveAsync(number));
        foreach (var segment in segments)
            File.Delete(At(segment));
        foreach (var segment in segments.Take(stuck))
            Directory.CreateDirectory(At(segment));
        await RestartAsync(true);
        for (var i = 0; i < 30; i++)
            await forwarder.RunOnceAsync(default);
        Assert.All(segments.Skip(stuck), segment => Assert.Equal(segment.Bytes, File.ReadAllBytes(At(segment))));
        foreach (var segment in segments.Take(stuck))
            Directory.Delete(At(segment));
        for (var i = 0; i < 10; i++)
            await forwarder.RunOnceAsync(default);
        Assert.All(segments, segment => Assert.Equal(segment.Bytes, File.ReadAllBytes(At(segment))));
        Assert.Empty(Alerts("archive_unavailable"));
    }

    [Fact]
    public async Task A_spoiled_source_that_is_put_back_with_the_time_it_had_gets_there()
    {
        await ArchiveAsync(1);
        var bytes = "a linked source"u8.ToArray();
        var name = "sources/" + Convert.ToHexStringLower(SHA256.HashData(bytes));
        var here = Path.Combine(station.Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(here)!);
        File.WriteAllBytes(here, "a linked sourcf"u8.ToArray());
        var time = File.GetLastWriteTimeUtc(here);
        await ArchiveAsync(2);
        Assert.Equal([name], Alerts("original_differs"));
        File.Delete(here);
        File.WriteAllBytes(here, bytes); // as cp -p, rsync -t and tar do
        File.SetLastWriteTimeUtc(here, time);
        for (var i = 0; i < 61; i++)
            await forwarder.RunOnceAsync(default);
        Assert.True(File.Exists(Path.Combine(Folder, name)));
        Assert.Empty(Alerts("original_differs"));
    }
}
