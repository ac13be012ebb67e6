using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using BodyCam.Core;

namespace BodyCam.Cli.Boards;

/// <summary><c>bodycam board test</c>: runs the full self-test on a connected board over MQTT and keeps the signed acceptance sheet.</summary>
internal static class BoardTestCommand
{
    // As the gateway takes them (acceptance).
    private const int NameCharactersMax = 100;
    private const int RemarkCharactersMax = 1000;

    private static readonly TimeSpan pollEvery = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string> id = new("id") { Description = "Device id of the board." };
    private static readonly Option<Uri?> gateway = WebAddress.Option("--gateway", "HTTP address of the gateway.", "http://127.0.0.1:8080");
    private static readonly Option<string> token = new("--token-file") { Description = "File with the gateway's admin token (admin.token in its keys folder).", Required = true };
    private static readonly Option<string> technician = new("--technician") { Description = "Who tests; stands on the sheet.", Required = true };
    private static readonly Option<string> board = new("--board") { Description = "Name of the board definition.", DefaultValueFactory = static _ => "wrover-arducam" };
    private static readonly Option<string?> remark = new("--remark") { Description = "Words for the sheet." };
    private static readonly Option<string> output = new("--out") { Description = "Folder of the sheets.", DefaultValueFactory = static _ => "." };
    private static readonly Option<int> patience = new("--patience") { Description = "Seconds without a line after which the test counts as broken off.", DefaultValueFactory = static _ => 60 };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("test", "Runs the self-test on a connected board and keeps the signed acceptance sheet as HTML and JSON.") { id, gateway, token, technician, board, remark, output, patience, json };
        command.SetAction(static async (parsed, cancel) =>
        {
            try
            {
                return await RunAsync(parsed, TimeProvider.System, cancel).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException or JsonException or InvalidDataException)
            {
                return Fail($"{failure.Message.TrimEnd('.')}. Look at --gateway and --token-file, then run it again.");
            }
            catch (TaskCanceledException slow) when (slow.InnerException is TimeoutException)
            {
                return Fail("the gateway does not answer. Look at its log, then run this again.");
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("bodycam: broken off. Run it again: a test changes nothing on the board.");
                return ExitCode.Interrupted;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancel)
    {
        if (!DeviceId.TryParse(parsed.GetValue(id)!, out var device))
            return Fail($"'{parsed.GetValue(id)}' is no device id. Use 3 to 32 of a-z, 0-9 and '-'.");
        // Everything that can be wrong is looked at before somebody presses fifteen buttons.
        if (Unfit(parsed) is { } unfit)
            return Fail(unfit);
        using var client = BoardGateway.Client(new Uri(parsed.GetValue(gateway)!, $"/api/v1/recorders/{device}/"), parsed.GetValue(token)!);
        WritableFolder.Assert(parsed.GetValue(output)!, isPrivate: false);
        var asked = await AnswerAsync(await client.PostAsJsonAsync("commands/selfTest", new Dictionary<string, string>(StringComparer.Ordinal) { ["full"] = "1" }, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        if (!asked.GetProperty("connected").GetBoolean())
            return Fail($"{device} is not connected. Switch it on, look at its status light and at Wi-Fi, then run this again ('mode=selfTest' on the serial console shows the same test without a gateway).");
        if (!await FollowAsync(client, time, TimeSpan.FromSeconds(parsed.GetValue(patience)), cancel).ConfigureAwait(false))
            return Fail($"{device} said nothing for {parsed.GetValue(patience)} s. A recording may run (stop it first), or the board hangs in the item after the last one shown: press EN and run this again.");
        var words = new { technician = parsed.GetValue(technician), board = parsed.GetValue(board), remark = parsed.GetValue(remark) };
        var signed = await AnswerAsync(await client.PostAsJsonAsync("acceptance", words, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        return Keep(device, signed, parsed.GetValue(output)!, parsed.GetValue(json));
    }

    private static string? Unfit(ParseResult parsed)
    {
        var (who, definition, words) = (parsed.GetValue(technician)!, parsed.GetValue(board)!, parsed.GetValue(remark) ?? "");
        if (string.IsNullOrWhiteSpace(who) || who.Length > NameCharactersMax || who.Any(char.IsControl))
            return $"nobody is named. Say who tests with --technician, in 1 to {NameCharactersMax} characters on one line.";
        if (words.Length > RemarkCharactersMax)
            return $"the remark has {words.Length} characters. Give at most {RemarkCharactersMax} with --remark.";
        return BoardDefinition.Shipped().Contains(definition, StringComparer.Ordinal) ? null : $"'{definition}' is no board. Use one of {string.Join(", ", BoardDefinition.Shipped())} with --board.";
    }

    // Shows each line once, until the last one or until nothing came for too long.
    private static async Task<bool> FollowAsync(HttpClient client, TimeProvider time, TimeSpan patience, CancellationToken cancel)
    {
        var shown = 0;
        var heard = time.GetTimestamp();
        using var timer = new PeriodicTimer(pollEvery, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            using var answer = await client.GetAsync(new Uri("self-test", UriKind.Relative), cancel).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.NotFound)
            {
                var run = await AnswerAsync(answer, cancel).ConfigureAwait(false);
                foreach (var line in run.GetProperty("items").EnumerateArray().Skip(shown))
                {
                    shown++;
                    heard = time.GetTimestamp();
                    await Console.Error.WriteLineAsync($"{Mark(line.GetProperty("grade").GetInt32())} {line.GetProperty("item").GetString(),-14} {line.GetProperty("figure").GetInt64().ToString(CultureInfo.InvariantCulture),10} {line.GetProperty("unit").GetString()}  {line.GetProperty("text").GetString()}").ConfigureAwait(false);
                }

                if (run.GetProperty("ended").GetBoolean())
                    return true;
            }

            if (time.GetElapsedTime(heard) > patience)
                return false;
        }

        return false;
    }

    private static int Keep(DeviceId device, JsonElement signed, string folder, bool asJson)
    {
        var (sheet, signature) = (signed.GetProperty("sheet").GetString()!, signed.GetProperty("signature").GetString()!);
        using var read = JsonDocument.Parse(sheet);
        var verdict = read.RootElement.GetProperty("verdict").GetString()!;
        var name = $"{device}-{read.RootElement.GetProperty("startedAt").GetString()!.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)}";
        Directory.CreateDirectory(folder);
        var path = Path.GetFullPath(Path.Combine(folder, name));
        File.WriteAllBytes(path + ".json", Encoding.UTF8.GetBytes(sheet));
        File.WriteAllBytes(path + ".sig", Convert.FromBase64String(signature));
        File.WriteAllText(path + ".html", AcceptancePage.Of(sheet, signature, name));
        Console.WriteLine(asJson
            ? JsonSerializer.Serialize(new { device = device.Text, verdict, sheet = path + ".json", signature = path + ".sig", page = path + ".html" })
            : $"{device}: {verdict}\n{path}.html for print, {path}.json with its signature {path}.sig");
        return verdict is "passed" or "passed_with_warnings" ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
        using var document = JsonDocument.Parse(text);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidDataException(document.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() : $"the gateway answered {(int)answer.StatusCode}");
        return document.RootElement.Clone();
    }

    private static string Mark(int grade) => grade == 0 ? "ok  " : grade == 1 ? "warn" : "FAIL";

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"bodycam: {message}");
        return ExitCode.Usage;
    }
}
