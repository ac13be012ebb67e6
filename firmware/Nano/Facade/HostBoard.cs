using System;
using BodyCam.VirtualBoard;

namespace BodyCam.Nano.Hosting
{
    /// <summary>The board that this copy of the facade runs on. One copy is loaded per recorder, so the static belongs to one recorder only.</summary>
    public static class HostBoard
    {
        private static INativeCalls _native;

        /// <summary>The attached board.</summary>
        /// <exception cref="InvalidOperationException">Firmware ran before <see cref="Attach"/>.</exception>
        public static INativeCalls Native =>
            _native ?? throw new InvalidOperationException("No board is attached; load firmware through FirmwareHost.Load.");

        /// <summary>Ties this copy of the facade to its board; once only.</summary>
        public static void Attach(INativeCalls native)
        {
            if (_native != null)
            {
                throw new InvalidOperationException("A board is attached already; load the firmware again for another board.");
            }

            _native = native ?? throw new ArgumentNullException(nameof(native));
        }
    }
}
