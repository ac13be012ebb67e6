using System.Globalization;
using BodyCam.Nano.Hosting;

namespace System.Threading
{
    /// <summary>A thread of the board's scheduler.</summary>
    public sealed class Thread
    {
        [ThreadStatic]
        private static Thread s_current;

        private readonly ThreadStart _start;
        private object _handle;

        public Thread(ThreadStart start) => _start = start ?? throw new ArgumentNullException(nameof(start));

        private Thread(int id) => ManagedThreadId = id;

        public static Thread CurrentThread => s_current ??= new Thread(HostBoard.Native.Scheduler.CurrentThreadId);

        // Kept only: the board runs threads in the order in which they ask.
        public ThreadPriority Priority { get; set; } = ThreadPriority.Normal;

        public bool IsAlive => _start == null || (_handle != null && HostBoard.Native.Scheduler.IsAlive(_handle));

        public int ManagedThreadId { get; private set; }

        public static void Sleep(int millisecondsTimeout) => HostBoard.Native.Scheduler.Sleep(millisecondsTimeout);

        public void Start()
        {
            if (_handle != null)
            {
                throw new InvalidOperationException("The thread was started already.");
            }

            _handle = HostBoard.Native.Scheduler.StartThread(Run, _start.Method.Name);
        }

        public void Join() => Join(Timeout.Infinite);

        public bool Join(int millisecondsTimeout) => HostBoard.Native.Scheduler.Join(_handle, millisecondsTimeout);

        private void Run()
        {
            s_current = this;
            ManagedThreadId = HostBoard.Native.Scheduler.CurrentThreadId;
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            _start();
        }
    }

    public static class Monitor
    {
        public static void Enter(object obj) => HostBoard.Native.Scheduler.MonitorEnter(obj ?? throw new ArgumentNullException());

        public static void Exit(object obj) => HostBoard.Native.Scheduler.MonitorExit(obj ?? throw new ArgumentNullException());
    }

    public abstract class WaitHandle
    {
        public const int WaitTimeout = 258;

        private protected WaitHandle(bool manualReset, bool signaled) => Native = HostBoard.Native.Scheduler.CreateEvent(manualReset, signaled);

        internal object Native { get; }

        public static int WaitAny(WaitHandle[] waitHandles) => WaitAny(waitHandles, Timeout.Infinite, false);

        public static int WaitAny(WaitHandle[] waitHandles, int millisecondsTimeout, bool exitContext)
        {
            var events = new object[waitHandles.Length];
            for (int i = 0; i < events.Length; i++)
            {
                events[i] = waitHandles[i].Native;
            }

            return HostBoard.Native.Scheduler.WaitAny(events, millisecondsTimeout);
        }

        public virtual bool WaitOne() => WaitOne(Timeout.Infinite, false);

        public virtual bool WaitOne(int millisecondsTimeout, bool exitContext) =>
            HostBoard.Native.Scheduler.WaitAny(new[] { Native }, millisecondsTimeout) == 0;
    }

    public sealed class AutoResetEvent : WaitHandle
    {
        public AutoResetEvent(bool initialState) : base(false, initialState) { }

        public bool Set()
        {
            HostBoard.Native.Scheduler.SetEvent(Native);
            return true;
        }

        public bool Reset()
        {
            HostBoard.Native.Scheduler.ResetEvent(Native);
            return true;
        }
    }

    public sealed class ManualResetEvent : WaitHandle
    {
        public ManualResetEvent(bool initialState) : base(true, initialState) { }

        public bool Set()
        {
            HostBoard.Native.Scheduler.SetEvent(Native);
            return true;
        }

        public bool Reset()
        {
            HostBoard.Native.Scheduler.ResetEvent(Native);
            return true;
        }
    }

    public sealed class Timer : IDisposable
    {
        private readonly object _handle;

        public Timer(TimerCallback callback, object state, int dueTime, int period) =>
            _handle = HostBoard.Native.Scheduler.CreateTimer(() => callback(state), dueTime, period);

        public bool Change(int dueTime, int period)
        {
            HostBoard.Native.Scheduler.ChangeTimer(_handle, dueTime, period);
            return true;
        }

        public void Dispose() => HostBoard.Native.Scheduler.DisposeTimer(_handle);
    }
}
