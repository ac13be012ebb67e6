namespace BodyCam.Firmware.Time
{
    /// <summary>How far the wall clock can be from true time (DESIGN D11): bound at sync + elapsed × rated drift; unbounded before the first sync. Pure.</summary>
    public sealed class ClockBound
    {
        /// <summary>Rated drift of the chip's crystal, parts per million: ±10 new, ageing and −20…70 °C added (ESP32 hardware design guide).</summary>
        public const int CrystalDriftPpm = 100;

        /// <summary>Rated drift of the DS3231, parts per million: ±3.5 over −40…85 °C and ±5 ageing in ten years (data sheet).</summary>
        public const int KeptClockDriftPpm = 10;

        /// <summary>Network and chip jitter that the measured call does not show, µs.</summary>
        public const long JitterUs = 20000;

        /// <summary>Setting and reading a clock of whole seconds loses up to one second each, µs.</summary>
        public const long WholeSecondsUs = 2000000;

        private bool _known;
        private long _boundUs;
        private long _sinceMonotonicUs;

        /// <summary>Forgets everything: unbounded from now on.</summary>
        public void Forget()
        {
            _known = false;
        }

        /// <summary>The clock was set by a server. The chip's SNTP client does not take the way of the answer off (ESP-IDF's lwIP, SNTP_COMP_ROUNDTRIP off): the clock is late by it, at most by the whole call.</summary>
        /// <param name="callUs">How long it took from the question to the step.</param>
        /// <param name="serverBoundUs">The server's own bound.</param>
        /// <param name="monotonicUs">Device-monotonic time now.</param>
        public void SetByServer(long callUs, long serverBoundUs, long monotonicUs)
        {
            _known = true;
            _boundUs = callUs + JitterUs + serverBoundUs;
            _sinceMonotonicUs = monotonicUs;
        }

        /// <summary>The clock was set from the battery-backed clock, which was set at a sync with a known bound.</summary>
        /// <param name="boundAtSyncUs">Bound at that sync; negative = unknown.</param>
        /// <param name="sinceSyncUs">Time since then by the battery-backed clock.</param>
        /// <param name="monotonicUs">Device-monotonic time now.</param>
        public void SetByKeptClock(long boundAtSyncUs, long sinceSyncUs, long monotonicUs)
        {
            _known = boundAtSyncUs >= 0 && sinceSyncUs >= -WholeSecondsUs;
            long elapsedUs = sinceSyncUs > 0 ? sinceSyncUs : 0;
            _boundUs = boundAtSyncUs + WholeSecondsUs + DriftUs(elapsedUs, KeptClockDriftPpm);
            _sinceMonotonicUs = monotonicUs;
        }

        /// <summary>The bound now, µs; −1 = unbounded.</summary>
        public long BoundUs(long monotonicUs)
        {
            return _known ? _boundUs + DriftUs(monotonicUs - _sinceMonotonicUs, CrystalDriftPpm) : -1;
        }

        private static long DriftUs(long elapsedUs, int ppm)
        {
            return (elapsedUs / 1000000 * ppm) + ppm;
        }
    }
}
