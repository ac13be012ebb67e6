using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Recorder.Tests;

/// <summary>A provisioned recorder in a folder of its own, stepped in virtual time, with the link down unless a test brings one.</summary>
internal sealed class Bench : IDisposable
{
    public static readonly DeviceId Device = DeviceId.Parse("unit-7");
    public static readonly KeyRing Keys = new([.. Enumerable.Range(1, 32).Select(static n => (byte)n)]);

    public Bench(Func<BoardOptions, BoardOptions>? board = null, ProvisioningValues? values = null, uint epoch = 1, string more = "")
    {
        this.more = more;
        Folder = Path.Combine(Path.GetTempPath(), "bodycam-recorder-" + Path.GetRandomFileName());
        Values = values ?? new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256 << 20 };
        var options = new BoardOptions { DataFolder = Folder, Stepped = true };
        Recorder = new VirtualRecorder.Recorder(new RecorderOptions
        {
            Folder = Folder,
            Provisioning = Text(epoch),
            KeepFrames = true,
            Board = board?.Invoke(options) ?? options,
        });
        Recorder.Board.Network.SetLink(false);
    }

    private readonly string more;

    public string Folder { get; }

    public ProvisioningValues Values { get; }

    public VirtualRecorder.Recorder Recorder { get; }

    public Board Board => Recorder.Board;

    /// <summary>A board that gives a real peer seconds to answer, so that a busy machine costs time and no connection; without it the board's 30 s for a CONNACK pass in a quarter of a real second.</summary>
    public static BoardOptions Patient(BoardOptions options) => options with { AnswerGrace = TimeSpan.FromSeconds(10) };

    public string Text(uint epoch) => ProvisioningFile.Text(ProvisioningFile.Lines(Keys, Device, epoch, 0, Values)) + more;

    /// <summary>Writes a file to <c>I:</c>, as a technician does.</summary>
    public void WriteFlash(string name, string text) => File.WriteAllText(Path.Combine(Board.FlashFolder, name), text);

    public void Run(double seconds) => Board.RunFor(TimeSpan.FromSeconds(seconds));

    /// <summary>Every segment on the card that has a seal, in order.</summary>
    public List<CardSegment> Segments() =>
        [.. Directory.EnumerateFiles(Recorder.CardFolder, "*.sea", SearchOption.AllDirectories).Select(CardSegment.Load).OrderBy(static segment => segment.Seal.Key)];

    /// <summary>The same without those whose bytes the card has let go of, as they have their receipt.</summary>
    public IEnumerable<CardSegment> KeptSegments() =>
        Directory.EnumerateFiles(Recorder.CardFolder, "*.sea", SearchOption.AllDirectories).Where(static path => File.Exists(Path.ChangeExtension(path, ".mkv"))).Select(CardSegment.Load);

    /// <summary>Every journal line on the card, in the order written.</summary>
    public List<JsonElement> Journal() =>
        [.. Directory.EnumerateFiles(Recorder.CardFolder, "*.mkv", SearchOption.AllDirectories)
            .Where(static path => Path.GetFileName(Path.GetDirectoryName(path)) == "r0")
            .SelectMany(static path => JournalReader.Lines(File.ReadAllBytes(path)))
            .Where(static line => line.Number("n") > 0)
            .OrderBy(static line => line.Number("n"))];

    public List<CardSegment> SegmentsOf(SegmentKind kind) => [.. Segments().Where(segment => segment.Seal.Kind == kind)];

    /// <summary>The first journal line of that event.</summary>
    public JsonElement Line(string name)
    {
        var lines = Journal();
        var line = lines.FirstOrDefault(line => line.Text("event") == name);
        Assert.True(line.ValueKind == JsonValueKind.Object, $"no {name} in\n{string.Join('\n', lines)}");
        return line;
    }

    /// <summary>Powers on, waits for the check, presses record and lets that much time pass.</summary>
    public void StartRecording(double seconds)
    {
        Recorder.PowerOn();
        Run(5);
        Board.RecordButton.Press();
        Run(seconds);
    }

    /// <summary>Ends the activity and waits for the last seal.</summary>
    public void Stop()
    {
        Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        Run(12);
        Assert.Empty(Board.ThreadFailures);
    }

    public void AssertEverySegmentHolds()
    {
        Assert.Empty(Board.ThreadFailures);
        Assert.All(Segments(), static segment => Assert.True(segment.Holds(), segment.Path));
        Assert.All(Segments(), static segment => Assert.True(segment.Content.IsWhole, segment.Path));
        var numbers = Journal().Select(static line => line.Number("n")).ToList();
        Assert.Equal(numbers.Distinct(), numbers);
    }

    /// <summary>Every delivered frame but those of checks is on the card, byte for byte and in order.</summary>
    public void AssertEveryFrameIsThere()
    {
        var pictures = SegmentsOf(SegmentKind.Footage).SelectMany(static segment => segment.Pictures()).Select(static bytes => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))).ToList();
        var delivered = Board.Camera.Delivered.Select(static frame => frame.Sha256).ToList();
        var at = 0;
        foreach (var picture in pictures)
        {
            var found = delivered.IndexOf(picture, at);
            Assert.True(found >= 0, $"picture {at} is not what the camera delivered");
            at = found + 1;
        }
        var checks = Journal().Count(static line => line.Text("event") == "check" && line.Text("item") == "camera");
        Assert.Equal(delivered.Count - checks, pictures.Count);
    }

    public List<string> Events() => [.. Journal().Select(static line => line.Text("event"))];

    public void Dispose()
    {
        Recorder.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>One sealed segment on the card.</summary>
internal sealed record CardSegment(string Path, Seal Seal, byte[] Bytes, SegmentContent Content)
{
    public static CardSegment Load(string sealPath)
    {
        var raw = File.ReadAllBytes(sealPath);
        Assert.True(Seal.TryParse(raw, out var seal) == RefusalReason.None, $"{sealPath} {Convert.ToHexString(raw)}");
        var path = System.IO.Path.ChangeExtension(sealPath, ".mkv");
        var bytes = File.ReadAllBytes(path)[..(int)seal!.CoveredBytes];
        return new CardSegment(path, seal, bytes, SegmentReader.Read(bytes));
    }

    /// <summary>True when chunk digests, seal digest and MAC all hold.</summary>
    public bool Holds()
    {
        var digests = new byte[Seal.ChunkCount * 32];
        for (var index = 0u; index < Seal.ChunkCount; index++)
            Digests.Chunk(Bytes.AsSpan((int)(index * Seal.ChunkBytes), Seal.ChunkLength(index)), digests.AsSpan((int)index * 32));
        return Seal.Covers(digests) && Bench.Keys.Authenticates(Seal);
    }

    public IEnumerable<byte[]> Pictures() => Content.Blocks.Where(static block => block.Track == SegmentContent.PictureTrack).Select(block => Bytes[block.Offset..(block.Offset + block.Length)]);
}
