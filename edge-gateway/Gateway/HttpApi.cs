using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Mqtt.Endpoint;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Gateway;

/// <summary>Status, metrics and the few calls a technician needs; the console's API comes beside it.</summary>
internal static class HttpApi
{
    /// <summary>Largest body of an admin call; a signing request has about 400 bytes.</summary>
    private const long BodyBytesMax = 16 * 1024;

    /// <summary>Of keys and values together; with names and signs between them they stay within a command's 2,048 bytes (protocol §4.4).</summary>
    private const int CommandCharsMax = 400;

    /// <summary>Depth of what a recorder says of itself; it says one level.</summary>
    private const int SaidDepthMax = 8;

    private static readonly HashSet<string> commands = new(["selfTest", "locate", "time", "live", "return"], StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes, IngestService ingest, DeviceLink link, IMqttPublisher publisher, MetricsText metrics, string adminToken, GatewayKey key, BoardApi boards)
    {
        routes.MapGet("/health", () => ingest.IsFaulted
            ? Results.Problem("The disk, the log or the catalog failed. Start the gateway again; it verifies what it has.", statusCode: 503, title: "storage fault")
            : Results.Json(new { status = "ok" }));
        routes.MapGet("/status", () => Results.Json(new
        {
            gateway = ingest.Status(),
            recorders = link.Statuses.ToDictionary(static pair => pair.Key.Text, pair => new { connected = publisher.IsConnected(pair.Key.Text), said = Parse(pair.Value) }),
        }));
        routes.MapGet("/metrics", () => Results.Text(metrics.Render(), "text/plain; version=0.0.4"));
        routes.MapGet("/checkpoint", () => Results.Bytes(ingest.Checkpoint.Note, "text/plain"));

        var admin = Guarded(routes.MapGroup("/api/v1/recorders/{id}"), adminToken);
        boards.Map(admin, Guarded(routes.MapGroup("/api/v1/boards"), adminToken));
        admin.MapPost("/commands/{name}", (string id, string name, Dictionary<string, string>? values) =>
        {
            if (!DeviceId.TryParse(id, out var device))
                return BadId(id);
            if (!commands.Contains(name))
                return Results.Problem($"'{name}' is not a command. Use one of {string.Join(", ", commands)}.", statusCode: 400, title: "unknown command");
            if (values is not null && (values.Any(static pair => pair.Value is null || pair.Key.AsSpan().IndexOfAny('\n', '=') >= 0 || pair.Value.Contains('\n', StringComparison.Ordinal)) || values.Sum(static pair => pair.Key.Length + pair.Value.Length) > CommandCharsMax))
                return Results.Problem($"A key holds '=', a key or value a line break, a value is absent, or all of them have more than {CommandCharsMax} characters. Leave it out.", statusCode: 400, title: "bad value");
            // What a board said before must not pass for the answer to this.
            if (name == "selfTest")
                link.SelfTests.Forget(device);
            return ingest.Command(device, name, values ?? [])
                ? Results.Json(new { device = device.Text, command = name, connected = publisher.IsConnected(device.Text) }, statusCode: 202)
                : Results.Problem($"{device} was not provisioned here. Provision it first.", statusCode: 404, title: "unknown recorder");
        }).WithName("board.command").WithSummary("Sends a command to a recorder: selfTest, locate, time, live or return. Admin token.").Produces(202).ProducesProblem(400).ProducesProblem(401).ProducesProblem(404);
        SelfTestApi.Map(admin, ingest, link.SelfTests, key, link.Time);
        admin.MapPost("/lost", async (string id, CancellationToken cancel) =>
            DeviceId.TryParse(id, out var device)
                ? Results.Json(new { device = device.Text, orphanedTails = await ingest.CloseOrphansAsync(device, cancel).ConfigureAwait(false) })
                : BadId(id))
            .WithName("board.lost").WithSummary("Closes what arrived of a lost recorder's unfinished segments as orphaned tails. Admin token.").Produces(200).ProducesProblem(400).ProducesProblem(401);
    }

    /// <summary>What is answered to a bad device id.</summary>
    public static IResult BadId(string id) => Results.Problem($"'{id}' is not a device id. Use 3 to 32 of a-z, 0-9 and '-'.", statusCode: 400, title: "bad device id");

    private static RouteGroupBuilder Guarded(RouteGroupBuilder group, string adminToken)
    {
        group.AddEndpointFilter(async (context, next) =>
            IsAdmin(context.HttpContext, adminToken)
                ? await next(context).ConfigureAwait(false)
                : Results.Problem("Send 'Authorization: Bearer' with the token in admin.token of the keys folder.", statusCode: 401, title: "not allowed"));
        return group.WithMetadata(new RequestSizeLimitAttribute(BodyBytesMax));
    }

    private static bool IsAdmin(HttpContext context, string token)
    {
        var given = Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString());
        return CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes("Bearer " + token));
    }

    // A recorder's word among all others: what could not be written again would take the whole answer along.
    internal static JsonElement Parse(string json)
    {
        try
        {
            var said = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = SaidDepthMax }).RootElement;
            _ = JsonSerializer.SerializeToUtf8Bytes(said);
            return said;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or ArgumentException)
        {
            return JsonDocument.Parse("{\"state\":\"unreadable\"}").RootElement;
        }
    }
}
