using System.Buffers.Binary;
using System.Text;
using BodyCam.Core;

namespace BodyCam.Timeline.Tests;

/// <summary>Writes segments and seals into a data folder by hand, after the storage format. The timeline checks no MAC, so there is none.</summary>
internal sealed class HandMade : IDisposable
{
    public const long Wall = 1_790_000_000_000_000;
    public static readonly DeviceId Device = DeviceId.Parse("unit-7");

    private int journalSegment;
    private int lineNumber;

    public string Folder { get; } = Directory.CreateTempSubdirectory("bodycam-timeline-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A journal segment; each line is us, event and the rest of the object.</summary>
    public void Journal(uint boot, params (double S, string Event, string Fields)[] lines)
    {
        var texts = lines.Select(line => FormattableString.Invariant($"{{\"n\":{++lineNumber},\"us\":{Us(line.S)},\"wall\":{Wall + Us(line.S)},\"event\":\"{line.Event}\"{(line.Fields.Length > 0 ? "," + line.Fields : "")}}}"));
        var blocks = texts.Select(static text => Block(3, 0, Encoding.UTF8.GetBytes(text))).ToArray();
        Write("segments", 0, (uint)++journalSegment, 2, boot, 0, lines.Min(static line => line.S), lines.Max(static line => line.S), blocks);
    }

    /// <summary>Skips line numbers, as a lost journal segment does.</summary>
    public void SkipLines(int count) => lineNumber += count;

    /// <summary>Skips the number of a journal segment that is lost.</summary>
    public void SkipSegment() => journalSegment++;

    /// <summary>A footage segment of 10 s or less: pictures four times a second, sound all along.</summary>
    public string Footage(uint recording, uint segment, double from, double to, uint boot = 1, bool final = false, byte stop = 1, byte flags = 0, double[]? frames = null, bool sound = true, bool same = false, short loud = 3000, string folder = "segments", byte kind = 1, uint activity = 1, byte[]? picture = null)
    {
        var blocks = new List<byte[]>();
        for (var at = 0.0; at < to - from && sound; at += 0.064)
            blocks.Add(Block(2, at, Sound(loud)));
        var step = 0;
        foreach (var at in frames ?? [.. Enumerable.Range(0, (int)((to - from) * 4)).Select(static index => index / 4.0)])
            blocks.Add(Block(1, at, picture ?? [0xFF, 0xD8, (byte)(same ? 0 : step++), (byte)(same ? 0 : segment), (byte)recording, 0xFF, 0xD9]));
        return Write(folder, recording, segment, kind, boot, activity, from, to, [.. blocks], final, stop, flags);
    }

    public string Write(string folder, uint recording, uint segment, byte kind, uint boot, uint activity, double from, double to, byte[][] blocks, bool final = false, byte stop = 1, byte flags = 0, long wallOffsetUs = 0)
    {
        var file = new MemoryStream();
        file.Write([0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0x43, 0xB6, 0x75, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xE7, 0x81, 0]);
        foreach (var block in blocks)
            file.Write(block);
        var bytes = file.ToArray();
        var seal = new byte[352];
        "BCS1"u8.CopyTo(seal);
        seal[4] = 1;
        seal[5] = kind;
        seal[6] = (byte)(flags | (final ? 2 : 0));
        seal[7] = final ? stop : (byte)0;
        Device.Write(seal.AsSpan(8));
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(seal.AsSpan(at), value);
        void U64(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(seal.AsSpan(at), value);
        U32(40, 1);
        U32(44, recording);
        U32(48, segment);
        U32(52, activity);
        U32(56, 4096);
        U32(60, (uint)((bytes.Length + 4095) / 4096));
        U64(64, bytes.Length);
        U64(72, bytes.Length);
        U64(88, Us(from));
        U64(96, Us(to));
        U64(104, Wall + Us(from) + wallOffsetUs + ((boot - 1) * Us(1000)));
        U64(112, Wall + Us(to) + wallOffsetUs + ((boot - 1) * Us(1000)));
        U64(120, 50_000);
        U32(136, boot);
        seal[140] = 2;
        U32(148, final ? segment : 0);
        var key = new SegmentKey(Device, 1, recording, segment);
        var stem = Path.Combine(Folder, folder, folder == "parts" ? key.PartPath : key.RelativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(stem)!);
        File.WriteAllBytes(stem + ".mkv", bytes);
        File.WriteAllBytes(stem + ".seal", seal);
        return stem;
    }

    public static byte[] Block(byte track, double seconds, byte[] body)
    {
        var ms = (short)Math.Round(seconds * 1000);
        var length = body.Length + 4;
        return [0xA3, 0x10, (byte)(length >> 16), (byte)(length >> 8), (byte)length, (byte)(0x80 | track), (byte)(ms >> 8), (byte)ms, 0x80, .. body];
    }

    public static long Us(double seconds) => (long)Math.Round(seconds * 1e6);

    private static byte[] Sound(short loud)
    {
        var bytes = new byte[2048];
        for (var index = 0; index < 1024; index++)
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(index * 2), index % 4 < 2 ? loud : (short)-loud);
        return bytes;
    }
}
