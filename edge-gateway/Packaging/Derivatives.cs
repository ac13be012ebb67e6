using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace BodyCam.Packaging;

/// <summary>Viewing copies for players without MJPEG, by the system's ffmpeg. Never an original (D12): name, picture and the file's own title say so.</summary>
public static class Derivatives
{
    /// <summary>What stands in the picture and in the title.</summary>
    public const string Mark = "DERIVATIVE - NOT THE ORIGINAL";

    /// <summary>Folder of them in a package.</summary>
    internal const string Folder = "derivative/";

    private static readonly TimeSpan timeMax = TimeSpan.FromHours(2);

    /// <summary>Makes one MP4 of a recording's segments.</summary>
    /// <param name="segments">Paths of its originals, in order; only read.</param>
    /// <param name="of">What it is made of, for the title.</param>
    /// <param name="output">The file to make.</param>
    /// <exception cref="InvalidOperationException">ffmpeg is missing or cannot; the message says what to do.</exception>
    public static void Make(IReadOnlyList<string> segments, string of, string output)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var list = string.Concat(segments.Select(static path => $"file 'file:{Path.GetFullPath(path).Replace("'", "'\\''", StringComparison.Ordinal)}'\n"));
        const string Even = "scale=trunc(iw/2)*2:trunc(ih/2)*2";
        // Without any font on the machine the picture cannot carry the words; name and title still do.
        var error = Run(list, of, output, $"{Even},drawtext=text='{Mark}':x=8:y=8:fontsize=h/24:fontcolor=white:box=1:boxcolor=black@0.6") is { } first ? Run(list, of, output, Even) ?? (first.Contains("ont", StringComparison.Ordinal) ? null : first) : null;
        if (error is not null)
            throw new InvalidOperationException($"ffmpeg made no viewing copy of {of} ({error}). Make the package without --derivative; the originals are whole without it.");
    }

    private static string? Run(string list, string of, string output, string filter)
    {
        var start = new ProcessStartInfo("ffmpeg") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in new[] { "-hide_banner", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-protocol_whitelist", "file,pipe", "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a?", "-vf", filter, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata", $"title={Mark}: {of}", "-movflags", "+faststart", output })
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var said = new StringBuilder();
            process.ErrorDataReceived += (_, line) =>
            {
                // Only what fits a message: ffmpeg may complain of every frame.
                if (line.Data is not null && said.Length < 2000)
                    said.AppendLine(line.Data);
            };
            process.BeginErrorReadLine();
            try
            {
                process.StandardInput.Write(list);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it had read the list: its own words say why.
            }

            if (!process.WaitForExit(timeMax))
            {
                process.Kill();
                return $"it took more than {timeMax.TotalHours} hours";
            }

            process.WaitForExit();
            return process.ExitCode == 0 && new FileInfo(output) is { Exists: true, Length: > 0 } ? null : said.ToString().Trim().Split('\n')[^1];
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("ffmpeg is missing: install it (package ffmpeg), or make the package without --derivative.", missing);
        }
    }
}
