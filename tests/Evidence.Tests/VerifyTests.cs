using System.Collections.Concurrent;
using System.Security.Cryptography;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>One small data folder that a real gateway made: two recordings, journal, announcements, manifest, all receipted.</summary>
public sealed class SmallFolder : IAsyncLifetime
{
    private readonly Station station = new();

    public string Folder => station.Folder;

    public KeyRing Keys => station.Keys;

    public GatewayKey Key => station.Key;

    public string PublicPem => station.Key.PublicKeyPem;

    public byte[] Checkpoint { get; private set; } = [];

    public byte[] EarlyCheckpoint { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        var journal = recorder.Text(SegmentKind.Journal, "{\"n\":1,\"us\":1,\"wall\":1,\"event\":\"boot\"}");
        var announced = recorder.Announce(1);
        var one = recorder.Footage(1, 1, final: false, frames: 1, frameBytes: 900);
        await station.UploadAsync(journal, announced, one);
        await station.SettleAsync();
        EarlyCheckpoint = [.. station.Ingest.Checkpoint.Note];
        recorder.CheckpointSize = (ulong)station.Ingest.Checkpoint.Checkpoint.Size;
        recorder.CheckpointRoot = station.Ingest.Checkpoint.Checkpoint.Root;
        var two = recorder.Footage(1, 2, final: true, frames: 1, frameBytes: 900);
        var announcedToo = recorder.Announce(2);
        var three = recorder.Footage(2, 1, final: true, frames: 1, frameBytes: 900);
        await station.UploadAsync(two, announcedToo, three, recorder.Manifest([two, three]));
        await station.SettleAsync();
        Checkpoint = [.. station.Ingest.Checkpoint.Note];
        await station.CloseAsync();
    }

    public ValueTask DisposeAsync() => station.DisposeAsync();
}

public sealed class VerifyTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions WithKey => new() { GatewayKeyPem = small.PublicPem, Keys = small.Keys };

    [Fact]
    public void A_clean_folder_is_verified_with_the_key_and_only_consistent_without()
    {
        var report = Verifier.Run(small.Folder, WithKey with { CatalogComparison = CatalogCheck.Differences, Checkpoints = [small.Checkpoint, small.EarlyCheckpoint] }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Equal(7, report.SegmentCount);
        Assert.All(report.Recordings, static recording => Assert.Equal("complete", recording.State));
        Assert.All(report.Recordings, static recording => Assert.True(recording.InManifest));
        Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, Verifier.Run(small.Folder, new VerifyOptions(), null).Verdict);
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(small.Folder, new VerifyOptions { Checkpoints = [small.Checkpoint] }, null).Verdict);
    }

    /// <summary>Every byte of every file, one at a time; for a segment's files the finding names that segment.</summary>
    [Fact]
    public void Any_byte_changed_anywhere_is_reported_and_the_segment_named()
    {
        using var template = new FolderCopy(small.Folder);
        var files = Directory.EnumerateFiles(template.Path, "*", SearchOption.AllDirectories).Where(static path => !path.Contains("/log/tmp/", StringComparison.Ordinal)).ToList();
        var unreported = new ConcurrentBag<string>();
        long flips = 0;
        Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = 2 }, file =>
        {
            using var copy = new FolderCopy(small.Folder);
            var relative = Path.GetRelativePath(template.Path, file);
            var path = copy.At(relative);
            var bytes = File.ReadAllBytes(path);
            var name = relative.StartsWith("segments/", StringComparison.Ordinal) ? NameOf(relative) : null;
            for (var offset = 0; offset < bytes.Length; offset++)
            {
                bytes[offset] ^= 0x20;
                File.WriteAllBytes(path, bytes);
                var report = Verifier.Run(copy.Path, WithKey, null);
                bytes[offset] ^= 0x20;
                Interlocked.Increment(ref flips);
                // A letter of a PEM text outside its base64 may change without changing the key.
                if (relative == "gateway.pem" && report.Verdict == VerifyVerdict.Verified)
                    continue;
                if (report.Verdict != VerifyVerdict.Failed || (name is not null && !report.Findings.Any(finding => finding.Severity == FindingSeverity.Error && finding.Segment?.ToString() == name)))
                    unreported.Add($"{relative}@{offset}: {report.Verdict}");
            }
        });
        TestContext.Current.TestOutputHelper!.WriteLine($"{files.Count} files, {flips} bytes");
        Assert.True(unreported.IsEmpty, string.Join('\n', unreported.Order().Take(30)));
    }

    [Theory]
    [InlineData(".mkv")]
    [InlineData(".seal")]
    [InlineData(".receipt")]
    public void A_file_dropped_cut_or_swapped_is_reported_by_its_segment(string ending)
    {
        foreach (var what in new[] { "drop", "cut", "swap", "lengthen" })
        {
            if (what == "drop" && ending == ".receipt")
                continue; // it can be issued again: the next test
            Spoiled(copy =>
            {
                var one = Path.Combine(copy, "segments/unit-7/0001/000001/000001" + ending);
                var other = Path.Combine(copy, "segments/unit-7/0001/000002/000001" + ending);
                var bytes = File.ReadAllBytes(one);
                switch (what)
                {
                    case "drop": File.Delete(one); break;
                    case "cut": File.WriteAllBytes(one, bytes[..^1]); break;
                    case "lengthen": File.WriteAllBytes(one, [.. bytes, 0]); break;
                    default:
                        File.WriteAllBytes(one, File.ReadAllBytes(other));
                        File.WriteAllBytes(other, bytes);
                        break;
                }
            }, report =>
            {
                Assert.Equal(VerifyVerdict.Failed, report.Verdict);
                Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment == new SegmentKey(Station.Device, 1, 1, 1));
            });
        }
    }

    [Theory]
    [InlineData(".mkv")]
    [InlineData(".seal")]
    public void A_recording_of_which_a_file_is_missing_is_not_summed_as_complete(string ending)
    {
        var key = new SegmentKey(Station.Device, 1, 1, 1);
        Spoiled(
            copy => File.Delete(Path.Combine(copy, $"segments/{key.RelativePath}{ending}")),
            static report => Assert.Equal([("files_missing", 1), ("complete", 1)], report.Recordings.Select(static recording => (recording.State, recording.Segments))));
    }

    [Theory]
    [InlineData(".mkv")]
    [InlineData(".seal")]
    public void A_recording_of_which_a_byte_is_changed_is_not_summed_as_complete(string ending)
    {
        var key = new SegmentKey(Station.Device, 1, 1, 1);
        Spoiled(
            copy =>
            {
                var path = Path.Combine(copy, $"segments/{key.RelativePath}{ending}");
                var bytes = File.ReadAllBytes(path);
                bytes[bytes.Length / 2] ^= 1;
                File.Delete(path);
                File.WriteAllBytes(path, bytes);
            },
            static report => Assert.Equal(["damaged", "complete"], report.Recordings.Select(static recording => recording.State)));
    }

    [Fact]
    public void A_receipt_that_is_missing_or_empty_is_a_warning_with_the_next_action_and_a_cut_one_an_error()
    {
        var key = new SegmentKey(Station.Device, 1, 1, 1);
        foreach (var bytes in new byte[]?[] { null, [], new byte[276] })
        {
            Spoiled(copy =>
            {
                File.Delete(Path.Combine(copy, $"segments/{key.RelativePath}.receipt"));
                if (bytes is not null)
                    File.WriteAllBytes(Path.Combine(copy, $"segments/{key.RelativePath}.receipt"), bytes);
            }, report =>
            {
                Assert.Equal(VerifyVerdict.Verified, report.Verdict);
                Assert.Contains(report.Findings, finding => finding.Code == "receipt_missing" && finding.Severity == FindingSeverity.Warning && finding.Segment == key && finding.Message.Contains("at its start", StringComparison.Ordinal));
            });
        }

        Spoiled(copy => File.WriteAllText(Path.Combine(copy, $"segments/{key.RelativePath}.receipt"), "R"), report => Assert.Contains(report.Findings, finding => finding.Severity == FindingSeverity.Error && finding.Segment == key));
    }

    [Fact]
    public void The_last_segment_the_last_recording_or_all_of_them_dropped_from_the_folder_are_named()
    {
        foreach (var (folder, segments) in new[] { ("000002", new[] { new SegmentKey(Station.Device, 1, 2, 1) }), ("000001", [new SegmentKey(Station.Device, 1, 1, 1), new SegmentKey(Station.Device, 1, 1, 2)]) })
        {
            Spoiled(copy => Directory.Delete(Path.Combine(copy, "segments/unit-7/0001", folder), recursive: true), report =>
            {
                Assert.Equal(VerifyVerdict.Failed, report.Verdict);
                Assert.All(segments, segment => Assert.Contains(report.Findings, finding => finding.Code == "file_missing" && finding.Segment == segment));
            });
        }
    }

    [Fact]
    public async Task A_folder_built_anew_with_a_fresh_key_is_never_verified_without_an_anchor_and_is_reported_with_one()
    {
        await using var forged = new Station();
        await RebuildAsync(forged, leaveOutLast: false);
        Assert.NotEqual(VerifyVerdict.Verified, Verifier.Run(forged.Folder, new VerifyOptions(), null).Verdict);
        Assert.Equal(VerifyVerdict.Failed, Verifier.Run(forged.Folder, new VerifyOptions { GatewayKeyPem = small.PublicPem }, null).Verdict);
        Assert.Equal(VerifyVerdict.Failed, Verifier.Run(forged.Folder, new VerifyOptions { Checkpoints = [small.Checkpoint] }, null).Verdict);
    }

    [Fact]
    public async Task A_folder_built_anew_with_the_true_key_and_a_recording_left_out_is_never_verified_without_an_anchor_and_is_reported_with_a_checkpoint()
    {
        await using var forged = new Station { Key = GatewayKey.FromPem(small.Key.ExportPrivatePem()) };
        await RebuildAsync(forged, leaveOutLast: true);
        Assert.NotEqual(VerifyVerdict.Verified, Verifier.Run(forged.Folder, new VerifyOptions(), null).Verdict);
        var report = Verifier.Run(forged.Folder, new VerifyOptions { Checkpoints = [small.Checkpoint] }, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "log_anchor");
    }

    [Fact]
    public void The_log_put_back_to_an_older_checkpoint_is_reported_against_the_newer_one()
    {
        Spoiled(copy => File.WriteAllBytes(Path.Combine(copy, "log/checkpoint"), small.EarlyCheckpoint), static report => Assert.Equal(VerifyVerdict.Failed, report.Verdict), new VerifyOptions { Checkpoints = [small.Checkpoint], GatewayKeyPem = small.PublicPem });
    }

    [Fact]
    public void A_key_or_checkpoint_that_lies_inside_the_folder_vouches_for_nothing_and_may_still_contradict_it()
    {
        var key = WithKey with { IsKeyInside = true, AnchorsInside = ["there/gateway.pem"] };
        var checkpoint = new VerifyOptions { CheckpointsInside = [small.Checkpoint], AnchorsInside = ["there/log/checkpoint"] };
        foreach (var options in new[] { key, checkpoint, key with { CheckpointsInside = [small.EarlyCheckpoint] } })
        {
            var report = Verifier.Run(small.Folder, options, null);
            Assert.True(report.Verdict == VerifyVerdict.ConsistentSignerNotEstablished, string.Join('\n', report.Findings));
            Assert.Contains(report.Findings, finding => finding is { Code: "anchor_inside", Severity: FindingSeverity.Warning } && finding.Message.StartsWith(options.AnchorsInside[0] + " lies in what is checked, and whoever changed that could change it too", StringComparison.Ordinal));
            Assert.Equal(0, report.AnchorSize);
        }

        // Another anchor from outside vouches all the same.
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(small.Folder, key with { Checkpoints = [small.EarlyCheckpoint] }, null).Verdict);
        var outside = Verifier.Run(small.Folder, WithKey with { CheckpointsInside = [small.Checkpoint], AnchorsInside = checkpoint.AnchorsInside }, null);
        Assert.Equal((VerifyVerdict.Verified, 0), (outside.Verdict, outside.AnchorSize));
        using var witness = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] signed = [.. small.Checkpoint, .. CheckpointNote.SignatureLine(CheckpointNote.Text(CheckpointNote.Parse(small.Checkpoint)!), "city-archive", witness)];
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(small.Folder, checkpoint with { CheckpointsInside = [signed], WitnessKeys = [LogPublicKey.From(witness).ToVkey("city-archive")] }, null).Verdict);
        var newer = CheckpointNote.Sign(CheckpointNote.Parse(small.Checkpoint)! with { Size = 1000 }, small.Key.Ecdsa);
        Assert.Contains(Verifier.Run(small.Folder, WithKey with { CheckpointsInside = [newer] }, null).Findings, static finding => finding.Code == "log_anchor" && finding.Severity == FindingSeverity.Error);
        using var stranger = GatewayKey.Create();
        Assert.Contains(Verifier.Run(small.Folder, key with { GatewayKeyPem = stranger.PublicKeyPem }, null).Findings, static finding => finding.Code == "key_differs");
    }

    [Fact]
    public void A_witness_vouches_for_the_checkpoint_it_signed_and_only_with_its_own_key()
    {
        using var witness = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var checkpoint = CheckpointNote.Parse(small.Checkpoint)!;
        byte[] signed = [.. small.Checkpoint, .. CheckpointNote.SignatureLine(CheckpointNote.Text(checkpoint), "city-archive", witness)];
        var trusted = new VerifyOptions { WitnessKeys = [LogPublicKey.From(witness).ToVkey("city-archive")] };
        var other = new VerifyOptions { WitnessKeys = [LogPublicKey.From(stranger).ToVkey("city-archive")] };
        var own = Verifier.Run(small.Folder, trusted, null);
        Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, own.Verdict);
        Assert.Contains(own.Findings, static finding => finding.Code == "witness_unsigned");
        Spoiled(copy => File.WriteAllBytes(Path.Combine(copy, "log/checkpoint"), signed), report =>
        {
            Assert.Equal(VerifyVerdict.Verified, report.Verdict);
            Assert.Equal(checkpoint.Size, report.AnchorSize);
        }, trusted);
        Spoiled(copy => File.WriteAllBytes(Path.Combine(copy, "log/checkpoint"), signed), static report => Assert.Equal(VerifyVerdict.ConsistentSignerNotEstablished, report.Verdict), other);
        byte[] misfit = [.. small.EarlyCheckpoint, .. CheckpointNote.SignatureLine(CheckpointNote.Text(checkpoint), "city-archive", witness)];
        Assert.Contains(Verifier.Run(small.Folder, trusted with { Checkpoints = [misfit] }, null).Findings, static finding => finding.Code == "witness_signature" && finding.Severity == FindingSeverity.Error);
        Assert.Contains(Verifier.Run(small.Folder, new VerifyOptions { WitnessKeys = ["no key"] }, null).Findings, static finding => finding.Code == "anchor_unreadable");
    }

    /// <summary>Who holds the true key can leave something out and sign the rest anew: what the recorder itself said tells it by name.</summary>
    [Theory]
    [InlineData("last segment", "no_final_seal", 2)]
    [InlineData("last recording", "announced_missing", 2)]
    [InlineData("recording in the middle", "predecessor_missing", 3)]
    [InlineData("all since the last receipt", "seal_checkpoint", 3)]
    public async Task What_was_left_out_by_somebody_with_the_true_key_is_reported_by_name(string leftOut, string code, int recording)
    {
        await using var forged = new Station { Key = GatewayKey.FromPem(small.Key.ExportPrivatePem()) };
        var recorder = await forged.OpenWithRecorderAsync();
        var first = recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 900);
        await forged.UploadAsync(recorder.Announce(1), first);
        var second = recorder.Announce(2);
        FakeSegment[] two = [recorder.Footage(2, 1, final: false, frames: 1, frameBytes: 900), recorder.Footage(2, 2, final: true, frames: 1, frameBytes: 900)];
        switch (leftOut)
        {
            case "last segment":
                await forged.UploadAsync(second, two[0]);
                break;
            case "last recording":
                await forged.UploadAsync(second);
                break;
            case "recording in the middle":
                await forged.UploadAsync(recorder.Announce(3), recorder.Footage(3, 1, final: true, frames: 1, frameBytes: 900));
                break;
            default:
                // The recorder had a receipt for recording 2 and keeps its checkpoint; the next thing it seals names it.
                recorder.CheckpointSize = 4711;
                recorder.CheckpointRoot = [.. Enumerable.Repeat((byte)7, 32)];
                await forged.UploadAsync(recorder.Announce(3), recorder.Footage(3, 1, final: true, frames: 1, frameBytes: 900));
                break;
        }

        await forged.SettleAsync();
        await forged.CloseAsync();
        var report = Verifier.Run(forged.Folder, new VerifyOptions { GatewayKeyPem = small.PublicPem }, null);
        Assert.Contains(report.Findings, finding => finding.Code == code && finding.Segment is { } key && key.Recording == recording);
        if (recording == 3)
            Assert.Contains(report.Findings, static finding => finding.Code == "recording_missing" && finding.Segment is { Recording: 2 });
    }

    private static async Task RebuildAsync(Station forged, bool leaveOutLast)
    {
        var recorder = await forged.OpenWithRecorderAsync();
        var one = recorder.Footage(1, 1, final: false, frames: 1, frameBytes: 900);
        var two = recorder.Footage(1, 2, final: true, frames: 1, frameBytes: 900);
        await forged.UploadAsync(recorder.Announce(1), one, two);
        if (!leaveOutLast)
            await forged.UploadAsync(recorder.Announce(2), recorder.Footage(2, 1, final: true, frames: 1, frameBytes: 900));
        await forged.SettleAsync();
        await forged.CloseAsync();
    }

    private static string NameOf(string relative)
    {
        var names = relative.Split('/');
        return new SegmentKey(DeviceId.Parse(names[1]), uint.Parse(names[2]), uint.Parse(names[3]), uint.Parse(Path.GetFileNameWithoutExtension(names[4]))).ToString();
    }

    private void Spoiled(Action<string> spoil, Action<VerifyReport> check, VerifyOptions? options = null)
    {
        using var copy = new FolderCopy(small.Folder);
        spoil(copy.Path);
        check(Verifier.Run(copy.Path, options ?? WithKey, null));
    }
}
