using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;

namespace BodyCam.Recorder.Tests;

/// <summary>A byte of the open segment changed while the power is off (storage-on-card.md §2).</summary>
public sealed class TamperTests
{
    private const int BlockHeadBytes = 9;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Any_byte_that_a_later_authenticator_covers_is_noticed(int seed)
    {
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        Check(static (bytes, content, random) => random.Next((int)(content.Authenticators[^1].ChunkCount * 8192)), random);
    }

    // Id, four bytes of size, track, two of time, flags.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_changed_head_of_a_block_is_not_taken_for_a_torn_end(int headByte)
    {
        var random = new Random(headByte);
        Check((bytes, content, random) =>
        {
            // In the last 128 KiB a changed size can look like a frame that the power cut tore.
            var blocks = content.Blocks.Where(block => block.Offset < bytes.Length - (136 * 1024) && block.Offset > 20_000).ToList();
            TestContext.Current.SendDiagnosticMessage($"seed {headByte}");
            var at = blocks[random.Next(blocks.Count)].Offset - BlockHeadBytes;
            Assert.Equal(0xA3, bytes[at]);
            return at + headByte;
        }, random);
    }

    private static void Check(Func<byte[], SegmentContent, Random, int> pick, Random random)
    {
        using var bench = new Bench();
        bench.StartRecording(seconds: 9.5);
        bench.Recorder.CutPower();
        var path = Path.Combine(bench.Recorder.CardFolder, "bodycam", "e1", "r1", "1.mkv");
        var bytes = File.ReadAllBytes(path);
        var at = pick(bytes, SegmentReader.Read(bytes), random);
        bytes[at] ^= (byte)(1 << random.Next(8));
        File.WriteAllBytes(path, bytes);
        bench.Recorder.PowerOn();
        bench.Run(25);
        bench.Stop();

        var said = $"byte {at} of {bytes.Length}";
        var seal = bench.SegmentsOf(SegmentKind.Footage)[0].Seal;
        Assert.Equal((1u, 1u), (seal.Key.Recording, seal.Key.Segment));
        Assert.True(seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch), $"{said}: {seal.Flags}, {seal.CoveredBytes} covered");
        Assert.True(seal.CoveredBytes <= (ulong)at, $"{said}: {seal.CoveredBytes} covered");
        Assert.Equal((ulong)bytes.Length - seal.CoveredBytes, seal.BytesBeyond);
        var line = bench.Line("tamperSuspected");
        Assert.Equal((1L, 1L), (line.Number("recording"), line.Number("segment")));
        Assert.Equal((long)seal.CoveredBytes, line.Number("covered"));
        Assert.Equal(bytes, File.ReadAllBytes(path));

        // What came before it holds, and the next recording is whole.
        Assert.Empty(bench.Board.ThreadFailures);
        Assert.All(bench.Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
        Assert.Contains(bench.SegmentsOf(SegmentKind.Footage), static segment => segment.Seal is { Key.Recording: 2, IsFinal: true });
    }
}
