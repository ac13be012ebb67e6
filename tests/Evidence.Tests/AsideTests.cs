using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>A data folder with a damaged segment, one whose bytes were lost, and two orphaned tails, one of which was stored whole later.</summary>
public sealed class AsideFolder : IAsyncLifetime
{
    private readonly Station station = new();

    public string Folder => station.Folder;

    public GatewayKey Key => station.Key;

    public VerifyOptions WithKeys => new() { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys };

    public async ValueTask InitializeAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        var damaged = recorder.Footage(1, 1, final: true, frames: 2, frameBytes: 900);
        var changed = damaged with { Bytes = [.. damaged.Bytes.Select(static (value, index) => index == 1000 ? (byte)(value ^ 1) : value)] };
        for (var time = 0; time < 3; time++)
            await station.UploadAsync(changed);
        await station.UpAsync(FakeRecorder.SealMessage(recorder.Footage(2, 1, final: true), lost: true));
        var back = recorder.Footage(3, 1, final: true);
        await station.UpAsync(FakeRecorder.ChunkMessage(back, 0));
        await station.UpAsync(FakeRecorder.ChunkMessage(recorder.Footage(4, 1, final: true), 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.UploadAsync(back);
        await station.SettleAsync();
        await station.CloseAsync();
    }

    public ValueTask DisposeAsync() => station.DisposeAsync();
}

/// <summary>What lies under damaged/ and orphans/ is on record and must be what the record says.</summary>
public sealed class AsideTests(AsideFolder aside) : IClassFixture<AsideFolder>
{
    private static readonly SegmentKey damaged = new(Station.Device, 1, 1, 1);
    private static readonly SegmentKey lost = new(Station.Device, 1, 2, 1);
    private static readonly SegmentKey orphanOfStored = new(Station.Device, 1, 3, 1);
    private static readonly SegmentKey orphan = new(Station.Device, 1, 4, 1);

    public static TheoryData<string> Files => ["damaged/unit-7/0001/000001/000001.mkv", "orphans/unit-7/0001/000003/000001.mkv", "orphans/unit-7/0001/000004/000001.mkv"];

    [Fact]
    public void Damaged_lost_and_orphaned_segments_that_are_on_record_are_warnings()
    {
        var report = Verifier.Run(aside.Folder, aside.WithKeys with { CatalogComparison = CatalogCheck.Differences }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        foreach (var key in new[] { damaged, lost, orphanOfStored, orphan })
            Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Warning && finding.Segment == key);
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "aside_unrecorded");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Bytes_changed_cut_lengthened_replaced_or_deleted_are_reported_by_their_segment(string file)
    {
        foreach (var spoil in new Func<byte[], byte[]?>[] { static bytes => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)], static bytes => bytes[..^1], static bytes => [.. bytes, 0], static _ => "forged"u8.ToArray(), static _ => [], static _ => null })
        {
            using var copy = new FolderCopy(aside.Folder);
            if (spoil(File.ReadAllBytes(copy.At(file))) is { } bytes)
                File.WriteAllBytes(copy.At(file), bytes);
            else
                File.Delete(copy.At(file));
            AssertError(copy, KeyOf(file));
        }
    }

    [Fact]
    public void Every_byte_of_damaged_and_orphaned_files_that_something_vouches_for_is_checked()
    {
        using var copy = new FolderCopy(aside.Folder);
        var files = Directory.EnumerateFiles(copy.At("damaged"), "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(copy.At("orphans"), "*", SearchOption.AllDirectories)).Where(static path => !path.EndsWith(".chunks", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        foreach (var path in files)
        {
            var bytes = File.ReadAllBytes(path);
            // A seal's fields before its digest are covered by it together with bytes that are not there.
            for (var offset = path.EndsWith(".seal", StringComparison.Ordinal) ? 288 : 0; offset < bytes.Length; offset += path.EndsWith(".mkv", StringComparison.Ordinal) ? 41 : 1)
            {
                bytes[offset] ^= 0x20;
                File.WriteAllBytes(path, bytes);
                AssertError(copy, KeyOf(Path.GetRelativePath(copy.Path, path)));
                bytes[offset] ^= 0x20;
            }

            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public void A_seal_of_a_damaged_or_lost_segment_that_is_missing_or_swapped_is_an_error()
    {
        foreach (var key in new[] { damaged, lost })
        {
            using var copy = new FolderCopy(aside.Folder);
            File.Delete(copy.At($"damaged/{key.RelativePath}.seal"));
            AssertError(copy, key);
        }

        using var swapped = new FolderCopy(aside.Folder);
        File.Copy(swapped.At($"damaged/{damaged.RelativePath}.seal"), swapped.At($"damaged/{lost.RelativePath}.seal"), overwrite: true);
        AssertError(swapped, lost);
    }

    [Fact]
    public void Bytes_put_where_the_log_says_that_none_stand_are_errors()
    {
        using var copy = new FolderCopy(aside.Folder);
        File.WriteAllText(copy.At($"damaged/{lost.RelativePath}.mkv"), "found again");
        AssertError(copy, lost);
        Directory.CreateDirectory(Path.GetDirectoryName(copy.At($"segments/{damaged.RelativePath}.mkv"))!);
        File.WriteAllText(copy.At($"segments/{damaged.RelativePath}.mkv"), "better bytes");
        AssertError(copy, damaged);
    }

    [Fact]
    public void A_second_tail_stands_under_its_own_name()
    {
        using var copy = new FolderCopy(aside.Folder);
        var plain = copy.At($"orphans/{orphan.RelativePath}.mkv");
        var sha256 = System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(plain));
        File.Move(plain, copy.At($"orphans/{orphan.RelativePath}.{Convert.ToHexStringLower(sha256.AsSpan(0, 8))}.mkv"));
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(copy.Path, aside.WithKeys, null).Verdict);
    }

    [Fact]
    public void A_file_that_no_record_speaks_of_is_named()
    {
        using var copy = new FolderCopy(aside.Folder);
        foreach (var folder in new[] { "damaged", "orphans" })
        {
            Directory.CreateDirectory(copy.At($"{folder}/unit-7/0001/000009"));
            File.WriteAllText(copy.At($"{folder}/unit-7/0001/000009/000001.mkv"), "stray");
        }

        var report = Verifier.Run(copy.Path, aside.WithKeys, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Equal(2, report.Findings.Count(static finding => finding.Code == "aside_unrecorded" && finding.Severity == FindingSeverity.Warning && finding.Segment == new SegmentKey(Station.Device, 1, 9, 1)));
    }

    [Theory]
    [InlineData("damaged/note.txt")]
    [InlineData("damaged/unit-7/0001/000001/000001.txt")]
    [InlineData("damaged/unit-7/0001/000001/000001.0123456789abcdef.chunks")]
    [InlineData("damaged/unit-7/1/1/1.mkv")]
    [InlineData("orphans/zz/0001/000004/000001.mkv")]
    [InlineData("orphans/unit-7/0001/000004/000001.txt")]
    [InlineData("orphans/unit-7/0001/000004/000001.receipt")]
    [InlineData("orphans/unit-7/0001/000004/000001.0123456789abcdef.chunks")]
    [InlineData("orphans/unit-7/0001/000004-000001.mkv")]
    public void A_file_that_no_record_accounts_for_is_named_beside_segments_that_are_on_record_and_fails_nothing(string path)
    {
        using var copy = new FolderCopy(aside.Folder);
        Directory.CreateDirectory(Path.GetDirectoryName(copy.At(path))!);
        File.WriteAllText(copy.At(path), "stray");
        var report = Verifier.Run(copy.Path, aside.WithKeys, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Equal(path, Assert.Single(report.Findings, static finding => finding is { Code: "not_in_layout", Severity: FindingSeverity.Warning }).Path);
    }

    [Fact]
    public void Notes_and_certificate_marks_beside_a_damaged_segment_or_a_tail_are_no_strays()
    {
        using var copy = new FolderCopy(aside.Folder);
        var second = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(copy.At($"orphans/{orphan.RelativePath}.mkv"))).AsSpan(0, 8));
        foreach (var path in new[] { $"damaged/{damaged.RelativePath}.chunks", $"damaged/{damaged.RelativePath}.purged", $"orphans/{orphan.RelativePath}.purged", $"orphans/{orphan.RelativePath}.{second}.chunks", $"orphans/{orphan.RelativePath}.{second}.purged" })
            File.WriteAllText(copy.At(path), "1\n");
        Assert.DoesNotContain(Verifier.Run(copy.Path, aside.WithKeys, null).Findings, static finding => finding.Code == "not_in_layout");
    }

    private static SegmentKey KeyOf(string file) => SegmentKey.TryParsePath(file[(file.IndexOf('/', StringComparison.Ordinal) + 1)..], out var key) ? key : throw new InvalidOperationException(file);

    private void AssertError(FolderCopy copy, SegmentKey key)
    {
        var report = Verifier.Run(copy.Path, aside.WithKeys, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment == key);
    }
}
