using System.Buffers.Binary;

namespace BodyCam.VirtualBoard;

/// <summary>The I2S microphone (INMP441): hears the scene's sound, or a voice while somebody speaks.</summary>
public sealed class Microphone
{
    private const int WarmUpMs = 250;
    private const int DmaBufferFrames = 256;

    private readonly Kernel _kernel;
    private WavSound? _voice;
    private long _voiceFromTicks;
    private bool _open;
    private int _rateHz, _channels, _sampleBytes, _bufferFrames;
    private long _openedTicks, _nextFrame;

    internal Microphone(Kernel kernel) => _kernel = kernel;

    /// <summary>The scene's sound; repeats at its end. Null is silence.</summary>
    public WavSound? Scene { get; set; }

    /// <summary>True leaves the second channel silent, as with L/R tied to ground.</summary>
    public bool SecondChannelSilent { get; set; } = true;

    /// <summary>While true a read never returns and holds the whole CLR, as on the chip.</summary>
    public bool Dead { get; set; }

    /// <summary>While true a read fails with an exception.</summary>
    public bool ReadFails { get; set; }

    /// <summary>While true only silence is heard.</summary>
    public bool Silent { get; set; }

    /// <summary>Times when the firmware came too late and the driver's buffer had overflowed.</summary>
    public int OverrunCount { get; private set; }

    /// <summary>Bytes handed to the firmware.</summary>
    public long DeliveredBytes { get; private set; }

    /// <summary>Somebody speaks from now on; afterwards the scene is heard again.</summary>
    /// <param name="wavPath">PCM 16-bit WAV.</param>
    public void Say(string wavPath)
    {
        WavSound voice = WavSound.Load(wavPath);
        _kernel.Outside(() => (_voice, _voiceFromTicks) = (voice, _kernel.NowTicks));
    }

    /// <summary>Internal RAM that the open receiver holds.</summary>
    internal int DmaBytesNeedsLock { get; private set; }

    internal void PowerOnNeedsLock() => CloseNeedsLock();

    internal void OpenNeedsLock(int rateHz, int bits, int channels, int bufferBytes)
    {
        _open = true;
        (_rateHz, _channels, _sampleBytes) = (rateHz, channels, bits / 8);
        // The library takes the size as bytes of its DMA, which moves 32 bits a channel whatever the firmware asks for, in buffers of 256 frames.
        int dmaFrameBytes = channels * sizeof(int);
        _bufferFrames = Math.Max(1, bufferBytes / (DmaBufferFrames * dmaFrameBytes)) * DmaBufferFrames;
        DmaBytesNeedsLock = _bufferFrames * dmaFrameBytes;
        (_openedTicks, _nextFrame) = (_kernel.NowTicks, 0);
    }

    internal void CloseNeedsLock() => (_open, DmaBytesNeedsLock) = (false, 0);

    internal void ReadNeedsLock(NativeCall call, Span<byte> into)
    {
        if (!_open) throw new InvalidOperationException("The I2S receiver is not open.");
        if (ReadFails) throw new InvalidOperationException("The I2S read failed.");
        while (Dead) call.Spend(100 * TimeSpan.TicksPerMillisecond);
        int frameBytes = _channels * _sampleBytes;
        long frames = into.Length / frameBytes;

        // The library takes two DMA frames for one of its own unless both channels are asked for: mono loses every second sample.
        int step = _channels == 1 ? 2 : 1;
        if (Heard() - _nextFrame > _bufferFrames)
        {
            OverrunCount++;
            _nextFrame = Heard() - _bufferFrames;
        }
        long endTicks = _openedTicks + ((_nextFrame + frames * step) * TimeSpan.TicksPerSecond + _rateHz - 1) / _rateHz;
        if (endTicks > _kernel.NowTicks) call.Spend(endTicks - _kernel.NowTicks);
        into.Clear();
        for (int i = 0; i < frames; i++)
        {
            long atTicks = _openedTicks + (_nextFrame + i * step) * TimeSpan.TicksPerSecond / _rateHz;
            for (int channel = 0; channel < _channels; channel++)
                BinaryPrimitives.WriteInt16LittleEndian(into[(i * frameBytes + channel * _sampleBytes + _sampleBytes - 2)..], SampleAt(atTicks, channel));
        }
        _nextFrame += frames * step;
        DeliveredBytes += into.Length;
    }

    private long Heard() => (_kernel.NowTicks - _openedTicks) * _rateHz / TimeSpan.TicksPerSecond;

    private short SampleAt(long atTicks, int channel)
    {
        if (Silent || (channel > 0 && SecondChannelSilent) || atTicks - _openedTicks < WarmUpMs * TimeSpan.TicksPerMillisecond) return 0;
        if (_voice is { } voice && atTicks >= _voiceFromTicks)
        {
            long index = (atTicks - _voiceFromTicks) * voice.SampleRateHz / TimeSpan.TicksPerSecond;
            if (index < voice.SampleCount) return voice.Sample((int)index, channel);
        }
        if (Scene is not { } scene) return 0;
        long sceneIndex = (long)((Int128)atTicks * scene.SampleRateHz / TimeSpan.TicksPerSecond);
        return scene.Sample((int)(sceneIndex % scene.SampleCount), channel);
    }
}
