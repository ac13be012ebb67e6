using System.Globalization;
using System.Text.RegularExpressions;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Evidence;

namespace BodyCam.EndToEnd.Tests;

/// <summary>Ten minutes of VGA at 50 KB/s, and the recorder is destroyed in the middle: what is here is the card's, byte for byte, and what is not is named.</summary>
public sealed class DestroyedTests
{
    private const int BytesPerSecond = 50_000;

    [Fact]
    public async Task A_recorder_destroyed_in_the_middle_of_its_upload_leaves_exactly_what_was_synced_and_the_rest_is_named_segment_by_segment()
    {
        await using var site = await Site.StartAsync(pace: 16);
        site.Board.Network.BytesPerSecond = BytesPerSecond;
        site.Record(600);
        var footage = Footage(site);
        site.WaitUntil("half of the upload", () => site.Gateway.Ingest.Catalog.Recordings(Site.Device).Any(row => row.Recording == 1 && row.Segments >= footage.Count / 2), TimeSpan.FromHours(1));
        site.Recorder.CutPower();
        var report = await EndAsync(site);

        var stored = AssertStoredIsTheCards(site);
        var named = report.Findings.Where(static finding => finding.Code is "segment_missing" or "incomplete" or "orphan" && finding.Segment is { Recording: 1 }).SelectMany(Numbers).Distinct().ToList();
        Assert.Equal(Enumerable.Range(1, footage.Count).Select(static number => (uint)number), stored.Concat(named).Order());
        Assert.True(named.Count >= footage.Count / 3, $"{named.Count} of {footage.Count} segments are named as missing");
        Assert.Contains(report.Recordings, static row => row is { Recording: 1, State: "gaps" });
        TestContext.Current.TestOutputHelper!.WriteLine($"{stored.Count} of {footage.Count} segments had come, {named.Count} are named");
    }

    [Fact]
    public async Task A_recorder_destroyed_while_it_records_leaves_exactly_what_was_synced_and_the_rest_is_named()
    {
        await using var site = await Site.StartAsync(pace: 16);
        site.Board.Network.BytesPerSecond = BytesPerSecond;
        site.Board.RecordButton.Press();
        site.Run(300);
        site.Recorder.CutPower();
        var report = await EndAsync(site);

        var stored = AssertStoredIsTheCards(site);
        // The recording is named as open from its newest segment on, or as announced and missing when none came whole.
        var named = report.Findings.Single(static finding => finding.Code is "no_final_seal" or "announced_missing");
        Assert.Equal(1u, named.Segment!.Value.Recording);
        Assert.Contains(report.Recordings, static row => row.Recording == 1 && row.State is "open" or "announced_missing");
        TestContext.Current.TestOutputHelper!.WriteLine($"{stored.Count} of {Footage(site).Count} segments had come; {named.Message}");
    }

    // A run of missing segments is one finding: "… segments 3 to 7 are missing".
    private static IEnumerable<uint> Numbers(Finding finding)
    {
        var first = finding.Segment!.Value.Segment;
        var last = Regex.Match(finding.Message, $"segments {first} to ([0-9]+) are missing", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } run ? uint.Parse(run.Groups[1].Value, CultureInfo.InvariantCulture) : first;
        for (var number = first; number <= last; number++)
            yield return number;
    }

    private static List<string> Footage(Site site) => [.. Directory.EnumerateFiles(Path.Combine(site.Recorder.CardFolder, "bodycam", "e1", "r1"), "*.mkv")];

    private static async Task<VerifyReport> EndAsync(Site site)
    {
        await site.Gateway.Ingest.TickAsync(CancellationToken.None);
        await site.Gateway.Ingest.CloseOrphansAsync(Site.Device, CancellationToken.None);
        var report = await site.VerifyAsync();
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        return report;
    }

    // Every stored segment, orphan and noted chunk has the bytes of the card at that place; returns the footage segments that are stored.
    private static List<uint> AssertStoredIsTheCards(Site site)
    {
        var data = Path.Combine(site.Folder, "data");
        var stored = new List<uint>();
        foreach (var path in Directory.EnumerateFiles(data, "*.*", SearchOption.AllDirectories).Where(static path => path.EndsWith(".mkv", StringComparison.Ordinal) || path.EndsWith(".part", StringComparison.Ordinal)))
        {
            var names = Path.GetRelativePath(data, path).Split('/', 2);
            Assert.True(SegmentKey.TryParsePath(names[1], out var key), path);
            var card = File.ReadAllBytes(Path.Combine(site.Recorder.CardFolder, "bodycam", $"e{key.Epoch}", $"r{key.Recording}", $"{key.Segment}.mkv"));
            var here = File.ReadAllBytes(path);
            if (names[0] == "segments")
            {
                Assert.Equal(RefusalReason.None, Seal.TryParse(File.ReadAllBytes(Path.ChangeExtension(path, ".seal")), out var seal));
                Assert.Equal(seal!.CoveredBytes, (ulong)here.Length);
                Assert.True(card.AsSpan(0, here.Length).SequenceEqual(here), path);
                if (key.Recording == 1)
                    stored.Add(key.Segment);
                continue;
            }

            if (names[0] == "orphans")
            {
                Assert.True(card.AsSpan(0, here.Length).SequenceEqual(here), path);
                continue;
            }

            foreach (var (offset, length) in Noted(Path.ChangeExtension(path, ".chunks"), card.Length))
                Assert.True(card.AsSpan(offset, length).SequenceEqual(here.AsSpan(offset, length)), $"{path} at {offset}");
        }

        return stored;
    }

    private static IEnumerable<(int Offset, int Length)> Noted(string path, int fileBytes)
    {
        var records = File.Exists(path) ? File.ReadAllBytes(path) : [];
        for (var at = 0; at + 40 <= records.Length; at += 40)
        {
            var offset = BitConverter.ToInt32(records, at) * 8192;
            var length = BitConverter.ToInt32(records, at + 4);
            Assert.InRange(offset + length, 1, fileBytes);
            yield return (offset, length);
        }
    }
}
