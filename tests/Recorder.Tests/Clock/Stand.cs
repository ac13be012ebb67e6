// Stand-ins with the firmware's own names: the clock keeper is compiled into this project as it is and finds these in place of the chip.
namespace BodyCam.Firmware.Parts
{
    public interface IKeptClock
    {
        long ReadUnixSeconds();

        bool WriteUnixSeconds(long unixSeconds);
    }

    public interface IWireless
    {
        void AskTime(string server);
    }
}

namespace BodyCam.Firmware.Storage
{
    public static class ClockSources
    {
        public const int None = 0, Rtc = 1, Sntp = 2;
    }

    public sealed class ClockStamp
    {
        public long MonotonicUs, WallUs, ErrorBoundUs, LastSyncUs;
        public int Source;
    }
}

namespace BodyCam.Firmware.Boards
{
    public static class SystemClock
    {
        [ThreadStatic]
        private static BodyCam.Recorder.Tests.ClockWorld? world;

        internal static BodyCam.Recorder.Tests.ClockWorld World { get => world!; set => world = value; }

        public static long MonotonicUs => World.ReadMonotonicUs();

        public static long WallUs => World.ReadWallUs();

        public static bool SetWall(DateTime utc)
        {
            World.SetWall((utc.Ticks - DateTime.UnixEpoch.Ticks) / 10);
            return true;
        }

        public static void Sleep(int elapsedMs) => World.Pass(elapsedMs * 1000L);
    }
}

namespace BodyCam.Firmware.Time
{
    public static class SyncRecord
    {
        public static bool TryRead(out long wallUs, out long boundUs)
        {
            (wallUs, boundUs) = Boards.SystemClock.World.Record ?? (0, -1);
            return Boards.SystemClock.World.Record != null;
        }

        public static bool Write(long wallUs, long boundUs)
        {
            Boards.SystemClock.World.Record = (wallUs, boundUs);
            return true;
        }
    }
}
