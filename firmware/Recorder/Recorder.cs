using BodyCam.Nano.Host;
using BodyCam.VirtualBoard;

namespace BodyCam.VirtualRecorder;

/// <summary>One virtual recorder: the board with the shipped firmware in a load context of its own. Many fit into one process.</summary>
public sealed class Recorder : IDisposable
{
    private const string EntryType = "BodyCam.Firmware.Program";
    private const string EntryMethod = "Main";

    private readonly List<FirmwareHost> hosts = [];
    private readonly Lock gate = new();

    /// <summary>Makes the recorder, provisioned and without power.</summary>
    /// <exception cref="FileNotFoundException">Scene or sound is missing; the message names it.</exception>
    public Recorder(RecorderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Board = new Board((options.Board ?? new BoardOptions { DataFolder = options.Folder }) with { DataFolder = options.Folder })
        {
            Firmware = Load,
        };
        Board.Camera.Source = FrameFile.Load(options.Scene, options.SceneFramesPerSecond);
        Board.Camera.KeepBytes = options.KeepFrames;
        if (options.Sound is not null)
            Board.Microphone.Scene = WavSound.Load(options.Sound);
        if (options.Provisioning is not null)
            Provision(options.Provisioning);
    }

    /// <summary>The assembly that runs on the board.</summary>
    public static string FirmwarePath => Path.Combine(AppContext.BaseDirectory, "firmware", "BodyCam.Firmware.dll");

    /// <summary>The board: buttons, camera, card, battery, link, time.</summary>
    public Board Board { get; }

    /// <summary>Host folder behind the card, with <c>bodycam/</c> in it.</summary>
    public string CardFolder => Board.Card.Folder;

    /// <summary>Writes the provisioning file to <c>I:</c>, as a technician does; only without power.</summary>
    /// <exception cref="InvalidOperationException">The recorder has power.</exception>
    public void Provision(string text)
    {
        if (Board.IsPowered)
            throw new InvalidOperationException("The recorder has power: cut it before writing the provisioning file.");
        Directory.CreateDirectory(Board.FlashFolder);
        File.WriteAllText(Path.Combine(Board.FlashFolder, "bodycam.cfg"), text);
    }

    /// <summary>Powers up and boots.</summary>
    public void PowerOn() => Board.Start();

    /// <summary>Cuts the power at this moment.</summary>
    public void CutPower() => Board.CutPower();

    /// <summary>Waits in virtual time; false when the time went by first.</summary>
    public bool WaitUntil(Func<bool> predicate, TimeSpan timeout) => Board.WaitUntil(predicate, timeout);

    /// <inheritdoc/>
    public void Dispose()
    {
        Board.Dispose();
        lock (gate)
        {
            foreach (var host in hosts)
                host.Dispose();
            hosts.Clear();
        }
    }

    private Action Load()
    {
        var host = FirmwareHost.Load(FirmwarePath, Board);
        lock (gate)
            hosts.Add(host);
        return host.Entry(EntryType, EntryMethod);
    }
}
