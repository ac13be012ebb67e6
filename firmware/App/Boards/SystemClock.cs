using System;
using System.Threading;
using nanoFramework.Hardware.Esp32;
using nanoFramework.Runtime.Native;

namespace BodyCam.Firmware.Boards
{
    /// <summary>The one place where the firmware reads a clock or waits for time.</summary>
    public static class SystemClock
    {
        private const long TicksPerMicrosecond = 10;

        /// <summary>Device-monotonic time since power-up, µs, by the chip's crystal.</summary>
        public static long MonotonicUs => (long)HighResTimer.GetCurrent();

        /// <summary>Device-wall time since 1970-01-01 UTC, µs; near 0 before the clock was set.</summary>
        public static long WallUs => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TicksPerMicrosecond;

        /// <summary>Sets the wall clock; whole seconds, the rest is cut off by the chip.</summary>
        public static bool SetWall(DateTime utc)
        {
            return Rtc.SetSystemTime(utc);
        }

        /// <summary>Lets other threads run for that long; 0 yields.</summary>
        public static void Sleep(int elapsedMs)
        {
            Thread.Sleep(elapsedMs);
        }

        /// <summary>Waits for the handle; false when the time went by first.</summary>
        public static bool Wait(WaitHandle handle, int timeoutMs)
        {
            return handle.WaitOne(timeoutMs, false);
        }
    }
}
