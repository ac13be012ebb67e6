namespace BodyCam.VirtualBoard;

/// <summary>What stands before the lens.</summary>
public interface IFrameSource
{
    /// <summary>Frames before the scene repeats; at least 1.</summary>
    int FrameCount { get; }

    /// <summary>Frames that the scene shows per second.</summary>
    double FramesPerSecond { get; }

    /// <summary>One complete JPEG, SOI to EOI; not to be changed.</summary>
    /// <param name="index">0..<see cref="FrameCount"/> − 1.</param>
    ReadOnlyMemory<byte> Frame(int index);
}

/// <summary>JPEG frames from one MJPEG file or from a folder of JPEG files.</summary>
public sealed class FrameFile : IFrameSource
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _frames;

    private FrameFile(IReadOnlyList<ReadOnlyMemory<byte>> frames, double framesPerSecond) => (_frames, FramesPerSecond) = (frames, framesPerSecond);

    /// <inheritdoc/>
    public int FrameCount => _frames.Count;

    /// <inheritdoc/>
    public double FramesPerSecond { get; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Frame(int index) => _frames[index];

    /// <summary>Reads a file of concatenated JPEGs, or all <c>*.jpg</c> of a folder in order of name.</summary>
    /// <exception cref="InvalidDataException">There is no complete JPEG in it.</exception>
    public static FrameFile Load(string path, double framesPerSecond = 5)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> frames = Directory.Exists(path)
            ? [.. Directory.GetFiles(path, "*.jp*g").Order(StringComparer.Ordinal).Select(file => (ReadOnlyMemory<byte>)File.ReadAllBytes(file))]
            : JpegSplitter.Split(File.ReadAllBytes(path));
        if (frames.Count == 0) throw new InvalidDataException($"{path} holds no JPEG frame. Give an MJPEG file or a folder of JPEG files.");
        return new FrameFile(frames, framesPerSecond);
    }
}
