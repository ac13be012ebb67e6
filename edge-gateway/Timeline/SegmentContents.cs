using System.Security.Cryptography;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline;

/// <summary>A picture: when, what it hashes to, and how bright it is.</summary>
/// <param name="Us">Device-monotonic µs.</param>
/// <param name="Digest">SHA-256 of its bytes, first 16 hex digits.</param>
/// <param name="Light">Mean brightness, 0..255; null when it was not measured (one picture a second is) or cannot be.</param>
internal readonly record struct Picture(long Us, ulong Digest, double? Light);

/// <summary>What a footage or note segment holds, in the recorder's own time.</summary>
internal sealed record SegmentContents(Seal Seal, IReadOnlyList<Picture> Pictures, IReadOnlyList<SoundPiece> Sound, IReadOnlyList<FlagSpan> Flags)
{
    private const long LightEveryUs = 1_000_000;

    public IEnumerable<long> FrameUs => Pictures.Select(static picture => picture.Us);

    /// <summary>Block times are whole ms since the segment's start; they are kept within the seal's start and end.</summary>
    public static SegmentContents Of(Seal seal, byte[] bytes, SegmentContent content)
    {
        var startUs = (long)seal.StartMonotonicUs;
        var endUs = (long)seal.EndMonotonicUs;
        var pictures = new List<Picture>();
        var sound = new List<SoundPiece>();
        var lightUs = long.MinValue;
        foreach (var block in content.Blocks)
        {
            var us = Math.Clamp(startUs + (block.TimeMs * 1000), startUs, endUs);
            var body = bytes.AsSpan(block.Offset, block.Length);
            if (block.Track == SegmentContent.SoundTrack)
                sound.Add(SoundLevel.Measure(seal.Boot, us, body));
            if (block.Track != SegmentContent.PictureTrack)
                continue;
            var isDue = lightUs == long.MinValue || us - lightUs >= LightEveryUs;
            pictures.Add(new Picture(us, BitConverter.ToUInt64(SHA256.HashData(body)), isDue ? PictureLight.Mean(body) : null));
            lightUs = isDue ? us : lightUs;
        }

        var flags = new List<FlagSpan>();
        if (seal.Flags.HasFlag(SealFlags.Recovered))
            flags.Add(new FlagSpan(startUs, endUs, LedgerFlags.Recovered));
        if (seal.Flags.HasFlag(SealFlags.AuthenticatorMismatch))
            flags.Add(new FlagSpan(startUs, endUs, LedgerFlags.TamperSuspected));
        return new SegmentContents(seal, pictures, sound, flags);
    }
}

/// <summary>Spans in which the picture stands still or is black.</summary>
internal static class PictureSpans
{
    /// <summary>Identical pictures for longer than this are stalled, µs: no camera with noise gives two equal JPEGs of a live scene.</summary>
    public const long StalledAfterUs = 2_000_000;

    public static IEnumerable<FlagSpan> Of(IReadOnlyList<SegmentContents> segments)
    {
        var pictures = segments.SelectMany(static segment => segment.Pictures).OrderBy(static picture => picture.Us).ToList();
        for (var first = 0; first < pictures.Count;)
        {
            var last = first;
            while (last + 1 < pictures.Count && pictures[last + 1].Digest == pictures[first].Digest)
                last++;
            if (pictures[last].Us - pictures[first].Us > StalledAfterUs)
                yield return new FlagSpan(pictures[first].Us, pictures[last].Us, LedgerFlags.Stalled);
            first = last + 1;
        }

        var measured = pictures.Where(static picture => picture.Light is not null).ToList();
        var endUs = segments.Count > 0 ? (long)segments[^1].Seal.EndMonotonicUs : 0;
        for (var index = 0; index < measured.Count; index++)
        {
            if (measured[index].Light < PictureLight.BlackBelow)
                yield return new FlagSpan(measured[index].Us, index + 1 < measured.Count ? measured[index + 1].Us : endUs, LedgerFlags.Black);
        }
    }
}
