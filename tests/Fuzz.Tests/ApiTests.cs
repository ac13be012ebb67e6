using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Fuzz.Tests.Harness;
using WebConsole = BodyCam.Web.Tests.Console;

namespace BodyCam.Fuzz.Tests;

/// <summary>JSON bodies of the API against a gateway on real sockets: every call of openapi.json that takes one, by people of each role.</summary>
public sealed class ApiTests(WebConsole console, ITestOutputHelper output) : IClassFixture<WebConsole>
{
    /// <summary>One call allocates this much at most, in the whole process: it starts packages, hashes passwords, writes the log.</summary>
    private const long AllocatedMax = 64 << 20;

    private static readonly string[] people = ["A", "C", "O", "L", "T", "1", "2", "-"];

    private static readonly Dictionary<string, string> ids = new(StringComparer.Ordinal)
    {
        ["recorders"] = "bc-01", ["officers"] = "o-O", ["accounts"] = "user-O", ["recordings"] = "bc-01.1.1", ["activities"] = "bc-01.1.1",
    };

    [Fact]
    public Task Mutated_bodies_are_answered_with_a_status_below_500_within_time_and_memory() => RunAsync(TimeSpan.FromSeconds(2));

    [Fact(Explicit = true)]
    public Task The_same_for_minutes() =>
        RunAsync(TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("BODYCAM_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? seconds : 60));

    private async Task RunAsync(TimeSpan duration)
    {
        output.WriteLine($"seed {Fuzzer.Seed}");
        var calls = Calls();
        Assert.True(calls.Count >= 60, $"{calls.Count} calls take a body");
        var bodies = calls.ConvertAll(static call => call.Body);
        var target = new FuzzTarget("api", bodies, static _ => null, static (_, _) => true) { IsText = true, InputBytesMax = 20_000 };
        var random = new Random(Fuzzer.Seed);
        var mutator = new Mutator(random, target);
        var statuses = new SortedDictionary<int, int>();
        var tried = new int[calls.Count];
        var clock = Stopwatch.StartNew();
        long most = 0;
        int round = 0;
        for (; clock.Elapsed < duration || round < calls.Count; round++)
        {
            // Each call once as it is described, then changed.
            int which = round < calls.Count ? round : random.Next(calls.Count);
            var call = calls[which];
            byte[] body = round < calls.Count ? call.Body : mutator.Next(random.Next(4) == 0 ? bodies : [call.Body]);
            // Somebody else until one may, then mostly that one: only then is the body looked at.
            string who = people[(tried[which] + (random.Next(8) == 0 ? 1 : 0)) % people.Length];
            using var request = new HttpRequestMessage(call.Method, call.Path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (call.Path.Contains("/bc-01/", StringComparison.Ordinal) && who == "-")
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", console.Host.AdminToken);
            long before = GC.GetTotalAllocatedBytes();
            using var answer = await (who == "-" ? console.Nobody : console.Clients[who[0]]).SendAsync(request).WaitAsync(TimeSpan.FromSeconds(30));
            string said = await answer.Content.ReadAsStringAsync();
            long allocated = GC.GetTotalAllocatedBytes() - before;
            most = Math.Max(most, allocated);
            int status = (int)answer.StatusCode;
            tried[which] += status is 401 or 403 ? 1 : 0;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            string replay = $"{call.Method} {call.Path} by {who}: {status} {said}. Replay: BODYCAM_FUZZ_SEED={Fuzzer.Seed}, round {round}. Body: {Encoding.UTF8.GetString(body)}";
            Assert.True(status < 500, replay);
            Assert.True(allocated < AllocatedMax, $"{allocated} bytes were allocated; {replay}");
        }

        output.WriteLine($"{round} calls, at most {most / 1024} KB allocated in one: {string.Join(", ", statuses.Select(static pair => $"{pair.Value} × {pair.Key}"))}");
        // It has stood all that: the log goes on and the next right call is taken.
        Assert.Equal("{\"status\":\"ok\"}", await console.Nobody.GetStringAsync("/health"));
    }

    private static List<(HttpMethod Method, string Path, byte[] Body)> Calls()
    {
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "openapi.json")))!;
        var calls = new List<(HttpMethod, string, byte[])>();
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                if (operation!["requestBody"]?["content"]?["application/json"]?["schema"] is { } schema)
                    calls.Add((new HttpMethod(method.ToUpperInvariant()), Filled(path), JsonSerializer.SerializeToUtf8Bytes(Sample(schema, document, 0))));
            }
        }

        return calls;
    }

    private static string Filled(string path)
    {
        string resource = path.Split('/').SkipWhile(static part => part is "" or "api" or "v1").First();
        return path.Replace("{id}", ids.GetValueOrDefault(resource, "x-1"), StringComparison.Ordinal).Replace("{name}", "locate", StringComparison.Ordinal);
    }

    // A value that the schema allows: every property, one item of each list.
    private static JsonNode? Sample(JsonNode schema, JsonNode document, int depth)
    {
        if ((string?)schema["$ref"] is { } reference)
            return Sample(document["components"]!["schemas"]![reference.Split('/')[^1]]!, document, depth + 1);
        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices)
            return Sample(choices[^1]!, document, depth + 1);
        if (schema["enum"] is JsonArray words)
            return words[0]?.DeepClone();
        var type = schema["type"] is JsonArray types ? types.Select(static one => (string)one!).First(static one => one != "null") : (string?)schema["type"];
        return type switch
        {
            "object" or null => new JsonObject(((schema["properties"] as JsonObject) ?? []).Where(_ => depth < 8).Select(pair => KeyValuePair.Create(pair.Key, Sample(pair.Value!, document, depth + 1)))),
            "array" => new JsonArray(Sample(schema["items"]!, document, depth + 1)),
            "integer" => 1,
            "number" => 1.5,
            "boolean" => true,
            _ => (string?)schema["format"] switch { "date-time" => "2026-11-21T09:00:00+08:00", "date" => "2026-11-21", "time" => "09:00:00", _ => "bc-01" },
        };
    }
}
