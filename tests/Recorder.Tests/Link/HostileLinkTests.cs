using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Wire;

namespace BodyCam.Recorder.Tests;

/// <summary>Whatever comes down the link: the recording goes on, nothing is marked, and the right messages are taken afterwards.</summary>
public sealed class HostileLinkTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20_261_121)]
    public void Truncated_lengthened_bent_and_random_messages_do_not_hurt_a_recording(int seed)
    {
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        using var bench = new Bench();
        using var station = new FakeStation(bench) { GivesReceipts = false };
        bench.StartRecording(seconds: 12);
        bench.Stop();
        station.AwaitFootage(bench);
        var held = station.Footage[0];
        byte[][] right =
        [
            station.Written(station.Honest(held.Seal!, ReceiptState.Archived)),
            DownMessages.Missing(held.Key, held.Seal!.SealDigest, [new ChunkRange(0, 1), new ChunkRange(2, 3)], 1, station.Keys.CommandKey(station.Device, 1)),
            DownMessages.Refusal(RefusalReason.Conflict, held.Key, 0, 2, station.Keys.CommandKey(station.Device, 1)),
            station.Command("locate", ("seconds", "60")),
        ];
        bench.Board.RecordButton.Press();
        bench.Run(5);
        var before = CardLedger.Footage(bench)[held.Key];
        var (frames, begin) = (bench.Board.Camera.DeliveredCount, bench.Board.Now);
        var sent = 0;
        for (var round = 0; round < 120; round++)
        {
            for (var many = 0; many < 5; many++, sent++)
                station.Send(Bent(right[random.Next(right.Length)], random));
            bench.Run(0.25);
        }

        bench.Run(5);
        Assert.Equal(before, CardLedger.Footage(bench)[held.Key]);
        Assert.Equal(1, station.ConnectCount);
        Assert.Equal("recording", station.Status.Text("state"));
        var perSecond = (bench.Board.Camera.DeliveredCount - frames) / (bench.Board.Now - begin).TotalSeconds;
        TestContext.Current.SendDiagnosticMessage($"{sent} messages, {perSecond:F1} frames a second meanwhile, {bench.Journal().Count} journal lines");
        Assert.True(perSecond >= 1.5, $"{perSecond:F1} frames a second");
        Assert.Contains("receiptRefused", bench.Events());
        Assert.InRange(bench.Events().Count(static name => name == "counterReplayed"), 1, 2);

        bench.Stop();
        station.Send(station.Written(station.Honest(held.Seal!)));
        station.AwaitFootage(bench);
        bench.Run(5);
        Assert.Equal(CardLedger.Receipted, CardLedger.Footage(bench)[held.Key]);
        bench.AssertEveryFrameIsThere();
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_message_far_longer_than_any_of_the_protocol_is_passed_over()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 5);
        foreach (byte type in new byte[] { 16, 17, 18, 19, 200 })
        {
            var huge = new byte[100_000];
            (huge[0], huge[1], huge[2], huge[3]) = (1, type, 1, 1);
            station.Send(huge);
            bench.Run(4);
        }

        station.Send([], [1], [19]);
        bench.Run(5);
        Assert.Equal(1, station.ConnectCount);
        bench.Stop();
        station.AwaitFootage(bench);
        bench.Run(5);
        Assert.All(CardLedger.Footage(bench).Values, static state => Assert.Equal(CardLedger.Receipted, state));
        bench.AssertEveryFrameIsThere();
        bench.AssertEverySegmentHolds();
    }

    [Theory]
    [InlineData("length without an end", new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData("type 0", new byte[] { 0x00, 0x00 })]
    [InlineData("publish without a topic", new byte[] { 0x30, 0x00 })]
    [InlineData("topic longer than the packet", new byte[] { 0x32, 0x04, 0xFF, 0xFF, 0x41, 0x41 })]
    public void Bytes_that_are_no_mqtt_cost_at_most_the_connection(string what, byte[] bytes)
    {
        TestContext.Current.SendDiagnosticMessage(what);
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 8);
        station.SendRaw(bytes);
        bench.Run(15);
        bench.Stop();
        station.AwaitFootage(bench);
        bench.Run(5);
        Assert.InRange(station.ConnectCount, 1, 2);
        Assert.All(CardLedger.Footage(bench).Values, static state => Assert.Equal(CardLedger.Receipted, state));
        bench.AssertEveryFrameIsThere();
        bench.AssertEverySegmentHolds();
    }

    private static byte[] Bent(byte[] message, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return message[..random.Next(message.Length)];
            case 1:
                var longer = new byte[message.Length + random.Next(1, 2000)];
                message.CopyTo(longer, 0);
                return longer;
            case 2:
                var bent = message.ToArray();
                // The signature at a receipt's end is for people; the recorder goes by the MAC.
                bent[random.Next(2, bent.Length - (bent[1] == 16 ? 64 : 0))] ^= (byte)(1 << random.Next(8));
                return bent;
            default:
                var noise = new byte[random.Next(3000)];
                random.NextBytes(noise);
                if (noise.Length > 2)
                    (noise[0], noise[1]) = (1, (byte)random.Next(16, 20));
                return noise;
        }
    }
}
