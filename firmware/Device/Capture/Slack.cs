namespace BodyCam.Firmware.Capture
{
    /// <summary>At most 800 ms of blocking calls a second (budget.md): when the next frame may come, and what is left for upload and recovery. Thread-safe.</summary>
    public sealed class Slack
    {
        // In thousandths: sound and pictures, the same while a recovery or a live view wants its part, and everything together; what is left to 800 is the control thread's and the journal's.
        private const long BusyShare = 745;
        private const long RecoveringShare = 620;
        private const long LiveShare = 500;
        private const long TotalShare = 760;

        // A live frame takes half a second of TLS at once, so the ten seconds around it need room.
        private const long LiveTotalShare = 730;

        // Slack not used is kept for one message only: more would be spent at once in some later second.
        private const int KeptUs = 200000;
        private const int OwedMaxUs = 1000000;

        private readonly object _gate = new object();
        private int _leftUs;

        /// <summary>True while something is left.</summary>
        public bool IsLeft
        {
            get
            {
                lock (_gate)
                {
                    return _leftUs > 0;
                }
            }
        }

        /// <summary>Takes blocking time off, µs.</summary>
        public void Use(long blockedUs)
        {
            lock (_gate)
            {
                _leftUs = Within(_leftUs - blockedUs);
            }
        }

        /// <summary>A recording begins: nothing is left and nothing owed.</summary>
        internal void Restart()
        {
            lock (_gate)
            {
                _leftUs = 0;
            }
        }

        /// <summary>Moment of the next frame; what this one left of the budget is added.</summary>
        /// <param name="startedUs">When this frame's round began.</param>
        /// <param name="dueUs">When it was due.</param>
        /// <param name="busyUs">How long its calls blocked.</param>
        /// <param name="intervalUs">Shortest interval.</param>
        /// <param name="live">True in live view.</param>
        /// <param name="recovering">True while footage waits to be recovered.</param>
        internal long Next(long startedUs, long dueUs, long busyUs, long intervalUs, bool live, bool recovering)
        {
            long leastUs = busyUs * 1000 / (live ? LiveShare : recovering ? RecoveringShare : BusyShare);
            long nextUs = dueUs + (leastUs > intervalUs ? leastUs : intervalUs);
            if (nextUs < startedUs + leastUs)
            {
                nextUs = startedUs + leastUs;
            }

            lock (_gate)
            {
                _leftUs = Within(_leftUs + ((nextUs - startedUs) * (live ? LiveTotalShare : TotalShare) / 1000) - busyUs);
            }

            return nextUs;
        }

        private static int Within(long leftUs)
        {
            return leftUs > KeptUs ? KeptUs : leftUs < -OwedMaxUs ? -OwedMaxUs : (int)leftUs;
        }
    }
}
