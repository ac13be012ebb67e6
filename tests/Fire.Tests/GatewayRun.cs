using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace BodyCam.Fire.Tests;

/// <summary>One life of the gateway as a process, <c>bodycam gateway</c> as it was built.</summary>
internal sealed class GatewayRun : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(3);
    private readonly Task<string?> said;
    private readonly Task<string> errors;
    private bool isDisposed;

    private GatewayRun(Process process)
    {
        Process = process;
        Started = Stopwatch.GetTimestamp();
        errors = process.StandardError.ReadToEndAsync();
        said = process.StandardOutput.ReadLineAsync();
    }

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "bodycam.dll");

    public Process Process { get; }

    /// <summary>Timestamp of its start.</summary>
    public long Started { get; }

    public bool HasExited => Process.HasExited;

    /// <summary>Standard error, once it has ended.</summary>
    public string Log => errors.GetAwaiter().GetResult();

    /// <summary>Starts it; it serves some time later or dies.</summary>
    public static GatewayRun Launch(Place place, FaultPlan? faults = null)
    {
        List<string> line = [Program, "gateway", "--data", place.Data, "--keys", place.Keys, "--mqtt-port", Text(place.MqttPort), "--http-port", Text(place.HttpPort), "--json"];
        if (place.Archive is { } archive)
            line.AddRange(["--archive", archive]);
        var start = new ProcessStartInfo("dotnet", line) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in faults?.Variables ?? [])
            start.Environment[name] = value;
        return new GatewayRun(Process.Start(start)!);
    }

    /// <summary>Starts it and waits until it serves.</summary>
    public static async Task<GatewayRun> ServeAsync(Place place, FaultPlan? faults = null)
    {
        var run = Launch(place, faults);
        return await run.ServesAsync() ? run : throw new InvalidOperationException($"the gateway did not start (exit code {run.Process.ExitCode}): {run.Log}");
    }

    /// <summary>Waits until it serves; false when it died before.</summary>
    public async Task<bool> ServesAsync()
    {
        var line = await said.WaitAsync(patience);
        if (line is null)
            await EndsAsync();
        return line is not null;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndsAsync()
    {
        using var limit = new CancellationTokenSource(patience);
        await Process.WaitForExitAsync(limit.Token);
        return Process.ExitCode;
    }

    /// <summary>SIGTERM, as a service manager ends it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        using var sent = Process.Start("kill", ["-TERM", Text(Process.Id)]);
        return await EndsAsync();
    }

    /// <summary>kill -9; it is gone when this returns.</summary>
    public void Kill()
    {
        if (!Process.HasExited)
            Process.Kill();
        Process.WaitForExit();
    }

    /// <summary>A figure of <c>/proc/PID/status</c> in KiB, such as VmRSS.</summary>
    public long MemoryKib(string name)
    {
        var line = File.ReadLines($"/proc/{Process.Id}/status").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        Kill();
        Process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Folders and ports of one gateway through all its lives.</summary>
internal sealed class Place : IDisposable
{
    private const int PortMin = 12_000;
    private const int PortCount = 20_000;

    private static readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static int drawn = Random.Shared.Next(PortCount);

    public string Root { get; } = Directory.CreateTempSubdirectory("bodycam-fire-").FullName;

    public string Data => Path.Combine(Root, "data");

    public string Keys => Path.Combine(Root, "keys");

    public string? Archive { get; set; }

    public int MqttPort { get; } = FreePort();

    public int HttpPort { get; } = FreePort();

    public Uri Url => new($"http://127.0.0.1:{HttpPort}");

    /// <summary>Gives a recorder its next epoch.</summary>
    public async Task<uint> ProvisionAsync(string device)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, $"/api/v1/recorders/{device}/provision"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await File.ReadAllTextAsync(Path.Combine(Keys, "admin.token")));
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return uint.Parse(body.RootElement.GetProperty("file").GetString()!.Split('\n').First(static line => line.StartsWith("epoch=", StringComparison.Ordinal))[6..], CultureInfo.InvariantCulture);
    }

    public Task<string> AskAsync(string path) => client.GetStringAsync(new Uri(Url, path));

    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("BODYCAM_KEEP") is null)
            Directory.Delete(Root, recursive: true);
    }

    // Below those that the kernel gives to clients: one that connects while the gateway is down could be given its port, and be connected with itself.
    private static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, PortMin + (Interlocked.Increment(ref drawn) % PortCount));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody else has it.
            }
        }
    }
}
