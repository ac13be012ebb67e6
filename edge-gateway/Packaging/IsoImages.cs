using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Packaging.Forms;

namespace BodyCam.Packaging;

/// <summary>One volume of a set.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Image">File name of its image.</param>
/// <param name="Bytes">Length of the image.</param>
/// <param name="Sha256">Of the image, hex.</param>
public sealed record IsoVolume(int Number, string Image, long Bytes, string Sha256);

/// <summary>Disc images of a package (K3, K4): Joliet and Rock Ridge, by xorriso, in volumes of a disc's size; each copy of a disc is the same image.</summary>
public static class IsoImages
{
    /// <summary>Bytes that a disc holds: CD 700 MB, DVD and BD single layer, with what the file system takes left off.</summary>
    public static IReadOnlyDictionary<string, long> DiscBytes { get; } = new Dictionary<string, long>(StringComparer.Ordinal) { ["cd"] = 680_000_000, ["dvd"] = 4_600_000_000, ["bd"] = 24_900_000_000 };

    /// <summary>Reads what a disc holds: a name of <see cref="DiscBytes"/>, or a number of bytes above 8 MiB.</summary>
    public static bool TryParseDisc(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        return DiscBytes.TryGetValue(text, out bytes) || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) && bytes > 8 << 20);
    }

    private const long OverheadBytes = 4 << 20;

    /// <summary>Writes the images beside each other: <c>&lt;id&gt;-1.iso</c> …; each volume names the set in <c>VOLUMES.json</c>. Where the agency's rules ask for labels, <c>&lt;id&gt;-labels.html</c> has one for each disc of each copy.</summary>
    /// <param name="package">The package's ZIP.</param>
    /// <param name="outFolder">Where the images go.</param>
    /// <param name="id">Package id.</param>
    /// <param name="volumeBytes">What one disc holds.</param>
    /// <exception cref="InvalidOperationException">xorriso is missing, failed, a file is larger than a disc, the label fits none, or an image stands there already; nothing of the set is left, and the message says what to do.</exception>
    public static IReadOnlyList<IsoVolume> Write(string package, string outFolder, string id, long volumeBytes)
    {
        var label = LabelOf(package);
        Directory.CreateDirectory(outFolder);
        // A name that nobody can have taken: what stands in the folder goes onto no disc and is not removed, and a link there leads nowhere.
        var work = Directory.CreateDirectory(Path.Combine(outFolder, $".{id}-volumes-{Path.GetRandomFileName()}"));
        // Only these go where the set does not come to its end: what stands in the folder may be another run's.
        var written = new List<string>();
        try
        {
            var volumes = Divide(package, volumeBytes);
            var made = new List<IsoVolume>();
            for (var number = 1; number <= volumes.Count; number++)
            {
                var root = Path.Combine(work.FullName, number.ToString(CultureInfo.InvariantCulture));
                Extract(package, volumes[number - 1], root);
                var list = JsonSerializer.Serialize(new { package = id, volume = number, volumes = volumes.Select(static (names, index) => new { volume = index + 1, files = names.Count, first = names[0], last = names[^1] }), earlier = made }, PackageManifest.Json);
                File.WriteAllText(Path.Combine(root, "VOLUMES.json"), list + "\n");
                var image = Path.Combine(outFolder, string.Create(CultureInfo.InvariantCulture, $"{id}-{number}.iso"));
                var part = root + ".iso";
                Run(root, part, id, number);
                Directory.Delete(root, recursive: true);
                Place(part, image, written);
                using var stream = File.OpenRead(image);
                made.Add(new IsoVolume(number, Path.GetFileName(image), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream))));
            }

            if (label is not null)
            {
                var sheet = Path.Combine(work.FullName, "labels.html");
                File.WriteAllText(sheet, DiscLabels.Page(label, id, volumes.Count));
                Place(sheet, Path.Combine(outFolder, id + "-labels.html"), written);
            }

            return made;
        }
        catch
        {
            foreach (var path in written)
                File.Delete(path);
            throw;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static void Place(string from, string to, List<string> written)
    {
        if (File.Exists(to))
            throw new InvalidOperationException($"{to} stands there already, and is not of this run. Nothing of it was changed: remove it, with the other discs of that set, or have the images made in another folder with 'bodycam discs --out'.");
        FileRename.MoveNew(from, to);
        written.Add(to);
    }

    // What the discs say stands in the package, so that images can be made later and elsewhere.
    private static DiscLabel? LabelOf(string package)
    {
        using var files = PackageFiles.Open(package);
        return PackageManifest.Read(files)?.Label switch
        {
            { IsWhole: false } => throw new InvalidOperationException($"{PackageNames.Manifest} of {package} has a label that no disc can carry: fields without a name or value, no copy or more than {DiscLabel.CopiesMax}, or too many words. Export the package anew."),
            var label => label,
        };
    }

    private static List<List<string>> Divide(string package, long volumeBytes)
    {
        using var zip = ZipFile.OpenRead(package);
        var volumes = new List<List<string>>();
        var room = 0L;
        foreach (var entry in zip.Entries)
        {
            // A file takes whole sectors of 2,048 bytes, and an entry in two trees.
            var takes = ((entry.Length + 2047) / 2048 * 2048) + 1024;
            if (takes > volumeBytes - OverheadBytes)
                throw new InvalidOperationException($"{entry.FullName} has {entry.Length} bytes and does not fit a disc: use a larger disc (--iso dvd or bd) or a hard disk.");
            if (takes > room)
            {
                volumes.Add([]);
                room = volumeBytes - OverheadBytes;
            }

            volumes[^1].Add(entry.FullName);
            room -= takes;
        }

        return volumes;
    }

    private static void Extract(string package, List<string> names, string root)
    {
        using var zip = ZipFile.OpenRead(package);
        foreach (var name in names.Where(PackageNames.IsSafe))
        {
            var path = Path.Combine(root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            zip.GetEntry(name)!.ExtractToFile(path);
        }
    }

    private static void Run(string root, string image, string id, int number)
    {
        var start = new ProcessStartInfo("xorriso") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        // Volume names have at most 32 of A-Z, 0-9 and '_' (ECMA-119).
        var label = new string([.. $"{id}_{number}".ToUpperInvariant().Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_')]);
        foreach (var argument in new[] { "-as", "mkisofs", "-quiet", "-J", "-joliet-long", "-R", "-V", label[^Math.Min(32, label.Length)..], "-o", image, root })
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            _ = output.Result;
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"xorriso could not make disc {number} of {id}: {error.Trim().Split('\n')[^1]} Look at the room on the disk.");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException("xorriso is missing: install it (package xorriso) and try again; the ZIP is whole without it.", missing);
        }
    }
}
