namespace BodyCam.VirtualBoard;

/// <summary>A command or script line that cannot be understood; the message ends with what is allowed.</summary>
public sealed class CommandException(string message) : Exception(message);
