using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Evidence;

namespace BodyCam.EndToEnd.Tests;

public sealed class TamperTests
{
    [Fact]
    public async Task A_byte_changed_while_the_power_was_off_is_named_by_verify_after_the_upload()
    {
        await using var site = await Site.StartAsync(linkUp: false);
        site.Board.RecordButton.Press();
        site.Run(9);
        site.Recorder.CutPower();
        var path = Path.Combine(site.Recorder.CardFolder, "bodycam", "e1", "r1", "1.mkv");
        var bytes = File.ReadAllBytes(path);
        var at = bytes.Length / 2;
        bytes[at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
        site.Recorder.PowerOn();
        site.Run(15);
        site.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        site.Run(6);
        site.Board.Network.SetLink(true);
        site.WaitUntilSafe();
        var tampered = new SegmentKey(Site.Device, 1, 1, 1);

        var stored = Path.Combine(site.Folder, "data", "segments", tampered.RelativePath);
        Assert.Equal(RefusalReason.None, Seal.TryParse(File.ReadAllBytes(stored + ".seal"), out var seal));
        Assert.True(seal!.Flags.HasFlag(SealFlags.AuthenticatorMismatch));
        Assert.True(seal.CoveredBytes <= (ulong)at);
        Assert.Equal(bytes[..(int)seal.CoveredBytes], File.ReadAllBytes(stored + ".mkv"));

        var report = await site.VerifyAsync();
        var finding = Assert.Single(report.Findings, static finding => finding.Code == "tampered_before_recovery");
        Assert.Equal(tampered, finding.Segment);
        Assert.Equal(FindingSeverity.Warning, finding.Severity);

        // The same from the command line, with the recorders' keys: the authenticators of what is covered hold.
        var (_, output, error) = Cli.Bodycam("verify", Path.Combine(site.Folder, "data"), "--gateway-key", Path.Combine(site.Folder, "data", "gateway.pem"), "--keys", Path.Combine(site.Folder, "keys"), "--json");
        var said = JsonDocument.Parse(output).RootElement.GetRawText();
        Assert.True(said.Contains("tampered_before_recovery", StringComparison.Ordinal), error + said);
        Assert.DoesNotContain("\"authenticator\"", said, StringComparison.Ordinal);
        var (_, text, _) = Cli.Bodycam("verify", Path.Combine(site.Folder, "data"), "--gateway-key", Path.Combine(site.Folder, "data", "gateway.pem"));
        Assert.Contains(text.Split('\n'), line => line.Contains("changed on the card while the power was off", StringComparison.Ordinal) && line.Contains(tampered.ToString(), StringComparison.Ordinal));
    }
}
