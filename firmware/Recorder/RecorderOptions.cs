using BodyCam.VirtualBoard;

namespace BodyCam.VirtualRecorder;

/// <summary>What a virtual recorder is made of.</summary>
public sealed record RecorderOptions
{
    /// <summary>Folder for its card and flash; made when missing.</summary>
    public required string Folder { get; init; }

    /// <summary>Text of the provisioning file, written to <c>I:</c> before the first power-up; null keeps what is there.</summary>
    public string? Provisioning { get; init; }

    /// <summary>A board's folder as <c>bodycam board new</c> makes it: what its <c>files.json</c> names is written to <c>I:</c> before the first power-up, as the flasher does; null for none.</summary>
    public string? BoardFolder { get; init; }

    /// <summary>MJPEG file or folder of JPEGs that the camera sees.</summary>
    public string Scene { get; init; } = Footage.Scene;

    /// <summary>WAV file that the microphone hears; null for silence.</summary>
    public string? Sound { get; init; } = Footage.Sound;

    /// <summary>Frames a second in the scene.</summary>
    public double SceneFramesPerSecond { get; init; } = 5;

    /// <summary>Keeps the bytes of every delivered frame, for comparison.</summary>
    public bool KeepFrames { get; init; }

    /// <summary>How time runs, prices, drifts, card size. The folder is taken from <see cref="Folder"/>.</summary>
    public BoardOptions? Board { get; init; }
}
