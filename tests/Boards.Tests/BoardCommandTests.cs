using System.Net;
using System.Text.Json;
using BodyCam.Core.Keys;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Boards.Tests;

/// <summary><c>bodycam board new|list|show|revoke</c> against a gateway, as a technician runs it.</summary>
public sealed class BoardCommandTests : IAsyncLifetime
{
    private Workshop workshop = null!;

    private string Out => Path.Combine(workshop.Folder, "boards");

    // The real clock: the command runs in a process of its own.
    public async ValueTask InitializeAsync() => workshop = await Workshop.OpenAsync(static options => options with { Time = TimeProvider.System });

    public ValueTask DisposeAsync() => workshop.DisposeAsync();

    [Fact]
    public async Task New_makes_a_folder_with_everything_a_board_needs_and_its_identity_comes_in()
    {
        var made = Json(New("bc-01", "--wifi", "station 2.4", "--wifi", "街道办", "--card-gb", "64", "--wifi-passwords", Passwords("correct horse", "")));
        var folder = Path.Combine(Out, "bc-01");
        Assert.Equal(folder, made.GetProperty("folder").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(["board.json", "bodycam.cfg", "ca.pem", "client.key", "client.pem", "files.json", "network.json"], Directory.EnumerateFiles(folder).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(folder), static path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));

        var configuration = File.ReadAllText(Path.Combine(folder, "bodycam.cfg"));
        Assert.Equal("1", Workshop.Value(configuration, "tls"));
        Assert.Equal("64000000000", Workshop.Value(configuration, "cardBytes"));
        Assert.Equal("station 2.4", Workshop.Value(configuration, "wifiSsid1"));
        Assert.Equal("correct horse", Workshop.Value(configuration, "wifiPassword1"));
        Assert.Equal("街道办", Workshop.Value(configuration, "wifiSsid2"));
        Assert.Equal("", Workshop.Value(configuration, "wifiPassword2"));
        Assert.Equal(workshop.Gateway.MqttPort.ToString(System.Globalization.CultureInfo.InvariantCulture), Workshop.Value(configuration, "gatewayPort"));

        var board = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "board.json"))).RootElement;
        Assert.Equal(["device", "epoch", "board", "serial", "notAfter", "tls"], board.EnumerateObject().Select(static property => property.Name));
        var identity = Identity("bc-01");
        Assert.Equal(board.GetProperty("serial").GetString(), identity.Certificate().SerialNumber);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(identity, caPem: File.ReadAllText(Path.Combine(folder, "ca.pem")))).Reason);
    }

    [Fact]
    public void Files_and_network_are_what_the_flasher_reads()
    {
        New("bc-01", "--wifi", "station", "--wifi-passwords", Passwords("correct horse"));
        var files = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "bc-01", "files.json"))).RootElement.GetProperty("Files").EnumerateArray().ToList();
        Assert.Equal(["I:\\ca.pem", "I:\\client.pem", "I:\\client.key", "I:\\bodycam.cfg"], files.Select(static file => file.GetProperty("DestinationFilePath").GetString()));
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(Out, "bc-01", file.GetProperty("SourceFilePath").GetString()!))));
        var client = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "bc-01", "network.json"))).RootElement.GetProperty("WirelessClient");
        Assert.Equal("station", client.GetProperty("Ssid").GetString());
        Assert.Equal("correct horse", client.GetProperty("Password").GetString());
        Assert.Equal("WPA2", client.GetProperty("Authentication").GetString());
        Assert.Equal("AutoConnect", client.GetProperty("ConfigurationOption").GetString());
        New("bc-02", "--wifi", "open", "--wifi-passwords", Passwords(""));
        client = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "bc-02", "network.json"))).RootElement.GetProperty("WirelessClient");
        Assert.Equal("Open", client.GetProperty("Authentication").GetString());
    }

    [Fact]
    public async Task Repeated_it_says_what_exists_and_changes_nothing_and_again_makes_a_new_identity()
    {
        New("bc-01", "--wifi", "station", "--wifi-passwords", Passwords("correct horse"), "--card-gb", "64", "--board", "wrover-arducam");
        var first = Identity("bc-01");
        var leaves = workshop.Gateway.Ingest.Checkpoint.Checkpoint.Size;
        var repeated = Json(New("bc-01"));
        Assert.False(repeated.GetProperty("made").GetBoolean());
        Assert.Equal(first.KeyPem, Identity("bc-01").KeyPem);
        Assert.Equal(leaves, workshop.Gateway.Ingest.Checkpoint.Checkpoint.Size);

        // A folder that is not there cannot be made up: the key was never anywhere else.
        Directory.Move(Path.Combine(Out, "bc-01"), Path.Combine(Out, "elsewhere"));
        var (code, _, error) = New("bc-01");
        Assert.Equal(2, code);
        Assert.Contains("--again", error, StringComparison.Ordinal);
        Directory.Move(Path.Combine(Out, "elsewhere"), Path.Combine(Out, "bc-01"));

        var again = Json(New("bc-01", "--again", "key was seen"));
        Assert.Equal(2, again.GetProperty("epoch").GetInt32());
        var second = Identity("bc-01");
        Assert.NotEqual(first.KeyPem, second.KeyPem);
        // Wi-Fi and card stay.
        Assert.Equal("correct horse", Workshop.Value(File.ReadAllText(Path.Combine(Out, "bc-01", "bodycam.cfg")), "wifiPassword1"));
        Assert.Equal("64000000000", Workshop.Value(File.ReadAllText(Path.Combine(Out, "bc-01", "bodycam.cfg")), "cardBytes"));
        Assert.Null((await workshop.LoginAsync(first)).Reason);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(second)).Reason);
        var shown = Json(Board("show", "bc-01", "--json")).GetProperty("board");
        Assert.Equal("active", shown.GetProperty("state").GetString());
        Assert.Equal(1, shown.GetProperty("revokedEpoch").GetInt32());
        Assert.Equal("key was seen", shown.GetProperty("revokedReason").GetString());
    }

    [Fact]
    public async Task Revoke_shuts_out_and_list_and_show_say_so()
    {
        New("bc-01");
        New("bc-02");
        var live = (await workshop.LoginAsync(Identity("bc-01"))).Client!;
        Assert.True(Json(Board("show", "bc-01", "--json")).GetProperty("board").GetProperty("connected").GetBoolean());
        var (code, output, _) = Board("revoke", "bc-01", "--reason", "stolen from the car");
        Assert.Equal(0, code);
        Assert.Contains("stolen from the car", output, StringComparison.Ordinal);
        await workshop.AssertEndedAsync(live);
        Assert.Null((await workshop.LoginAsync(Identity("bc-01"))).Reason);
        Assert.Equal(0, Board("revoke", "bc-01", "--reason", "stolen from the car").Code);
        var boards = Json(Board("list", "--json")).GetProperty("boards").EnumerateArray().ToDictionary(static board => board.GetProperty("device").GetString()!, static board => board.GetProperty("state").GetString());
        Assert.Equal(["bc-01=revoked", "bc-02=active"], boards.Select(static pair => $"{pair.Key}={pair.Value}"));
        Assert.Contains("revoked", Board("list").Out, StringComparison.Ordinal);
        // Made again it is another identity.
        Assert.Equal(2, New("bc-01").Code);
        Assert.Equal(0, New("bc-01", "--again").Code);
        Assert.Equal(MqttReasonCode.Success, (await workshop.LoginAsync(Identity("bc-01"))).Reason);
    }

    [Theory]
    [InlineData(new[] { "new", "Not An Id" }, "3 to 32")]
    [InlineData(new[] { "new", "bc-01", "--board", "toaster" }, "wrover-arducam")]
    [InlineData(new[] { "new", "bc-01", "--card-gb", "0.5" }, "--card-gb")]
    [InlineData(new[] { "new", "bc-01", "--wifi", "station" }, "--wifi-passwords")]
    [InlineData(new[] { "new", "bc-01", "--wifi", "a", "--wifi", "b", "--wifi", "c", "--wifi", "d", "--wifi", "e" }, "at most 4")]
    [InlineData(new[] { "show", "bc-99" }, "board new")]
    [InlineData(new[] { "show", "../bc-01" }, "3 to 32")]
    [InlineData(new[] { "revoke", "..", "--reason", "lost" }, "3 to 32")]
    [InlineData(new[] { "revoke", "", "--reason", "lost" }, "3 to 32")]
    [InlineData(new[] { "revoke", "bc-99", "--reason", "lost" }, "board list")]
    [InlineData(new[] { "revoke", "bc-99", "--reason", " " }, "Say why")]
    public void What_cannot_be_done_is_one_line_with_what_to_do_and_gives_nothing_away(string[] arguments, string remedy)
    {
        var leaves = workshop.Gateway.Ingest.Checkpoint.Checkpoint.Size;
        var (code, output, error) = arguments[0] == "new" ? New(arguments[1..]) : Board(arguments);
        Assert.Equal(2, code);
        // With --json the same words, and nothing else.
        Assert.True(output.Length == 0 || error == $"bodycam: {JsonDocument.Parse(output).RootElement.EnumerateObject().Single().Value.GetString()}\n", output);
        Assert.Contains(remedy, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(leaves, workshop.Gateway.Ingest.Checkpoint.Checkpoint.Size);
    }

    [Theory]
    [InlineData("short")]
    [InlineData(" leading space")]
    [InlineData("密码密码密码密码")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_password_that_no_network_has_is_refused_without_being_repeated(string password)
    {
        var (code, _, error) = New("bc-01", "--wifi", "station", "--wifi-passwords", Passwords(password));
        Assert.Equal(2, code);
        Assert.DoesNotContain(password, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Passwords_come_from_the_environment_too()
    {
        var (code, _, error) = Cli.Run(new Dictionary<string, string> { ["BODYCAM_WIFI_PASSWORD_1"] = "from the environment" }, "board", "new", "bc-01", "--keys", workshop.Keys, "--out", Out, "--wifi", "station");
        Assert.True(code == 0, error);
        Assert.Equal("from the environment", Workshop.Value(File.ReadAllText(Path.Combine(Out, "bc-01", "bodycam.cfg")), "wifiPassword1"));
    }

    [Fact]
    public void The_gateway_is_named_once_reached_and_asked_with_its_token()
    {
        var address = $"http://127.0.0.1:{workshop.Gateway.HttpPort}";
        var token = Path.Combine(workshop.Keys, "admin.token");
        Assert.Equal(0, Cli.Run("board", "list", "--gateway", address, "--token-file", token).Code);
        AssertFails("--keys", Cli.Run("board", "list"));
        AssertFails("--keys", Cli.Run("board", "list", "--keys", workshop.Keys, "--gateway", address, "--token-file", token));
        AssertFails("--token-file", Cli.Run("board", "list", "--gateway", address));
        AssertFails("start it with", Cli.Run("board", "list", "--keys", Out));
        var wrong = Path.Combine(workshop.Folder, "wrong.token");
        File.WriteAllText(wrong, "0000");
        AssertFails("admin.token", Cli.Run("board", "list", "--gateway", address, "--token-file", wrong));
        AssertFails("ssh -L", Cli.Run("board", "list", "--gateway", "http://192.0.2.1:8080", "--token-file", token));
        AssertFails("cannot be reached", Cli.Run("board", "list", "--gateway", "http://127.0.0.1:1", "--token-file", token));
    }

    [Fact]
    public void Token_and_keys_do_not_go_through_a_proxy_that_the_machine_has_for_other_things()
    {
        var proxy = new Dictionary<string, string> { ["http_proxy"] = "http://127.0.0.1:1", ["HTTP_PROXY"] = "http://127.0.0.1:1", ["ALL_PROXY"] = "http://127.0.0.1:1" };
        var (code, _, error) = Cli.Run(proxy, "board", "list", "--keys", workshop.Keys);
        Assert.True(code == 0, error);
    }

    [Fact]
    public void A_folder_of_somebody_else_or_a_link_is_left_as_it_is_and_no_epoch_is_given()
    {
        var foreign = Directory.CreateDirectory(Path.Combine(Out, "bc-01")).FullName;
        File.WriteAllText(Path.Combine(foreign, "letter.txt"), "mine");
        var mode = File.GetUnixFileMode(foreign);
        AssertFails("letter.txt", New("bc-01"));
        Assert.Equal(mode, File.GetUnixFileMode(foreign));
        Assert.Equal(["letter.txt"], Directory.EnumerateFileSystemEntries(foreign).Select(static path => Path.GetFileName(path)));
        var target = Directory.CreateDirectory(Path.Combine(workshop.Folder, "shared")).FullName;
        mode = File.GetUnixFileMode(target);
        File.CreateSymbolicLink(Path.Combine(Out, "bc-02"), target);
        AssertFails("is a link to", New("bc-02"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(target));
        Assert.Equal(mode, File.GetUnixFileMode(target));
        Assert.Empty(workshop.Gateway.Ingest.Boards());
    }

    [Fact]
    public async Task A_command_without_a_value_or_too_long_for_its_frame_is_refused_by_name()
    {
        using var shop = new BoardShop(workshop);
        await shop.ProvisionAsync("bc-01");
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.PostAsync("/api/v1/recorders/bc-01/commands/selfTest", new { full = (string?)null })).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.PostAsync("/api/v1/recorders/bc-01/commands/selfTest", new { full = new string('1', 3000) })).Code);
    }

    [Fact]
    public async Task Wishes_that_go_with_a_certificate_are_refused_without_a_request_instead_of_being_passed_over()
    {
        using var shop = new BoardShop(workshop);
        await shop.ProvisionAsync("bc-01");
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.PostAsync("/api/v1/recorders/bc-01/provision", new { onlyFirst = true })).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.PostAsync("/api/v1/recorders/bc-01/provision", new { revokeOlder = "stolen" })).Code);
        Assert.Equal(1u, Assert.Single(workshop.Gateway.Ingest.Boards()).Epoch);
    }

    [Fact]
    public void Names_of_networks_with_signs_of_their_own_arrive_as_they_are()
    {
        string[] names = ["a=b=c", "\"quoted\" 'twice' \\n", "#1 ;x", "站点é\u2028末"];
        New("bc-01", "--wifi", names[0], "--wifi", names[1], "--wifi", names[2], "--wifi", names[3], "--wifi-passwords", Passwords("p=q=\"r\"'s'", "pass#word;1", "", "\\back\\slash"));
        var configuration = File.ReadAllText(Path.Combine(Out, "bc-01", "bodycam.cfg"));
        Assert.Equal(names, Enumerable.Range(1, 4).Select(number => Workshop.Value(configuration, $"wifiSsid{number}")));
        Assert.Equal("p=q=\"r\"'s'", Workshop.Value(configuration, "wifiPassword1"));
        Assert.Equal(names[0], JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "bc-01", "network.json"))).RootElement.GetProperty("WirelessClient").GetProperty("Ssid").GetString());
        New("bc-01", "--again");
        Assert.Equal(configuration.Split('\n').Where(static line => line.StartsWith("wifi", StringComparison.Ordinal)), File.ReadAllText(Path.Combine(Out, "bc-01", "bodycam.cfg")).Split('\n').Where(static line => line.StartsWith("wifi", StringComparison.Ordinal)));
        AssertFails("cannot be called", New("bc-02", "--wifi", "two\u0007bells", "--wifi-passwords", Passwords("")));
    }

    [Fact]
    public async Task Without_the_token_nothing_is_told_given_or_revoked()
    {
        using var shop = new BoardShop(workshop);
        shop.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.Client.GetAsync("/api/v1/boards", workshop.Patience)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.Client.GetAsync("/api/v1/recorders/bc-01/board", workshop.Patience)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.PostAsync("/api/v1/recorders/bc-01/provision", new { request = BoardShop.Request() })).Code);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.PostAsync("/api/v1/recorders/bc-01/revoke", new { reason = "x" })).Code);
    }

    [Fact]
    public async Task A_bad_request_for_a_certificate_gives_no_epoch()
    {
        using var shop = new BoardShop(workshop);
        var (code, problem) = await shop.PostAsync("/api/v1/recorders/bc-01/provision", new { request = "rubbish" });
        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains("board new", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty((await shop.GetAsync("/api/v1/boards")).GetProperty("boards").EnumerateArray());
        Assert.Equal(HttpStatusCode.Conflict, await TwiceAsync(shop));
    }

    [Fact]
    public async Task What_a_gateway_says_in_its_log_holds_no_secret()
    {
        await workshop.Gateway.DisposeAsync();
        using var process = Cli.Start(null, "gateway", "--data", workshop.Data, "--keys", workshop.Keys, "--tls", "--mqtt-port", "0", "--http-port", "0", "--json");
        var log = process.StandardError.ReadToEndAsync();
        Assert.True(JsonDocument.Parse(process.StandardOutput.ReadLine()!).RootElement.GetProperty("tls").GetBoolean());
        New("bc-01", "--wifi", "station", "--wifi-passwords", Passwords("correct horse"));
        New("bc-01", "--again");
        Board("revoke", "bc-01", "--reason", "test");
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        var said = await log;
        Assert.Contains("bc-01", said, StringComparison.Ordinal);
        var configuration = File.ReadAllText(Path.Combine(Out, "bc-01", "bodycam.cfg"));
        foreach (var name in new[] { "linkKey", "commandKey", "receiptKey", "journalKey", "recordingKey", "wifiPassword1" })
            Assert.DoesNotContain(Workshop.Value(configuration, name), said, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllText(Path.Combine(workshop.Keys, "admin.token")), said, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", said, StringComparison.Ordinal);
        await workshop.StartAsync();
    }

    private static async Task<HttpStatusCode> TwiceAsync(BoardShop shop)
    {
        Assert.Equal(HttpStatusCode.OK, (await shop.PostAsync("/api/v1/recorders/bc-01/provision", new { request = BoardShop.Request(), onlyFirst = true })).Code);
        return (await shop.PostAsync("/api/v1/recorders/bc-01/provision", new { request = BoardShop.Request(), onlyFirst = true })).Code;
    }

    private static void AssertFails(string remedy, (int Code, string Out, string Err) result)
    {
        Assert.Equal(2, result.Code);
        Assert.Contains(remedy, Assert.Single(result.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static JsonElement Json((int Code, string Out, string Err) result)
    {
        Assert.True(result.Code == 0, result.Err);
        return JsonDocument.Parse(result.Out).RootElement;
    }

    private (int Code, string Out, string Err) New(params string[] arguments) => Cli.Run(["board", "new", "--keys", workshop.Keys, "--out", Out, "--json", .. arguments]);

    private (int Code, string Out, string Err) Board(params string[] arguments) => Cli.Run(["board", .. arguments, "--keys", workshop.Keys]);

    private Identity Identity(string device)
    {
        var folder = Path.Combine(Out, device);
        var configuration = File.ReadAllText(Path.Combine(folder, "bodycam.cfg"));
        return new Identity(device, uint.Parse(Workshop.Value(configuration, "epoch"), System.Globalization.CultureInfo.InvariantCulture), Workshop.Value(configuration, "linkKey"), File.ReadAllText(Path.Combine(folder, "client.pem")), File.ReadAllText(Path.Combine(folder, "client.key")));
    }

    private string Passwords(params string[] lines)
    {
        Directory.CreateDirectory(workshop.Folder);
        var path = Path.Combine(workshop.Folder, "wifi.txt");
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        return path;
    }
}
