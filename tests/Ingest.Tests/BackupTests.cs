using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>A data folder put back from a backup that is older than what recorders and the keys folder know (keys.md).</summary>
public sealed class BackupTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("bodycam-backup").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_backup_older_than_the_newest_recorder_gives_no_epoch_twice_and_takes_what_its_card_still_holds()
    {
        var first = await Open("data").OpenWithRecorderAsync();
        var before = stations[^1];
        var early = first.Footage(1, 1, final: true);
        await before.UploadAsync(early);
        await before.SettleAsync();
        await before.Ingest.DisposeAsync();
        Copy(before.Folder, Path.Combine(root, "backup"));

        // After the backup: a second epoch of the first recorder, footage under it.
        before.Open();
        var (second, _) = await before.Ingest.ProvisionAsync(Station.Device, "reissued", null, CancellationToken.None);
        Assert.Equal(2u, second);
        var later = new FakeRecorder(Station.Device, before.Keys, second);
        var held = later.Footage(1, 1, final: true);
        await before.UploadAsync(held);
        await before.SettleAsync();
        Assert.Equal(2, before.Receipts.Count);
        await before.Ingest.DisposeAsync();

        // The disk is lost; the backup takes its place beside the keys folder of today.
        var station = Open("backup", before);
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "log_older_than_keys");
        await station.UploadAsync(held);
        await station.SettleAsync();
        Assert.Equal([ReceiptState.Stored], station.Receipts.Select(static receipt => receipt.State));
        Assert.NotNull(station.Ingest.Catalog.Find(early.Key));
        Assert.Equal(3u, (await station.Ingest.ProvisionAsync(Station.Device, "reissued", null, CancellationToken.None)).Epoch);
        await station.Ingest.DisposeAsync();
        // Once is enough: the log has them now.
        station.Open();
        Assert.DoesNotContain(station.Ingest.Status().Alerts, static alert => alert.Code == "log_older_than_keys");
        Assert.Equal([1u, 2u, 3u], station.Ingest.Catalog.Epochs().Where(static row => row.Device == Station.Device).Select(static row => row.Epoch));
        await station.Ingest.DisposeAsync();
    }

    [Fact]
    public async Task A_keys_folder_older_than_the_newest_recorder_is_brought_up_by_the_log()
    {
        await Open("data").OpenWithRecorderAsync();
        var station = stations[^1];
        await station.Ingest.DisposeAsync();
        File.Delete(Path.Combine(root, EpochMarks.FileName));
        var again = Open("data", station);
        again.Open();
        Assert.Equal(1u, EpochMarks.Open(root).Of(Station.Device));
        Assert.Empty(again.Ingest.Status().Alerts);
        await again.Ingest.DisposeAsync();
    }

    [Fact]
    public async Task Power_that_goes_while_an_epoch_is_given_leaves_its_own_reason_in_the_log_and_no_alarm_of_an_older_backup()
    {
        var station = Open("data");
        var plain = station.Change!;
        station.Change = options => plain(options) with { CommitTurn = () => CopyTo("before") };
        station.Open();
        await station.Ingest.ProvisionAsync(Station.Device, "provisioned", null, CancellationToken.None);
        await station.Ingest.DisposeAsync();
        File.Delete(Path.Combine(root, EpochMarks.FileName));
        await CopyTo("behind");

        // The power went before its record was in the log, or behind it and before its mark.
        foreach (var cut in new[] { "before", "behind" })
        {
            var again = new Station(Path.Combine(root, cut, "data"), options => options with { EpochMarks = EpochMarks.Open(Path.Combine(root, cut)) }) { Key = station.Key };
            again.Open();
            Assert.Empty(again.Ingest.Status().Alerts);
            Assert.Equal(cut == "behind" ? 1 : 0, again.Ingest.Catalog.Epochs().Count);
            if (cut == "before")
                await again.Ingest.ProvisionAsync(Station.Device, "provisioned", null, CancellationToken.None);
            Assert.Equal((1u, "provisioned"), Assert.Single(again.Ingest.Catalog.Epochs().Select(static row => (row.Epoch, row.Reason))));
            Assert.Equal(1u, EpochMarks.Open(Path.Combine(root, cut)).Of(Station.Device));
            await again.Ingest.DisposeAsync();
        }

        Task CopyTo(string cut)
        {
            Copy(station.Folder, Path.Combine(root, cut, "data"));
            if (File.Exists(Path.Combine(root, EpochMarks.FileName)))
                File.Copy(Path.Combine(root, EpochMarks.FileName), Path.Combine(root, cut, EpochMarks.FileName));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task An_epoch_whose_mark_cannot_be_written_is_given_to_nobody_until_it_can()
    {
        var station = Open("data");
        var recorder = await station.OpenWithRecorderAsync();
        var marks = Path.Combine(root, EpochMarks.FileName);
        File.Delete(marks);
        Directory.CreateDirectory(marks);
        // The second time its record is in the log.
        for (var asked = 0; asked < 2; asked++)
            await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: true));
        Assert.DoesNotContain(station.Commands, static command => command.StartsWith("configure\n", StringComparison.Ordinal));
        await station.Ingest.DisposeAsync();

        Directory.Delete(marks);
        station.Open();
        await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: true));
        Assert.Contains("\nepoch=2\n", Assert.Single(station.Commands, static command => command.StartsWith("configure\n", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(2u, EpochMarks.Open(root).Of(Station.Device));
        await station.Ingest.DisposeAsync();
    }

    [Fact]
    public void A_torn_line_of_the_marks_is_passed_over_and_the_next_one_counts()
    {
        var marks = EpochMarks.Open(root);
        marks.Raise(Station.Device, 4);
        File.AppendAllText(Path.Combine(root, EpochMarks.FileName), "unit-7 5"[..7]);
        marks = EpochMarks.Open(root);
        Assert.Equal(4u, marks.Of(Station.Device));
        marks.Raise(Station.Device, 6);
        marks.Raise(Station.Device, 2);
        Assert.Equal(6u, EpochMarks.Open(root).Of(Station.Device));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("-1")]
    public async Task A_counter_that_is_no_number_is_told_and_messages_go_down_from_the_clock(string content)
    {
        await Open("data").OpenWithRecorderAsync();
        var station = stations[^1];
        Assert.Empty(station.Ingest.Status().Alerts);
        await station.Ingest.DisposeAsync();
        File.WriteAllText(Path.Combine(station.Folder, "counter"), content);
        station.Open();
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "counter_unreadable" && alert.Message.Contains("clock", StringComparison.Ordinal));
        await station.Ingest.DisposeAsync();
    }

    [Theory]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("unit-7 4\n\0\0\0\0")]
    [InlineData("unit-7 4\nunit-8 \u00e9")]
    [InlineData("unit-7 4\nUNIT-8 5\n")]
    [InlineData("unit-7 99999999999\n")]
    [InlineData("unit-7 4 5\n")]
    [InlineData("unit-7 4\nunit-7-unit-7-unit-7-unit-7-unit-7-unit-7")]
    [InlineData("rubbish\nthat\nsays\nnothing\n")]
    public void Marks_that_say_something_else_are_refused_and_not_taken_for_none(string content)
    {
        File.WriteAllText(Path.Combine(root, EpochMarks.FileName), content, System.Text.Encoding.Latin1);
        var refused = Assert.Throws<InvalidOperationException>(() => EpochMarks.Open(root));
        Assert.Contains("backup of the keys folder", refused.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Path.Combine(root, EpochMarks.FileName), System.Text.Encoding.Latin1));
    }

    [Fact]
    public void Marks_cut_at_any_byte_are_read_also_when_others_came_behind()
    {
        const string Written = "unit-7 4\n\nu-8 12\n";
        for (var length = 0; length <= Written.Length; length++)
        {
            File.WriteAllText(Path.Combine(root, EpochMarks.FileName), Written[..length]);
            EpochMarks.Open(root).Raise(DeviceId.Parse("u-9"), 3);
            Assert.Equal(3u, EpochMarks.Open(root).Of(DeviceId.Parse("u-9")));
        }
    }

    private readonly List<Station> stations = [];

    private Station Open(string name, Station? like = null)
    {
        var station = new Station(Path.Combine(root, name), options => options with { EpochMarks = EpochMarks.Open(root) }) { Key = like?.Key ?? GatewayKey.Create() };
        stations.Add(station);
        return station;
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "lock")
                continue; // held by a log that is open
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
