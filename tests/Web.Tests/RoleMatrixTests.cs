using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using BodyCam.Custody.Acts;

namespace BodyCam.Web.Tests;

/// <summary>Every endpoint as every role and as nobody. The table is written from the regulations and the design, not from the code.</summary>
public sealed class RoleMatrixTests(Console console) : IClassFixture<Console>
{
    // Who may try an act at all. A administrator, C custodian, O officer, L legal, R archivist, T technician, K collector, U auditor, 1 head of unit, 2 leader in charge, 3 main leader.
    private static readonly Dictionary<string, string> acts = new(StringComparer.Ordinal)
    {
        ["agency.register"] = "A", ["unit.register"] = "A", ["officer.register"] = "A", ["officer.transfer"] = "AC", ["training.record"] = "CL123",
        ["recorder.register"] = "CT", ["recorder.issue"] = "C", ["recorder.return"] = "C", ["recorder.reissue"] = "C", ["recorder.close_without"] = "C", ["recorder.report"] = "COT", ["pre_use_check.enter"] = "CO",
        ["activity.open"] = "O", ["activity.describe"] = "O", ["activity.join"] = "O123", ["activity.move"] = "O123", ["activity.return"] = "OC", ["activity.exception"] = "O", ["activity.notice"] = "O", ["activity.mark"] = "O", ["activity.link"] = "OK",
        ["visit.enter"] = "O", ["visit.leave"] = "O", ["visit.correct"] = "O123", ["visit.withdraw"] = "O123",
        ["interruption.confirm"] = "L123", ["interruption.decide"] = "L123", ["interruption.report"] = "O", ["interruption.acknowledge"] = "123", ["interruption.account"] = "O",
        ["stop_use.declare"] = "O", ["stop_use.time"] = "O", ["stop_use.paper"] = "O", ["work_record.write"] = "O", ["work_record.review"] = "123",
        ["recording.classify"] = "O", ["recording.attest"] = "O", ["recording.secrecy"] = "OL123", ["recording.hand_over"] = "R23", ["recording.add_to_case"] = "OR",
        ["case.open"] = "OR", ["case.close"] = "O123", ["case.compile"] = "OR", ["case.archive"] = "R",
        ["hold.set"] = "OLC123", ["hold.lift"] = "23", ["retention.review"] = "CR", ["retention.extend"] = "CR123", ["retention.propose"] = "CR", ["retention.approve"] = "123",
        ["access.request"] = "OCRL123", ["access.decide"] = "23", ["access.withdraw"] = "OCRL23", ["access.open"] = "OCRL123", ["access.open_source"] = "OCRL123",
        ["check.commit"] = "CL", ["check.draw"] = "CL", ["check.find"] = "CL", ["check.close"] = "CL", ["correction.order"] = "CL123", ["correction.done"] = "OC123", ["correction.accept"] = "CL",
        ["lead.raise"] = "CL123", ["lead.decide"] = "L123", ["media.make"] = "R", ["media.read_back"] = "R", ["media.hand_over"] = "R", ["clock.confirm"] = "A", ["package.make"] = "OR",
    };

    // Who may read what: everything else about footage is for those who have to do with it.
    private const string Everybody = "ACOLRTKU123";
    private const string Footage = "COLRKU123";
    private const string Register = "CLRU23";
    private const string Leads = "CLU123";

    private static readonly HashSet<string> forAll = new(["setup", "signIn"], StringComparer.Ordinal);

    [Fact]
    public async Task Every_endpoint_answers_every_role_as_the_table_says_and_nobody_with_401()
    {
        var document = await console.Nobody.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
        var (tried, wrong) = (0, new List<string>());
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(static path => path.Name.StartsWith("/api/v1/", StringComparison.Ordinal)))
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                var name = operation.Value.GetProperty("operationId").GetString()!;
                if (forAll.Contains(name) || name == "signOut")
                    continue;
                foreach (var who in new[] { '-' }.Concat(Console.People.Select(static person => person.Letter)))
                {
                    using var request = Request(document, path.Name, operation);
                    using var answer = await (who == '-' ? console.Nobody : console.Clients[who]).SendAsync(request, TestContext.Current.CancellationToken);
                    var expected = who == '-' || IsTechnical(name) ? HttpStatusCode.Unauthorized : Expected(name, path.Name).Contains(who, StringComparison.Ordinal) ? (HttpStatusCode?)null : HttpStatusCode.Forbidden;
                    tried++;
                    // Who may gets as far as the thing that is not there, or in; never 401, 403, 405 or 5xx.
                    if (expected is { } code ? answer.StatusCode != code : answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed or >= HttpStatusCode.InternalServerError)
                        wrong.Add($"{who} {operation.Name} {path.Name} ({name}): {(int)answer.StatusCode}, expected {(expected is { } c ? ((int)c).ToString(System.Globalization.CultureInfo.InvariantCulture) : "let through")} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(60)));
        Assert.True(tried > 1500, $"only {tried} calls were tried");
    }

    [Fact]
    public void The_table_names_every_act_that_a_person_can_do() =>
        Assert.Equal(Permissions.All.Where(static pair => pair.Value.Rank != Rules.Policies.Rank.None || pair.Value.Roles.Any(static role => role != Role.System)).Select(static pair => pair.Key).Order(StringComparer.Ordinal), acts.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Calls_of_the_technician_take_the_admin_token_and_nothing_else()
    {
        var document = await console.Nobody.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
        var tried = 0;
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(static path => path.Name.StartsWith("/api/v1/", StringComparison.Ordinal)))
        {
            foreach (var operation in path.Value.EnumerateObject().Where(static operation => IsTechnical(operation.Value.GetProperty("operationId").GetString()!)))
            {
                foreach (var (token, passes) in new[] { (console.Host.AdminToken, true), (console.Host.AdminToken + "0", false), ("", false) })
                {
                    using var request = Request(document, path.Name, operation);
                    request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
                    using var answer = await console.Nobody.SendAsync(request, TestContext.Current.CancellationToken);
                    Assert.True(passes == (answer.StatusCode is not HttpStatusCode.Unauthorized and < HttpStatusCode.InternalServerError), $"{operation.Name} {path.Name}: {answer.StatusCode}");
                    tried++;
                }
            }
        }

        Assert.True(tried >= 24, $"only {tried} calls were tried");
    }

    // What a technician does with the token of the keys folder, whoever is signed in.
    private static bool IsTechnical(string operation) => operation.StartsWith("board.", StringComparison.Ordinal);

    private static string Expected(string operation, string path) =>
        acts.TryGetValue(operation, out var who) ? who
        : path.StartsWith("/api/v1/accounts", StringComparison.Ordinal) ? "A"
        : operation is "segment.read" or "source.read" or "package.file" ? "" // without an entry of the register nobody, whoever he is
        : operation is "whoAmI" or "changePassword" or "offerTotp" or "confirmTotp" or "clock" ? operation == "changePassword" ? "" : Everybody
        : operation.EndsWith(".register", StringComparison.Ordinal) ? Register
        : operation.EndsWith(".leads", StringComparison.Ordinal) ? Leads
        : new[] { "agencies", "units", "officers", "trainings", "recorders", "assignments", "incidents", "pre-use-checks" }.Any(thing => operation.EndsWith("." + thing, StringComparison.Ordinal)) ? Everybody
        : Footage;

    private static HttpRequestMessage Request(JsonElement document, string path, JsonProperty operation)
    {
        var url = path.Replace("/units/{id}", "/units/unit-1", StringComparison.Ordinal).Replace("{id}", "nothing", StringComparison.Ordinal).Replace("{segment}", "1", StringComparison.Ordinal);
        var query = new List<string>();
        if (operation.Value.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateArray().Where(static parameter => parameter.GetProperty("in").GetString() == "query" && parameter.TryGetProperty("required", out var required) && required.GetBoolean()))
                query.Add($"{parameter.GetProperty("name").GetString()}={Uri.EscapeDataString(Sample(document, parameter.GetProperty("schema"))?.ToString() ?? "")}");
        }

        var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), url + (query.Count > 0 ? "?" + string.Join('&', query) : ""));
        if (operation.Value.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var json))
            request.Content = new StringContent(JsonSerializer.Serialize(Sample(document, json.GetProperty("schema"))), Encoding.UTF8, "application/json");
        else if (operation.Name == "post")
            request.Content = new ByteArrayContent([]);
        return request;
    }

    // The simplest value that a schema admits.
    private static object? Sample(JsonElement document, JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return Sample(document, document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]));
        if (schema.TryGetProperty("enum", out var words))
            return words[words.GetArrayLength() - 1].GetString();
        if (schema.TryGetProperty("oneOf", out var either))
            return either.EnumerateArray().Any(static one => one.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "null") ? null : Sample(document, either[0]);
        var types = !schema.TryGetProperty("type", out var type) ? ["object"] : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(static one => one.GetString()!).ToArray() : [type.GetString()!];
        if (types.Contains("null"))
            return null;
        var format = schema.TryGetProperty("format", out var given) ? given.GetString() : null;
        return types switch
        {
            _ when types.Contains("integer") => 1,
            _ when types.Contains("number") => 1,
            _ when types.Contains("boolean") => false,
            _ when types.Contains("array") => Array.Empty<object>(),
            _ when types.Contains("string") => format switch { "date-time" => "2026-01-02T03:04:05Z", "date" => "2026-01-02", "uuid" => Guid.Empty.ToString(), _ => "nothing" },
            _ => schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToDictionary(static property => property.Name, property => property.Name == "unitId" ? "unit-1" : Sample(document, property.Value), StringComparer.Ordinal) : new Dictionary<string, object?>(StringComparer.Ordinal),
        };
    }
}
