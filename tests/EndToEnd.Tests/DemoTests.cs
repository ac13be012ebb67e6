using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Log;
using BodyCam.VirtualBoard;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary>One run of the demo as a user starts it, looked at from all sides.</summary>
public sealed class DemoFolder : IDisposable
{
    public DemoFolder()
    {
        Folder = Path.Combine(Path.GetTempPath(), "bodycam-e2e-" + Path.GetRandomFileName());
        (Code, var output, Err) = Cli.Bodycam("demo", "--once", "--json", "--data", Folder);
        Summary = Code is 0 or 1 && output.Length > 0 ? JsonDocument.Parse(output).RootElement : default;
    }

    public string Folder { get; }

    public int Code { get; }

    public string Err { get; }

    public JsonElement Summary { get; }

    public string Data => Path.Combine(Folder, "data");

    public IEnumerable<(string Path, Seal Seal)> Segments() =>
        Directory.EnumerateFiles(Path.Combine(Data, "segments"), "*.mkv", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(static path => (path, Seal.TryParse(File.ReadAllBytes(Path.ChangeExtension(path, ".seal")), out var seal) == RefusalReason.None ? seal! : throw new InvalidDataException(path)));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

public sealed class DemoTests(DemoFolder demo) : IClassFixture<DemoFolder>
{
    [Fact]
    public void The_demo_ends_by_itself_verified_within_a_minute()
    {
        Assert.True(demo.Code == 0, demo.Err + demo.Summary);
        Assert.True(demo.Summary.GetProperty("ok").GetBoolean());
        Assert.Equal("Verified", demo.Summary.GetProperty("verdict").GetString());
        Assert.True(demo.Summary.GetProperty("realSeconds").GetDouble() < 60);
        var interruption = Assert.Single(demo.Summary.GetProperty("interruptions").EnumerateArray());
        Assert.Equal("low_battery", interruption.GetProperty("reason").GetString());
        Assert.True(interruption.GetProperty("spokenNote").GetBoolean());
        Assert.Equal(1, demo.Summary.GetProperty("markers").GetInt32());
        Assert.True(demo.Summary.GetProperty("manifestComplete").GetBoolean());
    }

    [Fact]
    public void The_summary_names_the_anchor_that_was_kept_and_the_command_that_checks_with_it()
    {
        var anchor = Path.Combine(demo.Folder, "anchor", "gateway.pem");
        Assert.Equal(anchor, demo.Summary.GetProperty("anchorFile").GetString());
        var words = demo.Summary.GetProperty("check").GetString()!.Split(' ');
        Assert.Equal(["./bodycam", "verify", demo.Data, "--gateway-key", anchor], words);
        var (code, _, error) = Cli.Bodycam(words[1..]);
        Assert.True(code == 0, error);
    }

    [Fact]
    public void Every_footage_segment_plays_without_an_error_and_holds_the_frames_its_seal_counts()
    {
        foreach (var (path, seal) in demo.Segments().Where(static segment => segment.Seal.Kind == SegmentKind.Footage))
        {
            var (code, output, error) = Cli.Run("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path);
            Assert.True(code == 0 && error.Length == 0, path + error);
            Assert.Equal(seal.FrameCount, uint.Parse(output.Trim().TrimEnd(','), CultureInfo.InvariantCulture));
            // The frames come when the camera had them, at no fixed rate: without these ffmpeg would round their times to a rate it guesses.
            (code, _, error) = Cli.Run("ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-f", "null", "-");
            Assert.True(code == 0 && error.Length == 0, path + error);
        }
    }

    [Fact]
    public void Every_frame_that_ffmpeg_takes_out_is_a_source_frame_byte_for_byte_in_the_order_of_the_scene()
    {
        var source = FrameFile.Load(Footage.Scene);
        var known = Enumerable.Range(0, source.FrameCount).GroupBy(index => Convert.ToHexString(SHA256.HashData(source.Frame(index).Span))).ToDictionary(static group => group.Key, static group => group.First());
        var frames = 0;
        foreach (var (path, _) in demo.Segments().Where(static segment => segment.Seal.Kind == SegmentKind.Footage))
        {
            var target = path + ".frames";
            Directory.CreateDirectory(target);
            var (code, _, error) = Cli.Run("ffmpeg", "-v", "error", "-i", path, "-c", "copy", "-f", "image2", Path.Combine(target, "%04d.jpg"));
            Assert.True(code == 0, error);
            foreach (var picture in Directory.EnumerateFiles(target).Order(StringComparer.Ordinal))
            {
                Assert.True(known.ContainsKey(Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(picture)))), picture);
                frames++;
            }

            Directory.Delete(target, recursive: true);
        }

        Assert.Equal(demo.Summary.GetProperty("framesDelivered").GetInt32(), frames);
    }

    [Fact]
    public void Digests_chain_receipt_and_record_are_recomputed_with_openssl_as_documented()
    {
        var (path, seal) = demo.Segments().First(static segment => segment.Seal is { Kind: SegmentKind.Footage, Key.Segment: 1 });
        var script =
            """
            set -eu
            d() { openssl dgst -sha256 -mac HMAC -macopt key:"$1" -binary; }
            head -c 288 "$2" > "$3/digested"
            n=0
            while [ $n -lt "$4" ]; do dd if="$1" bs="$5" skip=$n count=1 status=none | d bodycam/v1/chunk >> "$3/digested"; n=$((n+1)); done
            d bodycam/v1/seal < "$3/digested" | od -An -tx1 | tr -d ' \n'
            """;
        var work = Directory.CreateTempSubdirectory("bodycam-openssl-").FullName;
        var (code, output, error) = Cli.Run("sh", "-c", script, "sh", path, Path.ChangeExtension(path, ".seal"), work, $"{seal.ChunkCount}", $"{seal.ChunkBytes}");
        Assert.True(code == 0, error);
        Assert.Equal(Convert.ToHexStringLower(seal.SealDigest), output.Trim());

        // The chain: the next footage seal names this digest at bytes 224…255.
        var next = demo.Segments().Select(static segment => segment.Seal).Single(other => other.Key == seal.Key with { Segment = 2 });
        Assert.Equal(output.Trim(), Convert.ToHexStringLower(next.Raw.Slice(224, 32)));

        // The record: a line of text under the gateway's key.
        var reader = new LogReader(Path.Combine(demo.Data, "log"));
        var record = reader.ReadRecords(0, reader.ReadCheckpoint()!.Checkpoint.Size).Where(static stored => stored.Type == "segment").Select(static stored => JsonDocument.Parse(stored.Utf8Json!).RootElement)
            .Single(json => json.GetProperty("sealDigest").GetString() == Convert.ToHexStringLower(seal.SealDigest));
        File.WriteAllText(Path.Combine(work, "text"), $"bodycam/v1/segment\n{record.GetProperty("sealDigest").GetString()}\n{record.GetProperty("sha256").GetString()}\n{record.GetProperty("state").GetString()}\n{record.GetProperty("storedAtUs").GetInt64()}\n");
        File.WriteAllBytes(Path.Combine(work, "recordsig"), record.GetProperty("signature").GetBytesFromBase64());
        (code, output, error) = Cli.Run("openssl", "dgst", "-sha256", "-verify", Path.Combine(demo.Data, "gateway.pem"), "-signature", Path.Combine(work, "recordsig"), Path.Combine(work, "text"));
        Assert.True(code == 0, error + output);

        // The receipt: body, MAC (32), P-256 r‖s (64). openssl wants DER, made here from r and s.
        var receipt = File.ReadAllBytes(Path.ChangeExtension(path, ".receipt"));
        File.WriteAllBytes(Path.Combine(work, "body"), receipt[..^96]);
        File.WriteAllBytes(Path.Combine(work, "sig"), Der(receipt[^64..^32], receipt[^32..]));
        (code, output, error) = Cli.Run("openssl", "dgst", "-sha256", "-verify", Path.Combine(demo.Data, "gateway.pem"), "-signature", Path.Combine(work, "sig"), Path.Combine(work, "body"));
        Assert.True(code == 0, error + output);
        Directory.Delete(work, recursive: true);
    }

    [Fact]
    public void The_ledger_of_the_demos_recording_shows_its_interruption_with_the_spoken_note_and_its_sums_are_exact()
    {
        var (code, output, error) = Cli.Bodycam("timeline", "demo-recorder-1", "1", "1", "--data", demo.Data, "--policy", "qidong", "--json");
        Assert.True(code == 0, error);
        var ledger = JsonDocument.Parse(output).RootElement.GetProperty("ledger");
        var rows = ledger.GetProperty("rows").EnumerateArray().ToList();
        // A machine that is short of time makes the camera stall: such footage has rows of its own, with their flag.
        var kinds = rows.Select(static row => row.GetProperty("kind").GetString()!).ToList();
        Assert.Equal(["footage", "explained", "footage"], kinds.Where((kind, index) => index == 0 || kind != kinds[index - 1]));
        var gap = Assert.Single(rows, static row => row.GetProperty("kind").GetString() == "explained");
        Assert.Equal("low_battery", gap.GetProperty("reason").GetString());
        Assert.False(gap.GetProperty("note").GetProperty("isSilent").GetBoolean());
        Assert.Equal(("none", "13"), (gap.GetProperty("flags").GetString(), gap.GetProperty("articles")[0].GetString()));
        Assert.NotEqual("", gap.GetProperty("confirmedBy").GetString());
        Assert.Empty(demo.Summary.GetProperty("leads").EnumerateArray());
        Assert.Equal(ledger.GetProperty("intervalUs").GetInt64(), rows.Sum(static row => row.GetProperty("lengthUs").GetInt64()));
        (code, output, _) = Cli.Bodycam("timeline", "demo-recorder-1", "1", "1", "--data", demo.Data);
        Assert.Equal(0, code);
        Assert.Contains("电量不足", output, StringComparison.Ordinal);
        Assert.Equal(2, Cli.Bodycam("timeline", "demo-recorder-1", "1", "9", "--data", demo.Data).Code);
        Assert.Equal(2, Cli.Bodycam("timeline", "demo-recorder-1", "1", "1", "--data", demo.Data, "--policy", "nobody").Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ledger_for_which_peoples_decisions_were_not_read_says_so_and_not_that_nobody_confirmed(bool isOfAnArchive)
    {
        string[] line = ["timeline", "demo-recorder-1", "1", "1", "--data", isOfAnArchive ? Path.Combine(demo.Folder, "archive") : demo.Data, .. isOfAnArchive ? ["--policy", "qidong"] : Array.Empty<string>()];
        var (code, output, error) = Cli.Bodycam(line);
        Assert.True(code == 0, error);
        Assert.DoesNotContain("NotConfirmed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("尚未经人确认", output, StringComparison.Ordinal);
        Assert.Contains("was not read", output, StringComparison.Ordinal);
        Assert.Contains(isOfAnArchive ? "name the gateway's data folder with --data" : "name the agency's policy with --policy, such as --policy qidong", output, StringComparison.Ordinal);
        var said = JsonDocument.Parse(Cli.Bodycam([.. line, "--json"]).Out).RootElement;
        Assert.False(said.GetProperty("decisionsRead").GetBoolean());
        Assert.DoesNotContain("notConfirmed", said.GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("was not read", Assert.Single(said.GetProperty("remarks").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.True(JsonDocument.Parse(Cli.Bodycam("timeline", "demo-recorder-1", "1", "1", "--data", demo.Data, "--policy", "qidong", "--json").Out).RootElement.GetProperty("decisionsRead").GetBoolean());
    }

    [Fact]
    public void A_ledger_over_a_damaged_custody_db_is_an_error_of_one_line_with_the_remedy()
    {
        var data = Directory.CreateTempSubdirectory("bodycam-timeline-").FullName;
        try
        {
            FolderTree.Copy(Path.Combine(demo.Data, "segments"), Path.Combine(data, "segments"));
            var custody = Path.Combine(data, "custody.db");
            File.WriteAllText(custody, "this is no database, and long enough to be looked at as one");
            var (code, output, error) = Cli.Bodycam("timeline", "demo-recorder-1", "1", "1", "--data", data, "--policy", "qidong", "--json");
            Assert.Equal(2, code);
            var line = Assert.Single(error.Trim().Split('\n'));
            Assert.StartsWith($"bodycam: {custody} is damaged (", line, StringComparison.Ordinal);
            Assert.EndsWith("the gateway makes it anew from the log.", line, StringComparison.Ordinal);
            Assert.Equal("bodycam: " + JsonDocument.Parse(output).RootElement.GetProperty("error").GetString(), line);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Theory]
    [InlineData("away", "is not there")]
    [InlineData("empty", "has no archive.json")]
    [InlineData("others", "is the archive of other, which is another station")]
    public async Task A_gateway_whose_archive_takes_nothing_says_so_at_its_start_with_folder_and_cause_and_in_its_alert(string kind, string cause)
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-archive-").FullName;
        try
        {
            FolderTree.Copy(demo.Data, Path.Combine(folder, "data"));
            FolderTree.Copy(Path.Combine(demo.Folder, "keys"), Path.Combine(folder, "keys"));
            var archive = Path.Combine(folder, kind);
            if (kind != "away")
                Directory.CreateDirectory(archive);
            if (kind == "others")
                File.WriteAllBytes(Path.Combine(archive, "archive.json"), new Archive.ArchiveMarker("other").ToBytes());
            using var gateway = Cli.Start("dotnet", Cli.Path, "gateway", "--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--archive", archive, "--mqtt-port", "0", "--http-port", "0", "--json");
            var cancel = TestContext.Current.CancellationToken;
            var errors = gateway.StandardError.ReadToEndAsync(cancel);
            var ports = JsonDocument.Parse((await gateway.StandardOutput.ReadLineAsync(cancel))!).RootElement;
            using var client = new HttpClient();
            using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50)))
            {
                while (!(await client.GetStringAsync($"http://127.0.0.1:{ports.GetProperty("httpPort").GetInt32()}/status", cancel)).Contains(archive, StringComparison.Ordinal))
                    await timer.WaitForNextTickAsync(cancel);
            }

            Assert.Equal(0, Cli.Run("kill", "-TERM", $"{gateway.Id}").Code);
            await gateway.WaitForExitAsync(cancel);
            var line = Assert.Single((await errors).Split('\n'), static line => line.StartsWith("bodycam: warning: ", StringComparison.Ordinal));
            Assert.Contains(archive, line, StringComparison.Ordinal);
            Assert.Contains(cause, line, StringComparison.Ordinal);
            Assert.Equal(0, gateway.ExitCode);
            Assert.True(kind == "away" ? !Directory.Exists(archive) : Directory.EnumerateFileSystemEntries(archive).Count() == (kind == "empty" ? 0 : 1));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Verify_says_what_it_may_and_no_more()
    {
        Assert.Equal(3, Cli.Bodycam("verify", demo.Data).Code);
        Assert.Equal(0, Cli.Bodycam("verify", Path.Combine(demo.Folder, "archive"), "--gateway-key", Path.Combine(demo.Folder, "anchor", "gateway.pem"), "--json").Code);
        Assert.Equal(2, Cli.Bodycam("verify", Path.GetTempPath()).Code);
    }

    private static byte[] Der(byte[] r, byte[] s)
    {
        static byte[] Integer(byte[] value)
        {
            var trimmed = value.SkipWhile(static octet => octet == 0).ToArray();
            trimmed = trimmed.Length == 0 || trimmed[0] >= 0x80 ? [0, .. trimmed] : trimmed;
            return [2, (byte)trimmed.Length, .. trimmed];
        }

        byte[] body = [.. Integer(r), .. Integer(s)];
        return [0x30, (byte)body.Length, .. body];
    }
}
