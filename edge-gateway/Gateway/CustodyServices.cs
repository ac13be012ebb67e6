using System.Text.Json;
using BodyCam.Accounts;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Rules.Policies;
using BodyCam.Web.Api;

namespace BodyCam.Gateway;

/// <summary>The gateway's log as custody sees it.</summary>
internal sealed class IngestActLog(IngestService ingest, string dataFolder) : IActLog
{
    public long Size => ingest.Checkpoint.Checkpoint.Size;

    public ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel) => ingest.AppendAsync(records, cancel);

    public IEnumerable<LoggedAct> ReadFrom(long sequence)
    {
        foreach (var stored in new LogReader(Path.Combine(dataFolder, "log")).ReadRecords(sequence, Size))
        {
            if (stored.Type == ActJson.RecordType && stored.Utf8Json is { } bytes)
                yield return new LoggedAct(stored.Sequence, ActJson.FromRecord(bytes) ?? throw new InvalidOperationException($"Record {stored.Sequence} of the log is an act that this program cannot read: run the program that wrote it, or 'bodycam verify'."));
        }
    }
}

/// <summary>Policies by agency and day, superiors' rules first.</summary>
internal sealed class BookPolicies(PolicyBook book) : IPolicies
{
    public PolicySet? At(string policyId, DateOnly day) => book.Effective(policyId, day);
}

/// <summary>Account events as records of type <c>account</c>.</summary>
internal sealed class LoggedAccountEvents(IngestService ingest, TimeProvider time) : IAccountEvents
{
    public async ValueTask RaiseAsync(string name, string userId, string by, string detail) =>
        await ingest.AppendAsync([new LogRecord("account", JsonSerializer.SerializeToUtf8Bytes(new { type = "account", @event = name, user = userId, by, detail, at = time.GetUtcNow() }))], CancellationToken.None).ConfigureAwait(false);
}

/// <summary>Level of a spoken note, from the segments of the recording that holds it.</summary>
internal sealed class StoredSound(ICatalog catalog, string dataFolder) : ISoundLevel
{
    /// <summary>Below −50 dBFS (RMS) nothing that was said can be told from the noise of the room and the microphone (INMP441: −87 dBFS A of its own; speech at 50 cm above −40 dBFS).</summary>
    public const double SilenceDbfs = -50;

    public bool IsSilent(Interruption? interruption)
    {
        if (interruption is not { NoteRecording: { } recording, NoteFromUs: { } from } || recording.Split('.') is not [var id, var epoch, var number] || !DeviceId.TryParse(id, out var device))
            return true;
        var to = interruption.NoteToUs ?? from + 30_000_000;
        var (sum, count, loudest) = (0.0, 0L, double.NegativeInfinity);
        foreach (var row in catalog.Segments(device, uint.Parse(epoch, System.Globalization.CultureInfo.InvariantCulture), uint.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).Where(row => row.EndUs >= from && row.StartUs <= to))
        {
            var path = Path.Combine(dataFolder, "segments", row.Key.RelativePath + ".mkv");
            if (!File.Exists(path))
                continue;
            var file = File.ReadAllBytes(path);
            foreach (var block in SegmentReader.Read(file).Blocks.Where(block => block.Track == SegmentContent.SoundTrack && row.StartUs + (block.TimeMs * 1000) is var at && at >= from && at <= to))
            {
                var samples = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(file.AsSpan(block.Offset, block.Length & ~1));
                foreach (var sample in samples)
                    sum += (double)sample * sample;
                count += samples.Length;
                // A word is shorter than the window: the loudest quarter of a second counts.
                if (count >= 4000)
                {
                    loudest = Math.Max(loudest, 10 * Math.Log10(Math.Max(1, sum / count) / (32768.0 * 32768.0)));
                    (sum, count) = (0, 0);
                }
            }
        }

        return loudest < SilenceDbfs;
    }
}
