using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using BodyCam.Core.Keys;
using BodyCam.Core;

namespace BodyCam.Cli.Boards;

/// <summary>Key and files of a board's identity. The key is made here and leaves this machine only to the board.</summary>
internal static class BoardIdentity
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    /// <summary>A fresh P-256 key (PKCS#8, PEM), and a request (PKCS#10, PEM) that shows who holds it.</summary>
    public static (string Key, string Request) Create(string device)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(device);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        return (key.ExportPkcs8PrivateKeyPem() + "\n", request.CreateSigningRequestPem());
    }

    /// <summary>Writes the folder: 0700, its files 0600. <c>board.json</c> goes first and comes last: a folder that lacks it is not whole.</summary>
    /// <param name="folder">The folder; made when absent.</param>
    /// <param name="given">What the gateway gave.</param>
    /// <param name="key">The key of its certificate, PEM.</param>
    /// <param name="networks">Wi-Fi networks.</param>
    /// <param name="board">Name of the board definition.</param>
    public static void Write(string folder, GivenBoard given, string key, IReadOnlyList<WifiNetwork> networks, string board)
    {
        AssertOurs(folder);
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, Private | UnixFileMode.UserExecute);
        File.Delete(Path.Combine(folder, "board.json"));
        Put(folder, "bodycam.cfg", given.File + ProvisioningFile.Text(WifiNetworks.Lines(networks)));
        Put(folder, "ca.pem", given.Authority);
        Put(folder, "client.pem", given.Certificate);
        Put(folder, "client.key", key);
        Put(folder, "files.json", Files());
        Put(folder, "network.json", Network(networks));
        Put(folder, "board.json", JsonSerializer.Serialize(new { device = given.Device, epoch = given.Epoch, board, serial = given.Serial, notAfter = given.NotAfter, tls = given.Tls }, indented));
    }

    /// <summary>Looks that the folder is absent, empty or a board's: nothing of anybody else is overwritten or gets another mode.</summary>
    /// <exception cref="InvalidDataException">It is a link, or holds what no board's folder holds; the message says what to do.</exception>
    public static void AssertOurs(string folder)
    {
        if (new FileInfo(folder).LinkTarget is { } target)
            throw new InvalidDataException($"{folder} is a link to {target}: keys are not written through links. Remove it, or name another folder with --out.");
        if (File.Exists(folder))
            throw new InvalidDataException($"{folder} is a file: remove it, or name another folder with --out.");
        if (!Directory.Exists(folder))
            return;
        var ours = new[] { "board.json", "bodycam.cfg" }.Any(name => File.Exists(Path.Combine(folder, name)));
        if (!ours && Directory.EnumerateFileSystemEntries(folder).Select(static path => Path.GetFileName(path)).FirstOrDefault(static name => !name.EndsWith(".part", StringComparison.Ordinal)) is { } foreign)
            throw new InvalidDataException($"{folder} is no board's folder (it holds {foreign}): name another one with --out.");
    }

    /// <summary>Lines of a configuration file by key.</summary>
    public static IReadOnlyDictionary<string, string> ReadConfiguration(string path) => Lines(File.ReadAllText(path, Encoding.UTF8));

    /// <summary>Value of a key in a configuration's text; null when absent.</summary>
    public static string? Value(string configuration, string key) => Lines(configuration).GetValueOrDefault(key);

    private static Dictionary<string, string> Lines(string text)
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                lines[line[..equals]] = line[(equals + 1)..];
        }

        return lines;
    }

    // Names as the flasher reads them (nanoFirmwareFlasher 2.5, FileDeployment/DeploymentFile.cs); sources are relative to the board's folder. The configuration comes last: it is what makes a recorder of the board.
    private static string Files() => JsonSerializer.Serialize(
        new { Files = new[] { "ca.pem", "client.pem", "client.key", "bodycam.cfg" }.Select(static name => new { DestinationFilePath = "I:\\" + name, SourceFilePath = name }) }, indented);

    // The first network is joined by the runtime itself at power-up; the others are the recorder's to try (nanoFirmwareFlasher 2.5, NetworkDeployment/WirelessConfiguration.cs).
    private static string Network(IReadOnlyList<WifiNetwork> networks)
    {
        if (networks.Count == 0)
            return "{}\n";
        var isOpen = networks[0].Password.Length == 0;
        return JsonSerializer.Serialize(
            new { WirelessClient = new { networks[0].Ssid, networks[0].Password, Authentication = isOpen ? "Open" : "WPA2", Encryption = isOpen ? "None" : "WPA2", ConfigurationOption = "AutoConnect" } }, indented);
    }

    private static void Put(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        var part = path + ".part";
        File.Delete(part);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Private;
        using (var file = new FileStream(part, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            FileSync.Sync(file);
        }

        File.Move(part, path, overwrite: true);
    }
}
