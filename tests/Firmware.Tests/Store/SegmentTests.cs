using System.Diagnostics;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Tests.Store;

public sealed class SegmentTests
{
    [Fact]
    public void A_written_segment_plays_in_ffprobe_and_gives_back_the_very_pictures()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            Assert.Equal(StoreResult.Ok, bench.Start());
            bench.Record(20);
        });
        string path = bench.SegmentPath(1, 1);
        byte[] file = File.ReadAllBytes(path);
        SegmentContent content = SegmentReader.Read(file);
        Assert.True(content.IsWhole);
        Assert.Equal("20", Probe(path));
        SegmentBlock[] pictures = [.. content.Blocks.Where(block => block.Track == SegmentContent.PictureTrack)];
        for (int i = 0; i < pictures.Length; i++)
            Assert.True(file.AsSpan(pictures[i].Offset, pictures[i].Length).SequenceEqual(Scene.Frame(i)));
        Assert.Equal("1", content.Tags["BODYCAM_KIND"]);
        Assert.Equal(Bench.DeviceText, content.Tags["BODYCAM_DEVICE"]);
        Assert.True(content.Authenticators.Count >= 4);
    }

    [Fact]
    public void A_segment_cut_anywhere_still_gives_every_complete_picture_in_stock_ffprobe()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(20);
        });
        byte[] file = File.ReadAllBytes(bench.SegmentPath(1, 1));
        SegmentBlock[] pictures = [.. SegmentReader.Read(file).Blocks.Where(block => block.Track == SegmentContent.PictureTrack)];
        const int seed = 40;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string cutPath = Path.Combine(bench.Flash, "..", "cut.mkv");
        for (int i = 0; i < 40; i++)
        {
            int length = random.Next(pictures[0].Offset + pictures[0].Length, file.Length);
            File.WriteAllBytes(cutPath, file[..length]);
            int complete = pictures.Count(block => block.Offset + block.Length <= length);
            Assert.Equal(complete, SegmentReader.Read(file.AsSpan(0, length)).PictureCount);

            // ffprobe may count a last picture that is cut; it never loses a complete one.
            if (i < 8) Assert.InRange(int.Parse(Probe(cutPath)), complete, complete + 1);
        }
    }

    [Fact]
    public void The_seal_covers_the_file_and_the_gateway_authenticates_it()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(70);
        });
        int count = Directory.GetFiles(Path.GetDirectoryName(bench.SealPath(1, 1))!, "*.sea").Length;
        Assert.InRange(count, 2, 4);
        Seal[] seals = [.. Enumerable.Range(1, count).Select(segment => ReadSeal(bench, 1, segment))];
        for (int i = 0; i < count; i++)
        {
            AssertCovers(bench, seals[i], 1, i + 1);
            Assert.Equal(i == count - 1, seals[i].IsFinal);
            Assert.True(i == 0 || seals[i].PreviousSealDigest.SequenceEqual(seals[i - 1].SealDigest));
        }
        Assert.Equal((uint)count, seals[^1].SegmentCount);
        Assert.Equal(Core.StopReason.ActivityEnded, seals[^1].StopReason);
        Assert.Equal(70, seals.Sum(seal => seal.FrameCount));
        Assert.Equal(1u, seals[0].Activity);
    }

    [Fact]
    public void The_running_authenticators_prove_the_chunks_before_them()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Record(30);
        });
        byte[] file = File.ReadAllBytes(bench.SegmentPath(1, 1));
        byte[] key = bench.Ring.RecordingKey(bench.Device, 1, 1);
        byte[] identity = new byte[48];
        "BCA1"u8.CopyTo(identity);
        bench.Device.Write(identity.AsSpan(4, 32));
        identity[36] = identity[40] = identity[44] = 1;
        var values = new List<byte[]> { System.Security.Cryptography.HMACSHA256.HashData(key, identity) };
        byte[] digest = new byte[32];
        for (int i = 0; (i + 1) * 4096 <= file.Length; i++)
        {
            Digests.Chunk(file.AsSpan(i * 4096, 4096), digest);
            values.Add(System.Security.Cryptography.HMACSHA256.HashData(key, (byte[])[.. values[^1], .. digest]));
        }
        foreach (RunningAuthenticator found in SegmentReader.Read(file).Authenticators)
        {
            Assert.Equal(found.Offset / 4096, (int)found.ChunkCount);
            Assert.True(file.AsSpan(found.ValueOffset, 32).SequenceEqual(values[(int)found.ChunkCount]));
        }
    }

    [Fact]
    public void A_failed_sync_is_kept_as_a_fault_and_nothing_is_sealed()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.Begin(Kinds.Footage, bench.Now());
            bench.Store.Recordings.OpenSegment(bench.Now());
            SegmentWriter writer = bench.Store.Recordings.Writer;
            Bench.WriteFrame(writer, Scene.Frame(0), bench.Now().MonotonicUs);
            bench.Board.Card.SyncFails = true;
            byte[] jpeg = Scene.Frame(1);
            int result = writer.BeginFrame(jpeg.Length, bench.Now().MonotonicUs);
            result = result != 0 ? result : writer.FrameBytes(jpeg, 0, jpeg.Length);
            Assert.Equal((int)StoreResult.SyncFailed, result);
            Assert.Equal((int)StoreResult.SyncFailed, writer.EndFrame());
            Assert.Equal(StoreResult.SyncFailed, bench.Store.Recordings.End(bench.Now(), StopReasons.CardFault));
            Assert.Equal(StopReasons.CardFault, bench.State.PendingReason);
        });
        Assert.False(File.Exists(bench.SealPath(1, 1)));
    }

    [Fact]
    public void A_picture_that_ends_short_is_filled_and_not_counted()
    {
        using var bench = new Bench();
        bench.Run(() =>
        {
            bench.Start();
            bench.Store.Recordings.Begin(Kinds.Footage, bench.Now());
            bench.Store.Recordings.OpenSegment(bench.Now());
            SegmentWriter writer = bench.Store.Recordings.Writer;
            writer.BeginFrame(5000, bench.Now().MonotonicUs);
            writer.FrameBytes(Scene.Frame(0), 0, 1234);
            Assert.Equal((int)StoreResult.FrameShort, writer.EndFrame());
            Bench.WriteFrame(writer, Scene.Frame(1), bench.Now().MonotonicUs);
            Assert.Equal(1, writer.FrameCount);
            Assert.Equal(1, writer.FramesDropped);
            bench.Store.Recordings.End(bench.Now(), StopReasons.CameraFault);
        });
        Assert.True(SegmentReader.Read(File.ReadAllBytes(bench.SegmentPath(1, 1))).IsWhole);
    }

    internal static Seal ReadSeal(Bench bench, int recording, int segment)
    {
        Assert.Equal(Core.RefusalReason.None, Seal.TryParse(File.ReadAllBytes(bench.SealPath(recording, segment)), out Seal? seal));
        return seal!;
    }

    internal static void AssertCovers(Bench bench, Seal seal, int recording, int segment)
    {
        byte[] file = File.ReadAllBytes(bench.SegmentPath(recording, segment));
        Assert.Equal((ulong)file.Length, seal.CoveredBytes + seal.BytesBeyond);
        Assert.True(seal.Covers(DigestsOf(file.AsSpan(0, (int)seal.CoveredBytes), (int)seal.ChunkBytes)));
        Assert.True(bench.Ring.Authenticates(seal));
    }

    internal static byte[] DigestsOf(ReadOnlySpan<byte> file, int chunkBytes)
    {
        var digests = new List<byte>();
        byte[] digest = new byte[32];
        for (int offset = 0; offset < file.Length; offset += chunkBytes)
        {
            Digests.Chunk(file.Slice(offset, Math.Min(chunkBytes, file.Length - offset)), digest);
            digests.AddRange(digest);
        }
        return [.. digests];
    }

    private static string Probe(string path)
    {
        using Process process = Process.Start(new ProcessStartInfo("ffprobe", ["-v", "quiet", "-count_packets", "-select_streams", "v:0", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path]) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd().Trim().TrimEnd(',');
        process.WaitForExit();
        return text;
    }
}
