using System.Net;
using System.Net.Sockets;
using BodyCam.Cli.Boards;
using BodyCam.Core.Keys;
using BodyCam.Gateway;
using BodyCam.Log;

namespace BodyCam.Cli;

/// <summary>What a gateway's start needs of this machine, looked at before anything is made, and what people are told when it fails.</summary>
internal static class GatewayStart
{
    private const string VerifyAtEnd = "run: bodycam verify";

    /// <summary>EROFS of errno.h on Linux, which an <see cref="IOException"/> of .NET has as its HResult.</summary>
    private const int ReadOnlyFileSystem = 30;

    /// <summary>Looks at files, folders and ports that are named.</summary>
    /// <exception cref="InvalidOperationException">One cannot be used; the message names it, its option and what to do.</exception>
    public static void Assert(GatewayOptions options)
    {
        AssertFile(options.TlsCertificate, "--tls", "the PEM file with certificate and key");
        AssertFile(options.TlsAuthority, "--tls-ca", "the PEM file of the CA");
        AssertFolder(options.PoliciesFolder, "--policies", "the folder of the policy files");
        AssertFolder(options.CalendarsFolder, "--calendars", "the folder of the calendar files");
        AssertNoFile(options.KeysFolder, "--keys");
        if (options.ArchiveFolder is { } archive)
            AssertNoFile(archive, "--archive");
        AssertNoFile(options.DataFolder, "--data");
        AssertAlone(options.DataFolder);
        KeyFolder.AssertApart(options.KeysFolder, options.DataFolder);
        if (options.HttpPort == options.MqttPort && options.HttpPort != 0)
            throw new InvalidOperationException($"--http-port and --mqtt-port are both {options.HttpPort}: name two ports.");
        // What is no address is said by the gateway itself.
        if (!IPAddress.TryParse(options.Address, out var address))
            return;
        AssertPort(address, options.HttpPort, "--http-port", SocketType.Stream);
        AssertPort(address, options.MqttPort, "--mqtt-port", SocketType.Stream);
        if (options.SntpPort >= 0)
            AssertPort(address, options.SntpPort, "--sntp-port", SocketType.Dgram);
        try
        {
            Directory.CreateDirectory(options.DataFolder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"the folder {options.DataFolder} cannot be made ({refused.Message.TrimEnd('.')}): look at the rights of the folder above it, or name another with --data.", refused);
        }

        WritableFolder.Assert(options.DataFolder, isPrivate: false, "--data");
    }

    /// <summary>Folders that a start would make for its data: the outermost last.</summary>
    public static IReadOnlyList<string> Absent(string folder)
    {
        var absent = new List<string>();
        for (var at = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); at is not null && !Path.Exists(at); at = Path.GetDirectoryName(at))
            absent.Add(at);
        return absent;
    }

    /// <summary>Takes folders that were made for nothing away again, as far as they are empty.</summary>
    /// <param name="made">Of <see cref="Absent"/>, asked before the start.</param>
    public static void Remove(IReadOnlyList<string> made)
    {
        try
        {
            foreach (var folder in made.Where(static folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
                Directory.Delete(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // It stays, and the ones around it with it; why the start failed is what is told.
        }
    }

    /// <summary>The message of a start that failed.</summary>
    public static string Words(Exception failure, GatewayOptions options)
    {
        if (failure is not (LogBrokenException or InvalidDataException) || !failure.Message.EndsWith(VerifyAtEnd, StringComparison.OrdinalIgnoreCase))
            return FailureWords.Of(failure, "start the gateway again");
        var wrongKeys = failure.Message.Contains($"({nameof(CheckpointVerdict.UnknownSigner)})", StringComparison.Ordinal)
            ? $" If {options.KeysFolder} has the keys of another gateway, which is the likeliest, start it with the own ones of {options.DataFolder}: --keys FOLDER."
            : "";
        return $"{failure.Message} {options.DataFolder}.{wrongKeys}";
    }

    private static void AssertFile(string? path, string option, string what)
    {
        if (path is not null && !File.Exists(path))
            throw new InvalidOperationException($"there is no file {Path.GetFullPath(path)}: name {what} with {option}.");
    }

    private static void AssertFolder(string? path, string option, string what)
    {
        if (path is not null && !Directory.Exists(path))
            throw new InvalidOperationException($"there is no folder {path}: name {what} with {option}, or leave it out for what ships.");
    }

    private static void AssertNoFile(string path, string option)
    {
        if (File.Exists(path))
            throw new InvalidOperationException($"{path} is a file: name a folder with {option}.");
    }

    private static void AssertAlone(string data)
    {
        var log = Path.Combine(data, "log");
        if (!Directory.Exists(log))
            return;
        try
        {
            new DiskLogFiles(log).Acquire().Dispose();
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem })
        {
            throw new InvalidOperationException($"{log} takes no files ({refused.Message.TrimEnd('.')}): look at its rights and at the disk, start the gateway as the user whose folder it is, or name another folder with --data.", refused);
        }
        catch (IOException held) when (held.GetType() == typeof(IOException))
        {
            throw new InvalidOperationException($"another gateway is running on {data}, or a program that holds its log ({held.Message.TrimEnd('.')}): stop it first, or name another folder with --data.", held);
        }
    }

    // Bound and let go: a listener there, or an address that is none of this machine, shows now and not with a trace in the log.
    private static void AssertPort(IPAddress address, int port, string option, SocketType type)
    {
        using var probe = new Socket(address.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
                probe.DualMode = true;
            probe.Bind(new IPEndPoint(address, port));
        }
        catch (SocketException refused)
        {
            throw new InvalidOperationException(
                refused.SocketErrorCode switch
                {
                    SocketError.AddressNotAvailable => $"{address} is no address of this machine: name one that it has with --listen.",
                    SocketError.AddressAlreadyInUse => $"port {port} of {address} ({option}) is in use: stop what listens there, or name another with {option}, 0 for a free one.",
                    SocketError.AccessDenied => $"port {port} of {address} ({option}) is not for this user: name one above 1023 with {option}.",
                    _ => $"port {port} of {address} ({option}) cannot be listened on ({refused.Message.TrimEnd('.')}): look at --listen and {option}.",
                },
                refused);
        }
    }
}
