namespace BodyCam.Fire.Tests;

/// <summary>One gateway, one recorder, and a disk that has no room for some calls of each shift; it may never end and never need a restart.</summary>
internal sealed class FullDisk : IAsyncDisposable
{
    private const int Enospc = 28;
    private static readonly FileCall[] needRoom = [FileCall.Write, FileCall.Create, FileCall.MakeFolder];
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(3);

    private readonly Place place = new();
    private readonly FaultPlan faults;
    private GatewayRun gateway = null!;
    private Fleet fleet = null!;

    private FullDisk() => faults = new FaultPlan(place.Data);

    /// <summary>Files that had no room, with the calls that failed.</summary>
    public SortedDictionary<string, long> Hits { get; } = new(StringComparer.Ordinal);

    public static async Task<FullDisk> StartAsync()
    {
        var disk = new FullDisk();
        disk.gateway = await GatewayRun.ServeAsync(disk.place, disk.faults);
        disk.fleet = await Fleet.ProvisionAsync(
            disk.place, 1, 1, new Habits(), TimeSpan.FromHours(1),
            make: static (card, port) => new StreamingRecorder(card, port, TimeSpan.FromHours(1)) { OfferEvery = TimeSpan.FromMilliseconds(300), IsFilming = false });
        disk.fleet.Start();
        return disk;
    }

    /// <summary>A shift during which some calls have no room; it ends when everything is receipted and the fault has happened.</summary>
    /// <param name="nth">First call without room.</param>
    /// <param name="times">Calls in a row.</param>
    /// <param name="part">Only on paths with this in them; empty = any.</param>
    public async Task ShiftAsync(int nth, int times, string part)
    {
        var recorder = fleet.Recorders[0];
        faults.Arm(Fault.Error, nth, needRoom, Enospc, times, part);
        recorder.Card.FilmShift();
        await Fleet.UntilAsync(() => gateway.HasExited || (recorder.Card.Owed.Count == 0 && (faults.Fired > 0 || part.Length == 0)), patience, () => $"{Said(nth, part)}: {recorder.Card.Owed.Count} owed, fired {faults.Fired}, {string.Join(' ', recorder.Refusals)}");
        Assert.False(gateway.HasExited, gateway.HasExited ? $"{Said(nth, part)} ended it: {gateway.Log}" : "");
        faults.Disarm();
        var hit = faults.Fired == 0 ? "none" : Path.GetRelativePath(place.Data, faults.Hit).Split('/')[0];
        Hits[hit] = Hits.GetValueOrDefault(hit) + faults.Fired;
        fleet.Check(Said(nth, part), proveAll: true);
    }

    public async Task EndAsync()
    {
        await fleet.FinishAsync(patience);
        await fleet.Recorders[0].DisposeAsync();
        Assert.Equal(0, await gateway.EndAsync());
        fleet.Check("at the end", proveAll: true);
        fleet.Verify();
    }

    public async ValueTask DisposeAsync()
    {
        if (fleet is not null)
            await fleet.DisposeAsync();
        gateway?.Dispose();
        faults.Dispose();
        place.Dispose();
    }

    private string Said(int nth, string part) => $"no room at call {nth} {part} ({faults.Hit})";
}
