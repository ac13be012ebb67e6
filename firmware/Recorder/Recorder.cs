using System.Text.Json;
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
        if (options.BoardFolder is not null)
            Flash(options.BoardFolder);
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

    /// <summary>Writes what a board folder's <c>files.json</c> names to <c>I:</c>, as the flasher does: an entry without a source deletes. Only without power.</summary>
    /// <exception cref="InvalidOperationException">The recorder has power.</exception>
    /// <exception cref="InvalidDataException">An entry is not for <c>I:</c>.</exception>
    public void Flash(string boardFolder)
    {
        if (Board.IsPowered)
            throw new InvalidOperationException("The recorder has power: cut it before writing files.");
        Directory.CreateDirectory(Board.FlashFolder);
        using var list = JsonDocument.Parse(File.ReadAllText(Path.Combine(boardFolder, "files.json")));
        foreach (var entry in list.RootElement.GetProperty("Files").EnumerateArray())
        {
            var destination = entry.GetProperty("DestinationFilePath").GetString() ?? "";
            if (!destination.StartsWith("I:\\", StringComparison.Ordinal) || destination.AsSpan(3).IndexOfAny('\\', '/') >= 0)
                throw new InvalidDataException($"'{destination}' in {boardFolder}/files.json is no file of I: itself. Make the board anew with 'bodycam board new'.");
            var path = Path.Combine(Board.FlashFolder, destination[3..]);
            if (entry.TryGetProperty("SourceFilePath", out var source) && source.GetString() is { Length: > 0 } name)
                File.Copy(Path.Combine(boardFolder, name), path, overwrite: true);
            else
                File.Delete(path);
        }
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
