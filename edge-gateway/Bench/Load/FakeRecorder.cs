using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Seals;

namespace BodyCam.Bench.Load;

/// <summary>A sealed segment as a recorder holds it.</summary>
public sealed record FakeSegment(SegmentKey Key, SegmentKind Kind, byte[] Bytes, byte[] SealBytes, int ChunkBytes)
{
    /// <summary>Chunks that it has.</summary>
    public int ChunkCount => (Bytes.Length + ChunkBytes - 1) / ChunkBytes;

    /// <summary>Bytes of one chunk, from 0.</summary>
    public byte[] Chunk(int index) => Bytes[(index * ChunkBytes)..Math.Min(Bytes.Length, (index + 1) * ChunkBytes)];
}

/// <summary>Makes what a recorder makes: segments, seals, chains, messages. Written apart from firmware and gateway, after the documents.</summary>
public sealed class FakeRecorder(DeviceId device, KeyRing keys, uint epoch = 1)
{
    private readonly Dictionary<bool, byte[]> heads = new() { [true] = new byte[32], [false] = new byte[32] };
    private uint journalSegment;
    private ulong clockUs = 5_000_000;

    /// <summary>Which recorder.</summary>
    public DeviceId Device => device;

    /// <summary>Epoch of its keys.</summary>
    public uint Epoch => epoch;

    /// <summary>Device-wall time of the monotonic zero, µs since 1970.</summary>
    public ulong WallBaseUs { get; set; } = 1_790_000_000_000_000;

    /// <summary>Device-monotonic time, µs: where the next segment begins; each takes 10 s.</summary>
    public ulong ClockUs => clockUs;

    /// <summary>Boot number; a new one starts the monotonic clock anew.</summary>
    public uint Boot { get; private set; } = 1;

    /// <summary>Leaves of the newest checkpoint that it knows; goes into each seal.</summary>
    public ulong CheckpointSize { get; set; }

    /// <summary>Root of that checkpoint, 32 bytes.</summary>
    public byte[] CheckpointRoot { get; set; } = new byte[32];

    /// <summary>A sealed segment of pictures; random bytes between the JPEG marks, the same for the same numbers.</summary>
    public FakeSegment Footage(uint recording, uint segment, bool final, int frames = 2, int frameBytes = 3000, int chunkBytes = 4096, uint activity = 1, int frameEveryMs = 20) =>
        Seal(recording, segment, SegmentKind.Footage, Mkv(recording, segment, SegmentKind.Footage, chunkBytes, frames, frameBytes, [], frameEveryMs), final, (uint)frames, chunkBytes, activity);

    /// <summary>Lets time pass without a segment.</summary>
    public void Pass(TimeSpan time) => clockUs += (ulong)time.Ticks / 10;

    /// <summary>A sealed segment of the journal chain with these lines.</summary>
    public FakeSegment Text(SegmentKind kind, params string[] lines)
    {
        var segment = ++journalSegment;
        return Seal(0, segment, kind, Mkv(0, segment, kind, 4096, 0, 0, lines), final: false, 0, 4096, 0);
    }

    /// <summary>Switches off and on.</summary>
    public void Reboot()
    {
        Boot++;
        WallBaseUs += clockUs;
        clockUs = 5_000_000;
    }

    /// <summary>Announces a recording.</summary>
    public FakeSegment Announce(uint recording, uint activity = 1) => Text(SegmentKind.Announcement, $"{{\"n\":1,\"us\":1,\"wall\":1,\"event\":\"announced\",\"recording\":{recording},\"activity\":{activity}}}");

    /// <summary>A segment of the journal proper, 10 s long.</summary>
    public FakeSegment Journal(string said) => Text(SegmentKind.Journal, $"{{\"n\":1,\"us\":1,\"wall\":1,\"event\":\"{said}\"}}");

    /// <summary>The shift manifest over these last segments of their recordings.</summary>
    public FakeSegment Manifest(IReadOnlyList<FakeSegment> lastSegments)
    {
        var lines = new List<string> { $"{{\"manifest\":1,\"device\":\"{device}\",\"epoch\":{epoch},\"firstRecording\":{lastSegments[0].Key.Recording},\"lastRecording\":{lastSegments[^1].Key.Recording}}}" };
        lines.AddRange(lastSegments.Select(static last => $"{{\"recording\":{last.Key.Recording},\"activity\":{BinaryPrimitives.ReadUInt32LittleEndian(last.SealBytes.AsSpan(52))},\"segments\":{last.Key.Segment},\"lastSeal\":\"{Convert.ToHexStringLower(last.SealBytes.AsSpan(288, 32))}\",\"stopReason\":1}}"));
        lines.Add($"{{\"end\":1,\"lines\":{lines.Count + 1}}}");
        return Text(SegmentKind.Manifest, [.. lines]);
    }

    /// <summary>Message of one chunk (protocol §3.1).</summary>
    public static byte[] ChunkMessage(FakeSegment segment, int index)
    {
        var payload = segment.Chunk(index);
        var message = new byte[56 + payload.Length];
        message[0] = 1;
        message[1] = 1;
        message[3] = (byte)segment.Kind;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), segment.Key.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), segment.Key.Recording);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(12), segment.Key.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(16), (uint)index);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(20), (uint)segment.ChunkBytes);
        HMACSHA256.HashData("bodycam/v1/chunk"u8, payload, message.AsSpan(24, 32));
        payload.CopyTo(message, 56);
        return message;
    }

    /// <summary>Message of the seal (protocol §3.2).</summary>
    public static byte[] SealMessage(FakeSegment segment, bool lost = false)
    {
        var message = new byte[360];
        message[0] = 1;
        message[1] = 2;
        message[2] = lost ? (byte)1 : (byte)0;
        segment.SealBytes.CopyTo(message, 8);
        return message;
    }

    /// <summary>Message that offers seals (protocol §3.3).</summary>
    public byte[] OfferMessage(bool first, bool newEpoch, params FakeSegment[] segments)
    {
        var message = new byte[12 + (segments.Length * 356)];
        message[0] = 1;
        message[1] = 3;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), (ushort)segments.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(4), epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), (newEpoch ? 1u : 0) | (first ? 2u : 0));
        for (var index = 0; index < segments.Length; index++)
            segments[index].SealBytes.CopyTo(message, 12 + (index * 356) + 4);
        return message;
    }

    /// <summary>The seal of these bytes; every argument that a test bends is open.</summary>
    public FakeSegment Seal(uint recording, uint segment, SegmentKind kind, byte[] bytes, bool final, uint frames, int chunkBytes, uint activity)
    {
        var seal = new byte[352];
        "BCS1"u8.CopyTo(seal);
        seal[4] = 1;
        seal[5] = (byte)kind;
        seal[6] = final ? (byte)2 : (byte)0;
        seal[7] = final ? (byte)1 : (byte)0;
        device.Write(seal.AsSpan(8));
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(seal.AsSpan(at), value);
        void U64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(seal.AsSpan(at), value);
        var chunkCount = (bytes.Length + chunkBytes - 1) / chunkBytes;
        U32(40, epoch);
        U32(44, recording);
        U32(48, segment);
        U32(52, activity);
        U32(56, (uint)chunkBytes);
        U32(60, (uint)chunkCount);
        U64(64, (ulong)bytes.Length);
        U64(72, (ulong)bytes.Length);
        U64(88, clockUs);
        U64(96, clockUs += 10_000_000);
        U64(104, WallBaseUs + clockUs - 10_000_000);
        U64(112, WallBaseUs + clockUs);
        U64(120, 70_000);
        U64(128, WallBaseUs);
        U32(136, Boot);
        seal[140] = 2;
        U32(144, frames);
        U32(148, final ? segment : 0);
        U64(152, CheckpointSize);
        CheckpointRoot.CopyTo(seal, 160);
        heads[recording != 0].CopyTo(seal, 192);
        heads[recording == 0].CopyTo(seal, 224);
        var key = keys.RecordingKey(device, epoch, recording);
        HMACSHA256.HashData(key, "BCK1"u8, seal.AsSpan(256, 32));
        var digested = new byte[288 + (chunkCount * 32)];
        seal.AsSpan(0, 288).CopyTo(digested);
        for (var index = 0; index < chunkCount; index++)
            HMACSHA256.HashData("bodycam/v1/chunk"u8, bytes.AsSpan(index * chunkBytes, Math.Min(chunkBytes, bytes.Length - (index * chunkBytes))), digested.AsSpan(288 + (index * 32), 32));
        HMACSHA256.HashData("bodycam/v1/seal"u8, digested, seal.AsSpan(288, 32));
        HMACSHA256.HashData(key, seal.AsSpan(288, 32), seal.AsSpan(320, 32));
        heads[recording == 0] = seal.AsSpan(288, 32).ToArray();
        return new FakeSegment(new SegmentKey(device, epoch, recording, segment), kind, bytes, seal, chunkBytes);
    }

    private byte[] Mkv(uint recording, uint segment, SegmentKind kind, int chunkBytes, int frames, int frameBytes, string[] lines, int frameEveryMs = 20)
    {
        var file = new MemoryStream();
        void Element(byte[] id, byte[] body)
        {
            file.Write(id);
            file.Write([0x10, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length]);
            file.Write(body);
        }

        Element([0x1A, 0x45, 0xDF, 0xA3], []);
        file.Write([0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        file.Write([0x1F, 0x43, 0xB6, 0x75, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        var key = keys.RecordingKey(device, epoch, recording);
        var named = new byte[48];
        "BCA1"u8.CopyTo(named);
        device.Write(named.AsSpan(4));
        BinaryPrimitives.WriteUInt32LittleEndian(named.AsSpan(36), epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(named.AsSpan(40), recording);
        BinaryPrimitives.WriteUInt32LittleEndian(named.AsSpan(44), segment);
        file.Write([0xEC, 0xA8]);
        file.Write([.. "BCA1"u8, 0, 0, 0, 0, .. HMACSHA256.HashData(key, named)]);
        Element([0xE7], [0]);
        for (var frame = 0; frame < frames; frame++)
        {
            var jpeg = new byte[frameBytes];
            new Random(HashCode.Combine(recording, segment, frame)).NextBytes(jpeg);
            jpeg[0] = 0xFF;
            jpeg[1] = 0xD8;
            jpeg[^2] = 0xFF;
            jpeg[^1] = 0xD9;
            Element([0xA3], [0x81, (byte)(frame * frameEveryMs >> 8), (byte)(frame * frameEveryMs), 0x80, .. jpeg]);
        }

        foreach (var line in lines)
            Element([0xA3], [0x83, 0, 0, 0x80, .. Encoding.UTF8.GetBytes(line)]);
        return file.ToArray();
    }
}
