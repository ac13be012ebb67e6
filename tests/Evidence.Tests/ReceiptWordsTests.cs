using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>What is found about a receipt ends with the next action.</summary>
public sealed class ReceiptWordsTests(AsideFolder aside) : IClassFixture<AsideFolder>
{
    private const string Again = "Keep a copy, take the file away and start the gateway: it writes the receipt again.";
    private const string Compare = "Keep the receipt, and compare with an older copy of the log.";

    private static readonly string damaged = $"damaged/{new SegmentKey(Station.Device, 1, 1, 1).RelativePath}.receipt";
    private static readonly string stored = $"segments/{new SegmentKey(Station.Device, 1, 3, 1).RelativePath}.receipt";

    [Fact]
    public void A_receipt_of_another_time_than_the_log_says_what_to_compare() =>
        AssertSaid("receipt_differs", Compare, stored, static receipt => receipt with { StoredAtUs = receipt.StoredAtUs + 1 });

    [Fact]
    public void A_receipt_that_says_stored_where_the_log_says_damaged_says_what_to_compare() =>
        AssertSaid("receipt_state", Compare, damaged, static receipt => receipt with { State = ReceiptState.Stored });

    [Fact]
    public void A_receipt_that_says_archived_where_the_log_does_not_says_what_to_compare() =>
        AssertSaid("receipt_state", Compare, stored, static receipt => receipt with { State = ReceiptState.Archived });

    [Fact]
    public void A_receipt_that_names_another_seal_says_how_it_is_made_again() =>
        AssertSaid("receipt_differs", Again, stored, static receipt => receipt with { Entries = [receipt.Entries[0] with { SealDigest = new byte[32] }] });

    [Fact]
    public void A_receipt_with_another_mac_says_how_it_is_made_again() =>
        AssertSaid("receipt_mac", Again, stored, static receipt => receipt, new KeyRing(new byte[32]));

    [Fact]
    public void A_receipt_that_is_missing_says_that_the_gateway_is_to_be_started()
    {
        using var copy = new FolderCopy(aside.Folder);
        File.Delete(copy.At(stored));
        AssertSaid(copy, "receipt_missing", "Start the gateway.");
    }

    // The receipt is signed by the gateway's own key, with the MAC of these keys.
    private void AssertSaid(string code, string ending, string path, Func<Receipt, Receipt> change, KeyRing? keys = null)
    {
        using var copy = new FolderCopy(aside.Folder);
        Assert.Equal(RefusalReason.None, Receipt.TryParse(File.ReadAllBytes(copy.At(path)), out var receipt));
        File.Delete(copy.At(path));
        File.WriteAllBytes(copy.At(path), change(receipt!).Write((keys ?? aside.WithKeys.Keys!).ReceiptKey(Station.Device, receipt!.KeyEpoch), aside.Key));
        AssertSaid(copy, code, ending);
    }

    private void AssertSaid(FolderCopy copy, string code, string ending)
    {
        var report = Verifier.Run(copy.Path, aside.WithKeys, null);
        Assert.True(report.Findings.Any(finding => finding.Code == code && finding.Message.EndsWith(ending, StringComparison.Ordinal)), string.Join('\n', report.Findings));
    }
}
