using System.Security.Cryptography;

namespace BodyCam.VirtualBoard;

/// <summary>What is wrong with the camera.</summary>
public enum CameraFault
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>It does not answer: SPI reads zeros, I2C is not acknowledged.</summary>
    Dead,
    /// <summary>It answers, but a capture never ends.</summary>
    Stalled,
    /// <summary>The sensor does not acknowledge and gives no picture; the controller answers.</summary>
    SensorLost,
    /// <summary>The picture in the FIFO has no end marker.</summary>
    NoEndMarker,
    /// <summary>The FIFO says that it is empty after a capture.</summary>
    LengthZero,
    /// <summary>The FIFO says that it holds 8,388,607 bytes, the most that the register can say.</summary>
    LengthOverflow,
    /// <summary>SPI transfers fail with an exception, as when the driver finds no memory for its DMA.</summary>
    BusError,
}

/// <summary>A frame that the firmware has read out to its last byte.</summary>
/// <param name="Number">0-based count of delivered frames since the board was made.</param>
/// <param name="SceneIndex">Index in the frame source.</param>
/// <param name="At">Virtual time of the exposure.</param>
/// <param name="Length">Bytes, SOI to EOI.</param>
/// <param name="Sha256">Digest of these bytes, lower-case hex.</param>
/// <param name="Bytes">The bytes when <see cref="Camera.KeepBytes"/> is set, else empty.</param>
public sealed record DeliveredFrame(int Number, int SceneIndex, TimeSpan At, int Length, string Sha256, ReadOnlyMemory<byte> Bytes);

/// <summary>The scene and the faults of the camera, and what the firmware got of it.</summary>
public sealed class Camera
{
    private readonly Kernel _kernel;
    private readonly List<DeliveredFrame> _delivered = [];

    internal Camera(Kernel kernel) => _kernel = kernel;

    /// <summary>What the lens sees; null is a camera without a scene, which captures an empty FIFO.</summary>
    public IFrameSource? Source { get; set; }

    /// <summary>Fault in force.</summary>
    public CameraFault Fault { get; set; }

    /// <summary>Time of one sensor frame; a capture ends at the first frame boundary at least one frame later. 50 ms is 20 frames per second.</summary>
    public TimeSpan FrameTime { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Most bytes that the FIFO holds after the JPEG's end; the seed picks <see cref="TrailingBytesMin"/>..max.</summary>
    public int TrailingBytesMax { get; set; } = 128;

    /// <summary>Fewest bytes after the JPEG's end, if the maximum is not below it.</summary>
    public int TrailingBytesMin { get; set; } = 8;

    /// <summary>While true automatic exposure takes as many frames more as the firmware allows it (sensor register COM1, bits 7..6).</summary>
    public bool IsDark { get; set; }

    /// <summary>Keeps the bytes of delivered frames too.</summary>
    public bool KeepBytes { get; set; }

    /// <summary>Captures begun since the board was made.</summary>
    public int CaptureCount { get; internal set; }

    /// <summary>Frames read out completely, in order.</summary>
    public IReadOnlyList<DeliveredFrame> Delivered => _kernel.Look(() => _delivered.ToArray());

    /// <summary>Number of <see cref="Delivered"/>.</summary>
    public int DeliveredCount => _kernel.Look(() => _delivered.Count);

    /// <summary>Compression that the sensor is set to: quantization scale 0..255.</summary>
    public int QuantizationScale => _kernel.Look(() => Sensor!.QuantizationScale);

    /// <summary>Ceiling of the automatic gain that the sensor is set to, as a factor: 2..128.</summary>
    public int GainCeiling => _kernel.Look(() => Sensor!.GainCeiling);

    /// <summary>Picture size that the sensor is set to, in pixels; the scene's own size is delivered all the same.</summary>
    public (int WidthPx, int HeightPx) Resolution => _kernel.Look(() => (Sensor!.WidthPx, Sensor.HeightPx));

    internal Ov2640? Sensor { get; set; }

    internal int SceneIndexAt(long ticks) => (int)((long)(ticks / (double)TimeSpan.TicksPerSecond * Source!.FramesPerSecond + 1e-6) % Source.FrameCount);

    internal void DeliveredNeedsLock(int sceneIndex, long atTicks, ReadOnlyMemory<byte> jpeg) =>
        _delivered.Add(new DeliveredFrame(_delivered.Count, sceneIndex, TimeSpan.FromTicks(atTicks), jpeg.Length, Convert.ToHexStringLower(SHA256.HashData(jpeg.Span)), KeepBytes ? jpeg : default));
}
