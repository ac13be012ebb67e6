using System.Buffers.Binary;

namespace BodyCam.Timeline;

/// <summary>A piece of sound: where it begins and how strong it is.</summary>
/// <param name="Boot">Boot.</param>
/// <param name="Us">Device-monotonic µs of its first sample.</param>
/// <param name="SampleCount">Samples of both channels.</param>
/// <param name="SquareSum">Sum of the squares of its samples as fractions of full scale.</param>
public readonly record struct SoundPiece(uint Boot, long Us, int SampleCount, double SquareSum);

/// <summary>How loud sound is.</summary>
public static class SoundLevel
{
    /// <summary>A note whose loudest second stays below this is silent, dB of full scale. Derivation: the INMP441 gives −26 dBFS at 94 dB SPL (data sheet), so −60 dBFS is 60 dB SPL; a person who speaks normally (60 dB SPL at 1 m) is 10 dB above that at the 0.3 m from mouth to chest, a quiet room (40 dB SPL) 20 dB below. Above it something was heard; that it was the reason is for a person to confirm.</summary>
    public const double SilenceDbfs = -60;

    private const long SecondUs = 1_000_000;

    /// <summary>Measures a block of A_PCM/INT/LIT, 16 bit.</summary>
    public static SoundPiece Measure(uint boot, long us, ReadOnlySpan<byte> samples)
    {
        double sum = 0;
        for (var index = 0; index + 1 < samples.Length; index += 2)
        {
            var value = BinaryPrimitives.ReadInt16LittleEndian(samples[index..]) / 32768.0;
            sum += value * value;
        }

        return new SoundPiece(boot, us, samples.Length / 2, sum);
    }

    /// <summary>RMS of the loudest second within from…to, dBFS; null when there is no sound. Digital silence is −120.</summary>
    public static double? LoudestSecondDbfs(IEnumerable<SoundPiece> pieces, uint boot, long fromUs, long toUs)
    {
        double? loudest = null;
        foreach (var second in pieces.Where(piece => piece.Boot == boot && piece.Us >= fromUs && piece.Us < toUs && piece.SampleCount > 0).GroupBy(piece => (piece.Us - fromUs) / SecondUs))
        {
            var mean = second.Sum(static piece => piece.SquareSum) / second.Sum(static piece => piece.SampleCount);
            var level = mean <= 1e-12 ? -120 : 10 * Math.Log10(mean);
            loudest = Math.Max(loudest ?? level, level);
        }

        return loudest;
    }
}
