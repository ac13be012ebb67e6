using BodyCam.Custody.Acts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BodyCam.Web.Api;

/// <summary>Refusals as ProblemDetails (RFC 9457): stable code, the next action in <c>detail</c>, the articles beside.</summary>
internal static class Problems
{
    public static ProblemHttpResult Of(Refusal refusal) => TypedResults.Problem(
        refusal.Message,
        statusCode: refusal.Kind switch
        {
            RefusalKind.NotAllowed => StatusCodes.Status403Forbidden,
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Invalid => StatusCodes.Status400BadRequest,
            RefusalKind.Conflict => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status422UnprocessableEntity,
        },
        title: refusal.Code,
        type: "urn:bodycam:problem:" + refusal.Code,
        extensions: refusal.Cites.Count > 0 ? new Dictionary<string, object?>(StringComparer.Ordinal) { ["cites"] = refusal.Cites } : null);

    public static ProblemHttpResult NotSignedIn() => TypedResults.Problem("请先登录：POST /api/v1/session。", statusCode: StatusCodes.Status401Unauthorized, title: "not_signed_in", type: "urn:bodycam:problem:not_signed_in");

    public static ProblemHttpResult Csrf() => TypedResults.Problem("使用 Cookie 的修改须带 X-BodyCam-CSRF，值见 GET /api/v1/session。", statusCode: StatusCodes.Status403Forbidden, title: "csrf", type: "urn:bodycam:problem:csrf");
}
