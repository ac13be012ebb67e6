using BodyCam.Core;
using BodyCam.Evidence;

namespace BodyCam.EndToEnd.Tests;

public sealed class CardStoryTests
{
    [Fact]
    public async Task A_swapped_card_opens_a_new_epoch_and_uploads_go_on_without_conflicts()
    {
        await using var site = await Site.StartAsync();
        site.Record(8);
        site.WaitUntilSafe();
        site.Recorder.CutPower();
        site.Board.Card.Remove();
        site.Board.Card.Insert(Path.Combine(site.Folder, "other-card"));
        site.Recorder.PowerOn();
        await GoesOnInEpochAsync(site, 2, conflictsMax: 0);
    }

    [Fact]
    public async Task A_card_put_back_as_an_older_copy_opens_a_new_epoch_and_uploads_go_on_with_no_storm_of_conflicts()
    {
        await using var site = await Site.StartAsync();
        site.Record(6);
        site.WaitUntilSafe();
        var copy = Path.Combine(site.Folder, "older-copy");
        site.Board.Card.Snapshot(copy);
        site.Record(6);
        site.WaitUntilSafe();
        site.Recorder.CutPower();
        site.Board.Card.Restore(copy);
        site.Recorder.PowerOn();
        // The copy's open journal segment was sealed otherwise in the meantime: that one is a conflict, and on record as such.
        await GoesOnInEpochAsync(site, 2, conflictsMax: 2);
    }

    [Fact]
    public async Task After_the_flash_was_erased_and_the_recorder_provisioned_anew_the_old_epochs_segments_still_arrive()
    {
        await using var site = await Site.StartAsync(linkUp: false);
        site.Record(8);
        site.Recorder.CutPower();
        site.Board.EraseFlash();
        site.Recorder.Provision(await Site.FileAsync(site.Gateway, "reissued"));
        site.Board.Network.SetLink(true);
        site.Recorder.PowerOn();
        site.Run(5);
        site.Record(8);
        site.WaitUntilSafe();
        var recordings = site.Gateway.Ingest.Catalog.Recordings(Site.Device);
        Assert.Contains(recordings, static recording => recording is { Epoch: 1, IsComplete: true });
        Assert.Contains(recordings, static recording => recording.Epoch == 2 && recording.IsComplete);
        var report = await site.VerifyAsync();
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        Assert.Contains(report.Findings, static finding => finding.Code == "new_epoch");
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "conflict");
    }

    [Fact]
    public async Task A_rotten_byte_and_a_gone_middle_segment_are_named_and_the_spool_still_drains()
    {
        await using var site = await Site.StartAsync(linkUp: false);
        site.Record(36);
        var footage = Directory.EnumerateFiles(Path.Combine(site.Recorder.CardFolder, "bodycam", "e1", "r1"), "*.mkv").Order(StringComparer.Ordinal).ToList();
        Assert.True(footage.Count >= 3, $"{footage.Count} segments");
        site.Recorder.CutPower();
        var rotten = File.ReadAllBytes(footage[0]);
        rotten[5000] ^= 1;
        File.WriteAllBytes(footage[0], rotten);
        File.Delete(footage[1]);
        site.Board.Network.SetLink(true);
        site.Recorder.PowerOn();
        site.WaitUntilSafe();
        site.WaitUntil("the archive of what is damaged", () => site.Gateway.Ingest.Catalog.CountByState().GetValueOrDefault(ReceiptState.Damaged) == 2);
        var report = await site.VerifyAsync();
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        Assert.Equal([new SegmentKey(Site.Device, 1, 1, 1), new SegmentKey(Site.Device, 1, 1, 2)], report.Findings.Where(static finding => finding.Code == "damaged").Select(static finding => finding.Segment!.Value).Order());
    }

    private static async Task GoesOnInEpochAsync(Site site, uint epoch, int conflictsMax)
    {
        site.WaitUntil("the new epoch", () => site.Gateway.StatusOf(Site.Device).Contains($"\"epoch\":{epoch},", StringComparison.Ordinal));
        site.Run(8);
        site.Record(8);
        site.WaitUntil("the new epoch's recording", () => site.Gateway.Ingest.Catalog.Recordings(Site.Device).Any(recording => recording.Epoch == epoch && recording.IsComplete));
        if (conflictsMax == 0)
            site.WaitUntilSafe();
        Assert.True(site.Gateway.Ingest.Status().Alerts.Where(static alert => alert.Code == "conflict").Sum(static alert => alert.Count) <= conflictsMax);
        var report = await site.VerifyAsync();
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        Assert.Contains(report.Findings, static finding => finding.Code == "new_epoch");
    }
}
