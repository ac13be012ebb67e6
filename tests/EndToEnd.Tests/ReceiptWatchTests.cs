using System.Text.Json;
using BodyCam.Cli;

namespace BodyCam.EndToEnd.Tests;

/// <summary>Whose receipts <c>bodycam recorder</c> counts.</summary>
public sealed class ReceiptWatchTests
{
    private static readonly WatchedRecorder own = new("lnk2", 3);

    [Theory]
    [InlineData("""{"lnk2":{"connected":true,"said":{"state":"ready","epoch":3,"unreceipted":0}}}""", true)]
    [InlineData("""{"lnk2":{"connected":true,"said":{"state":"interrupted","epoch":3,"unreceipted":0}}}""", true)]
    [InlineData("""{"other":{"connected":true,"said":{"state":"ready","epoch":3,"unreceipted":0}}}""", false)]
    [InlineData("""{"lnk2":{"connected":false,"said":{"state":"offline"}},"other":{"connected":true,"said":{"state":"ready","epoch":3,"unreceipted":0}}}""", false)]
    [InlineData("""{"lnk2":{"connected":false,"said":{"state":"ready","epoch":3,"unreceipted":0}}}""", false)]
    [InlineData("""{"lnk2":{"connected":true,"said":{"state":"ready","epoch":2,"unreceipted":0}}}""", false)]
    [InlineData("""{"lnk2":{"connected":true,"said":{"state":"ready","epoch":3,"unreceipted":5}}}""", false)]
    [InlineData("""{"lnk2":{"connected":true,"said":{"state":"recording","epoch":3,"unreceipted":0}}}""", false)]
    [InlineData("""{"lnk2":{"connected":true,"said":null}}""", false)]
    [InlineData("{}", false)]
    public void Only_the_own_recorder_connected_at_rest_and_without_anything_unreceipted_counts(string recorders, bool isSafe)
    {
        using var status = JsonDocument.Parse($$"""{"gateway":{},"recorders":{{recorders}}}""");
        Assert.Equal(isSafe, ReceiptWatch.Unsafe(status.RootElement, [own]).Count == 0);
    }

    [Fact]
    public void Of_several_those_are_named_that_are_not_safe()
    {
        using var status = JsonDocument.Parse("""{"recorders":{"lnk2":{"connected":true,"said":{"state":"ready","epoch":3,"unreceipted":0}}}}""");
        Assert.Equal([new WatchedRecorder("lnk1", 1)], ReceiptWatch.Unsafe(status.RootElement, [new WatchedRecorder("lnk1", 1), own]));
    }
}
