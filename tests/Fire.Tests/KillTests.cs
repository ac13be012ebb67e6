using System.Globalization;

namespace BodyCam.Fire.Tests;

/// <summary>kill -9 of the real gateway at random moments, sixteen recorders streaming.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int RecorderCount = 16;
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(10)]
    public Task A_gateway_killed_under_load_keeps_everything_that_it_receipted(int kills) => KillAsync(kills);

    [Theory(Explicit = true)]
    [InlineData(200)]
    public Task A_gateway_killed_200_times_under_load_keeps_everything_that_it_receipted(int kills) => KillAsync(kills);

    private async Task KillAsync(int kills)
    {
        var seed = Environment.GetEnvironmentVariable("BODYCAM_SEED") is { Length: > 0 } said ? int.Parse(said, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}; replay with BODYCAM_SEED (the process's own timing stays its own)");
        var dice = new Random(seed);
        using var place = new Place();
        var gateway = await GatewayRun.ServeAsync(place);
        try
        {
            await using var fleet = await Fleet.ProvisionAsync(place, RecorderCount, seed, new Habits(), TimeSpan.FromMilliseconds(40));
            fleet.Start();
            var early = 0;
            for (var kill = 1; kill <= kills; kill++)
            {
                // One in four dies while it starts, the others in the middle of the upload.
                if (kill > 1 && dice.Next(4) == 0)
                {
                    early++;
                    await Task.WhenAny(Task.Delay(dice.Next(50, 1200)), gateway.Process.WaitForExitAsync());
                }
                else
                {
                    await fleet.PromisedAsync(fleet.PromiseCount + dice.Next(1, 120), patience, gateway);
                }

                Assert.False(gateway.HasExited, gateway.HasExited ? $"before kill {kill} the gateway ended by itself: {gateway.Log}" : "");
                gateway.Dispose();
                gateway = GatewayRun.Launch(place);
                if (kill % 10 == 0 || kill <= 3)
                {
                    Assert.True(await gateway.ServesAsync(), $"after kill {kill} it did not start");
                    fleet.Check($"after kill {kill}");
                }
            }

            Assert.True(await gateway.ServesAsync());
            await fleet.FinishAsync(patience);
            gateway.Dispose();
            gateway = await GatewayRun.ServeAsync(place);
            fleet.Check("at the end", proveAll: true);
            // Ended in order, so that the catalog is at the log's end too.
            Assert.Equal(0, await gateway.EndAsync());
            fleet.Verify();
            fleet.VerifyByProcess();
            output.WriteLine($"{kills} kills, {early} of them within 1.2 s of the start; {fleet.PromiseCount} segments receipted, none lost; {fleet.Recorders.Sum(static one => one.SessionCount)} sessions, {fleet.Recorders.Sum(static one => one.Card.Repeated)} receipts repeated, {fleet.Recorders.Sum(static one => one.Card.Older)} with an older checkpoint");
        }
        finally
        {
            gateway.Dispose();
        }
    }
}
