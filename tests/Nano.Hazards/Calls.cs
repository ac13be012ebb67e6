using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using nanoFramework.Hardware.Esp32;
using nanoFramework.Runtime.Native;

namespace BodyCam.Hazards
{
    public enum Phase { Off, On }

    public class EnumText
    {
        public static string Direct(Phase phase) => phase.ToString();

        public static string Interpolated(SeekOrigin origin) => $"from {origin}";

        public static string AsNumber(Phase phase) => ((int)phase).ToString();
    }

    public class LongSpan
    {
        private static readonly byte[] Buffer = new byte[65536];

        public static int Window() => new SpanByte(Buffer, 0, 20000).Length;

        public static int Slice(SpanByte span) => span.Slice(40000, 16).Length;

        public static int Short() => new SpanByte(Buffer, 0, 4096).Length;
    }

    public class Clocks
    {
        public static long Wall() => DateTime.UtcNow.Ticks;

        public static long Uptime() => Environment.TickCount64;

        public static ulong Precise() => HighResTimer.GetCurrent();

        public static bool Set(DateTime time) => Rtc.SetSystemTime(time);

        public static void Nap() => Thread.Sleep(5);

        public static bool Timed(AutoResetEvent signal) => signal.WaitOne(5, false);

        public static int TimedAny(WaitHandle[] signals) => WaitHandle.WaitAny(signals, 5, false);

        public static bool Untimed(AutoResetEvent signal) => signal.WaitOne();
    }

    public class SystemClock
    {
        public static DateTime Utc() => DateTime.UtcNow;

        public static ulong NowUs() => HighResTimer.GetCurrent();

        public static void Nap(int ms) => Thread.Sleep(ms);
    }

    public class MacInstance
    {
        public static byte[] Mac(byte[] key, byte[] text)
        {
            using (var mac = new HMACSHA256(key))
            {
                return mac.ComputeHash(text);
            }
        }

        public static byte[] Static(byte[] key, byte[] text) => HMACSHA256.HashData(key, text);
    }
}
