using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Recorder.Tests;

public sealed class PowerCutTests
{
    private const int CutCount = 20;

    // A cut may take the frame in progress, one write block of frames before it (8 KiB of sound and picture: at most one more), and the test frame of the resume.
    private const int LostFramesPerCutMax = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(4711)]
    public void Twenty_power_cuts_at_random_writes_lose_one_block_and_the_frame_in_progress_each(int seed)
    {
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        using var bench = new Bench(options => options with { Seed = seed });
        bench.StartRecording(seconds: 3);
        for (var cut = 0; cut < CutCount; cut++)
        {
            bench.Board.CutPowerAtWrite(random.Next(1, 250));
            Assert.True(bench.Board.WaitUntil(() => !bench.Board.IsPowered, TimeSpan.FromMinutes(2)), $"cut {cut} never came");
            bench.Recorder.PowerOn();
        }
        bench.Board.CutPowerAtWrite(0);
        bench.Run(90);
        bench.Stop();

        bench.AssertEverySegmentHolds();
        var segments = bench.Segments();
        var footage = segments.Where(static segment => segment.Seal.Kind == SegmentKind.Footage).ToList();
        var recordings = footage.Select(static segment => segment.Seal.Key.Recording).Distinct().Order().ToList();
        // A number reserved just before a cut may have no footage yet; what has footage ends with a final seal.
        Assert.All(recordings, number => Assert.Contains(footage, segment => segment.Seal.Key.Recording == number && segment.Seal.IsFinal));
        Assert.All(footage.Where(static segment => segment.Seal.IsFinal).SkipLast(1), static segment => Assert.Equal(StopReason.PowerLost, segment.Seal.StopReason));
        Assert.All(footage, static segment => Assert.False(segment.Seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch)));
        Assert.Contains(bench.Journal(), static line => Core.Matroska.JournalReader.Text(line, "event") == "interrupted");

        var delivered = bench.Board.Camera.Delivered.Select(static frame => frame.Sha256).ToList();
        var stored = footage.SelectMany(static segment => segment.Pictures()).Select(static bytes => Convert.ToHexStringLower(SHA256.HashData(bytes))).ToList();
        var at = -1;
        foreach (var picture in stored)
        {
            at = delivered.IndexOf(picture, at + 1);
            Assert.True(at >= 0, "a picture that the camera did not deliver, or out of order");
        }
        var lost = delivered.Count - 1 - stored.Count;
        TestContext.Current.SendDiagnosticMessage($"{lost} frames lost in {CutCount} cuts, {stored.Count} kept, {recordings.Count} recordings");
        Assert.InRange(lost, 0, CutCount * LostFramesPerCutMax);
    }
}
