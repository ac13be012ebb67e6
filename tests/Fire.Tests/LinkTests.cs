using System.Globalization;
using BodyCam.TestKit;

namespace BodyCam.Fire.Tests;

/// <summary>Recorders behind a link that resets, stalls, slices, swallows and half-closes; the gateway stays up.</summary>
public sealed class LinkTests(ITestOutputHelper output)
{
    private const int RecorderCount = 8;
    private const int SegmentsEach = 12;
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Over_a_link_that_does_everything_wrong_each_segment_ends_receipted_and_stands_once()
    {
        var seed = Environment.GetEnvironmentVariable("BODYCAM_SEED") is { Length: > 0 } said ? int.Parse(said, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}; replay with BODYCAM_SEED");
        using var place = new Place();
        using var gateway = await GatewayRun.ServeAsync(place);
        await using var proxy = new FaultProxy(() => place.MqttPort, seed, bytesMax: 120_000, stallMsMax: 1500);
        await using var fleet = await Fleet.ProvisionAsync(
            place, RecorderCount, seed, new Habits(), TimeSpan.FromMilliseconds(20), _ => () => proxy.Port,
            static (card, port) => new StreamingRecorder(card, port, TimeSpan.FromMilliseconds(20)) { RepeatAfter = TimeSpan.FromMilliseconds(400), OfferEvery = TimeSpan.FromMilliseconds(700) });
        fleet.Start();
        LinkFault[] wanted = [LinkFault.Reset, LinkFault.Stall, LinkFault.Slice, LinkFault.Swallow, LinkFault.HalfClose];
        await Fleet.UntilAsync(() => fleet.Recorders.All(static one => one.Card.Promises.Count >= SegmentsEach) && wanted.All(proxy.Fired.ContainsKey) && proxy.Swallowed.Count == 2, patience, () => $"{fleet.PromiseCount} receipts; {Told(proxy)}");
        await fleet.FinishAsync(patience);
        fleet.Check("at the end", proveAll: true);
        Assert.Equal(0, await gateway.EndAsync());
        fleet.Verify();
        output.WriteLine($"{fleet.PromiseCount} segments over {proxy.ConnectionCount} connections; {Told(proxy)}; {fleet.Recorders.Sum(static one => one.Card.Repeated)} receipts repeated");
    }

    private static string Told(FaultProxy proxy) => $"{string.Join(", ", proxy.Fired.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key} {pair.Value}"))}, swallowed {string.Join(", ", proxy.Swallowed.OrderBy(static pair => pair.Key).Select(static pair => $"{(pair.Key == 4 ? "PUBACK" : "PUBLISH")} {pair.Value}"))}";
}
