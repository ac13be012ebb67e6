using BodyCam.Core.Keys;
using BodyCam.Core;
using BodyCam.Core.Matroska;

namespace BodyCam.Recorder.Tests;

/// <summary>A whole shift of VGA with sound at the planning prices: what is allocated, and what memory, card, link and time are taken, against firmware/docs/budget.md.</summary>
public sealed class ShiftTests
{
    private const int BlockedMsMax = 800;

    // Budget of the card: 94 kB/s recorded, and the seals, journal and ledger beside it.
    private const double CardBytesPerSecondMax = 110_000;

    // Largest object that our code may make (budget.md, memory), and all buffers together.
    private const int LargestBytesMax = 131_072;
    private const long StandingBytesMax = 450_000;

    // Made for every frame would be 1; what is made by segment, by second or for a status stays below one in two frames.
    private const double PerFrameMax = 0.5;

    [Fact]
    public void Thirty_minutes_allocate_nothing_by_frame_and_stay_within_the_budget() => Shift(minutes: 30);

    private static void Shift(int minutes)
    {
        using var firmware = new MeteredFirmware();
        using var bench = new Bench(values: new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256 << 20, ChunkBytes = 8192 });
        firmware.Load(bench);
        using var station = new FakeStation(bench);
        bench.StartRecording(seconds: 30);
        var standing = firmware.Read().Values.Sum(static site => site.Bytes);
        var before = firmware.Read();
        var (frames, copies, card, sent, begin) = (bench.Board.Camera.DeliveredCount, bench.Board.LibraryCopies, bench.Board.Card.UsedBytes, bench.Board.Network.Traffic.Sent, bench.Board.Now);
        var worstMs = 0.0;
        for (var round = 0; round < minutes * 6; round++)
        {
            var blocked = bench.Board.BlockedTime;
            bench.Run(10);
            worstMs = Math.Max(worstMs, (bench.Board.BlockedTime - blocked).TotalMilliseconds / 10);
        }

        var seconds = (bench.Board.Now - begin).TotalSeconds;
        var taken = bench.Board.Camera.DeliveredCount - frames;
        var after = firmware.Read();
        var made = after.Select(site => (Site: site.Key, Count: site.Value.Count - before.GetValueOrDefault(site.Key).Count, Bytes: site.Value.Bytes - before.GetValueOrDefault(site.Key).Bytes))
            .Where(static site => site.Count > 0).OrderByDescending(static site => site.Count).ToList();
        var cardRate = (bench.Board.Card.UsedBytes - card) / seconds;
        Say($"{taken} frames in {seconds:F0} s, worst {worstMs:F0} ms of blocking a second, card {cardRate:F0} bytes a second, {(bench.Board.Network.Traffic.Sent - sent) / seconds:F0} bytes a second sent");
        Say($"standing {standing} bytes, largest {firmware.LargestBytes}, {made.Sum(static site => site.Bytes) / seconds:F0} bytes a second allocated by our code");
        foreach (var (library, now) in bench.Board.LibraryCopies)
            Say($"{library}: {(now.Bytes - copies.GetValueOrDefault(library).Bytes) / seconds:F0} bytes a second in {(now.Copies - copies.GetValueOrDefault(library).Copies) / seconds:F1} copies");
        foreach (var site in made)
            Say($"{site.Count / seconds:F2} a second, {(double)site.Count / taken:F2} a frame: {site.Site}");
        Assert.True(taken / seconds >= 1.9, $"{taken / seconds:F1} frames a second");
        Assert.True(worstMs <= BlockedMsMax, $"{worstMs:F0} ms of blocking a second");
        Assert.True(cardRate <= CardBytesPerSecondMax, $"{cardRate:F0} bytes a second to the card");
        Assert.True(firmware.LargestBytes <= LargestBytesMax, $"an array of {firmware.LargestBytes} bytes");
        Assert.True(standing <= StandingBytesMax, $"{standing} bytes allocated before and at the start of the recording");
        var known = Known();
        Assert.Empty(made.Where(site => (double)site.Count / taken > PerFrameMax && !known.Contains(site.Site)).Select(static site => site.Site));
        bench.Stop();
        bench.AssertEveryFrameIsThere();
    }

    // The table of what is made more often than frames, but not for a frame, with its reason.
    private static HashSet<string> Known() =>
        [.. File.ReadAllLines(Path.Combine(Repository.Root, "firmware", "docs", "budget.md")).SkipWhile(static line => line != "### Made while recording")
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split('`')[1])];

    private static void Say(string line) => TestContext.Current.SendDiagnosticMessage(line);
}
