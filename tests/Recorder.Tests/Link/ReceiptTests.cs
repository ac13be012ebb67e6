using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Wire;

namespace BodyCam.Recorder.Tests;

/// <summary>Receipts over the link to the shipped firmware (protocol §4.1). Wrong ones say <em>archived</em>, which frees at once where it is believed.</summary>
public sealed class ReceiptTests
{
    private static readonly DeviceId Other = DeviceId.Parse("unit-8");

    [Theory]
    [InlineData("MAC of another key", 4)]
    [InlineData("one bit of the MAC flipped", 4)]
    [InlineData("one bit of the body flipped", 4)]
    [InlineData("bytes of another segment's receipt with the entry renamed", 4)]
    [InlineData("another segment's digest under a right MAC", 6)]
    [InlineData("one bit of the seal digest flipped before the MAC", 6)]
    [InlineData("right and wrong digest in one receipt", 6)]
    [InlineData("another recorder's receipt", 2)]
    [InlineData("another recorder's name under this one's key", 2)]
    [InlineData("key of another epoch", 3)]
    [InlineData("segments of another epoch", 5)]
    [InlineData("a segment that does not exist", 5)]
    [InlineData("an older checkpoint", 7)]
    [InlineData("the same checkpoint size with another root", 7)]
    [InlineData("cut in the middle", 1)]
    [InlineData("one byte too long", 1)]
    [InlineData("state 4", 1)]
    public void A_wrong_receipt_frees_and_marks_nothing_is_journalled_and_the_right_one_is_taken_afterwards(string what, int outcome)
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var first = station.Segment(1, 1).Seal!;
        var second = station.Segment(1, 2).Seal!;
        station.Send(station.Written(station.Honest(first)));
        bench.Run(11);
        var before = CardLedger.Footage(bench);
        var unreceipted = station.Status.Number("unreceipted");
        Assert.Equal(CardLedger.Receipted, before[first.Key]);
        Assert.Equal(CardLedger.Sealed, before[second.Key]);

        var honest = station.Honest(second, ReceiptState.Archived);
        var right = station.Written(honest);
        station.Send(what switch
        {
            "MAC of another key" => station.Written(honest, station.Keys.CommandKey(station.Device, 1)),
            "one bit of the MAC flipped" => Flipped(right, right.Length - 96),
            "one bit of the body flipped" => Flipped(right, 44),
            "bytes of another segment's receipt with the entry renamed" => Renamed(station.Written(station.Honest(first, ReceiptState.Archived)), 2),
            "another segment's digest under a right MAC" => station.Written(honest with { Entries = [new ReceiptEntry(1, 2, first.SealDigest.ToArray())] }),
            "one bit of the seal digest flipped before the MAC" => station.Written(honest with { Entries = [new ReceiptEntry(1, 2, Flipped(second.SealDigest.ToArray(), 31))] }),
            "right and wrong digest in one receipt" => station.Written(honest with { Entries = [honest.Entries[0], new ReceiptEntry(1, 1, second.SealDigest.ToArray())] }),
            "another recorder's receipt" => station.Written(honest with { Device = Other }),
            "another recorder's name under this one's key" => station.Written(honest with { Device = Other }, station.Keys.ReceiptKey(station.Device, 1)),
            "key of another epoch" => station.Written(honest with { KeyEpoch = 2 }),
            "segments of another epoch" => station.Written(honest with { Epoch = 2 }),
            "a segment that does not exist" => station.Written(honest with { Entries = [new ReceiptEntry(1, 4000, second.SealDigest.ToArray())] }),
            "an older checkpoint" => station.Written(honest with { CheckpointSize = 0 }),
            "the same checkpoint size with another root" => station.Written(honest with { CheckpointSize = honest.CheckpointSize - 1 }),
            "cut in the middle" => right[..150],
            "one byte too long" => [.. right, 0],
            "state 4" => station.Written(honest with { State = (ReceiptState)4 }),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        });
        bench.Run(15);

        Assert.Equal(before, CardLedger.Footage(bench));
        Assert.Equal(unreceipted, station.Status.Number("unreceipted"));
        Assert.All(bench.SegmentsOf(SegmentKind.Footage), static segment => Assert.True(segment.Holds(), segment.Path));
        var name = outcome == 7 ? "checkpointOlder" : "receiptRefused";
        Assert.Equal(outcome, bench.Line(name).Number("outcome"));
        Assert.DoesNotContain("freed", bench.Events());

        station.Send(station.Written(station.Honest(second)));
        bench.Run(15);
        Assert.Equal(CardLedger.Receipted, CardLedger.Footage(bench)[second.Key]);
        Assert.Equal(unreceipted - 1, station.Status.Number("unreceipted"));
        Assert.Single(bench.Journal(), line => line.Text("event") is "receiptRefused" or "checkpointOlder");
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void Refused_receipts_are_journalled_once_a_minute_for_each_reason_with_the_number_passed_over()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var honest = station.Honest(station.Segment(1, 2).Seal!);
        var forged = station.Written(honest, station.Keys.CommandKey(station.Device, 1));
        for (var round = 0; round < 30; round++)
        {
            station.Send(forged, station.Written(honest with { Device = Other }));
            bench.Run(0.5);
        }

        Assert.Equal(2, bench.Events().Count(static name => name == "receiptRefused"));
        bench.Run(60);
        station.Send(forged);
        bench.Run(3);
        var lines = bench.Journal().Where(static line => line.Text("event") == "receiptRefused").ToList();
        Assert.Equal(3, lines.Count);
        Assert.Equal(29, lines[^1].Number("more"));
        Assert.All(lines[..2], static line => Assert.Equal(-1, line.Number("more")));
    }

    [Fact]
    public void The_receipt_of_one_segment_sent_again_says_nothing_of_another()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var receipt = station.Written(station.Honest(station.Segment(1, 1).Seal!));
        station.Send(receipt);
        bench.Run(3);
        var before = CardLedger.Footage(bench);
        for (var again = 0; again < 5; again++)
        {
            station.Send(receipt);
            bench.Run(1);
        }

        Assert.Equal(before, CardLedger.Footage(bench));
        Assert.Single(before.Values, CardLedger.Receipted);
        Assert.DoesNotContain("receiptRefused", bench.Events());
    }

    [Fact]
    public void A_receipt_of_the_epoch_before_frees_nothing_after_a_new_epoch_was_configured()
    {
        using var bench = new Bench();
        using var station = Uploaded(bench);
        var late = station.Honest(station.Segment(1, 1).Seal!, ReceiptState.Archived);
        var underOldKey = station.Written(late);
        station.Send(station.Command("configure", [.. Core.Keys.ProvisioningFile.Lines(Bench.Keys, Bench.Device, 2, 0, bench.Values).Select(static pair => (pair.Key, pair.Value))]));
        bench.Run(3);
        station.Epoch = 2;
        bench.Run(20);
        Assert.Equal(2, bench.Board.BootCount);
        Assert.Equal(2, station.Status.Number("epoch"));
        var before = CardLedger.Footage(bench);
        station.Send(underOldKey);
        bench.Run(5);
        Assert.Equal(before, CardLedger.Footage(bench));
        Assert.Equal(3, bench.Line("receiptRefused").Number("outcome"));

        // The old epoch's segment is taken over under the key in force.
        station.Send(station.Written(late with { KeyEpoch = 2 }));
        bench.Run(5);
        Assert.Equal(CardLedger.Erased, CardLedger.Footage(bench)[station.Footage[0].Key]);
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_card_without_room_frees_what_has_its_receipt_and_nothing_else()
    {
        using var bench = new Bench(static options => options with { CardBytes = 64 << 20 }, new Core.Keys.ProvisioningValues { CardBytes = 64 << 20, StorageStopBytes = 50 << 20 });
        bench.StartRecording(seconds: 60);
        Assert.Equal((long)StopReason.LowStorage, bench.Line("interrupted").Number("reason"));
        using var station = new FakeStation(bench) { GivesReceipts = false };
        station.AwaitFootage(bench, secondsMax: 480);
        var footage = CardLedger.Footage(bench);
        Assert.True(footage.Count >= 3, $"{footage.Count} segments");
        foreach (var segment in station.Footage)
            station.Send(station.Written(station.Honest(segment.Seal!), station.Keys.ReceiptKey(Other, 1)));
        bench.Run(10);
        Assert.Equal(footage, CardLedger.Footage(bench));
        Assert.DoesNotContain("freed", bench.Events());

        var first = station.Footage[0];
        station.Send(station.Written(station.Honest(first.Seal!)));
        bench.Run(10);
        Assert.Equal(CardLedger.Erased, CardLedger.Footage(bench)[first.Key]);
        Assert.Equal(1, bench.Line("freed").Number("segments"));
        Assert.Equal(footage.Count - 1, bench.SegmentsOf(SegmentKind.Footage).Count);
        Assert.Empty(bench.Board.ThreadFailures);
    }

    /// <summary>Two segments recorded, stopped, and at the station without a receipt.</summary>
    private static FakeStation Uploaded(Bench bench)
    {
        var station = new FakeStation(bench) { GivesReceipts = false };
        bench.StartRecording(seconds: 13);
        bench.Stop();
        station.AwaitFootage(bench);
        bench.Run(11);
        return station;
    }

    private static byte[] Flipped(byte[] message, int at)
    {
        var copy = message.ToArray();
        copy[at] ^= 1;
        return copy;
    }

    private static byte[] Renamed(byte[] receipt, byte segment)
    {
        var copy = receipt.ToArray();
        copy[144] = segment;
        return copy;
    }
}
