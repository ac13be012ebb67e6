using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>States of the recorder (firmware/docs/ARCHITECTURE.md). Uploading goes on beside any of them.</summary>
    public static class RecorderStates
    {
        /// <summary>The pre-use check runs.</summary>
        public const int SelfCheck = 1;

        /// <summary>Ready to record.</summary>
        public const int Ready = 2;

        /// <summary>Recording.</summary>
        public const int Recording = 3;

        /// <summary>The activity goes on, the recording does not.</summary>
        public const int Interrupted = 4;

        /// <summary>Recording, while the officer says why it was interrupted.</summary>
        public const int Noting = 5;

        /// <summary>The last segment is being sealed.</summary>
        public const int Stopping = 6;

        /// <summary>Unprovisioned, or no card.</summary>
        public const int Fault = 7;

        /// <summary>The self-test runs, or the recorder is in self-test mode: nothing is recorded.</summary>
        public const int SelfTest = 8;

        /// <summary>The state while nothing is recorded. Self-test mode is left only by a restart.</summary>
        internal static int Settled(Provisioning provisioning, bool hasCard, bool activityOpen)
        {
            return !provisioning.IsComplete ? Fault : provisioning.IsSelfTest ? SelfTest : !hasCard ? Fault : activityOpen ? Interrupted : Ready;
        }

        /// <summary>Name for status and events.</summary>
        public static string Name(int state)
        {
            switch (state)
            {
                case SelfCheck: return "selfCheck";
                case Ready: return "ready";
                case Recording: return "recording";
                case Interrupted: return "interrupted";
                case Noting: return "noting";
                case Stopping: return "stopping";
                case SelfTest: return "selfTest";
                default: return "fault";
            }
        }
    }
}
