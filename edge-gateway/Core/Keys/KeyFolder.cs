using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Core.Keys;

/// <summary>The keys folder: <c>master.key</c>, <c>gateway-key.pem</c>, <c>admin.token</c>, <c>ca-key.pem</c> (<see cref="CertificateAuthority"/>), each mode 0600, never inside the data folder.</summary>
public static class KeyFolder
{
    /// <summary>The recorders' master secret, 32 bytes.</summary>
    public const string MasterFile = "master.key";

    /// <summary>The gateway's private key.</summary>
    public const string GatewayKeyFile = "gateway-key.pem";

    /// <summary>The key of a rotation that is under way; in the place of the other one when it is done.</summary>
    public const string NextKeyFile = "gateway-key.next.pem";

    /// <summary>What the administrator's calls carry.</summary>
    public const string TokenFile = "admin.token";

    private const int MasterBytes = 32;

    private const int TokenBytes = 24; // twice as many hexadecimal digits in its file
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the folder when it is absent, mode 0700, and nothing in it.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="dataFolder">The data folder, which must not contain it.</param>
    /// <exception cref="InvalidOperationException">As <see cref="AssertApart"/>, or a key is missing beside a log; the message says what to do, and nothing was made.</exception>
    public static void Make(string folder, string dataFolder)
    {
        AssertApart(folder, dataFolder);
        var (full, data) = (Path.GetFullPath(folder), Path.GetFullPath(dataFolder));
        if (File.Exists(Path.Combine(data, "log", "checkpoint")))
            AssertComplete(full, data);
        Directory.CreateDirectory(full);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(full, PrivateFile | UnixFileMode.UserExecute);
    }

    /// <summary>Refuses a keys folder within the data folder, and two that were taken for each other: private keys would go along with a copy of the data folder.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="dataFolder">The data folder.</param>
    /// <exception cref="InvalidOperationException">They are so; the message says what to do.</exception>
    public static void AssertApart(string folder, string dataFolder)
    {
        var (full, data) = (Path.GetFullPath(folder), Path.GetFullPath(dataFolder));
        if ((RealPath.Of(full) + "/").StartsWith(RealPath.Of(data) + "/", StringComparison.Ordinal))
            throw new InvalidOperationException($"The keys folder {full} lies inside the data folder: name one outside with --keys.");
        if (Array.Find([MasterFile, GatewayKeyFile, NextKeyFile, TokenFile, CertificateAuthority.PrivateFile], name => File.Exists(Path.Combine(data, name))) is { } key)
            throw new InvalidOperationException($"The data folder {data} has {key}, which lies in a keys folder only: name the data folder with --data and the keys folder with --keys; a key that was left in the data folder is to be moved out of it first.");
        if (Array.Find(["log", "segments", "catalog.db"], name => Path.Exists(Path.Combine(full, name))) is { } part)
            throw new InvalidOperationException($"The keys folder {full} has {part}, which lies in a data folder only: name the data folder with --data and the keys folder with --keys; keys that were left in a data folder are to be moved out of it first.");
    }

    /// <summary>Opens the folder, making it and what is absent in it; master secret and gateway key only while the data folder has no log yet. A gateway holds it before (<see cref="KeyFolderLock"/>): of two first starts at once one makes the keys.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="dataFolder">The data folder, which must not contain it.</param>
    /// <exception cref="InvalidOperationException">As <see cref="Make"/>, or a key file is not readable as such; the message says what to do.</exception>
    public static (KeyRing Ring, GatewayKey Key, string AdminToken) Open(string folder, string dataFolder)
    {
        Make(folder, dataFolder);
        var full = Path.GetFullPath(folder);
        var master = ReadOrCreate(Path.Combine(full, MasterFile), static () => RandomNumberGenerator.GetBytes(MasterBytes));
        AssertMaster(full, master);
        _ = ReadOrCreate(Path.Combine(full, GatewayKeyFile), NewKeyPem);
        var token = ReadOrCreate(Path.Combine(full, TokenFile), static () => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes))));
        return (new KeyRing(master), ReadKey(full, GatewayKeyFile)!, TokenOf(full, token));
    }

    /// <summary>Reads every key as <see cref="Open"/> does and makes none.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <exception cref="InvalidOperationException">A key is not one, or the token is too short; the message says what to do.</exception>
    /// <exception cref="IOException">One is missing, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read by this user.</exception>
    public static void AssertReadable(string folder)
    {
        AssertMaster(folder, File.ReadAllBytes(Path.Combine(folder, MasterFile)));
        ReadKey(folder, GatewayKeyFile)?.Dispose();
        var path = Path.Combine(folder, TokenFile);
        if (File.Exists(path))
            _ = TokenOf(folder, File.ReadAllBytes(path));
    }

    private static void AssertMaster(string folder, byte[] master)
    {
        if (master.Length != MasterBytes)
            throw new InvalidOperationException($"{Path.Combine(folder, MasterFile)} does not have {MasterBytes} bytes: restore it from its backup.");
    }

    // A shorter one was cut off, or could be guessed.
    private static string TokenOf(string folder, byte[] file)
    {
        var token = Encoding.ASCII.GetString(file).Trim();
        return token.Length >= 2 * TokenBytes ? token : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(folder, TokenFile)} has {token.Length} characters and not the {2 * TokenBytes} that the gateway makes: remove it and start the gateway again, it makes a new one."));
    }

    /// <summary>Reads a key of the gateway; null when there is no such file.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="name"><see cref="GatewayKeyFile"/> or <see cref="NextKeyFile"/>.</param>
    /// <exception cref="InvalidOperationException">It is no key; the message says what to do.</exception>
    public static GatewayKey? ReadKey(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        try
        {
            return GatewayKey.FromPem(File.ReadAllText(path, Encoding.ASCII));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException(name == NextKeyFile ? $"{path} is not a P-256 key: remove it and rotate again." : $"{path} is not a P-256 key: restore it from its backup.", failure);
        }
    }

    /// <summary>Makes the key of a rotation, durable under <see cref="NextKeyFile"/>.</summary>
    /// <param name="folder">The keys folder.</param>
    public static GatewayKey CreateNextKey(string folder)
    {
        _ = ReadOrCreate(Path.Combine(folder, NextKeyFile), NewKeyPem);
        return ReadKey(folder, NextKeyFile)!;
    }

    // New keys beside a log that others signed would be another gateway's: the folder is not mounted, or a key is lost.
    private static void AssertComplete(string folder, string data)
    {
        var path = Path.Combine(folder, MasterFile);
        if (!IsThere(path))
            throw new InvalidOperationException($"{data} has a log, but {path} is missing: mount the keys folder or restore its backup. If it is lost for good: {WhenLost(folder, data, MasterFile)}");
        path = Path.Combine(folder, GatewayKeyFile);
        if (!IsThere(path))
            throw new InvalidOperationException($"{data} has a log, but {path} is missing: mount the keys folder or restore its backup. If it is lost for good: {WhenLost(folder, data, GatewayKeyFile)}");
    }

    /// <summary>What is done about a key that no backup has, as commands and a full stop.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="name"><see cref="MasterFile"/> or <see cref="GatewayKeyFile"/>.</param>
    public static string WhenLost(string folder, string dataFolder, string name) => name == MasterFile
        ? $"openssl rand -out {Path.Combine(folder, name)} {MasterBytes}, chmod 600 {Path.Combine(folder, name)}, and provision every recorder anew."
        : $"bodycam gateway rotate-key --data {dataFolder} --keys {folder}.";

    // Below a folder that may not be read every file is as absent: a key that stands is never to be made anew.
    private static bool IsThere(string path)
    {
        if (new FileInfo(path) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: true) is { Exists: false } away)
            throw new InvalidOperationException($"{path} is a link to {away.FullName}, which is not there: mount the medium that it lies on, or restore it from its backup.");
        if (File.Exists(path))
            return true;
        if (Directory.Exists(path))
            throw new InvalidOperationException($"{path} is a folder: remove it and restore the key from its backup.");
        try
        {
            if (!Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!).Contains(path, StringComparer.Ordinal))
                return false;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // Nor may its names be read.
        }

        throw new InvalidOperationException($"{path} cannot be read by this user: run the gateway as the user that has its keys, or give that folder and its files back to this one (chown); the keys are not lost.");
    }

    private static byte[] NewKeyPem()
    {
        using var fresh = GatewayKey.Create();
        return Encoding.ASCII.GetBytes(fresh.ExportPrivatePem());
    }

    /// <summary>The file's bytes; made, mode 0600 and durable with its name, when it is absent.</summary>
    internal static byte[] ReadOrCreate(string path, Func<byte[]> make)
    {
        if (File.Exists(path))
            return File.ReadAllBytes(path);
        var bytes = make();
        Write(path, bytes, overwrite: false);
        return bytes;
    }

    /// <summary>Writes a file, mode 0600, whole or not at all.</summary>
    internal static void Replace(string path, byte[] bytes) => Write(path, bytes, overwrite: true);

    /// <summary>Names in the folder are durable afterwards: what is signed by a key must not outlive it.</summary>
    internal static void SyncEntries(string folder) => new FolderSync(folder).Sync(folder);

    private static void Write(string path, byte[] bytes, bool overwrite)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = PrivateFile;
        // Whole or not at all: a torn key would be taken for a damaged one.
        var temporary = path + ".tmp";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, options))
        {
            file.Write(bytes);
            FileSync.Sync(file);
        }

        File.Move(temporary, path, overwrite);
        SyncEntries(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
