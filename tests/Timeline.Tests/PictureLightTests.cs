using System.Diagnostics;
using System.Globalization;
using BodyCam.Rules.Continuity;
using BodyCam.VirtualBoard;

namespace BodyCam.Timeline.Tests;

/// <summary>Brightness from DC coefficients against ffmpeg's decoded pixels.</summary>
public sealed class PictureLightTests
{
    [Theory]
    [InlineData("yuvj420p", "64x48")]
    [InlineData("yuvj422p", "70x50")]
    [InlineData("yuvj444p", "33x17")]
    [InlineData("gray", "100x30")]
    public void Brightness_of_even_pictures_is_ffmpegs(string format, string size)
    {
        foreach (var grey in new[] { 0, 7, 20, 128, 255 })
        {
            var hex = grey.ToString("X2", CultureInfo.InvariantCulture);
            var jpeg = Ffmpeg([], "-f", "lavfi", "-i", $"color=c=0x{hex}{hex}{hex}:s={size}", "-vf", $"format=gbrp,scale=out_range=full,format={format}", "-frames:v", "1", "-q:v", "2", "-f", "mjpeg", "-");
            Assert.Equal(Decoded(jpeg), PictureLight.Mean(jpeg)!.Value, 1.0);
            Assert.Equal(grey < 10, PictureLight.Mean(jpeg) < PictureLight.BlackBelow);
        }
    }

    [Fact]
    public void Brightness_of_the_scene_is_ffmpegs_and_only_its_faded_start_is_black()
    {
        var source = FrameFile.Load(Footage.Scene);
        foreach (var index in new[] { 0, source.FrameCount / 2, source.FrameCount - 1 })
        {
            var jpeg = source.Frame(index).ToArray();
            Assert.Equal(Decoded(jpeg), PictureLight.Mean(jpeg)!.Value, 2.0);
            Assert.Equal(index == 0, PictureLight.Mean(jpeg) < PictureLight.BlackBelow);
        }
    }

    [Fact]
    public void Foreign_cut_and_changed_bytes_give_no_figure_or_some_figure_and_never_an_exception()
    {
        var jpeg = FrameFile.Load(Footage.Scene).Frame(0).ToArray();
        Assert.Null(PictureLight.Mean([]));
        Assert.Null(PictureLight.Mean([0xFF, 0xD8, 1, 2, 3, 0xFF, 0xD9]));
        Assert.Null(PictureLight.Mean(jpeg.AsSpan(0, jpeg.Length / 2)));
        Assert.Null(PictureLight.Mean([0xFF, 0xD8, 0xFF, 0xDA, 0, 3, 0, 0xFF, 0xD9])); // a scan of nothing, with no frame before it
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var changed = jpeg.AsSpan().ToArray();
            for (var hit = 0; hit < 4; hit++)
                changed[random.Next(round < 150 ? 700 : changed.Length)] = (byte)random.Next(256);
            if (PictureLight.Mean(changed) is { } mean)
                Assert.InRange(mean, 0, 255);
        }
    }

    [Fact]
    public void Black_pictures_are_flagged_until_the_next_one_that_was_measured()
    {
        var black = Ffmpeg([], "-f", "lavfi", "-i", "color=c=black:s=64x48", "-frames:v", "1", "-f", "mjpeg", "-pix_fmt", "yuvj420p", "-");
        using var made = new HandMade();
        made.Journal(1, (0.2, "boot", "\"boot\":1"), (10, "press", "\"button\":\"record\",\"gesture\":\"short\""), (10.1, "activityStarted", "\"activity\":1"), (30, "activityEnded", "\"activity\":1"));
        made.Footage(1, 1, 10, 20);
        made.Footage(1, 2, 20, 30, final: true, picture: black);
        var timeline = TimelineReader.Read(made.Folder, HandMade.Device, 1, 1)!;
        var report = ContinuityLedger.Compute(new ContinuityInput { Policy = Qidong.Policy, Recorders = [timeline.Track] });
        Assert.Equal(HandMade.Us(10), report.Rows.Where(static row => row.Flags.HasFlag(LedgerFlags.Black)).Sum(static row => row.LengthUs));
        Assert.All(report.Rows, static row => Assert.Equal(LedgerKind.Footage, row.Kind));
    }

    private static double Decoded(byte[] jpeg)
    {
        var pixels = Ffmpeg(jpeg, "-f", "mjpeg", "-i", "-", "-vf", "extractplanes=y", "-f", "rawvideo", "-");
        return pixels.Average(static pixel => (double)pixel);
    }

    private static byte[] Ffmpeg(byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", ["-v", "error", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("ffmpeg does not start: install it.");
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        reading.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
