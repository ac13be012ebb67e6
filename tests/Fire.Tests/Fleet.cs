using System.Diagnostics;
using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Keys;

namespace BodyCam.Fire.Tests;

/// <summary>Many recorders of one gateway, with what they were promised.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly ECDsa gatewayKey = ECDsa.Create();
    private readonly Place place;

    private Fleet(Place place)
    {
        this.place = place;
        GatewayKeyPem = File.ReadAllText(Path.Combine(place.Data, "gateway.pem"));
        gatewayKey.ImportFromPem(GatewayKeyPem);
        Keys = new KeyRing(File.ReadAllBytes(Path.Combine(place.Keys, KeyFolder.MasterFile)));
        Oracle = new Oracle(place.Data, GatewayKeyPem);
    }

    public List<StreamingRecorder> Recorders { get; } = [];

    public string GatewayKeyPem { get; }

    public KeyRing Keys { get; }

    public Oracle Oracle { get; }

    public IReadOnlyCollection<Promise> Promises => [.. Recorders.SelectMany(static recorder => recorder.Card.Promises.Values)];

    public int PromiseCount => Recorders.Sum(static recorder => recorder.Card.Promises.Count);

    /// <summary>Provisions recorders at a gateway that serves; they do not live yet.</summary>
    /// <param name="port">Where they connect: the gateway, or what stands between.</param>
    public static async Task<Fleet> ProvisionAsync(Place place, int count, int seed, Habits habits, TimeSpan every, Func<int, Func<int>>? port = null, Func<RecorderCard, Func<int>, StreamingRecorder>? make = null)
    {
        var fleet = new Fleet(place);
        for (var number = 0; number < count; number++)
        {
            var device = DeviceId.Parse($"unit-{number:D3}");
            var card = new RecorderCard(device, fleet.Keys, await place.ProvisionAsync(device.Text), fleet.gatewayKey, habits, unchecked(seed + (number * 7919)));
            var where = port?.Invoke(number) ?? (() => place.MqttPort);
            fleet.Recorders.Add(make?.Invoke(card, where) ?? new StreamingRecorder(card, where, every));
        }

        return fleet;
    }

    public void Start()
    {
        foreach (var recorder in Recorders)
            recorder.Start();
    }

    /// <summary>Waits until so many promises were given.</summary>
    public Task PromisedAsync(int count, TimeSpan within, GatewayRun? gateway = null) => UntilAsync(() => PromiseCount >= count || gateway?.HasExited == true, within, () => $"{PromiseCount} of {count} receipts: {Owing()}");

    /// <summary>Films no more and waits until everything has its receipt.</summary>
    public async Task FinishAsync(TimeSpan within)
    {
        foreach (var recorder in Recorders)
        {
            recorder.IsFilming = false;
            recorder.Card.Finish();
        }

        await UntilAsync(() => Recorders.All(static recorder => recorder.Card.Owed.Count == 0), within, Owing);
        Assert.Empty(Complaints());
        Assert.Equal(Recorders.Sum(static recorder => recorder.Card.MadeCount), PromiseCount);
    }

    public IReadOnlyList<string> Complaints() => [.. Recorders.SelectMany(static recorder => recorder.Card.Complaints).Take(20)];

    /// <summary>Checks every promise and fails with what is broken.</summary>
    public void Check(string when, bool proveAll = false)
    {
        var broken = Oracle.Broken(Promises, proveAll);
        Assert.True(broken.Count == 0, $"{when}: {broken.Count} broken promises:\n{string.Join('\n', broken.Take(20))}");
        Assert.Empty(Complaints());
    }

    /// <summary>The verifier finds nothing; only where the gateway does not run.</summary>
    public void Verify()
    {
        var found = Oracle.Verified();
        Assert.True(found.Count == 0, string.Join('\n', found.Take(20)));
    }

    /// <summary><c>bodycam verify</c> as a process, with the key from outside.</summary>
    public void VerifyByProcess()
    {
        var key = Path.Combine(place.Root, "outside.pem");
        File.WriteAllText(key, GatewayKeyPem);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [GatewayRun.Program, "verify", place.Data, "--gateway-key", key, "--keys", place.Keys]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said + errors.Result);
    }

    /// <summary>Waits for a condition, without a fixed sleep.</summary>
    public static async Task UntilAsync(Func<bool> condition, TimeSpan within, Func<string> what)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > within)
                Assert.Fail($"not within {within.TotalSeconds:F0} s: {what()}");
            await timer.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Recorders.Select(static recorder => recorder.DisposeAsync().AsTask()));
        gatewayKey.Dispose();
    }

    private string Owing() => string.Join(", ", Recorders.Where(static recorder => recorder.Card.Owed.Count > 0).Select(static recorder => $"{recorder.Card.Device} owes {string.Join(' ', recorder.Card.Owed.Take(3).Select(static segment => $"{segment.Key.Recording}/{segment.Key.Segment}"))} (sessions {recorder.SessionCount}, refusals {string.Join(' ', recorder.Refusals)})").Take(8)) + "; " + string.Join("; ", Complaints());
}
