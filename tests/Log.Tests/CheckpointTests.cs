using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Log.Tests;

public sealed class CheckpointTests
{
    [Fact]
    public void Openssl_verifies_the_checkpoint_and_recomputes_a_leaf_by_the_commands_of_the_format_page()
    {
        using var folder = new TemporaryFolder();
        using var writer = LogWriter.Open(folder.Path, Samples.Key, Samples.Origin, new ManualTimeProvider());
        var leaf = writer.AppendBatch(Samples.Records(0, 3)).Records[1].LeafHash;
        File.WriteAllText(Path.Combine(folder.Path, "gateway.pem"), Samples.PublicKey.ToPem());
        var output = Shell(folder.Path, """
            set -e
            sed '/^$/,$d' checkpoint > text
            sed -n "s/^— [^ ]* //p" checkpoint | base64 -d | tail -c +5 > signature
            openssl dgst -sha256 -verify gateway.pem -signature signature text
            sed -n "s/^— [^ ]* //p" checkpoint | base64 -d | head -c 4 | od -An -tx1 | tr -d ' \n'; echo
            openssl pkey -pubin -in gateway.pem -outform DER | openssl dgst -sha256 -r | head -c 8; echo
            n=1
            line=$(sed -n "$((n % 256 + 1))p" records/000.jsonl)
            field() { printf '%s' "$line" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
            commitment=$({ field salt | base64 -d; field record | base64 -d; } | openssl dgst -sha256 -r | cut -d' ' -f1)
            { printf '\000'; printf 'bcl1 %s %s %s %s' "$(field sequence)" "$(field timeUs)" "$(field type)" "$commitment"; } | openssl dgst -sha256 -r | cut -d' ' -f1
            """).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("Verified OK", output[0]);
        Assert.Equal(Convert.ToHexStringLower(Samples.PublicKey.KeyId), output[1]);
        Assert.Equal(output[1], output[2]);
        Assert.Equal(Convert.ToHexStringLower(leaf), output[3]);
    }

    [Fact]
    public void A_note_says_which_key_signed_it_and_ignores_other_signers()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var checkpoint = new Checkpoint(Samples.Origin, 7, MerkleHash.EmptyRoot());
        var note = CheckpointNote.Sign(checkpoint, Samples.Key);
        byte[] witnessed = [.. note, .. CheckpointNote.SignatureLine(CheckpointNote.Text(checkpoint), "witness.example", other)];
        Assert.Equal(CheckpointVerdict.Valid, CheckpointNote.Verify(witnessed, Samples.PublicKey, out var parsed));
        Assert.Equal(checkpoint, parsed);
        Assert.Equal(CheckpointVerdict.Valid, CheckpointNote.Verify(witnessed, LogPublicKey.From(other), out _, "witness.example"));
        Assert.Equal(CheckpointVerdict.UnknownSigner, CheckpointNote.Verify(note, LogPublicKey.From(other), out _));
        var altered = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(note).Replace("\n7\n", "\n8\n", StringComparison.Ordinal));
        Assert.Equal(CheckpointVerdict.BadSignature, CheckpointNote.Verify(altered, Samples.PublicKey, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("log\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log AAAAAAAA\n")]
    [InlineData("log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n\n— log AAAAAAAA\n")]
    [InlineData("log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n— log AAAAAAAA\n")]
    [InlineData("log\n-7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log AAAAAAAA\n")]
    [InlineData("log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n- log AAAAAAAA\n")]
    [InlineData("log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— log AAAAAAAA")]
    public void Text_that_is_almost_a_checkpoint_is_refused(string note) =>
        Assert.Null(CheckpointNote.Parse(Encoding.UTF8.GetBytes(note)));

    [Fact]
    public void A_public_key_survives_both_of_its_text_forms()
    {
        var key = Samples.PublicKey;
        Assert.Equal(key.ToSpki(), LogPublicKey.FromPem(key.ToPem())!.ToSpki());
        Assert.Equal(key.ToSpki(), LogPublicKey.FromVkey(key.ToVkey(Samples.Origin), out var name)!.ToSpki());
        Assert.Equal(Samples.Origin, name);
        Assert.Null(LogPublicKey.FromVkey("log+00000000+AnBvb3I=", out _));
        Assert.Null(LogPublicKey.FromPem("no key"));
    }

    [Fact]
    public void After_a_key_rotation_the_log_opens_with_the_old_key_named_and_is_signed_by_the_new_one()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var files = new MemoryFiles();
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
            writer.AppendBatch(Samples.Records(0, 4));
        Assert.Throws<LogBrokenException>(() => LogWriter.Open("", next, Samples.Origin, new ManualTimeProvider(), files));
        using (LogWriter.Open("", next, Samples.Origin, new ManualTimeProvider(), files, [Samples.PublicKey]))
            Assert.Empty(LogAudit.Run("", LogPublicKey.From(next), [], files).Faults);
    }

    [Fact]
    public void A_log_keeps_its_name_whatever_name_a_new_one_would_get()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var files = new MemoryFiles();
        using (var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files))
            writer.AppendBatch(Samples.Records(0, 4));
        using (var writer = LogWriter.Open("", next, "bodycam.example/another", new ManualTimeProvider(), files, [Samples.PublicKey]))
            Assert.Equal(Samples.Origin, writer.AppendBatch(Samples.Records(4, 1)).Signed.Checkpoint.Origin);
        Assert.Empty(LogAudit.Run("", LogPublicKey.From(next), [], files).Faults);
    }

    private static string Shell(string folder, string script)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
