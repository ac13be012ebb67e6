namespace BodyCam.Cli.Boards;

/// <summary>Serial ports of this machine, as far as the file system shows them.</summary>
internal static class SerialPorts
{
    /// <summary>One line when the port cannot be the board; null when it can. On Windows ports are no files: the flasher says it there.</summary>
    public static string? Fault(string port)
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (!File.Exists(port))
        {
            var seen = Seen();
            return $"{port} is not there. {(seen.Count == 0 ? "No serial port is: plug the board in with a data cable (many USB cables only charge), then look again." : $"These are: {string.Join(", ", seen)}. Name one with --port.")}";
        }

        try
        {
            using var file = new FileStream(port, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return $"{port} may not be opened. Run 'sudo usermod -aG dialout $USER', sign in again and repeat.";
        }
        catch (IOException busy)
        {
            return $"{port} cannot be opened ({busy.Message.TrimEnd('.')}). Close what else uses it (a serial monitor, another flash), then repeat.";
        }
    }

    private static List<string> Seen() =>
        [.. new[] { "ttyUSB*", "ttyACM*", "cu.usbserial*", "cu.wchusbserial*", "cu.SLAB_USBtoUART*", "cu.usbmodem*" }.SelectMany(static pattern => Directory.EnumerateFileSystemEntries("/dev", pattern)).Order(StringComparer.Ordinal)];
}
