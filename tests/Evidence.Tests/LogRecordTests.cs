using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.TestKit;

namespace BodyCam.Evidence.Tests;

/// <summary>What the log's records may not do: vanish, contradict one another, stand outside their place.</summary>
public sealed class LogRecordTests(SmallFolder small) : IClassFixture<SmallFolder>
{
    private VerifyOptions Anchored => new() { GatewayKeyPem = small.PublicPem, Checkpoints = [small.Checkpoint], Keys = small.Keys };

    [Fact]
    public void A_recording_dropped_with_its_record_rewritten_as_purged_is_reported_with_key_and_newest_checkpoint()
    {
        using var copy = new FolderCopy(small.Folder);
        var sequence = copy.SequenceOf("segment", 2, 1);
        copy.Purge(sequence);
        Directory.Delete(copy.At("segments/unit-7/0001/000002"), recursive: true);
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Code == "record_purged" && finding.Severity == FindingSeverity.Error && finding.Chunk == sequence && finding.Message.Contains($"Record {sequence} of the log", StringComparison.Ordinal));
        Assert.Contains(report.Findings, static finding => finding.Code == "record_taken" && finding.Segment is { Recording: 2 });
    }

    [Fact]
    public void Any_record_rewritten_as_purged_is_reported_by_its_number_when_every_file_stands()
    {
        using var template = new FolderCopy(small.Folder);
        foreach (var (sequence, type, json) in template.Records())
        {
            using var copy = new FolderCopy(small.Folder);
            copy.Purge(sequence);
            var report = Verifier.Run(copy.Path, Anchored, null);
            Assert.Equal(VerifyVerdict.Failed, report.Verdict);
            Assert.Contains(report.Findings, finding => finding.Code == "record_purged" && finding.Chunk == sequence && finding.Message.Contains(type, StringComparison.Ordinal));
            if (type == "segment")
                Assert.Contains(report.Findings, finding => finding.Code == "record_taken" && finding.Segment is { } key && key.Recording == json.GetProperty("recording").GetUInt32() && key.Segment == json.GetProperty("segment").GetUInt32());
        }
    }

    [Fact]
    public void A_purged_record_is_named_by_the_archived_record_and_by_the_records_beside_it()
    {
        using var copy = new FolderCopy(small.Folder);
        var sequence = copy.SequenceOf("segment", 1, 1);
        copy.AppendRecord(small.Key, "archived", Archived(1, 1, Text(copy, sequence, "sealDigest")));
        copy.Purge(sequence);
        foreach (var ending in new[] { ".mkv", ".seal", ".receipt" })
            File.Delete(copy.At("segments/unit-7/0001/000001/000001" + ending));
        var report = Verifier.Run(copy.Path, Anchored, null);
        var key = new SegmentKey(Station.Device, 1, 1, 1);
        Assert.Contains(report.Findings, finding => finding.Code == "record_taken" && finding.Segment == key);
        Assert.Contains(report.Findings, finding => finding.Code == "archived_unknown" && finding.Severity == FindingSeverity.Error && finding.Segment == key);
        Assert.Contains(report.Findings, static finding => finding.Code == "record_purged" && finding.Message.Contains("unit-7 epoch 1 recording 0 segment 2", StringComparison.Ordinal) && finding.Message.Contains("unit-7 epoch 1 recording 1 segment 2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sealDigest")]
    [InlineData("sha256")]
    [InlineData("bytes")]
    [InlineData("state")]
    public void Two_segment_records_that_contradict_one_another_are_an_error_that_names_both(string field)
    {
        using var copy = new FolderCopy(small.Folder);
        var first = copy.SequenceOf("segment", 1, 2);
        var second = copy.AppendRecord(small.Key, "segment", Again(copy, first, json => json[field] = field switch
        {
            "bytes" => 17,
            "state" => "damaged",
            _ => new string('a', 64),
        }));
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        var finding = Assert.Single(report.Findings, static finding => finding.Code == "record_contradicts");
        Assert.Equal((FindingSeverity.Error, new SegmentKey(Station.Device, 1, 1, 2)), (finding.Severity, finding.Segment!.Value));
        Assert.Contains($"records {first} and {second}", finding.Message, StringComparison.Ordinal);
        // The first record stands: what was recorded later takes nothing from it.
        Assert.DoesNotContain(report.Findings, static finding => finding.Code is "bytes_differ" or "seal_differs");
    }

    [Fact]
    public void Other_footage_under_a_second_record_of_the_same_segment_is_an_error()
    {
        using var copy = new FolderCopy(small.Folder);
        var other = new FakeRecorder(Station.Device, small.Keys).Footage(2, 1, final: true, frames: 3, frameBytes: 700);
        File.WriteAllBytes(copy.At("segments/unit-7/0001/000002/000001.mkv"), other.Bytes);
        File.WriteAllBytes(copy.At("segments/unit-7/0001/000002/000001.seal"), other.SealBytes);
        copy.AppendRecord(small.Key, "segment", Again(copy, copy.SequenceOf("segment", 2, 1), json =>
        {
            json["sealDigest"] = Convert.ToHexStringLower(other.SealBytes.AsSpan(288, 32));
            json["sha256"] = Convert.ToHexStringLower(SHA256.HashData(other.Bytes));
            json["bytes"] = other.Bytes.Length;
        }));
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "record_contradicts");
        Assert.Contains(report.Findings, static finding => finding.Code == "bytes_differ");
    }

    [Fact]
    public void A_second_segment_record_that_says_the_same_is_a_note_and_each_signature_counts()
    {
        using var copy = new FolderCopy(small.Folder);
        var first = copy.SequenceOf("segment", 1, 2);
        copy.AppendRecord(small.Key, "segment", Again(copy, first, static json => json["storedAtUs"] = 1_790_000_000_000_001));
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "record_repeated" && finding.Severity == FindingSeverity.Note);

        copy.AppendRecord(small.Key, "segment", Again(copy, first, static json => json["storedAtUs"] = 1_790_000_000_000_002, sign: false));
        Assert.Contains(Verifier.Run(copy.Path, Anchored, null).Findings, static finding => finding.Code == "record_signature" && finding.Severity == FindingSeverity.Error);
    }

    [Fact]
    public void An_epoch_given_twice_to_a_recorder_is_an_error()
    {
        using var copy = new FolderCopy(small.Folder);
        var first = copy.Records().Single(static record => record.Type == "epoch" && record.Json.GetProperty("device").GetString() == "unit-7");
        var second = copy.AppendRecord(small.Key, "epoch", Encoding.UTF8.GetBytes(first.Json.GetRawText()));
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Contains(report.Findings, finding => finding.Code == "epoch_twice" && finding.Severity == FindingSeverity.Error && finding.Message.Contains($"records {first.Sequence} and {second}", StringComparison.Ordinal));
    }

    [Fact]
    public void Announced_and_archived_records_that_contradict_one_another_are_errors_and_equal_ones_notes()
    {
        using var copy = new FolderCopy(small.Folder);
        var digest = Text(copy, copy.SequenceOf("segment", 1, 1), "sealDigest");
        copy.AppendRecord(small.Key, "archived", Archived(1, 1, digest));
        copy.AppendRecord(small.Key, "archived", Archived(1, 1, digest));
        copy.AppendRecord(small.Key, "announced", Announced(activity: 1));
        var equal = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Verified, equal.Verdict);
        Assert.Equal(2, equal.Findings.Count(static finding => finding.Code == "record_repeated"));

        copy.AppendRecord(small.Key, "archived", Archived(1, 1, new string('b', 64)));
        copy.AppendRecord(small.Key, "announced", Announced(activity: 9));
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "record_contradicts" && finding.Segment == new SegmentKey(Station.Device, 1, 1, 1));
        Assert.Contains(report.Findings, static finding => finding.Code == "record_contradicts" && finding.Segment == new SegmentKey(Station.Device, 1, 2, 0));
    }

    [Fact]
    public void A_record_of_a_known_kind_that_cannot_be_read_is_an_error()
    {
        using var copy = new FolderCopy(small.Folder);
        var sequence = copy.AppendRecord(small.Key, "segment", "{\"type\":\"segment\",\"device\":\"unit-7\"}"u8.ToArray());
        Assert.Contains(Verifier.Run(copy.Path, Anchored, null).Findings, finding => finding.Code == "record_unreadable" && finding.Severity == FindingSeverity.Error && finding.Chunk == sequence);
    }

    [Fact]
    public void A_line_outside_its_place_says_nothing()
    {
        using var copy = new FolderCopy(small.Folder);
        copy.AppendLine(copy.SequenceOf("announced", 2, 0), 3);
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Verified, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "beyond_checkpoint");
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "record_repeated");
    }

    [Fact]
    public void A_marker_of_an_archive_put_beside_dropped_segments_that_were_never_archived_excuses_nothing()
    {
        using var copy = new FolderCopy(small.Folder);
        Directory.Delete(copy.At("segments/unit-7/0001/000002"), recursive: true);
        File.WriteAllText(copy.At("archive.json"), "{\"kind\":\"archive\"}");
        var report = Verifier.Run(copy.Path, Anchored, null);
        Assert.Equal(VerifyVerdict.Failed, report.Verdict);
        Assert.Contains(report.Findings, static finding => finding.Code == "folder_kind" && finding.Severity == FindingSeverity.Error);
        Assert.Contains(report.Findings, static finding => finding.Code == "file_missing" && finding.Segment == new SegmentKey(Station.Device, 1, 2, 1));
    }

    private static string Text(FolderCopy copy, long sequence, string field) => copy.Records()[(int)sequence].Json.GetProperty(field).GetString()!;

    private static byte[] Archived(uint recording, uint segment, string sealDigest) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type = "archived", device = "unit-7", epoch = 1, recording, segment, sealDigest, archivedAtUs = 1_790_000_000_000_000 });

    private static byte[] Announced(int activity) => JsonSerializer.SerializeToUtf8Bytes(new { type = "announced", device = "unit-7", epoch = 1, recording = 2, activity });

    // The record once more with a change, signed anew with the true key.
    private byte[] Again(FolderCopy copy, long sequence, Action<JsonObject> change, bool sign = true)
    {
        var json = JsonNode.Parse(copy.Records()[(int)sequence].Json.GetRawText())!.AsObject();
        change(json);
        var text = string.Create(CultureInfo.InvariantCulture, $"bodycam/v1/segment\n{json["sealDigest"]}\n{json["sha256"]}\n{json["state"]}\n{json["storedAtUs"]}\n");
        if (sign)
            json["signature"] = Convert.ToBase64String(small.Key.SignDer(Encoding.ASCII.GetBytes(text)));
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}
