using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Custody.Store;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Packaging;
using Spectre.Console;

namespace BodyCam.Cli;

/// <summary><c>bodycam verify</c>: checks a data or archive folder whole.</summary>
internal static class VerifyCommand
{
    private static readonly JsonSerializerOptions jsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Data or archive folder, or an evidence package: its ZIP, or the folder it was unpacked into." };
        var key = new Option<string?>("--gateway-key") { Description = "The gateway's public key (gateway.pem) as it was kept elsewhere." };
        var checkpoint = new Option<string[]>("--checkpoint") { Description = "A checkpoint file that somebody else kept; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var witness = new Option<string[]>("--witness-key") { Description = "Verifier key of a witness (a file with its line name+id+base64): a checkpoint that it signed counts as kept by somebody else; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var keys = new Option<string?>("--keys") { Description = "The gateway's keys folder: then the recorders' MACs and running authenticators are checked too." };
        var authorities = new Option<string[]>("--tsa-ca") { Description = "Root certificate (PEM) of a time stamp authority: then a package's time stamps are checked; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var oneDigest = new Option<bool>("--one-digest") { Description = "Check the bytes of originals by their chunk digests and seals alone, not by the SHA-256 in the log as well: half the work. Nothing that a recorder sealed can be changed unseen; a wrong SHA-256 in the log can." };
        var json = new Option<bool>("--json") { Description = "Print the report as one JSON object." };
        var command = new Command("verify", "Checks every byte, seal, chain, receipt, log leaf and checkpoint of a folder or an evidence package. The gateway may run meanwhile: what it writes is judged against the log as it is at the end. Exit code 0 verified, 1 something is wrong, 3 nothing is wrong in what was checked, but not everything could be: nothing from outside says who signed, or an archive lacks what its log names.") { folder, key, checkpoint, witness, keys, authorities, oneDigest, json };
        command.SetAction(parsed => Run(parsed.GetValue(folder)!, parsed.GetValue(key), parsed.GetValue(checkpoint) ?? [], parsed.GetValue(witness) ?? [], parsed.GetValue(keys), parsed.GetValue(authorities) ?? [], parsed.GetValue(oneDigest), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string folder, string? keyFile, string[] checkpoints, string[] witnesses, string? keysFolder, string[] authorityFiles, bool oneDigest, bool json)
    {
        VerifyOptions options;
        List<string> inside;
        X509Certificate2Collection? authorities = null;
        try
        {
            AssertFolder(folder);
            // Whoever could change the folder could change these too.
            inside = [.. checkpoints.Concat(witnesses).Concat(keyFile is null ? [] : [keyFile]).Where(path => InsideFolder.Holds(folder, path))];
            options = new VerifyOptions
            {
                GatewayKeyPem = keyFile is null ? null : NamedFile.Read(keyFile, "the gateway's gateway.pem with --gateway-key", PublicKey),
                Checkpoints = Notes(checkpoints.Except(inside)),
                IsKeyInside = keyFile is not null && inside.Contains(keyFile),
                CheckpointsInside = Notes(checkpoints.Intersect(inside)),
                AnchorsInside = inside,
                WitnessKeys = [.. witnesses.Except(inside).Select(static path => NamedFile.Read(path, "the file of a witness's key with --witness-key", File.ReadAllText))],
                Keys = keysFolder is null ? null : NamedFile.Read(Path.Combine(keysFolder, KeyFolder.MasterFile), "the gateway's keys folder with --keys", static path => new KeyRing(File.ReadAllBytes(path))),
                IsOneDigest = oneDigest,
                CatalogComparison = CatalogCheck.DifferencesAfterKill,
                CustodyComparison = CustodyCheck.Differences,
            };
            if (authorityFiles.Length > 0)
                authorities = [.. authorityFiles.Select(static path => NamedFile.Read(path, "a root certificate (PEM) with --tsa-ca", X509CertificateLoader.LoadCertificateFromFile))];
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message}");
            return ExitCode.Usage;
        }

        foreach (var path in inside)
            Console.Error.WriteLine($"bodycam: warning: {VerifyOptions.WordsOfInside(path)}");
        if (PackageVerifier.IsPackage(folder))
            return PackageView.Run(folder, options, authorities, json);
        var report = json || Console.IsErrorRedirected ? Verifier.Run(folder, options, null) : WithProgress(folder, options);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    verdict = report.Verdict.ToString(),
                    report.SegmentCount,
                    report.FrameCount,
                    report.ByteCount,
                    report.LogSize,
                    report.AnchorSize,
                    recordings = report.Recordings,
                    findings = report.Findings.Select(static finding => new { code = finding.Code, severity = finding.Severity.ToString(), segment = finding.Segment?.ToString(), path = finding.Path, chunk = finding.Chunk, message = finding.Message, isCause = finding.IsCause, followsFrom = finding.FollowsFrom }),
                },
                jsonOptions));
        else
            Show(report);
        return ExitCode.Of(report.Verdict);
    }

    private static string PublicKey(string path)
    {
        var pem = File.ReadAllText(path);
        return !pem.Contains("PRIVATE KEY", StringComparison.Ordinal) ? pem : throw new IOException("it is a private key, which nobody needs for this and which is to stay where it is");
    }

    private static List<byte[]> Notes(IEnumerable<string> files) => [.. files.Select(static path => NamedFile.Read(path, "a checkpoint file with --checkpoint", File.ReadAllBytes))];

    // A log that was deleted whole is a finding, where the segments say what the folder was.
    private static void AssertFolder(string folder)
    {
        if (PackageVerifier.IsPackage(folder) || Directory.Exists(Path.Combine(folder, "log")) || Directory.Exists(Path.Combine(folder, "segments")))
            return;
        try
        {
            // What lies in a folder without the right to enter is not told as missing.
            _ = File.GetAttributes(folder);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"{folder} is not there. Name the folder that holds segments/ and log/, or the package.", gone);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException($"{folder} cannot be read by this user: run this as the gateway's user.", refused);
        }

        if (Directory.Exists(folder))
        {
            try
            {
                // A folder without the right to enter hides what is in it.
                _ = Directory.EnumerateFileSystemEntries(folder).Any();
            }
            catch (UnauthorizedAccessException refused)
            {
                throw new IOException($"{folder} cannot be read by this user: run this as the gateway's user.", refused);
            }
        }

        throw new IOException($"{folder} is no data or archive folder, as it has no log/ and no segments/, and no evidence package. Name the folder that holds segments/ and log/, or the package.");
    }

    private static VerifyReport WithProgress(string folder, VerifyOptions options) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Status().Start("Checking the log…", status => Verifier.Run(folder, options, new Progress<int>(count => status.Status($"{count} segments checked…"))));

    private static string NotHere(VerifyReport report) => $"{report.NotHereCount} of what the log names {(report.NotHereCount == 1 ? "is" : "are")} not here: verify the station's data folder, or this archive after its next round";

    // What no verdict covers; empty for nothing.
    private static string NotShown(VerifyReport report) => string.Join("; ", new[]
    {
        report.NotHereCount > 0 ? NotHere(report) : "",
        report.NotCompared is { Count: > 0 } names ? $"{string.Join(" and ", names)} {(names.Count == 1 ? "was" : "were")} not compared: make room for a copy in the folder for temporary files, or name another with TMPDIR, and verify again" : "",
    }.Where(static words => words.Length > 0));

    private static void Show(VerifyReport report)
    {
        var followers = report.Followers();
        foreach (var finding in report.Findings.Where(static finding => finding.FollowsFrom is null))
        {
            Console.WriteLine($"{finding.Severity.ToString().ToLowerInvariant(),-7} {finding.Code,-20} {finding.Message}");
            var following = followers[finding].ToList();
            if (following.Count > 0)
                Console.WriteLine($"{"",-28} {following.Count} more {(following.Count == 1 ? "follows" : "follow")} from it ({string.Join(", ", following.CountBy(static each => each.Code).Select(static pair => $"{pair.Value} {pair.Key}"))}): mend it and verify again, what is left then stands for itself. --json names each.");
        }

        foreach (var recording in report.Recordings)
            Console.WriteLine($"{recording.Device} epoch {recording.Epoch} recording {recording.Recording}: {recording.Segments} segments, {recording.State.Replace('_', ' ')}{(recording.InManifest ? ", in the shift manifest" : "; completeness not yet shown: no shift manifest speaks of it")}");
        Console.WriteLine($"{report.SegmentCount} segments, {report.FrameCount} frames, {report.ByteCount} bytes, {report.LogSize} log leaves checked.");
        Console.WriteLine(report.Verdict switch
        {
            VerifyVerdict.Verified => $"Verified. Completeness is claimed {(report.AnchorSize > 0 ? $"up to the {report.AnchorSize} leaves of the newest checkpoint given" : "for nothing: give a checkpoint that somebody else holds with --checkpoint")}.",
            VerifyVerdict.Partial => $"Partial: {(report.NotCompared.Count > 0 ? "nothing is wrong in what was checked" : "what is here is whole")}; {NotShown(report)}.",
            VerifyVerdict.ConsistentSignerNotEstablished => $"Consistent in itself; signer not established. Give --gateway-key or --checkpoint from outside this folder.{(NotShown(report) is { Length: > 0 } words ? $" Besides, {words}." : "")}",
            _ => "Failed: see the errors above.",
        });
    }
}
