using BodyCam.Core;
using BodyCam.Core.Matroska;

namespace BodyCam.Recorder.Tests;

public sealed class TwentyCutsTests
{
    [Fact]
    public void Twenty_power_cuts_at_random_writes_lose_no_flushed_frame_and_are_explained_in_the_journal()
    {
        const int seed = 20260302;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var bench = Recording(4, seed);
        var lost = new List<int>();
        for (var cut = 0; cut < 20; cut++)
        {
            bench.Board.CutPowerAtWrite(random.Next(1, 60));
            Assert.True(bench.Board.WaitUntil(() => !bench.Board.IsPowered, TimeSpan.FromMinutes(2)), $"cut {cut}");
            bench.Recorder.PowerOn();
            bench.Run(12);
            Assert.Empty(bench.Board.ThreadFailures);
        }

        Stop(bench);
        bench.Run(30);
        var segments = bench.Segments();
        Assert.All(segments, static segment => Assert.True(segment.Holds(), segment.Path));
        var footage = segments.Where(static segment => segment.Seal.Kind == SegmentKind.Footage).ToList();
        var recordings = footage.GroupBy(static segment => segment.Seal.Key.Recording).ToList();
        foreach (var recording in recordings)
        {
            Assert.Equal(Enumerable.Range(1, recording.Count()).Select(static number => (uint)number), recording.Select(static segment => segment.Seal.Key.Segment));
            Assert.True(recording.Last().Seal.IsFinal, $"recording {recording.Key}");
        }

        // Frames on the card are the camera's, byte for byte and in order; of each cut at most the frame in progress and one write block are gone.
        var delivered = bench.Board.Camera.Delivered.Select(static frame => frame.Sha256).ToList();
        var at = 0;
        foreach (var picture in footage.SelectMany(static segment => segment.Pictures()))
        {
            var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(picture));
            var found = delivered.FindIndex(at, one => string.Equals(one, digest, StringComparison.OrdinalIgnoreCase));
            Assert.True(found >= 0, "a frame that the camera never delivered");
            lost.Add(found - at);
            at = found + 1;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{lost.Count} frames kept, {lost.Sum()} of {delivered.Count} not on the card (20 cuts, camera tests included), {recordings.Count} recordings");
        Assert.True(lost.Max() <= 3, $"{lost.Max()} frames in a row are gone");
        Assert.Contains("recovered", bench.Events());
        Assert.Contains(bench.Journal(), static line => line.Text("event") == "noteStarted" && line.Number("reason") == (long)StopReason.PowerLost);
    }

    private static Bench Recording(double seconds, int seed = 1)
    {
        var bench = new Bench(options => options with { Seed = seed });
        bench.Recorder.PowerOn();
        bench.Run(5);
        bench.Board.RecordButton.Press();
        bench.Run(seconds);
        return bench;
    }

    private static void Stop(Bench bench)
    {
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(8);
        Assert.Empty(bench.Board.ThreadFailures);
    }
}
