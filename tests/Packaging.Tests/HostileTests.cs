using System.IO.Compression;
using System.Text.Json.Nodes;
using BodyCam.Core.Keys;
using BodyCam.Evidence;

namespace BodyCam.Packaging.Tests;

/// <summary>Packages made to mislead or to harm whoever checks them.</summary>
public sealed class HostileTests(Shelf shelf) : IClassFixture<Shelf>
{
    [Fact]
    public async Task Everything_made_anew_with_a_fresh_key_fits_itself_and_is_never_called_verified()
    {
        await using var forger = new TestKit.Station { Key = GatewayKey.Create() };
        var recorder = await forger.OpenWithRecorderAsync();
        await forger.UploadAsync(recorder.Announce(1), recorder.Footage(1, 1, final: true, frames: 3, frameBytes: 5000));
        await forger.SettleAsync();
        var path = Path.Combine(forger.Folder, "forged.zip");
        using (var file = File.Create(path))
            PackageBuilder.Build(forger.Folder, Shelf.Request(1), null, forger.Key, file);
        ZipFile.ExtractToDirectory(path, path + ".d");

        Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, shelf.Verify(path, withKey: false).Verdict);
        var (code, output) = Shelf.Script(path + ".d");
        Assert.True(code == 3 && !output.Contains("Verified", StringComparison.Ordinal), output);
        Assert.Contains(shelf.Verify(path).Findings, static finding => finding.Code == "key_differs");
        (code, output) = Shelf.Script(path + ".d", "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains("another key", StringComparison.Ordinal), output);
        Assert.Equal(VerifyVerdict.Failed, shelf.Verify(path, withKey: false, withCheckpoint: true).Verdict);
        Assert.Equal(1, Shelf.Script(path + ".d", "--checkpoint", shelf.CheckpointFile).Code);
    }

    [Theory]
    [InlineData("segments/unit-7/0001/000001/000001.receipt", "segments/unit-7/0001/000001/000002.receipt", "receipt_misplaced")]
    [InlineData("segments/unit-7/0001/000001/000001.receipt", "segments/unit-7/0001/000001/000001.seal", "receipt_unreadable")]
    public void A_receipt_that_was_swapped_is_named_even_when_all_is_signed_anew(string name, string with, string code)
    {
        var folder = shelf.Folder();
        File.WriteAllBytes(Path.Combine(folder, name), File.ReadAllBytes(Path.Combine(folder, with)));
        Shelf.Resign(folder, shelf.Station.Key);
        Assert.Contains(shelf.Verify(folder).Findings, finding => finding.Code == code && finding.Path == name);
    }

    [Theory]
    [InlineData("segments/unit-7/0001/000001/000009.txt")]
    [InlineData(".hidden")]
    [InlineData("segments/.hidden/x")]
    public void A_file_put_in_is_seen_also_when_its_name_hides_it(string name)
    {
        var folder = shelf.Folder();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
        File.WriteAllText(Path.Combine(folder, name), "x");
        Assert.Contains(shelf.Verify(folder).Findings, finding => finding.Code == "file_unlisted" && finding.Path == name);
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains(name, StringComparison.Ordinal), output);
    }

    [Fact]
    public void A_link_stands_for_nothing()
    {
        var folder = shelf.Folder();
        var name = Path.Combine(folder, "custody.json");
        File.Move(name, folder + ".elsewhere");
        File.CreateSymbolicLink(name, folder + ".elsewhere");
        Assert.Contains(shelf.Verify(folder).Findings, static finding => finding.Code == "file_missing" && finding.Path == "custody.json");
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains("custody.json is a link", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("not a sum at all")]
    [InlineData("zz00000000000000000000000000000000000000000000000000000000000000  custody.json")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000  ../outside")]
    public void A_line_of_the_sums_that_is_none_is_not_passed_over(string line)
    {
        var folder = shelf.Folder();
        var sums = File.ReadAllLines(Path.Combine(folder, "SHA256SUMS")).Where(static old => !old.EndsWith("  custody.json", StringComparison.Ordinal)).Append(line);
        Signed(folder, string.Join('\n', sums) + "\n");
        Assert.Equal(VerifyVerdict.Failed, shelf.Verify(folder).Verdict);
        Assert.Equal(1, Shelf.Script(folder, "--gateway-key", shelf.KeyFile).Code);
    }

    [Fact]
    public void A_bomb_is_refused_before_it_is_read()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("SHA256SUMS", CompressionLevel.SmallestSize).Open();
            for (var block = 0; block < 64; block++)
                entry.Write(new byte[1 << 20]);
        }

        Assert.True(new FileInfo(path).Length < 1 << 20);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Contains(shelf.Verify(path).Findings, static finding => finding.Code == "bad_archive");
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 << 20);
        File.Delete(path);
    }

    [Fact]
    public void A_package_that_somebody_packed_again_with_compression_still_verifies()
    {
        var folder = shelf.Folder();
        ZipFile.CreateFromDirectory(folder, folder + ".again.zip", CompressionLevel.Fastest, includeBaseDirectory: false);
        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(folder + ".again.zip").Verdict);
    }

    [Theory]
    [InlineData("Manifest.json")]
    [InlineData("manifest.json")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    [InlineData("a\\..\\x")]
    [InlineData("C:x")]
    [InlineData("forms/custody\u202Elmth.exe")]
    [InlineData("forms/custo\u0301dy.html")]
    [InlineData("a//b")]
    [InlineData("x\ny")]
    public void An_entry_with_a_name_that_no_package_has_is_refused(string name) => Refused("bad_name", archive => archive.CreateEntry(name));

    [Theory]
    [InlineData("../../../../tmp/out/")]
    [InlineData("/etc/out/")]
    [InlineData("manifest.json/")]
    [InlineData("Segments/")]
    [InlineData("segments/../")]
    [InlineData("a\u202Eb\u001b[2J/")]
    [InlineData("C:\\out\\/")]
    [InlineData("/")]
    public void A_folder_that_no_file_of_the_package_lies_in_is_refused(string name) => Refused("bad_name", archive => archive.CreateEntry(name));

    [Fact]
    public void A_package_that_was_packed_again_with_its_folders_still_verifies()
    {
        var zip = shelf.Zip();
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Update))
        {
            foreach (var folder in archive.Entries.SelectMany(static entry => Above(entry.FullName)).Distinct().ToList())
                archive.CreateEntry(folder).ExternalAttributes = 0x41ED << 16;
        }

        Assert.Equal(VerifyVerdict.Verified, shelf.Verify(zip).Verdict);
    }

    [Fact]
    public void A_folder_that_holds_bytes_is_refused() => Refused("bad_name", static archive =>
    {
        // The library writes none: a file's entry is renamed in place below.
        using var entry = archive.CreateEntry("hidden_", CompressionLevel.NoCompression).Open();
        entry.Write("payload"u8);
    }, static bytes =>
    {
        for (int at; (at = bytes.AsSpan().IndexOf("hidden_"u8)) >= 0;)
            bytes[at + 6] = (byte)'/';
    });

    [Theory]
    [InlineData(0xA000)]
    [InlineData(0x2000)]
    public void A_listed_file_that_would_unpack_as_a_link_or_a_device_is_refused(int kind) => Refused("bad_name", archive => archive.GetEntry("custody.json")!.ExternalAttributes = (kind | 0x1FF) << 16);

    [Theory]
    [InlineData("Custody.json", "lists a file twice")]
    [InlineData("a b", "a name that no package has")]
    [InlineData("forms/custo\u0301dy.html", "a name that no package has")]
    public void A_listed_name_that_no_package_has_is_refused_also_when_all_is_signed_anew(string name, string says)
    {
        var folder = shelf.Folder();
        File.WriteAllText(Path.Combine(folder, name), "x");
        Shelf.Resign(folder, shelf.Station.Key);
        Assert.Contains(shelf.Verify(folder).Findings, static finding => finding.Code == "bad_name");
        var (code, output) = Shelf.Script(folder, "--gateway-key", shelf.KeyFile);
        Assert.True(code == 1 && output.Contains(says, StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_before_or_after_the_package_are_refused(bool before)
    {
        var zip = shelf.Zip();
        var bytes = File.ReadAllBytes(zip);
        File.WriteAllBytes(zip, before ? [.. "<script>alert(1)</script>"u8, .. bytes] : [.. bytes, .. "trailing"u8]);
        try
        {
            Assert.Contains(shelf.Verify(zip).Findings, static finding => finding.Code == "bad_archive");
        }
        catch (IOException)
        {
            // No ZIP for the library: said so as well.
        }
    }

    [Fact]
    public void A_size_or_a_count_that_is_only_claimed_costs_nothing()
    {
        var zip = shelf.Zip();
        var bytes = File.ReadAllBytes(zip);
        var end = bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        var central = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(end + 16));
        bytes.AsSpan(central + 24, 4).Fill(0x7F);
        File.WriteAllBytes(zip, bytes);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        try
        {
            Assert.Equal(VerifyVerdict.Failed, shelf.Verify(zip).Verdict);
        }
        catch (IOException)
        {
            // Refused as a whole.
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 << 20);
    }

    [Fact]
    public void A_manifest_that_says_a_thing_twice_is_none()
    {
        var folder = shelf.Folder();
        var path = Path.Combine(folder, "manifest.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("{\n  \"format\"", "{\n  \"title\": \"another\",\n  \"format\"", StringComparison.Ordinal));
        Shelf.Resign(folder, shelf.Station.Key);
        Assert.Contains(shelf.Verify(folder).Findings, static finding => finding.Code == "manifest_unreadable");
    }

    [Theory]
    [InlineData("id")]
    [InlineData("title")]
    [InlineData("gatewayKeyId")]
    [InlineData("recordings")]
    [InlineData("recordings/0")]
    [InlineData("recordings/0/device")]
    [InlineData("recordings/0/completeness")]
    public void A_manifest_with_nothing_where_every_one_says_something_is_none(string member)
    {
        var folder = shelf.Folder();
        var path = Path.Combine(folder, "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        var parts = member.Split('/');
        var at = manifest;
        foreach (var part in parts[..^1])
            at = part == "0" ? at[0]! : at[part]!;
        if (parts[^1] == "0")
            at[0] = null;
        else
            at[parts[^1]] = null;
        File.WriteAllText(path, manifest.ToJsonString());
        Shelf.Resign(folder, shelf.Station.Key);
        var report = shelf.Verify(folder);
        Assert.Null(report.Manifest);
        Assert.Equal("manifest_unreadable", Assert.Single(report.Findings, static finding => finding.Severity == FindingSeverity.Error).Code);
    }

    [Theory]
    [InlineData("""{"volume":1,"volumes":[null,null]}""", "custody.json")]
    [InlineData("""{"volume":1,"volumes":[null,null]}""", "SHA256SUMS")]
    [InlineData("""{"volume":1,"volumes":[{"volume":1},{"volume":2}]}""", "custody.json")]
    public void A_list_of_volumes_that_lacks_its_words_gives_no_advice(string list, string missing)
    {
        var folder = shelf.Folder();
        File.Delete(Path.Combine(folder, missing));
        File.WriteAllText(Path.Combine(folder, "VOLUMES.json"), list);
        var finding = shelf.Verify(folder).Findings[0];
        Assert.Equal(("file_missing", missing), (finding.Code, finding.Path));
        Assert.DoesNotContain("disc", finding.Message, StringComparison.Ordinal);
    }

    // a/b/c lies in a/ and a/b/.
    private static IEnumerable<string> Above(string name) => Enumerable.Range(0, name.Length).Where(at => name[at] == '/').Select(at => name[..(at + 1)]);

    private void Refused(string code, Action<ZipArchive> change, Action<byte[]>? then = null)
    {
        var zip = shelf.Zip();
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Update))
            change(archive);
        if (then is not null)
        {
            var bytes = File.ReadAllBytes(zip);
            then(bytes);
            File.WriteAllBytes(zip, bytes);
        }

        Assert.Contains(shelf.Verify(zip).Findings, finding => finding.Code == code);
    }

    private void Signed(string folder, string sums)
    {
        File.WriteAllText(Path.Combine(folder, "SHA256SUMS"), sums);
        File.WriteAllBytes(Path.Combine(folder, "SHA256SUMS.sig"), shelf.Station.Key.SignDer(System.Text.Encoding.UTF8.GetBytes(sums)));
    }
}
