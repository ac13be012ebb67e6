namespace BodyCam.VirtualBoard;

/// <summary>The footage that is copied beside the program.</summary>
public static class Footage
{
    /// <summary>Its folder.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "footage");

    /// <summary>The scene: 150 frames of 640×480 at 5 per second.</summary>
    public static string Scene => Path.Combine(Folder, "scene-640x480-5fps.mjpeg");

    /// <summary>Its sound.</summary>
    public static string Sound => Path.Combine(Folder, "scene-8khz.wav");

    /// <summary>The spoken note "battery low".</summary>
    public static string NoteLowBattery => Path.Combine(Folder, "note-low-battery-zh-8khz.wav");

    /// <summary>The spoken note "obstructed".</summary>
    public static string NoteObstruction => Path.Combine(Folder, "note-obstruction-zh-8khz.wav");

    /// <summary>The spoken notice.</summary>
    public static string Notice => Path.Combine(Folder, "notice-zh-8khz.wav");
}
