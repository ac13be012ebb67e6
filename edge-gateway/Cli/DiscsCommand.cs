using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using BodyCam.Cli.Boards;
using BodyCam.Evidence;
using BodyCam.Packaging;

namespace BodyCam.Cli;

/// <summary><c>bodycam discs</c>: images of an evidence package for discs (K3, K4).</summary>
internal static class DiscsCommand
{
    public static Command Create()
    {
        var package = new Argument<FileInfo>("package") { Description = "The package's ZIP." };
        var disc = new Option<string>("--disc") { Description = "cd, dvd or bd, or the bytes that a disc holds (default: dvd).", DefaultValueFactory = static _ => "dvd" };
        var output = new Option<DirectoryInfo>("--out") { Description = "Folder for the images (default: beside the package)." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("discs", "Writes disc images of a package, in volumes when it is larger than a disc, once the package holds its own check (as verify does without anything from outside). Burn each image once for every copy. Exit code 0 written, 1 the package is damaged and nothing was written, 2 the command could not run.") { package, disc, output, json };
        command.SetAction(parsed => Run(parsed.GetValue(package)!, parsed.GetValue(disc)!, parsed.GetValue(output), parsed.GetValue(json)));
        return command;
    }

    private static int Run(FileInfo package, string disc, DirectoryInfo? output, bool json)
    {
        if (!package.Exists)
            return Fail($"there is no file {package.FullName}. Name the package's ZIP.");
        if (!IsoImages.TryParseDisc(disc, out var bytes))
            return Fail($"'{disc}' is no disc: use cd, dvd, bd or a number of bytes above 8 MiB.");
        var folder = output?.FullName ?? package.DirectoryName!;
        var name = Path.GetFileNameWithoutExtension(package.Name);
        if (File.Exists(folder))
            return Fail($"{folder} is a file: name a folder with --out.");
        if (Standing(folder, name) is [var standing, ..])
            return Fail($"{standing} stands there already: remove it, with the other discs of that set, or name another folder with --out. Nothing was changed.");
        var isNew = !Directory.Exists(folder);
        var isWritten = false;
        try
        {
            if (PackageVerifier.IsCutShort(package.FullName))
            {
                Console.Error.WriteLine($"bodycam: {package.FullName} begins as a ZIP and cannot be read to its end: it was cut short or damaged. Take it again from where it was made, from the other copy, or export it anew. No image was written.");
                return ExitCode.Failed;
            }

            if (!IsZip(package))
                return Fail($"{package.FullName} is no ZIP file: name the package's ZIP.");
            WritableFolder.Assert(folder, isPrivate: false);
            if (Fault(package) is { } fault)
            {
                Console.Error.WriteLine($"bodycam: {package.FullName} does not hold its own check ({fault.TrimEnd('.')}): look at it with 'bodycam verify {package.FullName}', and take it again from where it was made or export it anew. No image was written.");
                return ExitCode.Failed;
            }

            var volumes = IsoImages.Write(package.FullName, folder, name, bytes);
            isWritten = true;
            if (json)
                Console.WriteLine(JsonSerializer.Serialize(new { volumes = volumes.Select(static volume => new { number = volume.Number, image = volume.Image, bytes = volume.Bytes, sha256 = volume.Sha256 }) }));
            foreach (var volume in json ? [] : volumes)
                Console.WriteLine($"{volume.Image}  {volume.Bytes} bytes  sha256 {volume.Sha256}");
            return ExitCode.Done;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Fail(FailureWords.Of(failure, "run it again"));
        }
        finally
        {
            // A folder that was made for nothing goes again.
            if (isNew && !isWritten && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
    }

    // Reads the package once; what it says of itself must hold, who signed it is verify's question. A recording that was left out is a choice made at the export, and no damage.
    private static string? Fault(FileInfo package) =>
        PackageVerifier.Run(package.FullName, new VerifyOptions()).Findings.FirstOrDefault(static finding => finding.Severity == FindingSeverity.Error && finding.Code != "recording_left_out")?.Message;

    private static bool IsZip(FileInfo package)
    {
        try
        {
            using var zip = ZipFile.OpenRead(package.FullName);
            return zip.Entries.Count > 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    // <name>-1.iso … and <name>-labels.html, as IsoImages names them.
    private static List<string> Standing(string folder, string name) =>
        !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder)
            .Where(path => Path.GetFileName(path) is var file && file.StartsWith(name + "-", StringComparison.Ordinal)
                && (file == name + "-labels.html" || (file.EndsWith(".iso", StringComparison.Ordinal) && file[(name.Length + 1)..^4] is { Length: > 0 } number && number.All(char.IsAsciiDigit))))
            .Order(StringComparer.Ordinal)];

    private static int Fail(string message)
    {
        Console.Error.WriteLine("bodycam: " + message);
        return ExitCode.Usage;
    }
}
