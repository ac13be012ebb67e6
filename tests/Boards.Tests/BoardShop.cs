using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace BodyCam.Boards.Tests;

/// <summary>The gateway's HTTP port as the command line uses it.</summary>
internal sealed class BoardShop : IDisposable
{
    private readonly Workshop workshop;

    public BoardShop(Workshop workshop)
    {
        this.workshop = workshop;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{workshop.Gateway.HttpPort}") };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", workshop.Gateway.AdminToken);
    }

    public HttpClient Client { get; }

    public static string Request()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    public async Task<JsonElement> ProvisionAsync(string device) => (await PostAsync($"/api/v1/recorders/{device}/provision", new { request = Request(), onlyFirst = true })).Body;

    public async Task<(HttpStatusCode Code, JsonElement Body)> PostAsync(string path, object body)
    {
        using var answer = await Client.PostAsJsonAsync(path, body, workshop.Patience);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(workshop.Patience)).RootElement);
    }

    public async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await Client.GetStringAsync(path, workshop.Patience)).RootElement;

    public void Dispose() => Client.Dispose();
}
