using System.Buffers.Binary;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Ingest.Tests;

/// <summary>Bytes that change on the gateway's disk, and a clock that was set back: found by the simulation.</summary>
public sealed class RotTests
{
    [Fact]
    public async Task An_original_with_a_rotten_byte_gets_no_receipt_again_and_somebody_is_told()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Spoil(station, SegmentStore.SegmentPath(segment.Key), 700);
        station.ForgetDown();
        await station.UpAsync(recorder.OfferMessage(first: true, newEpoch: false, segment));
        await station.SettleAsync();
        Assert.Empty(station.Receipts);
        Assert.Contains(station.Ingest.Status().Alerts, static alert => alert.Code == "original_differs");
    }

    [Fact]
    public async Task A_part_that_changed_while_it_lay_on_the_disk_is_asked_for_again_and_not_receipted()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true, frames: 4);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        Spoil(station, $"parts/{segment.Key.PartPath}.part", 100);
        station.Time.Advance(TimeSpan.FromMinutes(2));
        for (var index = 1; index < segment.ChunkCount; index++)
            await station.UpAsync(FakeRecorder.ChunkMessage(segment, index));
        await station.SettleAsync();
        Assert.Empty(station.Receipts);
        Assert.Equal([(0, segment.ChunkCount)], Assert.Single(station.Missing).Ranges);
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task A_waiting_seal_with_a_rotten_byte_gives_way_to_the_recorders_own()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.SealMessage(segment));
        await station.CloseAsync();
        Spoil(station, $"parts/{segment.Key.PartPath}.seal", 100);
        station.Open();
        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Empty(station.Refusals);
        Assert.Equal(ReceiptState.Stored, Assert.Single(station.Receipts).State);
    }

    [Fact]
    public async Task A_file_without_a_record_that_was_set_aside_before_keeps_no_gateway_from_its_start()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        foreach (var time in new[] { 1, 2, 3 })
        {
            await station.UpAsync(FakeRecorder.SealMessage(segment));
            await station.CloseAsync();
            var stray = Path.Combine(station.Folder, SegmentStore.SegmentPath(segment.Key));
            Directory.CreateDirectory(Path.GetDirectoryName(stray)!);
            File.WriteAllText(stray, "the same other bytes each time");
            station.Open();
            Assert.Equal(time, Directory.GetFiles(Path.Combine(station.Folder, "conflicts"), "*.bin", SearchOption.AllDirectories).Length);
        }

        await station.UploadAsync(segment);
        await station.SettleAsync();
        Assert.Single(station.Receipts);
    }

    [Fact]
    public async Task Counters_rise_over_a_restart_also_when_the_clock_was_set_back()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(recorder.OfferMessage(first: false, newEpoch: false, segment));
        await station.CloseAsync();
        station.Time.Advance(-TimeSpan.FromDays(3));
        station.Open();
        await station.UpAsync(recorder.OfferMessage(first: false, newEpoch: false, segment));
        var counters = station.Down.Where(static message => message[1] == 17).Select(static message => BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(16))).ToList();
        Assert.Equal(2, counters.Count);
        Assert.True(counters[1] > counters[0], $"{counters[0]}, then {counters[1]}");
    }

    [Fact]
    public async Task Counters_rise_over_a_restart_also_when_the_clock_ran_ahead_while_the_disk_had_no_room_and_was_set_back()
    {
        await using var station = new Station();
        station.CanBeFull();
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        var offer = recorder.OfferMessage(first: false, newEpoch: false, segment);
        await station.UpAsync(offer);
        station.Room!.Below = "";
        station.Time.Advance(TimeSpan.FromDays(3));
        await station.UpAsync(offer);
        station.Time.Advance(-TimeSpan.FromDays(3));
        await station.CloseAsync();
        station.Open();
        await station.UpAsync(offer);
        var counters = station.Down.Where(static message => message[1] == 17).Select(static message => BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(16))).ToList();
        Assert.Equal(3, counters.Count);
        Assert.Equal(counters.Order().Distinct(), counters);
    }

    private static void Spoil(Station station, string path, int offset)
    {
        var full = Path.Combine(station.Folder, path);
        var bytes = File.ReadAllBytes(full);
        bytes[offset] ^= 4;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(full, bytes);
    }
}
