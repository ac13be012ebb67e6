using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>A data folder of which recording 1 is about to be purged: one segment, and a tail of it that came before.</summary>
public sealed class TailFolder : IAsyncLifetime
{
    private readonly Station station = new();

    public string Folder => station.Folder;

    public GatewayKey Key => station.Key;

    public VerifyOptions WithKeys => new() { GatewayKeyPem = station.Key.PublicKeyPem, Keys = station.Keys };

    public PurgeSegment Segment { get; private set; } = null!;

    public PurgeTail Tail { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var recorder = await station.OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await station.UpAsync(FakeRecorder.ChunkMessage(segment, 0));
        await station.Ingest.CloseOrphansAsync(Station.Device, CancellationToken.None);
        await station.UploadAsync(recorder.Announce(1), segment);
        await station.SettleAsync();
        Segment = Assert.Single(station.Ingest.PurgeList(Station.Device, 1, 1));
        Tail = Assert.Single(station.Ingest.PurgeTails(Station.Device, 1, 1));
        await station.CloseAsync();
    }

    public ValueTask DisposeAsync() => station.DisposeAsync();
}

/// <summary>A tail is gone by a certificate of two persons that names it, or it is missing.</summary>
public sealed class PurgedTailTests(TailFolder tails) : IClassFixture<TailFolder>
{
    private const string Original = "segments/unit-7/0001/000001/000001.mkv";
    private const string Tail = "orphans/unit-7/0001/000001/000001.mkv";

    private const string Receipt = "segments/unit-7/0001/000001/000001.receipt";

    private static readonly SegmentKey key = new(Station.Device, 1, 1, 1);

    [Fact]
    public void A_certificate_that_names_the_tail_excuses_its_bytes_and_says_who_decided()
    {
        using var copy = Without(Original, Tail);
        copy.AppendRecord(tails.Key, "purge", Certificate([tails.Tail]));
        var report = Verifier.Run(copy.Path, tails.WithKeys, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, static finding => finding.Code == "purged" && finding.Path!.StartsWith("orphans/", StringComparison.Ordinal) && finding.Message.Contains("reviewed by u-one, approved by u-two", StringComparison.Ordinal));
    }

    [Fact]
    public void A_certificate_without_tails_as_earlier_ones_are_verifies_and_excuses_no_tail()
    {
        using var stands = Without(Original);
        stands.AppendRecord(tails.Key, "purge", Certificate(null));
        Assert.Equal(VerifyVerdict.Verified, Verifier.Run(stands.Path, tails.WithKeys, null).Verdict);
        using var gone = Without(Original, Tail);
        gone.AppendRecord(tails.Key, "purge", Certificate(null));
        AssertError(gone, "file_missing");
    }

    [Fact]
    public void A_tail_that_no_certificate_names_or_that_stands_after_one_is_reported()
    {
        using var gone = Without(Tail);
        File.WriteAllText(gone.At(Path.ChangeExtension(Tail, ".purged")), "5\n");
        AssertError(gone, "file_missing");
        using var stands = Without(Original);
        stands.AppendRecord(tails.Key, "purge", Certificate([tails.Tail]));
        Assert.Contains(Verifier.Run(stands.Path, tails.WithKeys, null).Findings, static finding => finding.Code == "purge_unfinished" && finding.Severity == FindingSeverity.Warning && finding.Path == Tail);
    }

    [Fact]
    public void A_false_certificate_is_an_error_that_names_the_segment()
    {
        using var other = GatewayKey.Create();
        foreach (var (record, code) in new[]
        {
            (Certificate([tails.Tail], signer: other), "purge_signature"),
            (Certificate([tails.Tail], change: static json => json["tails"]![0]!["bytes"] = 17), "purge_signature"),
            (Certificate([tails.Tail], change: static json => json["approver"] = "u-three"), "purge_signature"),
            // Signed without the tails, which were put in afterwards.
            (Certificate(null, change: json => json["tails"] = Names([tails.Tail])), "purge_signature"),
            (Certificate([tails.Tail], approver: "U-ONE"), "purge_one_person"),
            (Certificate([tails.Tail], approver: ""), "purge_one_person"),
            (Certificate([tails.Tail with { Bytes = tails.Tail.Bytes + 1 }]), "purge_of_other"),
            (Certificate([tails.Tail with { Sha256 = new string('a', 64) }]), "file_missing"),
            (Certificate([tails.Tail with { Segment = 2 }]), "file_missing"),
        })
        {
            using var copy = Without(Original, Tail);
            copy.AppendRecord(tails.Key, "purge", record);
            AssertError(copy, code);
        }
    }

    [Fact]
    public void A_tail_that_only_the_certificate_knows_is_a_note_when_gone_and_a_stranger_beside_is_named()
    {
        // The power went between the move to orphans/ and the log: the certificate is the only record of it.
        var unknown = new PurgeTail(1, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("tail"u8)), 4);
        using var copy = Without(Original, Tail);
        copy.AppendRecord(tails.Key, "purge", Certificate([tails.Tail, unknown]));
        var report = Verifier.Run(copy.Path, tails.WithKeys, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Equal(3, report.Findings.Count(static finding => finding.Code == "purged"));
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "aside_unrecorded");
        File.WriteAllText(copy.At(Path.ChangeExtension(Tail, ".0000000000000000.mkv")), "stranger");
        Assert.Contains(Verifier.Run(copy.Path, tails.WithKeys, null).Findings, static finding => finding.Code == "aside_unrecorded" && finding.Severity == FindingSeverity.Warning && finding.Segment == key);
    }

    [Fact]
    public void What_is_purged_while_the_last_recheck_runs_is_judged_by_its_certificate_however_long_that_took()
    {
        using var copy = Without(Receipt);
        var time = new ManualTimeProvider();
        var (calls, isPurged) = (0, false);
        var report = Verifier.Run(copy.Path, tails.WithKeys with { Time = time }, new Told(() =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == 1)
                copy.AppendRecord(tails.Key, "account", "{\"type\":\"account\"}"u8.ToArray());
            if (call <= Originals(copy) || isPurged)
                return;
            // Beyond the time that a record is waited for.
            time.Advance(TimeSpan.FromSeconds(16));
            PurgeWith(copy);
            isPurged = true;
        }));
        Assert.True(isPurged);
        AssertPurged(report);
    }

    [Fact]
    public void What_is_purged_at_the_end_of_a_recheck_that_found_nothing_amiss_is_judged_by_its_certificate()
    {
        using var copy = Without(Receipt);
        var receipt = File.ReadAllBytes(Path.Combine(tails.Folder, Receipt));
        var (calls, count) = (0, Originals(copy));
        var report = Verifier.Run(copy.Path, tails.WithKeys, new Told(() =>
        {
            var call = Interlocked.Increment(ref calls);
            if (call == count)
            {
                copy.AppendRecord(tails.Key, "account", "{\"type\":\"account\"}"u8.ToArray());
                File.WriteAllBytes(copy.At(Receipt), receipt);
            }
            else if (call == count + 1)
            {
                PurgeWith(copy);
            }
        }));
        Assert.Equal(count + 1, calls);
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, static finding => finding.Code == "purged" && finding.Path!.StartsWith("orphans/", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tail_that_goes_after_the_segments_were_checked_is_judged_by_its_certificate()
    {
        using var copy = Without();
        var findings = new List<Finding>();
        var (folder, files) = (EvidenceFolder.List(copy.Path), new LogFiles(copy.At("log")));
        var (reader, history) = (new LogReader("", files), new KeyHistory([]));
        using var anchors = Anchors.Read(copy.Path, null, tails.WithKeys, history, findings);
        using var signatures = new GatewaySignatures(anchors.Key, history);
        var audit = LogAudit.Run(copy.At("log"), LogPublicKey.From(anchors.Key!), [], files);
        var log = LogRecords.Read(reader, audit.Signed!.Checkpoint.Size);
        PurgeWith(copy);
        new AsideCheck(folder, log, new NewerLog(files, audit.Signed, audit.IsSound, anchors), signatures, tails.WithKeys.Keys, new ArchiveDues(folder, log, audit)).Check(findings);
        Assert.DoesNotContain(findings, static finding => finding.Severity == FindingSeverity.Error);
        Assert.Contains(findings, static finding => finding.Code == "purged" && finding.Path!.StartsWith("orphans/", StringComparison.Ordinal));
    }

    private void PurgeWith(FolderCopy copy)
    {
        copy.AppendRecord(tails.Key, "purge", Certificate([tails.Tail]));
        File.Delete(copy.At(Original));
        File.Delete(copy.At(Tail));
    }

    private static int Originals(FolderCopy copy) => Directory.EnumerateFiles(copy.At("segments"), "*.mkv", SearchOption.AllDirectories).Count();

    private static void AssertPurged(VerifyReport report)
    {
        Assert.True(report.Verdict == VerifyVerdict.Verified, string.Join('\n', report.Findings));
        Assert.Equal(2, report.Findings.Count(static finding => finding.Code == "purged"));
    }

    private sealed class Told(Action told) : IProgress<int>
    {
        public void Report(int value) => told();
    }

    private FolderCopy Without(params string[] files)
    {
        var copy = new FolderCopy(tails.Folder);
        foreach (var file in files)
            File.Delete(copy.At(file));
        return copy;
    }

    private static JsonArray Names(IEnumerable<PurgeTail> named) => [.. named.Select(static tail => (JsonNode)new JsonObject { ["segment"] = tail.Segment, ["sha256"] = tail.Sha256, ["bytes"] = tail.Bytes })];

    // Written after storage format §7, apart from the gateway.
    private byte[] Certificate(IReadOnlyList<PurgeTail>? named, string approver = "u-two", GatewayKey? signer = null, Action<JsonObject>? change = null)
    {
        var segment = tails.Segment;
        var text = new StringBuilder($"bodycam/v1/purge\nunit-7\n1\n1\nu-one\n{approver}\n1000\n2000\n").Append(CultureInfo.InvariantCulture, $"{segment.Segment} {segment.SealDigest} {segment.Sha256} {segment.Bytes}\n");
        foreach (var tail in named ?? [])
            text.Append(CultureInfo.InvariantCulture, $"tail {tail.Segment} {tail.Sha256} {tail.Bytes}\n");
        var json = new JsonObject
        {
            ["type"] = "purge", ["device"] = "unit-7", ["epoch"] = 1, ["recording"] = 1, ["reason"] = "期满", ["cites"] = new JsonArray(), ["reviewer"] = "u-one", ["approver"] = approver, ["expiredAtUs"] = 1000, ["atUs"] = 2000,
            ["segments"] = new JsonArray(new JsonObject { ["segment"] = segment.Segment, ["sealDigest"] = segment.SealDigest, ["sha256"] = segment.Sha256, ["bytes"] = segment.Bytes }),
            ["signature"] = Convert.ToBase64String((signer ?? tails.Key).SignDer(Encoding.UTF8.GetBytes(text.ToString()))),
        };
        if (named is not null)
            json["tails"] = Names(named);
        change?.Invoke(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private void AssertError(FolderCopy copy, string code)
    {
        var report = Verifier.Run(copy.Path, tails.WithKeys, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.True(report.Findings.Any(finding => finding.Severity == FindingSeverity.Error && finding.Code == code && finding.Segment == key && finding.Path!.StartsWith("orphans/", StringComparison.Ordinal)), code + "\n" + string.Join('\n', report.Findings));
    }

    [Fact]
    public void A_recording_without_bytes_is_not_summed_as_complete_whatever_is_wrong_with_its_certificate()
    {
        using var other = GatewayKey.Create();
        foreach (var record in new[] { Certificate([tails.Tail], approver: "U-ONE"), Certificate([tails.Tail], signer: other), CertificateOfOther() })
        {
            using var gone = Without(Original);
            gone.AppendRecord(tails.Key, "purge", record);
            Assert.Equal("damaged", Verifier.Run(gone.Path, tails.WithKeys, null).Recordings.Single(static recording => recording.Recording == 1).State);
        }
    }

    [Fact]
    public void A_recording_of_which_the_purge_is_not_finished_is_summed_as_purged()
    {
        using var stands = Without();
        stands.AppendRecord(tails.Key, "purge", Certificate([tails.Tail]));
        var report = Verifier.Run(stands.Path, tails.WithKeys, null);
        Assert.Contains(report.Findings, static finding => finding is { Code: "purge_unfinished", Path: Original });
        Assert.Equal("purged", report.Recordings.Single(static recording => recording.Recording == 1).State);
    }

    [Fact]
    public void A_certificate_of_other_bytes_stands_for_itself_though_the_segments_own_record_is_spoilt()
    {
        using var gone = Without(Original);
        gone.AppendRecord(tails.Key, "purge", CertificateOfOther());
        var records = gone.At("log/records/000.jsonl");
        var lines = File.ReadAllLines(records);
        lines[(int)gone.SequenceOf("segment", 1, 1)] = "x";
        File.WriteAllText(records, string.Join('\n', lines) + "\n");
        Assert.Contains(Verifier.Run(gone.Path, tails.WithKeys, null).Findings, static finding => finding is { Code: "purge_of_other", Severity: FindingSeverity.Error, FollowsFrom: null });
    }

    private byte[] CertificateOfOther()
    {
        var segment = tails.Segment;
        var zero = new string('0', 64);
        var text = $"bodycam/v1/purge\nunit-7\n1\n1\nu-one\nu-two\n1000\n2000\n{segment.Segment} {zero} {zero} {segment.Bytes}\n";
        var json = new JsonObject
        {
            ["type"] = "purge", ["device"] = "unit-7", ["epoch"] = 1, ["recording"] = 1, ["reason"] = "x", ["cites"] = new JsonArray(), ["reviewer"] = "u-one", ["approver"] = "u-two", ["expiredAtUs"] = 1000, ["atUs"] = 2000,
            ["segments"] = new JsonArray(new JsonObject { ["segment"] = segment.Segment, ["sealDigest"] = zero, ["sha256"] = zero, ["bytes"] = segment.Bytes }),
            ["signature"] = Convert.ToBase64String(tails.Key.SignDer(Encoding.UTF8.GetBytes(text))),
        };
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}
