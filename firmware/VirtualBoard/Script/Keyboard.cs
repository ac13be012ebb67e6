namespace BodyCam.VirtualBoard;

/// <summary>Keys of an interactive virtual recorder, each a command of the script language.</summary>
public static class Keyboard
{
    /// <summary>Key, what it does, and the command.</summary>
    public static IReadOnlyList<(char Key, string Meaning, string Command)> Keys { get; } =
    [
        ('r', "record button, short", "press record"),
        ('R', "record button, held 2 s", "hold record 2.2s"),
        ('n', "note button, short", "press note"),
        ('N', "note button, held", "hold note 5s"),
        ('d', "note button, double", "double note"),
        ('t', "note button, triple", "triple note"),
        ('s', "speak the low-battery note", "say note-low-battery-zh-8khz.wav"),
        ('b', "battery nearly empty", "battery 3%"),
        ('f', "card full", "card full"),
        ('o', "card out", "card out"),
        ('i', "card in", "card in"),
        ('l', "link down", "link down"),
        ('L', "link up", "link up"),
        ('c', "camera dead", "camera dead"),
        ('C', "camera well again", "camera ok"),
        ('x', "power cut", "power cut"),
        ('p', "power on", "power on"),
    ];

    /// <summary>The command of a key, or null for a key without one.</summary>
    public static BoardCommand? CommandFor(char key)
    {
        foreach ((char known, _, string command) in Keys)
        {
            if (known == key) return BoardCommand.Parse(command);
        }
        return null;
    }
}
