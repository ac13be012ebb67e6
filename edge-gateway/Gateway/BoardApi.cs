using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recorders;
using BodyCam.Ingest;
using BodyCam.Mqtt.Endpoint;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BodyCam.Gateway;

/// <summary>What <c>provision</c> may be told.</summary>
/// <param name="Request">PKCS#10 request, PEM, of a P-256 key: then the answer has a certificate.</param>
/// <param name="OnlyFirst">True when a recorder that has an epoch already is refused.</param>
/// <param name="RevokeOlder">Why all epochs before are revoked; null when they stay.</param>
/// <param name="CardBytes">Size of the card, bytes; the gateway's value when null.</param>
public sealed record ProvisionWish(string? Request = null, bool OnlyFirst = false, string? RevokeOlder = null, long? CardBytes = null);

/// <summary>Why a recorder is revoked.</summary>
/// <param name="Reason">In words, 1 to 500 characters; entered in the log.</param>
public sealed record RevokeWish(string? Reason);

/// <summary>A recorder's identity as technicians see it.</summary>
/// <param name="Device">Device id.</param>
/// <param name="Epoch">Newest epoch given.</param>
/// <param name="State"><c>active</c>, <c>expired</c>, <c>revoked</c>, <c>untrusted</c> (of a CA that is trusted no more) or <c>noCertificate</c>.</param>
/// <param name="Connected">True while it is connected.</param>
/// <param name="CertificateEpoch">Epoch of its newest certificate; null without one.</param>
/// <param name="Serial">Serial number of it, hex.</param>
/// <param name="NotAfter">End of it.</param>
/// <param name="ExpiresSoon">True within 30 days of its end.</param>
/// <param name="OldAuthority">True when an earlier CA of the gateway issued it.</param>
/// <param name="Custody">State of the recorder in custody: <c>InStock</c>, <c>Issued</c>, <c>Repair</c>, <c>Lost</c>, <c>Retired</c>; null when it is not registered.</param>
/// <param name="RevokedEpoch">This epoch and all before it are revoked; null when none is.</param>
/// <param name="RevokedAt">When.</param>
/// <param name="RevokedReason">Why.</param>
public sealed record BoardView(
    string Device, uint Epoch, string State, bool Connected, uint? CertificateEpoch, string? Serial, DateTimeOffset? NotAfter, bool ExpiresSoon, bool OldAuthority, string? Custody,
    uint? RevokedEpoch, DateTimeOffset? RevokedAt, string? RevokedReason);

/// <summary>All recorders' identities.</summary>
/// <param name="Boards">By device id.</param>
public sealed record BoardList(IReadOnlyList<BoardView> Boards);

/// <summary>Identities of recorders over HTTP: given, shown, revoked; with the admin token only.</summary>
internal sealed class BoardApi(IngestService ingest, CertificateAuthority authority, LinkTls? tls, Office office, IMqttPublisher publisher, Func<ProvisioningValues> values, TimeProvider time)
{
    private const int ReasonCharsMax = 500;

    /// <summary>Cards from 1 GB to 2 TB.</summary>
    private const long CardBytesMin = 1_000_000_000;
    private const long CardBytesMax = 2_000_000_000_000;

    /// <summary>Free share of the card at which recording stops: one part in twenty.</summary>
    private const long StopShare = 20;

    /// <summary>Adds the routes.</summary>
    /// <param name="recorder">Below <c>/api/v1/recorders/{id}</c>, guarded.</param>
    /// <param name="boards">Below <c>/api/v1/boards</c>, guarded.</param>
    public void Map(IEndpointRouteBuilder recorder, IEndpointRouteBuilder boards)
    {
        recorder.MapPost("/provision", ProvisionAsync)
            .WithName("board.provision").WithSummary("Gives a recorder its next epoch: the text of its configuration and, with a signing request, a certificate. Admin token.")
            .Produces(200).ProducesProblem(400).ProducesProblem(401).ProducesProblem(409);
        recorder.MapPost("/revoke", RevokeAsync)
            .WithName("board.revoke").WithSummary("Revokes every key and certificate that a recorder was given so far and ends its session. Admin token.")
            .Produces<BoardView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(404);
        recorder.MapGet("/board", (string id) => !DeviceId.TryParse(id, out var device) ? HttpApi.BadId(id) : Find(device) is { } board ? Results.Json(View(board)) : Unknown(device))
            .WithName("board.show").WithSummary("What a recorder was given and how it stands. Admin token.").Produces<BoardView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(404);
        boards.MapGet("", () => Results.Json(new BoardList([.. ingest.Boards().Select(View)])))
            .WithName("board.list").WithSummary("The same of every recorder. Admin token.").Produces<BoardList>().ProducesProblem(401);
    }

    private async Task<IResult> ProvisionAsync(string id, string? reason, ProvisionWish? wish, CancellationToken cancel)
    {
        if (!DeviceId.TryParse(id, out var device))
            return HttpApi.BadId(id);
        if (wish?.RevokeOlder is { } why && BadReason(why) is { } bad)
            return bad;
        if (wish?.CardBytes is < CardBytesMin or > CardBytesMax)
            return Results.Problem("A card has 1 GB to 2 TB. Give its size in bytes.", statusCode: 400, title: "bad card size");
        if (wish is { Request: null } and not { OnlyFirst: false, RevokeOlder: null })
            return Results.Problem("onlyFirst and revokeOlder go with a request for a certificate. Send one, or leave them out; 'POST .../revoke' revokes by itself.", statusCode: 400, title: "request missing");
        var told = wish?.CardBytes is { } card ? values() with { CardBytes = card, StorageStopBytes = card / StopShare } : values();
        if (wish?.Request is not { } request)
        {
            var (epoch, file) = await ingest.ProvisionAsync(device, reason is "reissued" or "card_changed" ? reason : "provisioned", told, cancel).ConfigureAwait(false);
            return Results.Json(new { device = device.Text, epoch, file, tls = told.Tls });
        }

        try
        {
            CertificateAuthority.ReadRequest(request);
        }
        catch (FormatException malformed)
        {
            return Results.Problem(malformed.Message, statusCode: 400, title: "bad request for a certificate");
        }

        if (authority.ClockFault() is { } clock)
            return Results.Problem(clock, statusCode: 409, title: "clock outside of the CA's validity");
        var terms = new BoardTerms { Issue = identity => authority.IssueRecorder(request, identity), Values = told, OnlyFirst = wish.OnlyFirst, RevokeOlder = wish.RevokeOlder };
        return await ingest.GiveBoardAsync(device, terms, cancel).ConfigureAwait(false) is { } given
            ? Results.Json(new
            {
                device = device.Text, epoch = given.Epoch, file = given.File, tls = told.Tls, authority = tls?.GivenAuthority ?? authority.Pem,
                certificate = given.Certificate.Pem, serial = given.Certificate.Serial, notAfter = given.Certificate.NotAfter,
            })
            : Results.Problem($"{device} has epoch {Find(device)?.Epoch} already. For a new epoch and certificate, with the old ones revoked, run 'bodycam board new {device} --again'.", statusCode: 409, title: "board exists");
    }

    private async Task<IResult> RevokeAsync(string id, RevokeWish wish, CancellationToken cancel)
    {
        if (!DeviceId.TryParse(id, out var device))
            return HttpApi.BadId(id);
        if (BadReason(wish.Reason) is { } bad)
            return bad;
        return await ingest.RevokeAsync(device, wish.Reason!, cancel).ConfigureAwait(false) ? Results.Json(View(Find(device)!)) : Unknown(device);
    }

    private static IResult? BadReason(string? reason) =>
        string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonCharsMax || reason.Any(char.IsControl)
            ? Results.Problem($"Say why in 1 to {ReasonCharsMax} characters on one line.", statusCode: 400, title: "reason")
            : null;

    private static IResult Unknown(DeviceId device) => Results.Problem($"{device} was never given an identity here. See 'bodycam board list'.", statusCode: 404, title: "unknown recorder");

    private BoardStatus? Find(DeviceId device) => ingest.Boards().FirstOrDefault(board => board.Device == device);

    private BoardView View(BoardStatus board)
    {
        DateTimeOffset? end = board.Certificate is null ? null : At(board.Certificate.NotAfterUs);
        var now = time.GetUtcNow();
        var isTrusted = board.Certificate is null || authority.Trusts(board.Certificate.Authority);
        var state = board.IsRevoked || board.IsCertificateRevoked ? "revoked" : board.Certificate is null ? "noCertificate" : !isTrusted ? "untrusted" : end <= now ? "expired" : "active";
        return new BoardView(
            board.Device.Text, board.Epoch, state, publisher.IsConnected(board.Device.Text), board.Certificate?.Epoch, board.Certificate?.Serial, end,
            state == "active" && end <= now + IngestService.CertificateNotice, board.Certificate is not null && board.Certificate.Authority != authority.Sha256,
            office.Store.Find<Recorder>(board.Device.Text)?.State.ToString(),
            board.Revocation?.Epoch, board.Revocation is null ? null : At(board.Revocation.AtUs), board.Revocation?.Reason);
    }

    private static DateTimeOffset At(long us) => DateTimeOffset.FromUnixTimeMilliseconds(us / 1000);
}
