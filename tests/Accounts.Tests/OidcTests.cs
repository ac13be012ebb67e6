using System.Net;
using BodyCam.Accounts.Oidc;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace BodyCam.Accounts.Tests;

/// <summary>Sign-in by OpenID Connect: the way to the provider and back, what the provider answers, and the configuration.</summary>
public sealed class OidcTests : OidcScene
{
    [Theory]
    [InlineData("state another", OidcRefusal.State)]
    [InlineData("state missing", OidcRefusal.State)]
    [InlineData("state twice", OidcRefusal.State)]
    [InlineData("cookie missing", OidcRefusal.State)]
    [InlineData("cookie of another browser", OidcRefusal.State)]
    [InlineData("cookie forged", OidcRefusal.State)]
    [InlineData("eleven minutes", OidcRefusal.State)]
    [InlineData("iss of a mix-up", OidcRefusal.State)]
    [InlineData("error", OidcRefusal.Denied)]
    [InlineData("code missing", OidcRefusal.Denied)]
    [InlineData("code twice", OidcRefusal.Denied)]
    [InlineData("code made up", OidcRefusal.Exchange)]
    [InlineData("answer without token", OidcRefusal.Exchange)]
    [InlineData("answer no JSON", OidcRefusal.Exchange)]
    [InlineData("answer a redirect", OidcRefusal.Exchange)]
    [InlineData("answer 503", OidcRefusal.Unreachable)]
    [InlineData("answer of 300 KiB", OidcRefusal.Unreachable)]
    public async Task Each_wrong_way_is_refused_by_name(string what, OidcRefusal expected)
    {
        var (request, cookie) = await BeginAsync();
        var query = provider.Agree(request);
        var parts = query[1..].Split('&');
        provider.Answer = what switch
        {
            "answer without token" => static () => Results.Json(new { access_token = "x" }),
            "answer no JSON" => static () => Results.Text("<html>"),
            "answer a redirect" => static () => Results.Redirect("http://127.0.0.1:1/"),
            "answer 503" => static () => Results.StatusCode(503),
            "answer of 300 KiB" => static () => Results.Text(new string(' ', 300 * 1024)),
            _ => null,
        };
        (query, cookie) = what switch
        {
            "state another" => ($"?{parts[0]}&state=x", cookie),
            "state missing" => ($"?{parts[0]}", cookie),
            "state twice" => ($"{query}&{parts[1]}", cookie),
            "cookie missing" => (query, ""),
            "cookie of another browser" => (query, (await BeginAsync()).Cookie),
            "cookie forged" => (query, cookie[..^2] + (cookie[^2] == 'A' ? "BA" : "AA")),
            "iss of a mix-up" => (query + "&iss=https%3A%2F%2Fevil.example", cookie),
            "error" => ($"?error=access_denied&{parts[1]}", cookie),
            "code missing" => ($"?{parts[1]}", cookie),
            "code twice" => ($"{query}&{parts[0]}", cookie),
            "code made up" => ($"?code=zz&{parts[1]}", cookie),
            _ => (query, cookie),
        };
        if (what == "eleven minutes")
            room.Time.Advance(TimeSpan.FromMinutes(11));
        using var answer = await CallbackAsync(query, cookie);
        await AssertRefused(answer, expected);
    }

    [Fact]
    public async Task A_callback_played_again_is_refused_also_where_the_provider_takes_its_code_twice()
    {
        provider.TakesCodesTwice = true;
        var (request, cookie) = await BeginAsync();
        var query = provider.Agree(request);
        using var first = await CallbackAsync(query, cookie);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var again = await CallbackAsync(query, cookie);
        await AssertRefused(again, OidcRefusal.State);
        Assert.Equal(1, provider.Exchanges);
        using var anew = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, anew.StatusCode);
    }

    [Fact]
    public void States_that_came_back_are_remembered_until_their_ticket_ends_and_up_to_a_bound()
    {
        var used = new UsedStates(room.Time);
        var end = (room.Time.GetUtcNow() + OidcFlow.Holds).ToUnixTimeSeconds();
        for (var i = 0; i < UsedStates.CountMax; i++)
            Assert.True(used.TryUse($"s{i}", end + i));
        Assert.False(used.TryUse("s9999", end));
        Assert.True(used.TryUse("one more", end + 20_000));
        Assert.Equal(UsedStates.CountMax, used.Count);
        Assert.False(used.TryUse("s1", end));
        Assert.True(used.TryUse("s0", end)); // the one that ended first gave way
        room.Time.Advance(OidcFlow.Holds + TimeSpan.FromSeconds(20_000));
        Assert.True(used.TryUse("later", end + 40_000));
        Assert.Equal(1, used.Count);
    }

    [Fact]
    public async Task One_callback_brought_by_many_at_once_signs_in_once()
    {
        provider.TakesCodesTwice = true;
        var (request, cookie) = await BeginAsync();
        var query = provider.Agree(request);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => CallbackAsync(query, cookie)));
        Assert.Single(answers, static answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(1, provider.Exchanges);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_is_asked_once_in_ten_seconds_however_many_begin()
    {
        provider.Discovery = static _ => throw new InvalidOperationException("down");
        for (var i = 0; i < 10; i++)
        {
            using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
            await AssertRefused(answer, OidcRefusal.Unreachable);
        }

        Assert.Equal(1, provider.DiscoveryReads);
        provider.Discovery = static _ => { };
        room.Time.Advance(TimeSpan.FromSeconds(10));
        using var right = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("authorization_endpoint")]
    [InlineData("token_endpoint")]
    [InlineData("jwks_uri")]
    public async Task A_discovery_document_of_another_or_with_plain_addresses_elsewhere_is_not_used(string member)
    {
        provider.Discovery = document => document[member] = "http://evil.example/x";
        using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
        await AssertRefused(answer, OidcRefusal.Metadata, HttpStatusCode.BadGateway);
        provider.Discovery = static _ => { };
        using var right = await SignInAsync();
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_said_to_be_and_the_local_sign_in_stays()
    {
        await provider.DisposeAsync();
        using var answer = await browser.GetAsync("/api/v1/session/oidc", TestContext.Current.CancellationToken);
        await AssertRefused(answer, OidcRefusal.Unreachable, HttpStatusCode.BadGateway);
        Assert.Equal(SignInOutcome.Done, (await app.Services.GetRequiredService<SignIn>().TryAsync("chief", Room.Password, null, "", TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task A_disabled_account_stays_out_and_nobody_is_ever_created()
    {
        var before = room.Store.All().Count;
        room.Store.Put(room.Store.FindByName("li.si")! with { IsActive = false });
        using (var answer = await SignInAsync())
            await AssertRefused(answer, OidcRefusal.NoAccount);
        Assert.Equal(before, room.Store.All().Count);
    }

    [Fact]
    public async Task Twenty_wrong_callbacks_from_an_address_end_its_attempts_before_the_provider_is_asked()
    {
        for (var i = 0; i < AddressLimit.Burst; i++)
        {
            using var wrong = await CallbackAsync("?code=x&state=y", "");
        }

        using var answer = await CallbackAsync("?code=x&state=y", "");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"issuer":"https://a","clientId":"x"}""", "cannot be read")]
    [InlineData("""{"issuer":"https://a","clientId":"x","redirectUri":"https://b/c","clientsecret ":"typo"}""", "cannot be read")]
    [InlineData("""{"issuer":"http://a.example","clientId":"x","redirectUri":"https://b/c"}""", "HTTPS")]
    [InlineData("""{"issuer":"https://a","clientId":"x","redirectUri":"http://b.example/c"}""", "HTTPS")]
    [InlineData("""{"issuer":"https://a","clientId":"x","redirectUri":"https://b/c","scope":"email"}""", "openid")]
    public async Task A_configuration_that_cannot_be_used_stops_the_start_with_the_remedy(string text, string part)
    {
        var folder = Directory.CreateDirectory(Path.Combine(room.Folder, "bad")).FullName;
        var path = Path.Combine(folder, OidcOptions.FileName);
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        Assert.Contains("chmod 600", Assert.Throws<InvalidOperationException>(() => OidcOptions.Read(folder)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains(part, Assert.Throws<InvalidOperationException>(() => OidcOptions.Read(folder)).Message, StringComparison.Ordinal);
    }
}
