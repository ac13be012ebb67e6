using System;

namespace BodyCam.Firmware.Boards
{
    /// <summary>The one place where the firmware writes to the serial console: what a technician reads there must also come from a release build.</summary>
    public static class SerialConsole
    {
        /// <summary>Writes one line.</summary>
        public static void WriteLine(string line)
        {
            Console.WriteLine(line);
        }
    }
}
