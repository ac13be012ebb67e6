using System.IO.Compression;
using System.Security.Cryptography;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Packaging.Tests;

/// <summary>What comes from outside says who signed: keys across a rotation, older checkpoints, witnesses; by us and by the script.</summary>
public sealed class AnchorTests(Shelf shelf) : IClassFixture<Shelf>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_older_checkpoint_that_somebody_kept_verifies_an_honest_package(bool byProof)
    {
        var folder = shelf.Folder(Shelf.Request(1, 2, 3) with { OlderCheckpoints = byProof ? [File.ReadAllBytes(shelf.OlderCheckpointFile)] : [] });
        if (byProof)
        {
            // As in a log too large for the hashes of all leaves: the proof alone has to do.
            File.Delete(Path.Combine(folder, "log/leaf-hashes"));
            Shelf.Resign(folder, shelf.Station.Key);
        }

        Assert.Equal(byProof, Directory.Exists(Path.Combine(folder, "log/consistency")));
        var report = With(folder, [File.ReadAllBytes(shelf.OlderCheckpointFile)]);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Equal(CheckpointNote.Parse(File.ReadAllBytes(shelf.OlderCheckpointFile))!.Size, report.AnchorSize);
        var (code, output) = Shelf.Script(folder, "--checkpoint", shelf.OlderCheckpointFile);
        Assert.True(code == 0, output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_older_checkpoint_of_another_tree_under_the_true_key_is_caught(bool byProof)
    {
        var older = CheckpointNote.Parse(File.ReadAllBytes(shelf.OlderCheckpointFile))!;
        var root = (byte[])older.Root.Clone();
        root[0] ^= 1;
        var note = CheckpointNote.Sign(older with { Root = root }, shelf.Station.Key.Ecdsa);
        var folder = shelf.Folder(Shelf.Request(1, 2, 3) with { OlderCheckpoints = byProof ? [File.ReadAllBytes(shelf.OlderCheckpointFile)] : [] });
        var file = folder + ".note";
        File.WriteAllBytes(file, note);
        Assert.Contains(With(folder, [note]).Findings, static finding => finding.Code == "anchor_differs");
        var (code, output) = Shelf.Script(folder, "--checkpoint", file);
        Assert.True(code == 1 && output.Contains("does not continue", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("secp384r1")]
    [InlineData("secp256k1")]
    [InlineData("brainpoolP256r1")]
    [InlineData("sect233k1")]
    [InlineData("explicit nistP256")]
    [InlineData("explicit brainpoolP256r1")]
    public void A_key_on_another_curve_is_none_in_the_package_and_as_anchor(string curve)
    {
        using var key = ForeignKeys.Create(curve);
        var pem = key.ExportSubjectPublicKeyInfoPem();
        var folder = shelf.Folder();
        var given = PackageVerifier.Run(folder, new VerifyOptions { GatewayKeyPem = pem });
        Assert.Contains(given.Findings, static finding => finding is { Code: "anchor_unreadable", Severity: FindingSeverity.Error });
        File.WriteAllText(Path.Combine(folder, "gateway.pem"), pem);
        var own = PackageVerifier.Run(folder, new VerifyOptions { GatewayKeyPem = shelf.Station.Key.PublicKeyPem });
        Assert.Equal(VerifyVerdict.Failed, own.Verdict);
        Assert.Contains(own.Findings, static finding => finding is { Code: "file_missing", Path: "gateway.pem", Severity: FindingSeverity.Error });
    }

    [Fact]
    public void A_log_cut_back_to_an_earlier_state_is_told_by_a_newer_checkpoint()
    {
        // The newest state has more leaves than the package's log: signed by the true key, and kept elsewhere.
        var newest = CheckpointNote.Parse(File.ReadAllBytes(shelf.CheckpointFile))!;
        var note = CheckpointNote.Sign(newest with { Size = newest.Size + 3 }, shelf.Station.Key.Ecdsa);
        var folder = shelf.Folder();
        File.WriteAllBytes(folder + ".note", note);
        Assert.Contains(With(folder, [note]).Findings, static finding => finding.Code == "anchor_newer");
        Assert.Equal(1, Shelf.Script(folder, "--checkpoint", folder + ".note").Code);
    }

    [Fact]
    public void A_checkpoint_that_is_none_or_of_another_log_is_refused()
    {
        var folder = shelf.Folder();
        var newest = CheckpointNote.Parse(File.ReadAllBytes(shelf.CheckpointFile))!;
        Assert.Contains(With(folder, [[1, 2]]).Findings, static finding => finding.Code == "anchor_unreadable");
        Assert.Contains(With(folder, [CheckpointNote.Sign(newest with { Origin = "another.example/log" }, shelf.Station.Key.Ecdsa)]).Findings, static finding => finding.Code == "anchor_differs");
    }

    [Fact]
    public void A_key_or_checkpoint_that_lies_inside_the_package_vouches_for_nothing_and_may_still_contradict_it()
    {
        var folder = shelf.Folder();
        var key = new VerifyOptions { GatewayKeyPem = File.ReadAllText(Path.Combine(folder, "gateway.pem")), IsKeyInside = true, AnchorsInside = [Path.Combine(folder, "gateway.pem")] };
        var checkpoint = new VerifyOptions { CheckpointsInside = [File.ReadAllBytes(Path.Combine(folder, "log/checkpoint"))], AnchorsInside = [Path.Combine(folder, "log/checkpoint")] };
        foreach (var options in new[] { key, checkpoint })
        {
            var report = PackageVerifier.Run(folder, options);
            Assert.True(report.Verdict == VerifyVerdict.ConsistentSignerNotEstablished, string.Join('\n', report.Findings));
            Assert.Contains(report.Findings, static finding => finding is { Code: "anchor_inside", Severity: FindingSeverity.Warning });
            Assert.Equal(0, report.AnchorSize);
        }

        using var stranger = BodyCam.Core.Keys.GatewayKey.Create();
        Assert.Equal(VerifyVerdict.Failed, PackageVerifier.Run(folder, key with { GatewayKeyPem = stranger.PublicKeyPem }).Verdict);
        Assert.Equal(VerifyVerdict.Failed, PackageVerifier.Run(folder, checkpoint with { CheckpointsInside = [[1, 2]] }).Verdict);
    }

    [Fact]
    public void A_witness_that_is_trusted_counts_as_from_outside_and_one_that_did_not_sign_does_not()
    {
        using var witness = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var checkpoint = CheckpointNote.Parse(File.ReadAllBytes(shelf.CheckpointFile))!;
        byte[] note = [.. File.ReadAllBytes(shelf.CheckpointFile), .. CheckpointNote.SignatureLine(CheckpointNote.Text(checkpoint), "witness.example", witness)];
        var vkey = LogPublicKey.From(witness).ToVkey("witness.example");
        var folder = shelf.Folder();
        Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, PackageVerifier.Run(folder, new VerifyOptions { WitnessKeys = [vkey] }).Verdict);
        Assert.Contains(PackageVerifier.Run(folder, new VerifyOptions { WitnessKeys = [vkey] }).Findings, static finding => finding.Code == "witness_unsigned");
        File.WriteAllBytes(Path.Combine(folder, "log/checkpoint"), note);
        Shelf.Resign(folder, shelf.Station.Key);
        Assert.Equal(VerifyVerdict.Verified, PackageVerifier.Run(folder, new VerifyOptions { WitnessKeys = [vkey] }).Verdict);
        Assert.Contains(PackageVerifier.Run(folder, new VerifyOptions { WitnessKeys = ["nonsense"] }).Findings, static finding => finding.Code == "anchor_unreadable");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_rotation_the_old_key_vouches_and_after_a_loss_it_does_not(bool vouched)
    {
        var (folder, next) = Rotated(vouched);
        using var key = next;
        var file = folder + ".pem";
        File.WriteAllText(file, next.PublicKeyPem);
        Assert.Single(Directory.EnumerateFiles(folder, "gateway-*.pem"));
        Assert.Equal(VerifyVerdict.Verified, PackageVerifier.Run(folder, new VerifyOptions { GatewayKeyPem = next.PublicKeyPem }).Verdict);
        var (code, output) = Shelf.Script(folder, "--gateway-key", file);
        Assert.True(code == 0, output);

        Assert.Equal(vouched ? VerifyVerdict.Verified : VerifyVerdict.Failed, PackageVerifier.Run(folder, new VerifyOptions { GatewayKeyPem = shelf.Station.Key.PublicKeyPem }).Verdict);
        (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == (vouched ? 0 : 1), output);
        var byCheckpoint = With(folder, [File.ReadAllBytes(shelf.CheckpointFile)]).Verdict;
        Assert.Equal(vouched ? VerifyVerdict.Verified : VerifyVerdict.ConsistentSignerNotEstablished, byCheckpoint);
        (code, output) = Shelf.Script(folder, "--checkpoint", shelf.CheckpointFile);
        Assert.True(code == (vouched ? 0 : 3), output);
    }

    [Fact]
    public void A_key_file_that_no_record_of_the_log_speaks_of_makes_nothing_hold()
    {
        using var stranger = GatewayKey.Create();
        var folder = shelf.Folder();
        File.WriteAllText(Path.Combine(folder, "gateway-0123456789abcdef.pem"), stranger.PublicKeyPem);
        Shelf.Resign(folder, shelf.Station.Key);
        Assert.Contains(shelf.Verify(folder).Findings, static finding => finding.Code == "key_unknown");
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains("gateway-0123456789abcdef.pem", StringComparison.Ordinal), output);
    }

    [Fact]
    public void A_private_key_that_lies_in_the_data_folder_by_mistake_never_goes_along()
    {
        var copy = Copy();
        File.WriteAllText(Path.Combine(copy, "gateway-key.pem"), shelf.Station.Key.ExportPrivatePem());
        var zip = copy + ".zip";
        using (var file = File.Create(zip))
            PackageBuilder.Build(copy, Shelf.Request(1, 2, 3), null, shelf.Station.Key, file);
        using var archive = ZipFile.OpenRead(zip);
        Assert.Equal(["gateway.pem"], archive.Entries.Select(static entry => entry.FullName).Where(static name => name.EndsWith(".pem", StringComparison.Ordinal)));
    }

    private PackageReport With(string path, IReadOnlyList<byte[]> checkpoints) => PackageVerifier.Run(path, new VerifyOptions { Checkpoints = checkpoints });

    private (string Folder, GatewayKey Next) Rotated(bool vouched)
    {
        var copy = Copy();
        var next = GatewayKey.Create();
        var old = LogPublicKey.From(shelf.Station.Key.Ecdsa);
        var log = Path.Combine(copy, "log");
        var before = new LogReader(log).ReadCheckpoint()!.Checkpoint;
        using (var writer = LogWriter.Open(log, next.Ecdsa, before.Origin, shelf.Station.Time, previousKeys: [old]))
            writer.AppendBatch([KeyChange.Record(before, old, vouched ? shelf.Station.Key.Ecdsa : null, next.Ecdsa, 1)]);
        var zip = copy + ".zip";
        using (var file = File.Create(zip))
            PackageBuilder.Build(copy, Shelf.Request(1, 2, 3), null, next, file);
        ZipFile.ExtractToDirectory(zip, copy + ".d");
        return (copy + ".d", next);
    }

    private string Copy()
    {
        var copy = Path.Combine(Path.GetDirectoryName(shelf.KeyFile)!, Path.GetRandomFileName());
        foreach (var part in new[] { "log", "segments" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(shelf.Station.Folder, part), "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(shelf.Station.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                if (Path.GetFileName(file) != "lock")
                    File.Copy(file, target);
            }
        }

        return copy;
    }
}
