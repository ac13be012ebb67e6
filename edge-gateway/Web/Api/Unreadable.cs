using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace BodyCam.Web.Api;

/// <summary>Requests that reach no deed: an address that is none, a body or a parameter that cannot be read. They are answered as ProblemDetails that name what is wrong, like every other refusal.</summary>
internal static partial class Unreadable
{
    private const string Lacking = "请求不能读取：正文或参数缺失。请对照 GET /openapi/v1.json 更正。";

    /// <summary>Answers for what binding and routing refuse; goes before everything else.</summary>
    public static void Use(WebApplication app)
    {
        app.UseStatusCodePages(static async pages =>
        {
            if (Words(pages.HttpContext.Request, pages.HttpContext.Response.StatusCode, statusOnly: true) is { } words)
                await Problem(pages.HttpContext.Response.StatusCode, words).ExecuteAsync(pages.HttpContext).ConfigureAwait(false);
        });
        app.Use(static async (http, next) =>
        {
            try
            {
                await next(http).ConfigureAwait(false);
            }
            catch (BadHttpRequestException refused) when (!http.Response.HasStarted)
            {
                await Problem(refused.StatusCode, Words(http.Request, refused.StatusCode, statusOnly: false) ?? Words(refused)).ExecuteAsync(http).ConfigureAwait(false);
            }
        });
    }

    /// <summary>The refusal of a body that no deed can read though the reader of JSON lets it through: none at all, or a <c>null</c> inside a list; null when it can be read.</summary>
    public static IResult? Refuse(object? body) =>
        body is null ? Problem(StatusCodes.Status400BadRequest, Lacking)
        : HasNull(body, 0) ? Problem(StatusCodes.Status400BadRequest, "请求正文的列表中有 null。请去掉后再提交。")
        : null;

    private static bool HasNull(object value, int depth) => depth < 8 && value.GetType() is { IsPrimitive: false, IsEnum: false } type && value switch
    {
        string => false,
        System.Collections.IEnumerable list => list.Cast<object?>().Any(item => item is null || HasNull(item, depth + 1)),
        _ => type.Namespace?.StartsWith("BodyCam.", StringComparison.Ordinal) == true && type.GetProperties().Any(property => property.GetIndexParameters().Length == 0 && property.GetValue(value) is { } inner && HasNull(inner, depth + 1)),
    };

    private static IResult Problem(int status, string words)
    {
        var code = status switch
        {
            StatusCodes.Status404NotFound => "no_such_address",
            StatusCodes.Status405MethodNotAllowed => "method",
            StatusCodes.Status413PayloadTooLarge => "too_large",
            StatusCodes.Status415UnsupportedMediaType => "media_type",
            _ => "unreadable",
        };
        return TypedResults.Problem(words, statusCode: status, title: code, type: "urn:bodycam:problem:" + code);
    }

    private static string? Words(HttpRequest request, int status, bool statusOnly) => status switch
    {
        StatusCodes.Status404NotFound => $"没有 {request.Path} 这个地址。请对照 GET /openapi/v1.json 更正。",
        StatusCodes.Status405MethodNotAllowed => $"{request.Path} 不接受 {request.Method}。请对照 GET /openapi/v1.json 更正。",
        StatusCodes.Status413PayloadTooLarge => "提交的内容过大。请缩短后再提交。",
        StatusCodes.Status415UnsupportedMediaType => "请以 JSON 提交，并带 Content-Type: application/json。",
        StatusCodes.Status400BadRequest when statusOnly => Lacking,
        _ => null,
    };

    // The framework says in English which parameter or member it was; only that name is taken from it.
    private static string Words(BadHttpRequestException refused)
    {
        if (refused.InnerException is JsonException json)
        {
            var missing = QuotedNames().Matches(MissingMembers().Match(json.Message).Value).Select(static match => match.Groups["name"].Value).ToList();
            var at = json.Path is null or "$" ? "" : $"“{json.Path.TrimStart('$', '.')}”";
            // The reader's own exception inside: it is no JSON, whatever member it was at.
            return json.InnerException is JsonException
                ? "请求正文不是可以读取的 JSON。请更正后再提交。"
                : missing.Count > 0
                ? $"请求正文{at}缺少 {string.Join("、", missing)}。请补全后再提交。"
                : at.Length > 0 ? $"请求正文的 {at} 不能读取：值的类型或取值不对。请对照 GET /openapi/v1.json 更正。" : "请求正文不是可以读取的 JSON。请更正后再提交。";
        }

        return ParameterName().Match(refused.Message) is { Success: true } parameter ? $"参数 {parameter.Groups["name"].Value} 缺失或不能读取。请对照 GET /openapi/v1.json 更正。" : Lacking;
    }

    [GeneratedRegex("including: .*", RegexOptions.None, 1000)]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'(?<name>[^']+)'", RegexOptions.None, 1000)]
    private static partial Regex QuotedNames();

    // Required parameter "string entry" was not provided …; Failed to bind parameter "int limit" from "x".
    [GeneratedRegex("parameter \"[^\"]*? (?<name>\\w+)\" (?:was not provided from (?:query|route|header)|from \")", RegexOptions.None, 1000)]
    private static partial Regex ParameterName();
}
