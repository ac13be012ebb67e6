using System.Net;
using System.Text;
using System.Text.Json;

namespace BodyCam.Gateway;

/// <summary><c>served.json</c> in the keys folder: where the gateway that uses it is reached on this machine, as long as it runs. For the command line, which works by HTTP.</summary>
/// <param name="keysFolder">The keys folder.</param>
public sealed class ServedFile(string keysFolder)
{
    private const string Name = "served.json";

    private string FilePath => Path.Combine(keysFolder, Name);

    /// <summary>Address of the HTTP port of the gateway that runs with these keys; null when none runs. After a kill it may name one that is gone.</summary>
    public Uri? Read()
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(FilePath, Encoding.UTF8));
            return json.RootElement.TryGetProperty("http", out var http) && Uri.TryCreate(http.GetString(), UriKind.Absolute, out var uri) ? uri : null;
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Notes the address.</summary>
    /// <param name="listened">What is listened on.</param>
    /// <param name="port">HTTP port.</param>
    public void Write(IPAddress listened, int port)
    {
        var address = listened.Equals(IPAddress.Any) ? IPAddress.Loopback : listened.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listened;
        File.WriteAllText(FilePath, JsonSerializer.Serialize(new { http = new UriBuilder("http", address.ToString(), port).Uri.ToString() }), Encoding.UTF8);
    }

    /// <summary>Takes the note away.</summary>
    public void Remove()
    {
        if (File.Exists(FilePath))
            File.Delete(FilePath);
    }
}
