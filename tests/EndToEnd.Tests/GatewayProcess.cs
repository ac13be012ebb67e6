using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace BodyCam.EndToEnd.Tests;

/// <summary>The gateway as a process of its own, as an operator starts it.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly string keys;

    private GatewayProcess(Process process, string keys, Task<string> log, JsonElement ports)
    {
        Process = process;
        this.keys = keys;
        Log = log;
        MqttPort = ports.GetProperty("mqttPort").GetInt32();
        HttpPort = ports.GetProperty("httpPort").GetInt32();
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}") };
    }

    public Process Process { get; }

    public int MqttPort { get; }

    public int HttpPort { get; }

    public HttpClient Client { get; }

    /// <summary>Standard error, once the process has ended.</summary>
    public Task<string> Log { get; }

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="data">Data folder.</param>
    /// <param name="keys">Keys folder.</param>
    /// <param name="ports">Ports of an earlier run, or free ones.</param>
    /// <param name="within">Commands that start it in their turn, as <c>unshare -m sh -c …</c>; <c>{0}</c> in them stands for its command line.</param>
    public static GatewayProcess Start(string data, string keys, (int Mqtt, int Http) ports = default, string[]? within = null)
    {
        string[] line = ["dotnet", Cli.Path, "gateway", "--data", data, "--keys", keys, "--mqtt-port", $"{ports.Mqtt}", "--http-port", $"{ports.Http}", "--json"];
        line = within is null ? line : [.. within.Select(part => string.Format(System.Globalization.CultureInfo.InvariantCulture, part, string.Join(' ', line)))];
        var process = Cli.Start(line[0], line[1..]);
        var log = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadLine();
        if (said is null)
            throw new InvalidOperationException("the gateway did not start: " + log.GetAwaiter().GetResult());
        return new GatewayProcess(process, keys, log, JsonDocument.Parse(said).RootElement);
    }

    /// <summary>The provisioning file of a recorder's next epoch.</summary>
    public async Task<string> ProvisionAsync(string device)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/recorders/{device}/provision");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await File.ReadAllTextAsync(Path.Combine(keys, "admin.token")));
        using var answer = await Client.SendAsync(request);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("file").GetString()!;
    }

    /// <summary>What <c>/status</c> says now.</summary>
    public string Status() => Client.GetStringAsync("/status").GetAwaiter().GetResult();

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (!Process.HasExited)
            Process.Kill();
        Process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        Process.Dispose();
        Client.Dispose();
    }
}
