using System.Security.Cryptography;

namespace BodyCam.Core.Keys;

/// <summary>The keys folder: <c>master.key</c>, <c>gateway-key.pem</c>, <c>admin.token</c>, each mode 0600, never inside the data folder.</summary>
public static class KeyFolder
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the folder, making it and what is absent in it.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="dataFolder">The data folder, which must not contain it.</param>
    /// <exception cref="InvalidOperationException">The keys folder lies inside the data folder, or a key file is not readable as such; the message says what to do.</exception>
    public static (KeyRing Ring, GatewayKey Key, string AdminToken) Open(string folder, string dataFolder)
    {
        var full = Path.GetFullPath(folder);
        var data = Path.GetFullPath(dataFolder).TrimEnd('/') + "/";
        if ((full.TrimEnd('/') + "/").StartsWith(data, StringComparison.Ordinal))
            throw new InvalidOperationException($"The keys folder {full} lies inside the data folder: name one outside with --keys.");
        Directory.CreateDirectory(full);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(full, PrivateFile | UnixFileMode.UserExecute);

        var master = ReadOrCreate(Path.Combine(full, "master.key"), static () => RandomNumberGenerator.GetBytes(32));
        if (master.Length != 32)
            throw new InvalidOperationException($"{Path.Combine(full, "master.key")} does not have 32 bytes: restore it from its backup.");
        var pem = ReadOrCreate(Path.Combine(full, "gateway-key.pem"), static () =>
        {
            using var fresh = GatewayKey.Create();
            return System.Text.Encoding.ASCII.GetBytes(fresh.ExportPrivatePem());
        });
        var token = ReadOrCreate(Path.Combine(full, "admin.token"), static () => System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24))));
        try
        {
            return (new KeyRing(master), GatewayKey.FromPem(System.Text.Encoding.ASCII.GetString(pem)), System.Text.Encoding.ASCII.GetString(token).Trim());
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new InvalidOperationException($"{Path.Combine(full, "gateway-key.pem")} is not a P-256 key: restore it from its backup.", failure);
        }
    }

    private static byte[] ReadOrCreate(string path, Func<byte[]> make)
    {
        if (File.Exists(path))
            return File.ReadAllBytes(path);
        var bytes = make();
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = PrivateFile;
        using var file = new FileStream(path, options);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
        return bytes;
    }
}
