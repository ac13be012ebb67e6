using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Gateway;

namespace BodyCam.Cli.Boards;

/// <summary>The gateway that gives identities, by HTTP: found by its keys folder on its own machine, or named.</summary>
internal sealed class BoardGateway : IDisposable
{
    /// <summary>Where the keys folder is; the gateway's address and token are found in it.</summary>
    public static readonly Option<string?> Keys = new("--keys") { Description = "Keys folder of the gateway that runs on this machine: its address and token are found there." };

    /// <summary>Address of a gateway elsewhere.</summary>
    public static readonly Option<string?> Address = new("--gateway") { Description = "Address of the gateway's HTTP port instead, such as http://127.0.0.1:8080 (of another machine: through a tunnel, or https)." };

    /// <summary>Its token.</summary>
    public static readonly Option<string?> TokenFile = new("--token-file") { Description = "With --gateway: file with its admin token (admin.token of its keys folder)." };

    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    private const int TokenCharsMax = 256;

    private readonly HttpClient client;
    private readonly string tokenFile;

    private BoardGateway(HttpClient client, string tokenFile) => (this.client, this.tokenFile) = (client, tokenFile);

    /// <summary>Finds the gateway that was named.</summary>
    /// <exception cref="InvalidDataException">None was named, it does not run, or keys would travel in the clear; the message says what to do.</exception>
    public static BoardGateway Open(ParseResult parsed)
    {
        var keys = parsed.GetValue(Keys);
        var named = parsed.GetValue(Address);
        if (keys is null == named is null)
            throw new InvalidDataException("name the gateway: --keys FOLDER where it runs, or --gateway URL with --token-file FILE.");
        Uri? address;
        if (keys is not null)
        {
            address = new ServedFile(keys).Read() ?? throw new InvalidDataException($"no gateway runs with the keys of {keys}: start it with 'bodycam gateway', then run this again.");
        }
        else
        {
            if (!Uri.TryCreate(named, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https"))
                throw new InvalidDataException($"'{named}' is no address: give one such as http://127.0.0.1:8080 with --gateway.");
        }

        return At(address, keys is not null ? Path.Combine(keys, "admin.token") : parsed.GetValue(TokenFile) ?? throw new InvalidDataException("the gateway wants its token: name the file with --token-file."));
    }

    /// <summary>The gateway at this address.</summary>
    /// <param name="address">Its HTTP port.</param>
    /// <param name="tokenFile">File with its admin token.</param>
    /// <exception cref="InvalidDataException">Token and keys would travel in the clear, or the file holds no token; the message says what to do.</exception>
    public static BoardGateway At(Uri address, string tokenFile) => new(Client(address, tokenFile), tokenFile);

    /// <summary>A client with the token, for this machine or for https; never by way of a proxy to this machine, and never on to where an answer points.</summary>
    /// <param name="address">The gateway's HTTP port.</param>
    /// <param name="tokenFile">File with its admin token.</param>
    /// <exception cref="InvalidDataException">Token and keys would travel in the clear, or the file holds no token; the message says what to do.</exception>
    public static HttpClient Client(Uri address, string tokenFile)
    {
        var isHere = IsHere(address);
        if (address.Scheme == "http" && !isHere)
            throw new InvalidDataException($"keys would travel to {address.Host} in the clear: run this where the gateway runs, or through a tunnel (ssh -L 8080:127.0.0.1:8080 {address.Host}, then --gateway http://127.0.0.1:8080).");
        if (!File.Exists(tokenFile))
            throw new InvalidDataException($"{tokenFile} is missing: name the gateway's admin token, admin.token in its keys folder, with --token-file.");
        var token = File.ReadAllText(tokenFile).Trim();
        if (token.Length is 0 or > TokenCharsMax || !token.All(char.IsAsciiLetterOrDigit))
            throw new InvalidDataException($"{tokenFile} holds no token: name the gateway's admin.token with --token-file.");
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = !isHere, AllowAutoRedirect = false }) { BaseAddress = address, Timeout = patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Asks for a new epoch with a certificate.</summary>
    /// <exception cref="InvalidDataException">Refused; the message says what to do.</exception>
    public Task<GivenBoard> ProvisionAsync(string device, ProvisionWish wish, CancellationToken cancel) => SendAsync<GivenBoard>(HttpMethod.Post, $"/api/v1/recorders/{Uri.EscapeDataString(device)}/provision", wish, cancel);

    /// <summary>Every recorder's identity.</summary>
    public async Task<IReadOnlyList<BoardView>> ListAsync(CancellationToken cancel) => (await SendAsync<BoardList>(HttpMethod.Get, "/api/v1/boards", null, cancel).ConfigureAwait(false)).Boards;

    /// <summary>The device id, if it is one: it becomes part of an address.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says what to do.</exception>
    public static string Id(string? text) => DeviceId.TryParse(text, out var device) ? device.Text : throw new InvalidDataException($"'{text}' is no device id: use 3 to 32 of a-z, 0-9 and '-', not starting with '-'.");

    /// <summary>One recorder's identity; null when it has none.</summary>
    public async Task<BoardView?> FindAsync(string device, CancellationToken cancel) => (await ListAsync(cancel).ConfigureAwait(false)).FirstOrDefault(board => board.Device == device);

    /// <summary>Revokes what a recorder was given so far.</summary>
    public Task<BoardView> RevokeAsync(string device, string reason, CancellationToken cancel) => SendAsync<BoardView>(HttpMethod.Post, $"/api/v1/recorders/{Uri.EscapeDataString(device)}/revoke", new RevokeWish(reason), cancel);

    public void Dispose() => client.Dispose();

    private static bool IsHere(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.Host, out var ip) && NetworkInterface.GetAllNetworkInterfaces().SelectMany(static face => face.GetIPProperties().UnicastAddresses).Any(unicast => unicast.Address.Equals(ip)));

    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancel)
        where T : class
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        try
        {
            using var answer = await client.SendAsync(request, cancel).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
                return await answer.Content.ReadFromJsonAsync<T>(cancel).ConfigureAwait(false) ?? throw new InvalidDataException($"{client.BaseAddress} gave an empty answer: is it a BodyCam gateway of this version?");
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
                throw new InvalidDataException($"the token in {tokenFile} is not this gateway's: name admin.token in the keys folder of the gateway at {client.BaseAddress} (--token-file).");
            using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
            throw new InvalidDataException(problem.RootElement.GetProperty("detail").GetString() ?? answer.StatusCode.ToString());
        }
        catch (HttpRequestException unreachable)
        {
            throw new InvalidDataException($"the gateway at {client.BaseAddress} cannot be reached ({unreachable.Message.TrimEnd('.')}): start it, or name the right address.", unreachable);
        }
        catch (TaskCanceledException slow) when (slow.InnerException is TimeoutException)
        {
            throw new InvalidDataException($"the gateway at {client.BaseAddress} did not answer within {patience.TotalSeconds:F0} s: look at its log, then run this again.", slow);
        }
        catch (Exception strange) when (strange is JsonException or KeyNotFoundException)
        {
            throw new InvalidDataException($"what answers at {client.BaseAddress} is no BodyCam gateway of this version: name the gateway's HTTP port.", strange);
        }
    }
}

/// <summary>What the gateway gave.</summary>
/// <param name="Device">Device id.</param>
/// <param name="Epoch">New epoch.</param>
/// <param name="File">Text of <c>bodycam.cfg</c>.</param>
/// <param name="Tls">True when the link is TLS.</param>
/// <param name="Authority">CA that the recorder trusts, PEM.</param>
/// <param name="Certificate">The recorder's certificate, PEM.</param>
/// <param name="Serial">Its serial number.</param>
/// <param name="NotAfter">Its end.</param>
internal sealed record GivenBoard(string Device, uint Epoch, string File, bool Tls, string Authority, string Certificate, string Serial, DateTimeOffset NotAfter);
