using System.IO.Compression;
using System.Security.Cryptography;
using BodyCam.Core;

namespace BodyCam.Packaging;

/// <summary>The files of a package, in a ZIP or in a folder; nothing is written, and no length that the ZIP claims is believed.</summary>
internal sealed class PackageFiles : IDisposable
{
    /// <summary>Most files of a package.</summary>
    public const int FilesMax = 2_000_000;

    /// <summary>Longest file that is read into memory: above a segment of 2 MiB and the hashes of a million leaves.</summary>
    public const int FileBytesMax = 64 << 20;

    private const int RatioMax = 100;

    private readonly ZipArchive? zip;
    private readonly Dictionary<string, Func<Stream>> open = new(StringComparer.Ordinal);

    private readonly HashSet<string> folded = new(StringComparer.OrdinalIgnoreCase);

    private PackageFiles(ZipArchive? zip) => this.zip = zip;

    /// <summary>Names that stand twice, that would leave the folder, or of folders that no file lies in.</summary>
    public List<string> BadNames { get; } = [];

    /// <summary>Folders that cannot be looked into.</summary>
    public List<string> ClosedFolders { get; } = [];

    public IReadOnlyCollection<string> Names => open.Keys;

    /// <summary>Why the archive as a whole is not read; null when it is.</summary>
    public string? Refusal { get; private init; }

    /// <summary>Opens it.</summary>
    /// <exception cref="IOException">It is neither a ZIP nor a folder.</exception>
    public static PackageFiles Open(string path)
    {
        if (Directory.Exists(path))
        {
            var folder = new PackageFiles(null);
            folder.AddFolder(path);
            return folder;
        }

        try
        {
            var archive = ZipFile.OpenRead(path);
            if (archive.Entries.Count > FilesMax)
                throw new IOException($"{path} claims {archive.Entries.Count} files: no package has that many.");
            if ((Bomb(archive, new FileInfo(path).Length) ?? Wrapped(path)) is { } bomb)
                return new PackageFiles(archive) { Refusal = bomb };
            var files = new PackageFiles(archive);
            var folders = new List<string>();
            foreach (var entry in archive.Entries)
            {
                if (!IsPlain(entry))
                    files.BadNames.Add(entry.FullName);
                else if (entry.FullName.EndsWith('/'))
                    folders.Add(entry.FullName);
                else
                    files.Add(entry.FullName, entry.Open);
            }

            files.CheckFolders(folders);
            return files;
        }
        catch (InvalidDataException broken)
        {
            throw new IOException(BeginsAsZip(path)
                ? $"{path} begins as a ZIP and cannot be read to its end: it was cut short or damaged ({broken.Message.TrimEnd('.')}). Take it again from where it was made, or from the other copy."
                : $"{path} is no ZIP that can be read ({broken.Message.TrimEnd('.')}). Copy it again from the disc.", broken);
        }
    }

    /// <summary>True when a file begins with an entry of a ZIP, whatever follows it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool BeginsAsZip(string path)
    {
        using var file = RegularFile.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\u0003\u0004"u8);
    }

    public bool Has(string name) => open.ContainsKey(name);

    /// <summary>The bytes; null when it is not there, too long, longer than it claims, or cannot be read.</summary>
    public byte[]? Read(string name)
    {
        if (!open.TryGetValue(name, out var from))
            return null;
        try
        {
            using var stream = from();
            using var bytes = new MemoryStream();
            var bytesMax = Math.Min(FileBytesMax, Claimed(name));
            var block = new byte[(int)Math.Clamp(bytesMax + 1, 1024, 128 * 1024)];
            for (int read; (read = stream.Read(block)) > 0;)
            {
                if (bytes.Length + read > bytesMax)
                    return null;
                bytes.Write(block, 0, read);
            }

            return bytes.ToArray();
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>SHA-256 in hex, of a file of any length; null when it is not there, longer than it claims, or cannot be read.</summary>
    public string? Sha256(string name)
    {
        if (!open.TryGetValue(name, out var from))
            return null;
        try
        {
            using var stream = from();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var claimed = Claimed(name);
            var block = new byte[(int)Math.Clamp(claimed, 1024, 128 * 1024)];
            long bytes = 0;
            for (int read; (read = stream.Read(block)) > 0;)
            {
                if ((bytes += read) > claimed)
                    return null;
                hash.AppendData(block, 0, read);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => zip?.Dispose();

    private long Claimed(string name) => zip?.GetEntry(name)?.Length ?? long.MaxValue - 1;

    // We store and do not compress; what others packed again may be compressed as far as footage and text can be.
    private static string? Bomb(ZipArchive archive, long archiveBytes)
    {
        long packed = 0;
        foreach (var entry in archive.Entries)
        {
            packed += entry.CompressedLength;
            if (packed > archiveBytes)
                return "The entries of the ZIP claim more bytes than it has: they overlap. Do not unpack it; ask for another copy.";
            if (entry.Length > 1024 * 1024 && entry.Length / RatioMax > entry.CompressedLength)
                return $"{entry.FullName} claims to be {entry.Length} bytes out of {entry.CompressedLength}: no footage packs like that. Do not unpack it; ask for another copy.";
        }

        return null;
    }

    // Whoever unpacks would get a link or a device in the place of a file, or bytes in the place of a folder.
    private static bool IsPlain(ZipArchiveEntry entry)
    {
        var kind = (entry.ExternalAttributes >> 16) & 0xF000;
        return entry.FullName.EndsWith('/') ? entry.Length == 0 && kind is 0 or 0x4000 : kind is 0 or 0x8000;
    }

    // Bytes before the first entry or after the end make a file that is a ZIP for one program and something else for another.
    private static string? Wrapped(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4], end = stackalloc byte[22];
        if (file.Length < end.Length)
            return null;
        file.ReadExactly(start);
        file.Seek(-end.Length, SeekOrigin.End);
        file.ReadExactly(end);
        return start.SequenceEqual("PK\u0003\u0004"u8) && end[..4].SequenceEqual("PK\u0005\u0006"u8)
            ? null
            : "The file has bytes before its first entry or after its end: something was joined to the package. Do not open it with another program; ask for another copy.";
    }

    // A folder that cannot be looked into is named: it may hold what is not listed.
    private void AddFolder(string path)
    {
        // Links are passed over: what they stand for is not in the package.
        var listing = new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };
        var top = new DirectoryInfo(path);
        var left = new Stack<DirectoryInfo>([top]);
        while (left.TryPop(out var folder))
        {
            try
            {
                foreach (var entry in folder.EnumerateFileSystemInfos("*", listing))
                {
                    if (entry is DirectoryInfo below)
                        left.Push(below);
                    else
                        Add(NameOf(entry), () => RegularFile.OpenRead(entry.FullName));
                }
            }
            catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
            {
                if (folder == top)
                    throw new IOException($"{path} cannot be looked into ({closed.Message.TrimEnd('.')}). Look at its rights, or check another copy.", closed);
                ClosedFolders.Add(NameOf(folder));
            }
        }

        string NameOf(FileSystemInfo entry) => Path.GetRelativePath(path, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
    }

    // Whoever packs it again enters its folders too. One that none of its files lies in was put there, and may lead out of where it is unpacked.
    private void CheckFolders(List<string> folders)
    {
        string[] names = [.. open.Keys.Order(StringComparer.Ordinal)];
        foreach (var folder in folders)
        {
            // No name ends as a folder's does: the first that follows lies in it, or none.
            var next = ~Array.BinarySearch(names, folder, StringComparer.Ordinal);
            if (next == names.Length || !names[next].StartsWith(folder, StringComparison.Ordinal))
                BadNames.Add(folder);
        }
    }

    private void Add(string name, Func<Stream> from)
    {
        // A disc or a folder that does not tell capital letters apart would keep only one of two.
        if (!PackageNames.IsSafe(name) || !folded.Add(name) || !open.TryAdd(name, from))
            BadNames.Add(name);
    }
}
