using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BodyCam.Gateway;
using BodyCam.Mqtt.Client;
using BodyCam.Mqtt.Codec;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam board test</c> against a gateway and a recorder's own messages.</summary>
public sealed partial class BoardTestTests : IAsyncDisposable
{
    private static readonly string[] items = ["camera", "microphone", "cardWrite", "cardRead", "clock", "gauge", "recordButton", "noteButton", "recordLed", "statusLed", "buzzer", "wifi", "gateway", "heap", "psram"];

    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-board-").FullName;
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(40));
    private GatewayHost? gateway;

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null)
            await gateway.DisposeAsync();
        patience.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_passed_test_leaves_a_sheet_whose_signature_openssl_checks_and_a_page_with_every_item()
    {
        await using var board = await BoardAsync();
        var test = Test("--remark", "<b>第一批</b>");
        await AnswerAsync(board, 3, items.Select(static item => (item, 0)));
        var (code, said, err) = await test;
        Assert.True(code == 0, err);
        using var answer = JsonDocument.Parse(said);
        Assert.Equal("passed", answer.RootElement.GetProperty("verdict").GetString());
        var (sheet, signature, page) = (answer.RootElement.GetProperty("sheet").GetString()!, answer.RootElement.GetProperty("signature").GetString()!, File.ReadAllText(answer.RootElement.GetProperty("page").GetString()!));
        await File.WriteAllTextAsync(Path.Combine(folder, "gateway.pem"), gateway!.PublicKeyPem, patience.Token);
        Assert.Contains("Verified OK", Cli.Run("openssl", "dgst", "-sha256", "-verify", Path.Combine(folder, "gateway.pem"), "-signature", signature, sheet).Out, StringComparison.Ordinal);
        await File.WriteAllTextAsync(sheet, (await File.ReadAllTextAsync(sheet, patience.Token)).Replace("\"technician\": \"王\"", "\"technician\": \"李\"", StringComparison.Ordinal), patience.Token);
        Assert.NotEqual(0, Cli.Run("openssl", "dgst", "-sha256", "-verify", Path.Combine(folder, "gateway.pem"), "-signature", signature, sheet).Code);
        foreach (var word in new[] { "合格 Passed", "unit-7", "王", "&lt;b&gt;第一批&lt;/b&gt;", "摄像头 Camera", "外部内存 PSRAM" })
            Assert.Contains(word, page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_worst_line_decides_whatever_the_recorder_says_of_itself()
    {
        await using var board = await BoardAsync();
        var test = Test();
        await AnswerAsync(board, 1, items.Select(static item => (item, item == "gauge" ? 2 : 0)), saidGrade: 0);
        var (code, said, _) = await test;
        Assert.Equal((1, true), (code, said.Contains("\"failed\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_run_without_an_item_accepts_nothing_and_names_it()
    {
        await using var board = await BoardAsync();
        var test = Test();
        await AnswerAsync(board, 1, items.Where(static item => item != "psram").Select(static item => (item, 0)));
        var (code, said, _) = await test;
        Assert.Equal(1, code);
        using var answer = JsonDocument.Parse(said);
        Assert.Equal("incomplete", answer.RootElement.GetProperty("verdict").GetString());
        Assert.Contains("\"psram\"", await File.ReadAllTextAsync(answer.RootElement.GetProperty("sheet").GetString()!, patience.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_an_earlier_run_do_not_pass_for_the_answer_and_other_events_are_passed_over()
    {
        await using var board = await BoardAsync();
        foreach (var item in items)
            await SayAsync(board, Line(1, item, 0));
        await SayAsync(board, Line(1, "end", 0, items.Length));
        var test = Test();
        foreach (var other in new[] { "{}", "[]", "{\"selfTest\":\"x\"}", "{\"selfTest\":2}", "{\"selfTest\":2,\"item\":\"camera\",\"grade\":9,\"figure\":1,\"unit\":\"\",\"text\":\"\"}", new string('[', 900), "\u0001" })
            await SayAsync(board, other);
        await AnswerAsync(board, 2, items.Select(static item => (item, item == "buzzer" ? 1 : 0)), twice: true);
        var (code, said, err) = await test;
        Assert.True(code == 0, err);
        Assert.Contains("passed_with_warnings", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_board_that_is_away_unknown_or_silent_is_one_line_with_what_to_do()
    {
        gateway = await StartAsync();
        var (code, _, err) = await Test();
        Assert.Equal(2, code);
        Assert.Contains("was not provisioned here", err, StringComparison.Ordinal);
        await Site.FileAsync(gateway, "provisioned");
        Assert.Contains("unit-7 is not connected", (await Test()).Err, StringComparison.Ordinal);
        await using var board = await BoardAsync();
        Assert.Contains("unit-7 said nothing for 1 s", (await Test("--patience", "1")).Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_recorder_says_at_the_end_is_not_made_better_than_it_said()
    {
        await using var board = await BoardAsync();
        var test = Test();
        await AnswerAsync(board, 1, items.Select(static item => (item, 0)), saidGrade: 2);
        var (code, said, _) = await test;
        Assert.Equal((1, true), (code, said.Contains("\"failed\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_failure_behind_more_lines_than_are_kept_is_not_lost()
    {
        await using var board = await BoardAsync();
        var test = Test();
        await AnswerAsync(board, 1, items.Select(static item => (item, 0)).Concat(Enumerable.Range(0, 49).Select(static number => ($"more{number}", 0))).Append(("late", 2)), saidGrade: 0, saidCount: 64);
        var (code, said, _) = await test;
        Assert.Equal((1, true), (code, said.Contains("\"incomplete\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_line_that_comes_again_after_the_end_and_an_end_of_another_run_undo_nothing()
    {
        await using var board = await BoardAsync();
        foreach (var item in items)
            await SayAsync(board, Line(4, item, 0));
        await SayAsync(board, Line(3, "end", 0, items.Length));
        await SayAsync(board, Line(4, "end", 0, items.Length));
        await SayAsync(board, Line(4, items[0], 0));
        await SayAsync(board, Line(5, "end", 2, 0));
        var run = await RunAsync();
        Assert.Equal((4, true, items.Length), (run.GetProperty("run").GetInt32(), run.GetProperty("ended").GetBoolean(), run.GetProperty("items").GetArrayLength()));
    }

    [Fact]
    public async Task A_recorders_words_do_not_steer_the_technicians_terminal_nor_the_page()
    {
        await using var board = await BoardAsync();
        await SayAsync(board, JsonSerializer.Serialize(new { selfTest = 1, item = "camera\u001b[2J", grade = 0, figure = 1, unit = "\r\n", text = "\u009b31m</td><script>" }));
        var line = (await RunAsync()).GetProperty("items")[0];
        Assert.All((string[])["item", "unit", "text"], name => Assert.DoesNotContain(line.GetProperty(name).GetString()!, char.IsControl));
    }

    [Fact]
    public async Task What_a_board_said_before_it_was_revoked_is_not_signed_for_the_one_that_is_made_after_it()
    {
        await using var board = await BoardAsync();
        foreach (var item in items)
            await SayAsync(board, Line(1, item, 0));
        await SayAsync(board, Line(1, "end", 0, items.Length));
        Assert.True((await RunAsync()).GetProperty("ended").GetBoolean());
        await gateway!.Ingest.RevokeAsync(Site.Device, "worn", patience.Token);
        using var http = Http();
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await http.GetAsync("self-test", patience.Token)).StatusCode);
    }

    [Theory]
    [InlineData("--technician", " ", "who tests")]
    [InlineData("--technician", "a\u001bb", "who tests")]
    [InlineData("--board", "toaster", "wrover-arducam")]
    [InlineData("--gateway", "http://192.0.2.1:8080", "in the clear")]
    [InlineData("--token-file", "/nonexistent/admin.token", "admin.token")]
    [InlineData("--out", "/dev/null/sheets", "takes no files")]
    public async Task What_cannot_end_well_is_said_before_the_test_begins_and_no_token_goes_out(string option, string value, string line)
    {
        await using var board = await BoardAsync();
        string[] given = ["--gateway", $"http://127.0.0.1:{gateway!.HttpPort}", "--token-file", Path.Combine(folder, "keys", "admin.token"), "--technician", "王", "--out", Path.Combine(folder, "sheets"), "--patience", "1"];
        var index = Array.IndexOf(given, option);
        if (index >= 0)
            given[index + 1] = value;
        var (code, said, err) = Cli.Bodycam(["board", "test", "unit-7", .. given, .. index >= 0 ? Array.Empty<string>() : [option, value]]);
        Assert.Equal((2, ""), (code, said));
        Assert.Contains(line, Assert.Single(err.Trim().Split('\n')), StringComparison.Ordinal);
    }

    private HttpClient Http()
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway!.HttpPort}/api/v1/recorders/unit-7/") };
        http.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", gateway.AdminToken);
        return http;
    }

    private async Task<JsonElement> RunAsync()
    {
        using var http = Http();
        return JsonDocument.Parse(await http.GetStringAsync("self-test", patience.Token)).RootElement;
    }

    private Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, LogJson = false }, patience.Token);

    private async Task<MqttClientConnection> BoardAsync()
    {
        gateway ??= await StartAsync();
        var key = LinkKey().Match(await Site.FileAsync(gateway, "provisioned")).Groups["key"].Value;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", gateway.MqttPort, patience.Token);
        var client = new MqttClientConnection(new NetworkStream(socket, ownsSocket: true), MqttProtocolVersion.V311);
        await client.ConnectAsync(new MqttConnect { Version = MqttProtocolVersion.V311, ClientId = "unit-7", UserName = "unit-7", Password = Encoding.ASCII.GetBytes(key), CleanStart = true }, patience.Token);
        await client.SubscribeAsync([new MqttSubscriptionRequest("bodycam/v1/unit-7/down", MqttQos.AtLeastOnce)], cancellationToken: patience.Token);
        return client;
    }

    private Task<(int Code, string Out, string Err)> Test(params string[] more) =>
        Task.Run(() => Cli.Bodycam(["board", "test", "unit-7", "--gateway", $"http://127.0.0.1:{gateway!.HttpPort}", "--token-file", Path.Combine(folder, "keys", "admin.token"), "--technician", "王", "--out", Path.Combine(folder, "sheets"), "--json", .. more]));

    // Waits for the command, then says the lines as the recorder does.
    private async Task AnswerAsync(MqttClientConnection board, int run, IEnumerable<(string Item, int Grade)> lines, int? saidGrade = null, bool twice = false, int? saidCount = null)
    {
        while (!Encoding.UTF8.GetString((await board.ReceiveMessageAsync(patience.Token)).Payload.Span).Contains("selfTest", StringComparison.Ordinal))
        {
            // Something else came down first.
        }

        var (count, worst) = (0, 0);
        foreach (var (item, grade) in lines)
        {
            (count, worst) = (count + 1, Math.Max(worst, grade));
            await SayAsync(board, Line(run, item, grade));
            if (twice)
                await SayAsync(board, Line(run, item, grade));
        }

        await SayAsync(board, Line(run, "end", saidGrade ?? worst, saidCount ?? count));
    }

    private async Task SayAsync(MqttClientConnection board, string json) => await board.PublishAsync("bodycam/v1/unit-7/event", Encoding.UTF8.GetBytes(json), MqttQos.AtLeastOnce, cancellationToken: patience.Token);

    private static string Line(int run, string item, int grade, long figure = 7) => JsonSerializer.Serialize(new { selfTest = run, item, grade, figure, unit = "units", text = "" });

    [GeneratedRegex("^linkKey=(?<key>[0-9a-f]{64})$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkKey();
}
