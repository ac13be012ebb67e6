using BodyCam.Accounts.Oidc;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace BodyCam.Accounts.Http;

/// <summary>What accounts need from the gateway.</summary>
/// <param name="Store">Accounts.</param>
/// <param name="SealingKey">Key of the keys folder under which secrets of accounts are sealed, at least 32 bytes.</param>
/// <param name="Events">Where events go.</param>
/// <param name="Time">Clock.</param>
public sealed record AccountServices(AccountStore Store, byte[] SealingKey, IAccountEvents Events, TimeProvider Time);

/// <summary>Accounts in a host.</summary>
public static class AccountsHttp
{
    /// <summary>Name of the session's cookie.</summary>
    public const string Cookie = "bodycam";

    /// <summary>Registers store, sign-in, sessions and desk; what they need is asked for at the first use.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services, Func<IServiceProvider, AccountServices> from)
    {
        services.AddSingleton(from);
        services.AddSingleton(static all => Of(all).Store);
        services.AddSingleton(static all => Of(all).Events);
        services.AddSingleton(static all => new SecretBox(Of(all).SealingKey));
        services.AddSingleton(static all => new Sessions(Of(all).Time));
        services.AddSingleton(static all => new AddressLimit(Of(all).Time));
        services.AddSingleton(static _ => new Passwords());
        services.AddSingleton(static all => ActivatorUtilities.CreateInstance<FirstSetup>(all, Of(all).Time));
        services.AddSingleton(static all => ActivatorUtilities.CreateInstance<SignIn>(all, Of(all).Time));
        services.AddSingleton(static all => ActivatorUtilities.CreateInstance<AccountDesk>(all, Of(all).Time));
        return services;
    }

    /// <summary>Makes the set-up code while there is no administrator, and maps sign-in by OpenID Connect when the keys folder has <c>oidc.json</c>.</summary>
    /// <exception cref="InvalidOperationException"><c>oidc.json</c> cannot be used; the message says what to do.</exception>
    public static void MapAccounts(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var services = Of(app.Services);
        app.Services.GetRequiredService<FirstSetup>().Code();
        if (OidcOptions.Read(services.Store.Folder) is { } options)
            OidcApi.Map(app, options, services.Time);
    }

    private static AccountServices Of(IServiceProvider all) => all.GetRequiredService<AccountServices>();
}
