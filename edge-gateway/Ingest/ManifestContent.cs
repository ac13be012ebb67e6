using System.Globalization;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Matroska;

namespace BodyCam.Ingest;

/// <summary>A shift manifest as its recorder wrote it (storage format §5).</summary>
/// <param name="Key">Segment of the journal chain that holds it.</param>
/// <param name="FirstRecording">First recording of the assignment.</param>
/// <param name="LastRecording">Last one.</param>
/// <param name="Recordings">Each recording's number, segment count and last seal digest in hex.</param>
/// <param name="IsWhole">True when its end line is there.</param>
public sealed record ManifestContent(SegmentKey Key, uint FirstRecording, uint LastRecording, IReadOnlyList<(uint Recording, long Segments, string LastSeal)> Recordings, bool IsWhole)
{
    private const int LacksMax = 40;

    /// <summary>Reads the lines of the segment; null when it is no manifest.</summary>
    public static ManifestContent? Read(SegmentKey key, ReadOnlySpan<byte> file)
    {
        ManifestContent? manifest = null;
        var recordings = new List<(uint Recording, long Segments, string LastSeal)>();
        var whole = false;
        foreach (var line in JournalReader.Lines(file))
        {
            if (line.Number("manifest") == 1)
                manifest = new ManifestContent(key, (uint)Math.Clamp(line.Number("firstRecording"), 0, uint.MaxValue), (uint)Math.Clamp(line.Number("lastRecording"), 0, uint.MaxValue), recordings, false);
            else if (line.Number("segments") >= 0 && line.Number("recording") is > 0 and <= uint.MaxValue)
                recordings.Add(((uint)line.Number("recording"), line.Number("segments"), line.Text("lastSeal")));
            else if (line.Number("end") == 1)
                whole = true;
        }

        return manifest is null ? null : manifest with { IsWhole = whole };
    }

    /// <summary>What the catalog lacks of it, for people; empty when complete.</summary>
    public string Lacks(ICatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var lacks = new List<string>();
        if (!IsWhole)
            lacks.Add("its own end");
        foreach (var (recording, segments, lastSeal) in Recordings)
        {
            var sum = catalog.FindRecording(Key.Device, Key.Epoch, recording);
            if (sum is null || sum.Segments + sum.Damaged < segments)
                lacks.Add(string.Create(CultureInfo.InvariantCulture, $"recording {recording}: {sum?.Segments ?? 0} of {segments} segments"));
            else if (lastSeal.Length > 0 && !(TryDigest(lastSeal, out var digest) && catalog.HasDigest(Key.Device, Key.Epoch, recording, digest)))
                lacks.Add(string.Create(CultureInfo.InvariantCulture, $"recording {recording}: its last seal"));
            if (lacks.Count >= LacksMax)
                break;
        }

        return string.Join("; ", lacks);
    }

    // What stands in the file is the recorder's word: it may be no digest at all.
    private static bool TryDigest(string hex, out byte[] digest)
    {
        digest = new byte[32];
        return hex.Length == 64 && Convert.FromHexString(hex, digest, out _, out _) == System.Buffers.OperationStatus.Done;
    }
}
