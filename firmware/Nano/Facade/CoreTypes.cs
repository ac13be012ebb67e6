using BodyCam.Nano.Hosting;

namespace System
{
    /// <summary>Derives from SystemException on the chip, from InvalidOperationException on .NET.</summary>
    public class ObjectDisposedException : SystemException
    {
        public ObjectDisposedException() { }

        public ObjectDisposedException(string message) : base(message) { }

        public ObjectDisposedException(string message, Exception innerException) : base(message, innerException) { }
    }

    public static class Environment
    {
        public static long TickCount64 => (long)(HostBoard.Native.Clocks.MonotonicUs / 1000);
    }

    public static class Console
    {
        public static void Write(string value) => HostBoard.Native.System.Console(value);

        public static void WriteLine() => HostBoard.Native.System.Console(string.Empty);

        public static void WriteLine(string value) => HostBoard.Native.System.Console(value);
    }
}

namespace System.Diagnostics
{
    /// <summary>Writes to the serial console in debug builds and vanishes in release builds, as on the chip.</summary>
    public static class Debug
    {
        [Conditional("DEBUG")]
        public static void Write(string message) => HostBoard.Native.System.Console(message);

        [Conditional("DEBUG")]
        public static void WriteLine(string message) => HostBoard.Native.System.Console(message);
    }
}
