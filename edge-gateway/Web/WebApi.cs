using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BodyCam.Accounts;
using BodyCam.Accounts.Http;
using BodyCam.Catalog;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Rules.Deadlines;
using BodyCam.Web.Api;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BodyCam.Web;

/// <summary>What the API needs from the gateway.</summary>
/// <param name="Office">Acts.</param>
/// <param name="Catalog">What recorders sent.</param>
/// <param name="DataFolder">Originals and linked sources.</param>
/// <param name="Accounts">Accounts.</param>
/// <param name="MasterSecret">The gateway's master secret, from which the accounts' key is derived.</param>
/// <param name="AccountEvents">Where account events go.</param>
/// <param name="Tasks">What is to be done, with its clocks.</param>
/// <param name="Guard">Holds what time brings while the gateway's clock has stepped.</param>
/// <param name="Key">The gateway's key, which signs packages.</param>
/// <param name="Time">Clock.</param>
public sealed record WebServices(
    Office Office, ICatalog Catalog, string DataFolder, AccountStore Accounts, byte[] MasterSecret, IAccountEvents AccountEvents, TaskList Tasks, ClockGuard Guard, GatewayKey Key, TimeProvider Time);

/// <summary>The API of the console and of other programs: <c>/api/v1</c>.</summary>
public static class WebApi
{
    /// <summary>Name of the OpenAPI document: <c>/openapi/v1.json</c>.</summary>
    public const string DocumentName = "v1";

    // An act is at most a log record of 64 KiB; a sign-in far less.
    private const long ActBytesMax = 256 * 1024;
    private const long SignInBytesMax = 16 * 1024;

    /// <summary>Registers what <see cref="MapWebApi"/> needs; what depends on the data folder comes with the second call, as the folder is opened after the host is built.</summary>
    public static IServiceCollection AddWebApi(this IServiceCollection services, Func<WebServices> from)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOpenApi(DocumentName, static options => options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info = new Microsoft.OpenApi.OpenApiInfo { Title = "BodyCam gateway", Version = "v1", Description = "Custody of enforcement recordings. Every change is one act in the transparency log; refusals are ProblemDetails whose detail ends with the next action." };
            document.Servers?.Clear();
            return Task.CompletedTask;
        }));
        services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        });
        services.AddProblemDetails();
        // So that what cannot be read is told by name, see Unreadable.
        services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = true);
        services.AddSingleton(_ => from());
        services.AddSingleton(static all => all.GetRequiredService<WebServices>().Office);
        services.AddAccounts(static all => From(all.GetRequiredService<WebServices>()));
        services.AddSingleton<SignedIn>();
        return services;
    }

    /// <summary>Maps the endpoints; all but set-up, sign-in and the document are for signed-in users.</summary>
    public static void MapWebApi(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var services = app.Services.GetRequiredService<WebServices>();
        // From a proxy on this machine only, and only what that proxy itself added.
        app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto });
        Unreadable.Use(app);
        app.UseMiddleware<SignedIn>();
        app.MapAccounts();
        app.MapOpenApi();
        SessionApi.MapOpen(app.MapGroup("/api/v1").WithMetadata(new RequestSizeLimitAttribute(SignInBytesMax)), services.Time);
        var api = app.MapGroup("/api/v1").WithMetadata(new ForSignedIn(), new RequestSizeLimitAttribute(ActBytesMax));
        SessionApi.Map(api, services.Time);
        var ledger = new ActivityLedger(services.DataFolder);
        ActApi.Map(api, services.Catalog, ledger);
        ReadApi.Map(api);
        FootageApi.Map(api, services.DataFolder);
        ReportApi.Map(api, services.Tasks, ledger);
        ClockApi.Map(api, services.Guard);
        PackageApi.Map(api, services.DataFolder, services.Key);
    }

    private static AccountServices From(WebServices services) => new(services.Accounts, services.MasterSecret, services.AccountEvents, services.Time);
}
