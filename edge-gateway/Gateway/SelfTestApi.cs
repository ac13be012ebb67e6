using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Gateway;

/// <summary>Self-tests of boards: what came in, and the signed acceptance sheet.</summary>
internal static class SelfTestApi
{
    private const int NameCharactersMax = 100;
    private const int RemarkCharactersMax = 1000;

    public static void Map(IEndpointRouteBuilder recorder, IngestService ingest, SelfTests tests, GatewayKey key, TimeProvider time)
    {
        recorder.MapGet("/self-test", (string id) => Find(tests, id) is { } run
            ? Results.Json(new { run = run.Run, startedAt = run.StartedAt, heardAt = run.HeardAt, ended = run.Grade is not null, grade = run.Grade, items = run.Lines, announced = run.Items })
            : Results.Problem($"{id} has sent no self-test since the gateway started or the newest was asked for. Ask for one with the command selfTest and full=1.", statusCode: 404, title: "no self-test"))
            .WithName("board.self_test").WithSummary("The newest self-test of a board, line by line. Admin token.").Produces(200).ProducesProblem(401).ProducesProblem(404);
        recorder.MapPost("/acceptance", (string id, AcceptanceWords words) =>
        {
            if (words is not { Technician.Length: > 0 and <= NameCharactersMax, Board.Length: > 0 and <= NameCharactersMax, Remark: null or { Length: <= RemarkCharactersMax } } || words.Technician.Any(char.IsControl) || words.Board.Any(char.IsControl))
                return Results.Problem($"Name the technician and the board definition, each in at most {NameCharactersMax} characters, and remark in at most {RemarkCharactersMax}.", statusCode: 400, title: "words missing");
            if (!DeviceId.TryParse(id, out var device) || tests.Newest(device) is not { Grade: not null } run)
                return Results.Problem($"{id} has no finished self-test. Ask for one with the command selfTest and full=1 and wait for its end.", statusCode: 409, title: "not finished");
            var epoch = ingest.EpochInForceOf(device);
            var (sheet, signature) = AcceptanceSheet.Sign(key, device, epoch, run, words, time.GetUtcNow());
            return Results.Json(new { sheet, signature = Convert.ToBase64String(signature), gatewayKey = key.PublicKeyPem });
        }).WithName("board.accept").WithSummary("Signs the acceptance sheet of a finished self-test. Admin token.").Produces(200).ProducesProblem(400).ProducesProblem(401).ProducesProblem(409);
    }

    private static SelfTestRun? Find(SelfTests tests, string id) => DeviceId.TryParse(id, out var device) ? tests.Newest(device) : null;
}
