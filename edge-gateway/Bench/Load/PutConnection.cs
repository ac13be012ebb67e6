using System.Net.Http.Headers;
using BodyCam.Core;

namespace BodyCam.Bench.Load;

/// <summary>One recorder on one connection to a web server that takes PUT into a folder.</summary>
internal sealed class PutConnection : IDisposable
{
    private readonly HttpClient client;
    private readonly string folder;

    private PutConnection(HttpClient client, string folder)
    {
        this.client = client;
        this.folder = folder;
    }

    /// <summary>Connects: puts one byte that is removed again, so that nothing is opened or compiled under the clock.</summary>
    /// <exception cref="HttpRequestException">The server refused.</exception>
    public static async Task<PutConnection> OpenAsync(LoadPlan plan, LoadIdentity identity)
    {
        var connection = new PutConnection(new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = new Uri($"http://127.0.0.1:{plan.Port}") }, plan.Path!);
        try
        {
            var name = $"{identity.Device}-open";
            await connection.PutAsync(name, [0]).ConfigureAwait(false);
            File.Delete(Path.Combine(plan.Path!, name));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Puts every segment; each is durable before the next.</summary>
    /// <exception cref="HttpRequestException">The server refused or closed.</exception>
    public async Task RunAsync(LoadPackets load)
    {
        foreach (var segment in load.Segments)
            await PutAsync($"{segment.Key.Device}-{segment.Key.Recording}-{segment.Key.Segment}.mkv", segment.Bytes).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task PutAsync(string name, byte[] bytes)
    {
        using var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await client.PutAsync(new Uri("/" + name, UriKind.Relative), body).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        using var file = File.OpenHandle(Path.Combine(folder, name), FileMode.Open, FileAccess.ReadWrite);
        FileSync.Sync(file);
    }
}
