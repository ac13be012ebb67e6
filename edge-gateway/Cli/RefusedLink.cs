using System.Globalization;
using System.Text.Json;
using BodyCam.Core.Matroska;
using BodyCam.VirtualRecorder;

namespace BodyCam.Cli;

/// <summary>Whether a gateway does not let a virtual recorder in, by the journal on its card (firmware/docs/journal.md, <c>link</c>).</summary>
/// <param name="device">Device id.</param>
/// <param name="recorder">The recorder.</param>
/// <param name="time">Real time.</param>
internal sealed class RefusedLink(string device, Recorder recorder, TimeProvider time)
{
    /// <summary>The recorder tries again after 1, 2, 4, 8 … of its seconds: a refusal that stays as long was met at least four times.</summary>
    private static readonly TimeSpan refusalStay = TimeSpan.FromSeconds(20);

    /// <summary>The longest wait between two tries is 60 s: a fault that stays as long was met at least six times. Under TLS 1.3 a refused certificate is no more to the recorder than a connection that ends.</summary>
    private static readonly TimeSpan faultStay = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan realStay = TimeSpan.FromSeconds(10);

    /// <summary>No network in reach: a script's doing, or the weather's.</summary>
    private const long WifiAway = 201;

    /// <summary>Faults that waiting does not mend: certificate missing or out of date, the CA's out of date, the gateway's wrong, TLS refused.</summary>
    private static readonly long[] lastingFaults = [203, 204, 205, 207, 208];

    /// <summary>The login was refused; CONNACK codes that say so of this identity stand in <see cref="lastingAnswers"/>, others say that the gateway is busy.</summary>
    private const long LoginRefused = 210;

    /// <summary>MQTT 3.1.1: identifier rejected, bad user name or password, not authorized; MQTT 5: the same.</summary>
    private static readonly long[] lastingAnswers = [2, 4, 5, 0x85, 0x86, 0x87];

    private long number = -1;
    private long sinceReal;
    private TimeSpan sinceVirtual;

    /// <summary>Looks at the newest line about the link.</summary>
    /// <param name="isServed">False while the gateway does not answer: then nothing is concluded.</param>
    /// <returns>What people are told once the recorder does not get in for good; null otherwise.</returns>
    public string? Look(bool isServed)
    {
        if (!isServed || Newest() is not { } line || line.Number("code") is < 0 or WifiAway)
        {
            number = -1;
            return null;
        }

        if (line.Number("n") is var now && now != number)
        {
            (number, sinceReal, sinceVirtual) = (now, time.GetTimestamp(), recorder.Board.Now);
            return null;
        }

        return time.GetElapsedTime(sinceReal) < realStay || recorder.Board.Now - sinceVirtual < (IsRefusal(line) ? refusalStay : faultStay)
            ? null
            : $"{device} does not get in: {line.Text("text")}. It was revoked, its certificate is out of date or of another gateway, a clock is wrong, or its MQTT port is not this gateway's: look at 'bodycam board show {device}' and at the clocks, then give it a new identity with 'bodycam board new {device} --again'.";
    }

    private static bool IsRefusal(JsonElement line) => lastingFaults.Contains(line.Number("code")) || (line.Number("code") == LoginRefused && lastingAnswers.Contains(line.Number("answer")));

    // r0 of the newest epoch is the journal; what came before the newest start is of another run.
    private JsonElement? Newest()
    {
        try
        {
            var epochs = Path.Combine(recorder.CardFolder, "bodycam");
            if (!Directory.Exists(epochs) || Directory.EnumerateDirectories(epochs, "e*").MaxBy(static path => NumberOf(Path.GetFileName(path)[1..])) is not { } epoch || !Directory.Exists(Path.Combine(epoch, "r0")))
                return null;
            JsonElement? newest = null;
            foreach (var file in Directory.EnumerateFiles(Path.Combine(epoch, "r0"), "*.mkv").OrderBy(static path => NumberOf(Path.GetFileNameWithoutExtension(path))))
            {
                foreach (var line in JournalReader.Lines(Bytes(file)))
                    newest = line.Text("event") switch { "boot" => null, "link" => line, _ => newest };
            }

            return newest;
        }
        catch (IOException)
        {
            // The recorder writes or erases it just now: looked at again later.
            return null;
        }
    }

    private static byte[] Bytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..read];
    }

    private static long NumberOf(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
