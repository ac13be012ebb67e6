using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using BodyCam.Log;

namespace BodyCam.EndToEnd.Tests;

/// <summary>The gateway as an operator runs it: its pages, its time, its log lines, its end.</summary>
public sealed partial class GatewayCommandTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-gateway-" + Path.GetRandomFileName());
    private readonly Process gateway;
    private readonly Task<string> log;
    private readonly JsonElement ports;
    private readonly HttpClient client;

    public GatewayCommandTests()
    {
        gateway = Cli.Start("dotnet", [Cli.Path, "gateway", .. Arguments]);
        ports = JsonDocument.Parse(gateway.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the gateway did not start: " + gateway.StandardError.ReadToEnd())).RootElement;
        log = gateway.StandardError.ReadToEndAsync();
        client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports.GetProperty("httpPort").GetInt32()}") };
    }

    private string[] Arguments => ["--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--archive", Path.Combine(folder, "archive"), "--mqtt-port", "0", "--http-port", "0", "--sntp-port", "0", "--json"];

    private string Token => File.ReadAllText(Path.Combine(folder, "keys", "admin.token"));

    public void Dispose()
    {
        if (!gateway.HasExited)
            gateway.Kill();
        gateway.Dispose();
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Status_health_and_checkpoint_say_what_is_there()
    {
        Assert.Equal("{\"status\":\"ok\"}", await client.GetStringAsync("/health"));
        using var status = JsonDocument.Parse(await client.GetStringAsync("/status"));
        Assert.False(status.RootElement.GetProperty("gateway").GetProperty("storageFull").GetBoolean());
        Assert.Equal(JsonValueKind.Object, status.RootElement.GetProperty("recorders").ValueKind);
        var note = await client.GetByteArrayAsync("/checkpoint");
        var key = LogPublicKey.FromPem(await File.ReadAllTextAsync(Path.Combine(folder, "data", "gateway.pem")))!;
        Assert.Equal(CheckpointVerdict.Valid, CheckpointNote.Verify(note, key, out _));
    }

    [Fact]
    public async Task Metrics_follow_the_exposition_format()
    {
        await ProvisionAsync(Token);
        var text = await client.GetStringAsync("/metrics");
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => Assert.Matches(MetricLine(), line));
        // The rules that the gateway works by, and the provisioning.
        Assert.Contains("bodycam_log_size 2", text, StringComparison.Ordinal);
        foreach (var histogram in Regex.Matches(text, "^# TYPE ([a-z_]+) histogram$", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Select(static match => match.Groups[1].Value))
            Assert.Contains(histogram + "_bucket{le=\"+Inf\"}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorder_is_provisioned_only_with_the_token()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await ProvisionAsync(null)).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ProvisionAsync(Token + "0")).Code);
        var (code, body) = await ProvisionAsync(Token);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(1, body.GetProperty("epoch").GetInt32());
        var (bad, problem) = await ProvisionAsync(Token, "Not An Id");
        Assert.Equal(HttpStatusCode.BadRequest, bad);
        Assert.Contains("Use 3 to 32", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_is_answered_as_RFC_4330_has_it_and_nonsense_is_not()
    {
        using var socket = new UdpClient();
        socket.Connect("127.0.0.1", ports.GetProperty("sntpPort").GetInt32());
        await socket.SendAsync(new byte[] { 1, 2, 3 });
        await socket.SendAsync(new byte[400]);
        var question = new byte[48];
        question[0] = 0x23;
        question[2] = 6;
        question.AsSpan(40).Fill(0x5A);
        var before = TimeProvider.System.GetUtcNow();
        await socket.SendAsync(question);
        var answer = (await socket.ReceiveAsync(TestContext.Current.CancellationToken)).Buffer;
        Assert.Equal(48, answer.Length);
        Assert.Equal(0x24, answer[0]);
        Assert.InRange(answer[1], 1, 15);
        Assert.Equal(question[40..], answer[24..32]);
        var seconds = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(40)) - 2_208_988_800 + (BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(44)) / 4294967296.0);
        Assert.InRange(seconds, before.ToUnixTimeMilliseconds() / 1000.0 - 0.001, before.ToUnixTimeMilliseconds() / 1000.0 + 30);
    }

    [Fact]
    public async Task Asked_to_end_it_ends_in_order_and_its_log_is_a_JSON_object_a_line()
    {
        await ProvisionAsync(Token);
        Assert.Equal(0, Cli.Run("kill", "-TERM", $"{gateway.Id}").Code);
        await gateway.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, gateway.ExitCode);
        var lines = (await log).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
        File.Copy(Path.Combine(folder, "data", "gateway.pem"), Path.Combine(folder, "kept.pem"));
        Assert.Equal(0, Cli.Bodycam("verify", Path.Combine(folder, "data"), "--gateway-key", Path.Combine(folder, "kept.pem")).Code);
    }

    [Fact]
    public void A_second_gateway_over_the_same_folder_and_a_taken_port_are_refused_with_what_to_do()
    {
        var (code, _, error) = Cli.Bodycam(["gateway", .. Arguments]);
        Assert.Equal(2, code);
        Assert.Matches("(?i)another|in use|running", error);
        var taken = ports.GetProperty("httpPort").GetInt32();
        (code, _, error) = Cli.Bodycam("gateway", "--data", Path.Combine(folder, "other"), "--keys", Path.Combine(folder, "other-keys"), "--mqtt-port", "0", "--http-port", $"{taken}");
        Assert.Equal(2, code);
        Assert.Contains($"{taken}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_names_each_check_and_what_to_do()
    {
        var (_, output, _) = Cli.Bodycam("doctor", "--data", folder, "--json");
        var checks = JsonDocument.Parse(output).RootElement.GetProperty("checks").EnumerateArray().ToList();
        Assert.Equal(["runtime", "SQLite", "ffmpeg", "openssl", "disk", "fsync", "clock"], checks.Select(static check => check.GetProperty("name").GetString()));
        Assert.All(checks.Where(static check => check.GetProperty("grade").GetString() != "passed"), static check => Assert.NotEmpty(check.GetProperty("remedy").GetString()!));
        Assert.Equal(2, Cli.Bodycam("doctor", "--data", Path.Combine(folder, "nowhere")).Code);
    }

    private async Task<(HttpStatusCode Code, JsonElement Body)> ProvisionAsync(string? token, string id = "unit-7")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/recorders/{Uri.EscapeDataString(id)}/provision");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    [GeneratedRegex("""^(# TYPE [a-zA-Z_:][\w:]* (counter|gauge|histogram)|[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\]|\\.)*",?)*\})? -?([0-9.]+([eE][-+]?\d+)?))$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricLine();
}
