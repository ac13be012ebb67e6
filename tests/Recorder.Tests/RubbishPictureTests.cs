using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

public class RubbishPictureTests
{
    [Theory]
    [InlineData(CameraFault.NoEndMarker)]
    [InlineData(CameraFault.LengthZero)]
    [InlineData(CameraFault.LengthOverflow)]
    [InlineData(CameraFault.SensorLost)]
    public void A_camera_that_captures_but_gives_no_picture_any_more_interrupts_like_a_dead_one(CameraFault fault)
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 8);
        bench.Board.Camera.Fault = fault;
        bench.Run(15);

        Assert.Equal((long)StopReason.CameraFault, bench.Line("interrupted").Number("reason"));
        Assert.Equal(StopReason.CameraFault, bench.SegmentsOf(SegmentKind.Footage)[^1].Seal.StopReason);
        bench.AssertEverySegmentHolds();
    }

    [Fact]
    public void A_second_of_pictures_without_an_end_is_outlived()
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 8);
        bench.Board.Camera.Fault = CameraFault.NoEndMarker;
        bench.Run(1.2);
        bench.Board.Camera.Fault = CameraFault.None;
        bench.Run(8);
        bench.Stop();

        Assert.DoesNotContain("interrupted", bench.Events());
        bench.AssertEverySegmentHolds();
    }
}
