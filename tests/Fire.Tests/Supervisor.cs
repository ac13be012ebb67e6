using System.Net.Sockets;

namespace BodyCam.Fire.Tests;

/// <summary>Starts the gateway again whenever it ends, as a service manager does; a plan of faults holds for the first life only.</summary>
internal sealed class Supervisor : IAsyncDisposable
{
    private const int LivesMax = 4;
    private readonly Place place;
    private readonly FaultPlan faults;
    private readonly CancellationTokenSource stop = new();
    private readonly Task watching;
    private volatile GatewayRun gateway;
    private volatile bool ending;

    public Supervisor(Place place, FaultPlan faults)
    {
        this.place = place;
        this.faults = faults;
        gateway = GatewayRun.Launch(place, faults);
        watching = Task.Run(WatchAsync);
    }

    /// <summary>Called with the dead gateway's folder before it is started again.</summary>
    public Action? BeforeRestart { get; set; }

    /// <summary>The present life.</summary>
    public GatewayRun Gateway => gateway;

    /// <summary>Exit codes of the lives that ended by themselves or by a fault, with what they said.</summary>
    public List<(int Code, string Log)> Ended { get; } = [];

    /// <summary>Repeats a call until the gateway that answers is there for it.</summary>
    public async Task<T> WithGatewayAsync<T>(Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await gateway.ServesAsync())
                    return await call();
            }
            catch (Exception failure) when (failure is HttpRequestException or SocketException or IOException or TaskCanceledException or InvalidOperationException && attempt < 200 && !watching.IsFaulted)
            {
                // It died in the middle of it, or is not there yet.
            }

            await Task.WhenAny(watching, Task.Delay(50));
            if (watching.IsFaulted)
                await watching;
        }
    }

    /// <summary>Ends it in order; if a fault meets it in its end, it is started and ended once more.</summary>
    public async Task EndAsync()
    {
        ending = true;
        await watching.WaitAsync(TimeSpan.FromMinutes(3));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (gateway.HasExited && attempt == 0)
            {
                // Between the last look of the watch and this one.
                Ended.Add((gateway.Process.ExitCode, gateway.Log));
                faults.Disarm();
            }

            if (gateway.HasExited || !await gateway.ServesAsync())
                gateway = await GatewayRun.ServeAsync(place);
            if (await gateway.EndAsync() is var code && code == 0)
                return;
            Ended.Add((code, gateway.Log));
            faults.Disarm();
        }

        Assert.Fail($"it does not end in order: {string.Join('\n', Ended.Select(static end => $"{end.Code}: {end.Log}"))}");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAny(watching);
        gateway.Dispose();
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!stop.IsCancellationRequested && !ending)
        {
            if (!gateway.HasExited)
            {
                await Task.WhenAny(gateway.Process.WaitForExitAsync(stop.Token), Task.Delay(50, stop.Token));
                continue;
            }

            Ended.Add((gateway.Process.ExitCode, gateway.Log));
            if (Ended.Count >= LivesMax)
                throw new InvalidOperationException($"the gateway ended {LivesMax} times: {string.Join('\n', Ended.Select(static end => $"{end.Code}: {end.Log}"))}");
            faults.Disarm();
            BeforeRestart?.Invoke();
            gateway = GatewayRun.Launch(place, faults);
        }
    }
}
