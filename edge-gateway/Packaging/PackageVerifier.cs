using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>What a verification of a package came to.</summary>
/// <param name="Verdict">What may be claimed.</param>
/// <param name="Findings">Everything found, in the order of the checks: the first error is the first broken thing.</param>
/// <param name="Manifest">What the package says of itself; null when that cannot be read.</param>
/// <param name="SegmentCount">Segments checked.</param>
/// <param name="LeafCount">Leaves proved.</param>
/// <param name="AnchorSize">Newest checkpoint from outside that the log in the package continues; 0 = none.</param>
public sealed record PackageReport(VerifyVerdict Verdict, IReadOnlyList<Finding> Findings, PackageManifest? Manifest, int SegmentCount, int LeafCount, long AnchorSize);

/// <summary>Checks an evidence package offline: names and sums, signature, originals and seals, what the log has of them, chain and completeness, anchors from outside.</summary>
public sealed class PackageVerifier
{
    private readonly PackageFiles files;
    private readonly VerifyOptions options;
    private readonly List<Finding> findings = [];

    private readonly X509Certificate2Collection? authorities;

    private PackageVerifier(PackageFiles files, VerifyOptions options, X509Certificate2Collection? authorities) => (this.files, this.options, this.authorities) = (files, options, authorities);

    /// <summary>Verifies a ZIP, or the folder that it was unpacked into; reads only.</summary>
    /// <exception cref="IOException">It cannot be opened; <see cref="IsCutShort"/> tells a damaged package from what is none.</exception>
    /// <param name="path">The ZIP or folder.</param>
    /// <param name="options">Anchors from outside.</param>
    /// <param name="authorities">Root certificates of time stamp authorities; null leaves whose stamps they are unchecked.</param>
    public static PackageReport Run(string path, VerifyOptions options, X509Certificate2Collection? authorities = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var files = PackageFiles.Open(path);
        return new PackageVerifier(files, options, authorities).Run();
    }

    /// <summary>True when a path looks like a package: a file, or a folder with a manifest and sums, or one disc of it.</summary>
    public static bool IsPackage(string path) => File.Exists(path) || File.Exists(Path.Combine(path, PackageNames.Volumes)) || (File.Exists(Path.Combine(path, PackageNames.Sums)) && File.Exists(Path.Combine(path, PackageNames.Manifest)));

    /// <summary>True of a file that cannot be opened as a ZIP and begins as one: a package that was cut short or damaged, and no other file that was taken for it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsCutShort(string path)
    {
        if (!File.Exists(path) || !PackageFiles.BeginsAsZip(path))
            return false;
        try
        {
            using var zip = System.IO.Compression.ZipFile.OpenRead(path);
            _ = zip.Entries.Count;
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private PackageReport Run()
    {
        findings.AddRange(options.NamedInside());
        CheckSums();
        var manifest = PackageManifest.Read(files);
        if (manifest is null)
            Error("manifest_unreadable", PackageNames.Manifest, "manifest.json is missing or cannot be read.");
        using var key = files.Read(PackageNames.Key) is { } pem ? LogPublicKey.FromPem(Encoding.UTF8.GetString(pem))?.ToEcdsa() : null;
        if (key is null)
            Error("file_missing", PackageNames.Key, "gateway.pem is missing or no P-256 key.");
        else
            CheckSignature(key);
        var note = files.Read(PackageNames.Checkpoint);
        Checkpoint? checkpoint = null;
        if (note is null || key is null || CheckpointNote.Verify(note, LogPublicKey.From(key), out checkpoint) != CheckpointVerdict.Valid || checkpoint is null)
        {
            Error("checkpoint", PackageNames.Checkpoint, "The log's checkpoint is missing or not signed by the package's key.");
            if (key is not null && options.GatewayKeyPem is { } given && LogPublicKey.FromPem(given)?.ToSpki().AsSpan().SequenceEqual(LogPublicKey.From(key).ToSpki()) != true)
                Error("key_differs", PackageNames.Key, "The package was signed by another key than the one that was given.");
            // Without a checkpoint nothing below has anything to stand on.
            return Report(manifest, 0, 0, 0, isVouched: false);
        }

        var log = new PackageLog(files, checkpoint);
        var leaves = new PackageLeaves(files, findings);
        leaves.Prove(checkpoint);
        using var keys = new PackageKeys(key!, leaves.KeyRecords, log);
        CheckFormerKeys(keys);
        var anchors = new PackageAnchors(log, keys, findings);
        anchors.Check(options, note);
        new PackageStamps(files, log, keys, authorities, findings).Check();
        var segments = new PackageSegments(files, leaves, keys, findings);
        var seals = segments.Check();
        new PackageJournal(files, leaves, findings).Check(seals, segments.LeftOut);
        if (manifest is not null)
            new PackageStory(files, findings).Check(manifest, seals, checkpoint);
        return Report(manifest, seals.Count, leaves.Count, anchors.NewestSize, anchors.IsVouched);
    }

    private PackageReport Report(PackageManifest? manifest, int segments, int leaves, long anchorSize, bool isVouched) => new(
        findings.Exists(static finding => finding.Severity == FindingSeverity.Error) ? VerifyVerdict.Failed : isVouched ? VerifyVerdict.Verified : VerifyVerdict.ConsistentSignerNotEstablished,
        findings, manifest, segments, leaves, anchorSize);

    private void Error(string code, string? path, string message) => findings.Add(new Finding(code, FindingSeverity.Error, null, path, null, message));

    private void CheckSums()
    {
        if (files.Refusal is { } refusal)
            Error("bad_archive", null, refusal);
        foreach (var name in files.BadNames)
            Error("bad_name", name, $"'{name}' stands twice, is no plain file, is a folder without a file of the package, or has a name that no package has. Do not unpack it; ask for another copy.");
        foreach (var folder in files.ClosedFolders)
            Error("folder_unreadable", folder, $"{folder} cannot be looked into, and may hold what is not listed. Look at its rights, or look at the other copy.");
        var volumes = VolumeList.Read(files);
        if (files.Read(PackageNames.Sums) is not { } sums)
        {
            Error("file_missing", PackageNames.Sums, $"SHA256SUMS is missing: nothing says what belongs to the package.{volumes?.Advice(PackageNames.Sums)}");
            return;
        }

        var listed = new HashSet<string>([PackageNames.Sums, PackageNames.Signature], StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(sums).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length < 67 || line[64..66] != "  " || !listed.Add(line[66..]))
            {
                Error("sums_unreadable", PackageNames.Sums, $"SHA256SUMS has a line that is none: {line[..Math.Min(line.Length, 80)]}");
                continue;
            }

            var name = line[66..];
            if (files.Sha256(name) is not { } sha256)
                Error("file_missing", name, $"{name} is listed and is not there or cannot be read.{volumes?.Advice(name) ?? " Look for it on the other copy."}");
            else if (!string.Equals(sha256, line[..64], StringComparison.Ordinal))
                Error("file_changed", name, $"{name} is not what SHA256SUMS says: it was changed or damaged. Look at the other copy.");
        }

        // The list of volumes is written with the discs, after the package was signed: it proves nothing and is only read for advice.
        foreach (var name in files.Names.Where(name => !listed.Contains(name) && name != PackageNames.Volumes).Order(StringComparer.Ordinal))
            Error("file_unlisted", name, $"{name} is not listed: it was put here.");
    }

    private void CheckSignature(ECDsa key)
    {
        if (files.Read(PackageNames.Sums) is { } sums && (files.Read(PackageNames.Signature) is not { } signature || !key.VerifyData(sums, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)))
            Error("signature", PackageNames.Signature, "The signature over SHA256SUMS does not hold under the package's key.");
    }

    private void CheckFormerKeys(PackageKeys keys)
    {
        foreach (var name in files.Names.Where(static name => name.StartsWith("gateway-", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            if (LogPublicKey.FromPem(Encoding.UTF8.GetString(files.Read(name) ?? [])) is not { } former || !keys.Knows(former))
                Error("key_unknown", name, $"{name} is no key that the log says signed before: it was put here.");
        }
    }
}
