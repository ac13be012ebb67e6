using System.Buffers.Binary;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Wire;

namespace BodyCam.Recorder.Tests;

/// <summary>Live view (protocol §3.4, command <c>live</c>): shown, never evidence, never at the recording's expense beyond the budget's share.</summary>
public sealed class LiveTests
{
    // 0.5 of the time instead of 0.745 (firmware/docs/budget.md), and what the longer sound pieces of a longer interval cost.
    private const double KeptOfFramesMin = 0.35;

    [Fact]
    public void Live_frames_come_at_most_once_a_second_and_are_the_cameras_byte_for_byte()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 10);
        Assert.Empty(station.Live);
        var from = bench.Board.Now;
        station.Send(station.Command("live", ("seconds", "30"), ("share", "100")));
        bench.Run(40);
        Assert.InRange(station.Live.Count, 5, 31);
        Assert.All(station.Live, message => Assert.InRange((message.At - from).TotalSeconds, 0, 32));
        var delivered = bench.Board.Camera.Delivered.ToDictionary(static frame => frame.At, static frame => frame.Sha256);
        var last = 0ul;
        foreach (var (at, message) in station.Live)
        {
            Assert.Equal(RefusalReason.None, LiveFrame.TryParse(message, out var frame));
            Assert.Equal(1u, frame.Recording);
            Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(frame.Jpeg)), delivered.Values);
            Assert.True(frame.MonotonicUs > last, "out of order or twice");
            // Set aside when the one before was taken, and then held until the recording leaves time for it.
            Assert.InRange(at.TotalSeconds - frame.MonotonicUs / 1e6, 0, 5);
            last = frame.MonotonicUs;
        }

        // One frame alone may be held up on its way; five in a row show the rate.
        for (var first = 0; first + 5 < station.Live.Count; first++)
            Assert.True((station.Live[first + 5].At - station.Live[first].At).TotalSeconds >= 4.5, $"frames {first} to {first + 5}");
        var count = station.Live.Count;
        bench.Run(20);
        Assert.Equal(count, station.Live.Count);
        bench.Stop();
        bench.AssertEveryFrameIsThere();
        bench.AssertEverySegmentHolds();
        TestContext.Current.SendDiagnosticMessage($"{count} live frames in 30 s");
    }

    [Fact]
    public void A_live_view_stops_on_command()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 5);
        station.Send(station.Command("live", ("seconds", "600"), ("share", "100")));
        bench.Run(15);
        Assert.NotEmpty(station.Live);
        station.Send(station.Command("live", ("seconds", "0"), ("share", "0")));
        bench.Run(2);
        var count = station.Live.Count;
        bench.Run(30);
        Assert.Equal(count, station.Live.Count);
    }

    [Fact]
    public void A_second_live_view_does_not_begin_with_a_picture_of_the_first()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 5);
        station.Send(station.Command("live", ("seconds", "8"), ("share", "100")));
        bench.Run(15);
        bench.Stop();
        bench.Board.RecordButton.Press();
        bench.Run(8);
        var (count, from) = (station.Live.Count, bench.Board.Now);
        station.Send(station.Command("live", ("seconds", "10"), ("share", "100")));
        bench.Run(12);
        Assert.True(station.Live.Count > count);
        foreach (var (_, message) in station.Live.Skip(count))
        {
            Assert.Equal(2u, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(4)));
            Assert.True(BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(8)) / 1e6 > from.TotalSeconds - 1, "a picture from before the live view was asked for");
        }
    }

    [Fact]
    public void A_live_view_costs_frames_within_its_share_and_none_of_those_taken()
    {
        var without = Recorded(live: false);
        var with = Recorded(live: true);
        TestContext.Current.SendDiagnosticMessage($"{without} frames recorded in 60 s without live view, {with} with it");
        Assert.True(with >= without * KeptOfFramesMin, $"{with} frames with live view, {without} without");
    }

    [Fact]
    public void A_live_view_whose_link_is_gone_gives_the_recording_its_time_back()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 5);
        station.Send(station.Command("live", ("seconds", "600"), ("share", "100")));
        bench.Run(10);
        bench.Board.Network.SetLink(false);
        bench.Run(5);
        var before = bench.Board.Camera.DeliveredCount;
        bench.Run(30);
        var perSecond = (bench.Board.Camera.DeliveredCount - before) / 30.0;
        TestContext.Current.SendDiagnosticMessage($"{perSecond:F1} frames a second without a link");
        Assert.True(perSecond >= 2.2, $"{perSecond} frames a second");
    }

    [Fact]
    public void Without_a_recording_a_live_view_shows_nothing()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.Recorder.PowerOn();
        bench.Run(10);
        station.Send(station.Command("live", ("seconds", "30"), ("share", "100")));
        bench.Run(30);
        Assert.Empty(station.Live);
        Assert.Empty(bench.Board.ThreadFailures);
    }

    private static int Recorded(bool live)
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 5);
        if (live)
            station.Send(station.Command("live", ("seconds", "60"), ("share", "50")));
        bench.Run(60);
        bench.Stop();
        bench.AssertEveryFrameIsThere();
        bench.AssertEverySegmentHolds();
        return bench.SegmentsOf(SegmentKind.Footage).Sum(static segment => (int)segment.Seal.FrameCount);
    }
}
