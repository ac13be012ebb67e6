using System.Buffers.Binary;
using System.Text;

namespace BodyCam.VirtualBoard;

/// <summary>A PCM 16-bit WAV file in memory.</summary>
public sealed class WavSound
{
    private readonly byte[] _data;

    private WavSound(byte[] data, int channels, int sampleRateHz) => (_data, Channels, SampleRateHz) = (data, channels, sampleRateHz);

    /// <summary>1 or 2.</summary>
    public int Channels { get; }

    /// <summary>Sample rate.</summary>
    public int SampleRateHz { get; }

    /// <summary>Samples per channel.</summary>
    public int SampleCount => _data.Length / (2 * Channels);

    /// <summary>Length of the sound.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(SampleCount / (double)SampleRateHz);

    /// <summary>The sample of one channel; mono serves both.</summary>
    public short Sample(int index, int channel) => BinaryPrimitives.ReadInt16LittleEndian(_data.AsSpan((index * Channels + Math.Min(channel, Channels - 1)) * 2));

    /// <summary>Reads a WAV file.</summary>
    /// <exception cref="InvalidDataException">It is not PCM with 16 bits and one or two channels.</exception>
    public static WavSound Load(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int channels = 0, rateHz = 0, bits = 0;
        for (int at = 12; at + 8 <= file.Length;)
        {
            string id = Encoding.ASCII.GetString(file, at, 4);
            int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4)), (uint)(file.Length - at - 8));
            if (id == "fmt " && length >= 16)
            {
                channels = BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan(at + 10));
                rateHz = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 12));
                bits = BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan(at + 22));
            }
            else if (id == "data" && channels is 1 or 2 && bits == 16 && rateHz > 0)
            {
                int whole = length / (2 * channels) * (2 * channels);
                if (whole > 0) return new WavSound(file[(at + 8)..(at + 8 + whole)], channels, rateHz);
            }
            at += 8 + length + (length & 1);
        }
        throw new InvalidDataException($"{path} is no usable WAV file. Give PCM, 16 bit, one or two channels.");
    }
}
