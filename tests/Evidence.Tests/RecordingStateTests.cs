using BodyCam.Core;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>The summary of a recording says what is the matter with it, and nothing of files that are whole.</summary>
public sealed class RecordingStateTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Theory]
    [InlineData("log/checkpoint")]
    [InlineData("log/records/000.jsonl")]
    public void Recordings_of_which_only_the_log_is_gone_are_not_in_the_log_and_not_damaged(string gone)
    {
        using var copy = new FolderCopy(small.Folder);
        File.Delete(copy.At(gone));
        var report = Verifier.Run(copy.Path, WithKey, null);
        Assert.NotEmpty(report.Recordings);
        Assert.All(report.Recordings, static recording => Assert.Equal("not_in_log", recording.State));
    }

    [Fact]
    public void Beyond_a_thousand_runs_of_missing_segments_their_count_is_told()
    {
        using var copy = new FolderCopy(small.Folder);
        for (uint number = 10; number < 10 + (2 * 1003); number += 2)
        {
            var part = copy.At($"parts/{new SegmentKey(Station.Device, 1, 1, number).PartPath}.chunks");
            Directory.CreateDirectory(Path.GetDirectoryName(part)!);
            File.WriteAllBytes(part, []);
        }

        var gaps = Verifier.Run(copy.Path, WithKey, null).Findings.Where(static finding => finding.Code == "segment_missing").ToList();
        Assert.Equal(1001, gaps.Count);
        Assert.Contains(gaps, static finding => finding.Message.Contains("3 more runs of segments are missing, up to segment 2014", StringComparison.Ordinal));
    }
}
