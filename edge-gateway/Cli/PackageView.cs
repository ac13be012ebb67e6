using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Evidence;
using BodyCam.Packaging;

namespace BodyCam.Cli;

/// <summary><c>bodycam verify</c> of an evidence package.</summary>
internal static class PackageView
{
    private static readonly JsonSerializerOptions jsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static int Run(string path, VerifyOptions options, X509Certificate2Collection? authorities, bool json)
    {
        PackageReport report;
        try
        {
            report = PackageVerifier.Run(path, options, authorities);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"bodycam: {failure.Message}");
            return failure is IOException { InnerException: InvalidDataException } && PackageVerifier.IsCutShort(path) ? ExitCode.Failed : ExitCode.Usage;
        }

        if (json)
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    verdict = report.Verdict.ToString(), package = report.Manifest?.Id, report.SegmentCount, report.LeafCount, report.AnchorSize, recordings = report.Manifest?.Recordings,
                    findings = report.Findings.Select(static finding => new { code = finding.Code, severity = finding.Severity.ToString(), segment = finding.Segment?.ToString(), path = finding.Path, message = finding.Message }),
                },
                jsonOptions));
        else
            Show(report);
        return ExitCode.Of(report.Verdict);
    }

    private static void Show(PackageReport report)
    {
        foreach (var finding in report.Findings)
            Console.WriteLine($"{finding.Severity.ToString().ToLowerInvariant(),-7} {finding.Code,-20} {finding.Message}");
        foreach (var recording in report.Manifest?.Recordings ?? [])
            Console.WriteLine(Printable.Of($"{recording.Device} epoch {recording.Epoch} recording {recording.Recording}: {recording.Segments} segments, completeness {recording.Completeness.Replace('_', ' ')}"));
        Console.WriteLine(Printable.Of($"Package {report.Manifest?.Id ?? "without a manifest"}: {report.SegmentCount} segments, {report.LeafCount} leaves of the log checked."));
        Console.WriteLine(report.Verdict switch
        {
            VerifyVerdict.Verified => $"Verified{(report.AnchorSize > 0 ? $", and the log continues the checkpoint of {report.AnchorSize} leaves" : "")}.",
            VerifyVerdict.ConsistentSignerNotEstablished => "Consistent in itself; signer not established. Give --gateway-key or --checkpoint from outside this package.",
            _ => "Failed: the first error above is the first broken thing.",
        });
    }
}
