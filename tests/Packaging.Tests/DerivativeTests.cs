using System.Diagnostics;

namespace BodyCam.Packaging.Tests;

/// <summary>Viewing copies by ffmpeg (D12).</summary>
public sealed class DerivativeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("derivative").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_viewing_copy_holds_all_segments_and_says_that_it_is_no_original()
    {
        var segments = new[] { "it's one", "two" }.Select(name => Path.Combine(folder, name + ".mkv")).ToList();
        foreach (var path in segments)
            Tool("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=321x241:rate=5:duration=2", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", path);
        var output = Path.Combine(folder, "out.mp4");
        Derivatives.Make(segments, "unit-7 epoch 1 recording 1", output);
        var said = Tool("ffprobe", "-v", "error", "-show_entries", "format=duration:format_tags=title", "-of", "default=nw=1", output);
        Assert.Contains("DERIVATIVE - NOT THE ORIGINAL: unit-7 epoch 1 recording 1", said, StringComparison.Ordinal);
        var seconds = double.Parse(said.Split('\n').First(static line => line.StartsWith("duration=", StringComparison.Ordinal))["duration=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(seconds, 3.5, 4.5);
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void What_ffmpeg_cannot_read_is_refused_with_the_next_action()
    {
        var path = Path.Combine(folder, "no.mkv");
        File.WriteAllText(path, "no footage");
        Assert.Contains("without --derivative", Assert.Throws<InvalidOperationException>(() => Derivatives.Make([path], "x", Path.Combine(folder, "out.mp4"))).Message, StringComparison.Ordinal);
    }

    private static string Tool(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }
}
