using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Recorder.Tests;

public sealed class RecordingTests
{
    [Fact]
    public void A_press_records_and_a_hold_stops_and_every_frame_is_the_cameras_byte_for_byte()
    {
        using var bench = new Bench();
        bench.Recorder.PowerOn();
        bench.Run(5);
        bench.Board.RecordButton.Press();
        bench.Run(25);
        bench.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        bench.Run(10);

        Assert.Empty(bench.Board.ThreadFailures);
        Assert.True(bench.Events().Contains("recordingStopped"), string.Join('\n', bench.Journal()));
        var segments = bench.Segments();
        Assert.All(segments, static segment => Assert.True(segment.Holds(), segment.Path));
        Assert.All(segments, static segment => Assert.True(segment.Content.IsWhole, segment.Path));
        var footage = segments.Where(static segment => segment.Seal.Kind == SegmentKind.Footage).ToList();
        Assert.True(footage.Count >= 3, $"{footage.Count} segments");
        Assert.Equal(StopReason.ActivityEnded, footage[^1].Seal.StopReason);
        Assert.True(footage[^1].Seal.IsFinal);
        Assert.Equal((uint)footage.Count, footage[^1].Seal.SegmentCount);

        var delivered = bench.Board.Camera.Delivered;
        var pictures = footage.SelectMany(static segment => segment.Pictures()).ToList();
        // The first delivered frame is the camera test of the pre-use check.
        Assert.Equal(delivered.Count - 1, pictures.Count);
        for (var index = 0; index < pictures.Count; index++)
            Assert.Equal(delivered[index + 1].Bytes.ToArray(), pictures[index]);
        Assert.All(footage, static segment => Assert.Equal((int)segment.Seal.FrameCount, segment.Content.PictureCount));
        var seconds = footage.Sum(static segment => (segment.Seal.EndMonotonicUs - segment.Seal.StartMonotonicUs) / 1e6);
        TestContext.Current.SendDiagnosticMessage($"{pictures.Count / seconds:F2} frames a second");
        Assert.True(pictures.Count / seconds >= 2.2, $"{pictures.Count} frames in {seconds:F1} s");
        Assert.All(footage, static segment => Assert.Contains(segment.Content.Blocks, static block => block.Track == SegmentContent.SoundTrack));
    }
}
