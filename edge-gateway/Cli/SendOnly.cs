using BodyCam.Cli.Boards;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Cli;

/// <summary><c>recorder --seconds 0</c>: what the cards hold is sent, and nothing is recorded.</summary>
/// <remarks>A recorder goes on by itself, at its first card after a boot, with what the power broke off. So it boots with the card out, is held stopped, which ends the activity, and gets its card then.</remarks>
internal static class SendOnly
{
    /// <summary>For recovery to seal what was broken off; what is still unsealed then, as its key is gone, is not waited for.</summary>
    private static readonly TimeSpan sealingMax = TimeSpan.FromSeconds(120);

    /// <summary>For a recorder that was powered on after <see cref="TakeOut"/>.</summary>
    public static BoardScript Script { get; } = BoardScript.Parse("at 00:05 hold record 2.5s\nat 00:09 card in\n");

    /// <summary>Takes the card out; call without power.</summary>
    public static void TakeOut(Recorder recorder) => recorder.Board.Card.Remove();

    /// <summary>The identity under which a recorder ran in this folder: it goes on with it, and no new epoch is asked for.</summary>
    /// <param name="own">The recorder's folder.</param>
    /// <exception cref="InvalidDataException">Nothing ran there; the message says what to do.</exception>
    public static BoardFolder Identity(string own)
    {
        if (!Directory.Exists(Path.Combine(own, "flash")) || !Directory.Exists(own + "-identity"))
            throw new InvalidDataException($"{own} has no card of a recorder that ran, so there is nothing to send: name with --data the folder that was kept, or give --seconds above 0 to record.");
        return BoardFolder.Open(own + "-identity");
    }

    /// <summary>True while what was broken off is not sealed yet: until then the recorder does not count it as owed.</summary>
    public static bool IsSealing(Recorder recorder)
    {
        if (recorder.Board.Now > Script.Length + sealingMax || !Directory.Exists(recorder.CardFolder))
            return false;
        try
        {
            return Directory.EnumerateFiles(recorder.CardFolder, "*.mkv", SearchOption.AllDirectories).Any(static path => Path.GetFileName(Path.GetDirectoryName(path)) != "r0" && !File.Exists(Path.ChangeExtension(path, ".sea")));
        }
        catch (IOException)
        {
            // The recorder erases just now: looked at again.
            return true;
        }
    }
}
