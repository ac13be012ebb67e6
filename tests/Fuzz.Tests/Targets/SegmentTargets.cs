using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Ingest;
using BodyCam.TestKit;
using BodyCam.Timeline;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>What lies inside a segment: Matroska, journal lines, the manifest, pictures and sound.</summary>
internal static class SegmentTargets
{
    private static readonly DeviceId device = DeviceId.Parse("unit-7");
    private static readonly JsonSerializerOptions plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly KeyRing keys = new([.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);

    public static IEnumerable<FuzzTarget> All()
    {
        var recorder = new FakeRecorder(device, keys);
        var footage = recorder.Footage(1, 1, final: true, frames: 3, frameBytes: 200);
        var manifest = recorder.Manifest([footage]);
        byte[][] words = [[0x18, 0x53, 0x80, 0x67], [0x1F, 0x43, 0xB6, 0x75, 0x01, 255, 255, 255, 255, 255, 255, 255], [0xA3, 0x86, 0x83, 0, 0, 0x80, 0x7B, 0x7D], [0xEC, 0x80], [0xE7, 0x88], [0x12, 0x54, 0xC3, 0x67], [0x73, 0x73, 0x67, 0xC8, 0x45, 0xA3, 0x81, 0x61, 0x44, 0x87, 0x80], [0x01, 0, 0, 0, 0, 0, 0, 1]];
        // Found: half a character in a line threw where the line was read, and each table of a picture took 128 KiB.
        byte[] broken = recorder.Text(SegmentKind.Manifest, "{\"manifest\":1,\"recording\":1,\"segments\":1,\"lastSeal\":\"??\"}").Bytes;
        broken.AsSpan().Replace((byte)'?', (byte)0xFF);
        byte[] half = recorder.Text(SegmentKind.Manifest, "{\"manifest\":1,\"recording\":1,\"segments\":1,\"lastSeal\":\"\\ud800\"}", "{\"manifes\\udc00\":1}").Bytes;
        byte[] tables = [0xFF, 0xD8, .. Enumerable.Repeat<byte[]>([0xFF, 0xC4, 0, 19, .. new byte[17]], 2000).SelectMany(static table => table)];
        return
        [
            // A block of 6 bytes takes 24 here, in a list that doubles.
            new("matroska", [footage.Bytes, manifest.Bytes, recorder.Journal("press").Bytes], static bytes => SegmentReader.Read(bytes), static (bytes, content) => Holds(bytes, (SegmentContent)content)) { AllocatedPerByte = 24, Words = words },
            // An object of 2 letters in a block of 8 bytes takes a document of its own.
            new("journal lines", [manifest.Bytes, recorder.Journal("press").Bytes], static bytes => JournalReader.Lines(bytes) is { Count: > 0 } lines ? lines : null, static (_, lines) => ((IReadOnlyList<JsonElement>)lines).All(Readable)) { AllocatedPerByte = 128, Words = words, IsText = true, InputBytesMax = 16 * 1024, Hostile = [broken, half] },
            new("manifest", [manifest.Bytes, recorder.Manifest([footage, recorder.Footage(2, 1, final: true), recorder.Footage(3, 9, final: true)]).Bytes], bytes => ManifestContent.Read(manifest.Key, bytes), (bytes, read) => ManifestHolds(manifest.Key, bytes, (ManifestContent)read)) { AllocatedPerByte = 128, Words = words, IsText = true, InputBytesMax = 16 * 1024, Hostile = [broken, half] },
            // Eight tables of 128 KiB, however often a picture brings new ones.
            new("picture", Pictures(), static bytes => PictureLight.Mean(bytes), static (_, mean) => (double)mean is >= 0 and <= 255 ? true : throw new InvalidOperationException($"a mean light of {mean}")) { AllocatedMax = (8 * 128 * 1024) + 16_384, Words = [[0xFF, 0xD8], [0xFF, 0xDA], [0xFF, 0xC4], [0xFF, 0xDB], [0xFF, 0xC0], [0xFF, 0xDD], [0xFF, 0xD0], [0xFF, 0xD9]], Hostile = [tables] },
            new("sound", [new byte[320], [1, 2, 3]], static bytes => SoundLevel.Measure(1, 0, bytes), static (bytes, piece) => ((SoundPiece)piece).SampleCount == bytes.Length / 2 && ((SoundPiece)piece).SquareSum <= bytes.Length / 2),
        ];
    }

    private static bool Holds(byte[] bytes, SegmentContent content)
    {
        if (content.CompleteBytes < 0 || content.CompleteBytes > bytes.Length || content.IsWhole != (content.CompleteBytes == bytes.Length))
            throw new InvalidOperationException($"complete to {content.CompleteBytes} of {bytes.Length}");
        foreach (var block in content.Blocks)
        {
            if (block.Offset < 0 || block.Length < 0 || block.Offset + block.Length > content.CompleteBytes)
                throw new InvalidOperationException($"a block lies at {block.Offset}, {block.Length} long, of {content.CompleteBytes}");
        }

        // What was complete is complete without the rest as well.
        var again = SegmentReader.Read(bytes.AsSpan(0, content.CompleteBytes));
        if (!again.IsWhole || again.Blocks.Count != content.Blocks.Count || again.Authenticators.Count != content.Authenticators.Count)
            throw new InvalidOperationException("the complete part reads otherwise without the rest");
        return content.Blocks.Count > 0;
    }

    // What is accepted is what its lines say, and says the same when it is written anew.
    private static bool ManifestHolds(SegmentKey key, byte[] bytes, ManifestContent read)
    {
        var lines = JournalReader.Lines(bytes);
        var recordings = lines.Where(static line => line.Number("manifest") != 1 && line.Number("recording") > 0 && line.Number("segments") >= 0).ToList();
        if (read.Key != key || read.Recordings.Count != recordings.Count || !lines.Any(static line => line.Number("manifest") == 1))
            throw new InvalidOperationException("a manifest of other recordings than its lines name");
        for (int index = 0; index < recordings.Count; index++)
        {
            var (recording, segments, lastSeal) = read.Recordings[index];
            if (recording != recordings[index].Number("recording") || segments != recordings[index].Number("segments") || lastSeal != recordings[index].Text("lastSeal"))
                throw new InvalidOperationException($"recording {recording} of {segments} segments stands in no line");
        }

        if (read.IsWhole && !lines.Any(static line => line.Number("end") == 1))
            throw new InvalidOperationException("a manifest without an end counts as whole");
        List<object> written = [new { manifest = 1, firstRecording = read.FirstRecording, lastRecording = read.LastRecording }];
        written.AddRange(read.Recordings.Select(static one => new { recording = one.Recording, segments = one.Segments, lastSeal = one.LastSeal }));
        if (read.IsWhole)
            written.Add(new { end = 1 });
        string[] texts = [.. written.Select(static line => JsonSerializer.Serialize(line, plain))];
        if (texts.Any(static text => Encoding.UTF8.GetByteCount(text) > JournalReader.LineBytesMax))
            return true;
        var again = ManifestContent.Read(key, new FakeRecorder(device, keys).Text(SegmentKind.Manifest, texts).Bytes);
        return again is not null && again.Recordings.SequenceEqual(read.Recordings) && (again with { Recordings = read.Recordings }) == read
            ? true
            : throw new InvalidOperationException($"a manifest is read otherwise the second time: {string.Join(' ', texts)}");
    }

    // The first pictures of the footage that the virtual board films.
    private static List<byte[]> Pictures()
    {
        byte[] stream = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "scene.mjpeg"));
        var pictures = new List<byte[]>();
        for (int start = 0; pictures.Count < 3;)
        {
            int end = stream.AsSpan(start + 2).IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) + start + 4;
            pictures.Add(stream[start..end]);
            start = end;
        }

        return pictures;
    }

    // Every name and text of a line is one that those who read journals can take.
    private static bool Readable(JsonElement line)
    {
        foreach (var property in line.EnumerateObject())
            _ = property.Name.Length + line.Text(property.Name).Length + property.Value.ToString().Length;
        return true;
    }
}
