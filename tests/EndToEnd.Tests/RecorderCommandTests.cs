using System.Diagnostics;
using BodyCam.Core;
using BodyCam.Gateway;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam recorder</c> beside other recorders, over a gateway that goes away, and again with the same board.</summary>
public sealed class RecorderCommandTests : IAsyncLifetime
{
    private const string Outing = "at 00:05 press record\nat 00:09 hold record 2.5s\n";

    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-recorder-command-" + Path.GetRandomFileName());
    private GatewayHost gateway = null!;

    private string Keys => Path.Combine(folder, "keys");

    private string Address => $"http://127.0.0.1:{gateway.HttpPort}";

    public async ValueTask InitializeAsync() => gateway = await StartAsync(0, 0);

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_gateway_that_is_killed_meanwhile_is_waited_for_and_a_card_with_something_unreceipted_is_kept_and_can_be_gone_on_with()
    {
        using var first = Start("--script", Script(Outing));
        await SaidAsync(first, "running");
        var ports = (gateway.MqttPort, gateway.HttpPort);
        await gateway.DisposeAsync();
        await SaidAsync(first, "does not answer");
        // Not INT: who runs the tests in the background has it ignored.
        Assert.Equal(0, Cli.Run("kill", "-TERM", $"{first.Id}").Code);
        var said = await first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, first.ExitCode);
        Assert.DoesNotContain("storage receipt", await first.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var line = said.Split('\n').Single(static text => text.Contains("bodycam recorder ", StringComparison.Ordinal));
        var goOn = line[(line.IndexOf("bodycam recorder ", StringComparison.Ordinal) + "bodycam ".Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var kept = goOn[Array.IndexOf(goOn, "--data") + 1];
        try
        {
            Assert.NotEmpty(Directory.EnumerateFiles(kept, "*.mkv", SearchOption.AllDirectories));

            gateway = await StartAsync(ports.MqttPort, ports.HttpPort);
            var (code, _, error) = await Task.Run(() => Cli.Bodycam([.. goOn, "--pace", "8"]));
            Assert.True(code == 0, error);
            Assert.True(Assert.Single(gateway.Ingest.Catalog.Recordings(DeviceId.Parse("unit-9"))).IsComplete);
        }
        finally
        {
            Directory.Delete(kept, recursive: true);
        }
    }

    [Fact]
    public async Task With_0_seconds_what_was_broken_off_is_sent_under_its_epoch_nothing_new_is_recorded_and_the_command_ends()
    {
        var device = DeviceId.Parse("unit-9");
        var kept = Path.Combine(folder, "card");
        using var first = Start("--seconds", "600", "--data", kept);
        await SaidAsync(first, "running");
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50)))
        {
            while (!File.Exists(Path.Combine(kept, "unit-9", "card", "bodycam", "e1", "r1", "2.mkv")))
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, Cli.Run("kill", "-TERM", $"{first.Id}").Code);
        var said = await first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, first.ExitCode);
        var newest = Directory.EnumerateFiles(Path.Combine(kept, "unit-9", "card", "bodycam", "e1", "r1"), "*.mkv").Max(static path => uint.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture));
        var line = said.Split('\n').Single(static text => text.Contains("bodycam recorder ", StringComparison.Ordinal));
        var goOn = line[(line.IndexOf("bodycam recorder ", StringComparison.Ordinal) + "bodycam ".Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var epochs = await File.ReadAllTextAsync(Path.Combine(Keys, "epochs.txt"), TestContext.Current.CancellationToken);

        for (var count = 1; count <= 2; count++)
        {
            var (code, _, error) = await Task.Run(() => Cli.Bodycam([.. goOn, "--pace", "8"]));
            Assert.True(code == 0, error);
            Assert.Equal(epochs, await File.ReadAllTextAsync(Path.Combine(Keys, "epochs.txt"), TestContext.Current.CancellationToken));
            Assert.True(Assert.Single(gateway.Ingest.Catalog.Recordings(device)).IsComplete);
            Assert.Equal(newest, gateway.Ingest.Catalog.Segments(device, 1).Where(static row => row.Key.Recording > 0).Max(static row => row.Key.Segment));
        }
    }

    [Fact]
    public async Task With_0_seconds_and_no_card_that_was_kept_nothing_is_made_and_no_epoch_is_taken()
    {
        var elsewhere = Path.Combine(folder, "elsewhere");
        var (code, _, error) = await Task.Run(() => Cli.Bodycam("recorder", "--id", "unit-9", "--gateway", Address, "--token-file", Path.Combine(Keys, "admin.token"), "--data", elsewhere, "--seconds", "0"));
        Assert.Equal(2, code);
        Assert.Contains("nothing to send: name with --data the folder that was kept", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(elsewhere));
        Assert.False(File.Exists(Path.Combine(Keys, "epochs.txt")));
    }

    [Fact]
    public async Task A_gateway_that_comes_back_gets_the_rest_and_the_command_ends_by_itself()
    {
        using var run = Start("--script", Script(Outing));
        await SaidAsync(run, "running");
        var ports = (gateway.MqttPort, gateway.HttpPort);
        await gateway.DisposeAsync();
        await SaidAsync(run, "does not answer");
        gateway = await StartAsync(ports.MqttPort, ports.HttpPort);
        var rest = await run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, rest);
        Assert.DoesNotContain("does not answer", rest, StringComparison.Ordinal);
        Assert.True(Assert.Single(gateway.Ingest.Catalog.Recordings(DeviceId.Parse("unit-9"))).IsComplete);
    }

    [Fact]
    public async Task A_board_that_ran_before_goes_on_with_its_card_and_nowhere_else()
    {
        await Task.Run(() => Assert.Equal(0, Cli.Bodycam("board", "new", "bc-01", "--keys", Keys, "--out", Path.Combine(folder, "boards")).Code));
        var board = Path.Combine(folder, "boards", "bc-01");
        string[] line = ["recorder", "--board", board, "--gateway", Address, "--script", Script(Outing), "--pace", "8"];
        for (var count = 1; count <= 2; count++)
        {
            var (code, _, error) = await Task.Run(() => Cli.Bodycam(line));
            Assert.True(code == 0, error);
            var recordings = gateway.Ingest.Catalog.Recordings(DeviceId.Parse("bc-01"));
            Assert.Equal(count, recordings.Count);
            Assert.All(recordings, static recording => Assert.True(recording.IsComplete));
        }

        var (refused, _, why) = await Task.Run(() => Cli.Bodycam([.. line, "--data", Path.Combine(folder, "elsewhere")]));
        Assert.Equal(2, refused);
        Assert.Contains("epoch 1 of bc-01", why, StringComparison.Ordinal);
        Assert.Contains("--again", why, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "elsewhere")));
    }

    [Theory]
    [InlineData("--pace", "--pace", "0")]
    [InlineData("--pace", "--pace", "NaN")]
    [InlineData("--count", "--count", "0")]
    [InlineData("--seconds", "--seconds", "-5")]
    [InlineData("one recorder", "--keyboard", "--count", "2")]
    [InlineData("only one of", "--board", "somewhere")]
    [InlineData("--gateway", "--gateway", "nope")]
    [InlineData("in the clear", "--gateway", "http://192.0.2.1:8080")]
    [InlineData("name an MJPEG file or a folder of JPEG files with --footage", "--footage", "/nonexist")]
    [InlineData("name an MJPEG file or a folder of JPEG files with --footage", "--footage", "/proc/self")]
    [InlineData("there is no file /nonexist: name the script with --script", "--script", "/nonexist")]
    [InlineData("/proc is a folder: name the script with --script", "--script", "/proc")]
    [InlineData("/nonexist is missing", "--token-file", "/nonexist")]
    [InlineData("/proc/x takes no files", "--data", "/proc/x")]
    [InlineData("/proc/version is a file: name a folder with --data", "--data", "/proc/version")]
    public async Task What_cannot_be_run_is_named_before_anything_is_made(string named, params string[] more)
    {
        (string Option, string Value)[] usual = [("--gateway", Address), ("--token-file", Path.Combine(Keys, "admin.token")), ("--data", Path.Combine(folder, "recorder"))];
        var (code, output, error) = await Task.Run(() => Cli.Bodycam(["recorder", "--id", "unit-9", .. usual.Where(pair => !more.Contains(pair.Option)).SelectMany(static pair => new[] { pair.Option, pair.Value }), .. more]));
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(Directory.Exists(Path.Combine(folder, "recorder")));
        Assert.DoesNotContain("unit-9", File.Exists(Path.Combine(Keys, "epochs.txt")) ? await File.ReadAllTextAsync(Path.Combine(Keys, "epochs.txt"), TestContext.Current.CancellationToken) : "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_gateway_is_told_as_that_and_leaves_no_folder()
    {
        var token = Path.Combine(folder, "bad.token");
        await File.WriteAllTextAsync(token, new string('a', 64), TestContext.Current.CancellationToken);
        var (code, _, error) = await Task.Run(() => Cli.Bodycam("recorder", "--id", "unit-9", "--gateway", Address, "--token-file", token, "--data", Path.Combine(folder, "recorder")));
        Assert.Equal(2, code);
        Assert.Contains($"the token in {token} is not this gateway's", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "recorder")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_board_that_the_gateway_refuses_ends_the_command_with_what_it_said_and_what_to_do(bool tls)
    {
        await gateway.DisposeAsync();
        gateway = await StartAsync(0, 0, tls);
        await Task.Run(() => Assert.Equal(0, Cli.Bodycam("board", "new", "bc-01", "--keys", Keys, "--out", Path.Combine(folder, "boards")).Code));
        await Task.Run(() => Assert.Equal(0, Cli.Bodycam("board", "revoke", "bc-01", "--reason", "stolen", "--keys", Keys).Code));
        var (code, output, error) = await Task.Run(() => Cli.Bodycam("recorder", "--board", Path.Combine(folder, "boards", "bc-01"), "--gateway", Address, "--seconds", "3", "--pace", "8", "--json"));
        Assert.Equal(1, code);
        // Under TLS 1.3 the recorder's side of the handshake is done when the gateway refuses its certificate.
        Assert.Contains(tls ? "bc-01 does not get in: " : "bc-01 does not get in: the gateway refused the login.", error, StringComparison.Ordinal);
        Assert.Contains("bodycam board new bc-01 --again", error, StringComparison.Ordinal);
        Assert.Contains("board show bc-01", System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static async Task SaidAsync(Process run, string part)
    {
        while (await run.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains(part, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"the command ended without saying '{part}'");
    }

    private Task<GatewayHost> StartAsync(int mqttPort, int httpPort, bool tls = false) =>
        GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Keys, MqttPort = mqttPort, HttpPort = httpPort, SntpPort = 0, Tls = tls, LogJson = false });

    private string Script(string text)
    {
        var path = Path.Combine(folder, "outing.script");
        File.WriteAllText(path, text);
        return path;
    }

    private Process Start(params string[] more) =>
        Cli.Start("dotnet", [Cli.Path, "recorder", "--id", "unit-9", "--gateway", Address, "--token-file", Path.Combine(Keys, "admin.token"), "--pace", "8", .. more]);
}
