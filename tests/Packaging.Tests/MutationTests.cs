using System.IO.Compression;
using System.Text;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging.Tests;

/// <summary>What a hand in between could do to a package: each is caught and named, by us and by the script.</summary>
public sealed class MutationTests(Shelf shelf) : IClassFixture<Shelf>
{
    private const string Original = "segments/unit-7/0001/000001/000002.mkv";

    [Fact]
    public void A_flipped_byte_in_any_file_is_caught_and_the_file_named()
    {
        var clean = shelf.Folder(policy: shelf.Book.At("qidong", new DateOnly(2026, 3, 2)));
        var kinds = Directory.EnumerateFiles(clean, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(clean, path)).GroupBy(static name => name.StartsWith("log/leaves/", StringComparison.Ordinal) ? "leaf" + Path.GetExtension(name) : name.StartsWith("segments/", StringComparison.Ordinal) ? "segment" + Path.GetExtension(name) : name).Select(static group => group.First());
        foreach (var name in kinds)
        {
            var path = Path.Combine(clean, name);
            var bytes = File.ReadAllBytes(path);
            var changed = (byte[])bytes.Clone();
            changed[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(path, changed);
            Caught(clean, name is "SHA256SUMS" or "SHA256SUMS.sig" ? null : name);
            File.WriteAllBytes(path, bytes);
        }

        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(clean).Verdict);
    }

    [Theory]
    [InlineData(Original)]
    [InlineData("log/checkpoint")]
    [InlineData("manifest.json")]
    [InlineData("forms/custody.html")]
    public void A_dropped_file_is_named(string name)
    {
        var folder = shelf.Folder();
        File.Delete(Path.Combine(folder, name));
        Caught(folder, name);
    }

    [Fact]
    public void A_file_that_was_put_in_is_named()
    {
        var folder = shelf.Folder();
        File.WriteAllText(Path.Combine(folder, "segments/unit-7/0001/000001/extra.txt"), "x");
        Caught(folder, "extra.txt");
    }

    // The forger has the gateway's own key from here on: sums and signature are made anew, so only what lies deeper tells.
    [Fact]
    public void Re_signed_after_a_change_of_a_segment_the_log_tells()
    {
        Forged(static folder => Change(folder, Original, static bytes => bytes[^20] ^= 1), "bytes_differ", "is not the one in the log");
        Forged(static folder => Swap(folder, Original, "segments/unit-7/0001/000001/000001.mkv"), "bytes_differ", "is not the one in the log");
        Forged(static folder => Swap(folder, "segments/unit-7/0001/000001/000001.seal", "segments/unit-7/0001/000001/000002.seal"), "segment_unreadable", "is not the one in the log");
        Forged(static folder => Replace(folder, Original, "segments/unit-7/0001/000002/000001.mkv"), "bytes_differ", "is not the one in the log");
    }

    [Fact]
    public void Re_signed_after_a_segment_a_recording_or_a_leaf_was_taken_out_the_rest_tells()
    {
        Forged(static folder => Delete(folder, Original, Original.Replace(".mkv", ".seal", StringComparison.Ordinal)), "segment_missing", "the log has it and the package has not");
        Forged(folder =>
        {
            foreach (var leaf in LeavesOf(folder, "\"recording\":2,"))
                Delete(folder, leaf + ".entry", leaf + ".record", leaf + ".salt", leaf + ".proof");
            Directory.Delete(Path.Combine(folder, "segments/unit-7/0001/000002"), recursive: true);
            Change(folder, "manifest.json", text => Encoding.UTF8.GetBytes(System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(text), "\\{[^{}]*\"recording\": 2,[^{}]*\\},?\\s*", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1))));
        }, "recording_left_out", "belongs to the same activity");
    }

    [Fact]
    public void Re_signed_after_a_record_was_changed_its_leaf_tells()
    {
        Forged(folder => Change(folder, LeavesOf(folder, "\"recording\":1,")[1] + ".record", static bytes => bytes[^30] ^= 1), "record_changed", "is not what its leaf commits to");
        Forged(folder => Change(folder, LeavesOf(folder, "\"recording\":1,")[1] + ".proof", static bytes => bytes[6] = (byte)(bytes[6] == 'A' ? 'B' : 'A')), "leaf_not_in_log", "is not proved");
        Forged(static folder => Change(folder, "log/leaf-hashes", static bytes => bytes[5] ^= 1), "leaf_hashes", null);
    }

    [Fact]
    public void Signed_with_a_fresh_key_it_is_never_verified_and_a_key_from_outside_tells()
    {
        using var fresh = GatewayKey.Create();
        var folder = shelf.Folder(key: fresh);
        Assert.Equal(VerifyVerdict.Failed, shelf.Verify(folder).Verdict);
        Assert.Contains(shelf.Verify(folder).Findings, static finding => finding.Code == "key_differs");
        Assert.NotEqual(VerifyVerdict.Verified, shelf.Verify(folder, withKey: false).Verdict);
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains("another key", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task A_whole_log_made_anew_with_the_true_key_is_told_by_a_checkpoint_that_somebody_else_keeps()
    {
        // Whoever has the key takes in everything but recording 2 again and makes a log and a package that fit each other.
        await using var forger = new TestKit.Station { Key = GatewayKey.FromPem(shelf.Station.Key.ExportPrivatePem()) };
        var recorder = await forger.OpenWithRecorderAsync();
        await forger.UploadAsync(recorder.Announce(1));
        for (var segment = 1u; segment <= 3; segment++)
            await forger.UploadAsync(recorder.Footage(1, segment, final: segment == 3, frames: 3, frameBytes: 5000));
        await forger.SettleAsync();
        var path = Path.Combine(forger.Folder, "forged.zip");
        using (var file = File.Create(path))
            PackageBuilder.Build(forger.Folder, Shelf.Request(1), null, forger.Key, file);

        var report = shelf.Verify(path, withCheckpoint: true);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code is "anchor_differs" or "anchor_newer");
        // With the key alone it passes as signed by it; what it never says is that all is there.
        var alone = shelf.Verify(path);
        Assert.Contains(alone.Findings, static finding => finding.Code == "completeness");
        Assert.NotEqual(VerifyVerdict.Verified, shelf.Verify(path, withKey: false).Verdict);
        var unpacked = path + ".d";
        ZipFile.ExtractToDirectory(path, unpacked);
        Assert.Equal(1, Shelf.Script(unpacked, "--checkpoint", shelf.CheckpointFile).Code);
    }

    [Fact]
    public void Names_that_lead_out_or_stand_twice_and_files_that_are_no_zip_are_refused()
    {
        var zip = shelf.Zip();
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Update))
        {
            archive.CreateEntry("../evil.txt");
            archive.CreateEntry("manifest.json");
        }

        var report = shelf.Verify(zip);
        Assert.Equal(2, report.Findings.Count(static finding => finding.Code == "bad_name"));
        File.WriteAllBytes(zip, [1, 2, 3]);
        Assert.Throws<IOException>(() => shelf.Verify(zip));
    }

    [Fact]
    public void Cut_anywhere_a_package_is_refused_or_named_and_nothing_throws_otherwise()
    {
        var bytes = File.ReadAllBytes(shelf.Zip());
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        var random = new Random(17);
        for (var round = 0; round < 40; round++)
        {
            var changed = (byte[])bytes.Clone();
            if (round % 2 == 0)
                changed = changed[..random.Next(changed.Length)];
            else
                random.NextBytes(changed.AsSpan(random.Next(changed.Length - 64), 64));
            File.WriteAllBytes(path, changed);
            try
            {
                Assert.Equal(VerifyVerdict.Failed, shelf.Verify(path).Verdict);
            }
            catch (IOException)
            {
                // No ZIP any more: said so.
            }
        }

        File.Delete(path);
    }

    private void Forged(Action<string> forge, string code, string? scriptSays)
    {
        var folder = shelf.Folder();
        forge(folder);
        Shelf.Resign(folder, shelf.Station.Key);
        var report = shelf.Verify(folder);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.True(report.Findings.Any(finding => finding.Code == code), $"{code} expected: {string.Join("; ", report.Findings.Select(static finding => finding.Code + " " + finding.Message))}");
        if (scriptSays is null)
            return;
        var (exit, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(exit == 1 && output.Contains(scriptSays, StringComparison.Ordinal), output);
    }

    private void Caught(string folder, string? name)
    {
        var report = shelf.Verify(folder);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Error && (name is null || (finding.Path?.Contains(name, StringComparison.Ordinal) ?? false)));
        if (name == "verify.sh")
            return; // a script that was changed cannot be asked
        var (exit, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(exit == 1 && (name is null || output.Contains(name, StringComparison.Ordinal)), $"{name}: {exit} {output}");
    }

    private static List<string> LeavesOf(string folder, string text) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder, "log/leaves"), "*.record").Where(path => File.ReadAllText(path).Contains(text, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(path => Path.GetRelativePath(folder, path)[..^".record".Length])];

    private static void Change(string folder, string name, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(Path.Combine(folder, name));
        change(bytes);
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }

    private static void Change(string folder, string name, Func<byte[], byte[]> change) => File.WriteAllBytes(Path.Combine(folder, name), change(File.ReadAllBytes(Path.Combine(folder, name))));

    private static void Swap(string folder, string one, string other)
    {
        var (first, second) = (File.ReadAllBytes(Path.Combine(folder, one)), File.ReadAllBytes(Path.Combine(folder, other)));
        File.WriteAllBytes(Path.Combine(folder, one), second);
        File.WriteAllBytes(Path.Combine(folder, other), first);
    }

    private static void Replace(string folder, string name, string with) => File.WriteAllBytes(Path.Combine(folder, name), File.ReadAllBytes(Path.Combine(folder, with)));

    private static void Delete(string folder, params string[] names)
    {
        foreach (var name in names)
            File.Delete(Path.Combine(folder, name));
    }
}
