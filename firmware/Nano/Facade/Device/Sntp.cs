using BodyCam.Nano.Hosting;

namespace nanoFramework.Networking
{
    /// <summary>Steps the system clock in the background; neither result nor offset is reported, as on the chip.</summary>
    public class Sntp
    {
        private const int PeriodMs = 3_600_000;

        internal Sntp() { }

        public static bool IsStarted { get; private set; }

        public static string Server1 { get; set; } = "pool.ntp.org";

        public static string Server2 { get; set; } = "time.nist.gov";

        public static void Start()
        {
            if (!IsStarted)
            {
                IsStarted = true;
                HostBoard.Native.Scheduler.StartThread(Repeat, "sntp");
            }
        }

        public static void Stop() => IsStarted = false;

        public static void UpdateNow() => HostBoard.Native.Scheduler.StartThread(Query, "sntp-once");

        private static void Repeat()
        {
            while (IsStarted)
            {
                Query();
                HostBoard.Native.Scheduler.Sleep(PeriodMs);
            }
        }

        private static void Query()
        {
            long? offsetUs = Ask(Server1) ?? Ask(Server2);
            if (offsetUs.HasValue)
            {
                HostBoard.Native.Clocks.StepUtc(offsetUs.Value);
            }
        }

        private static long? Ask(string server) => string.IsNullOrEmpty(server) ? null : HostBoard.Native.Network.QuerySntp(server);
    }
}
