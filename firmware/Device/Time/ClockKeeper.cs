using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Time
{
    /// <summary>What a look at the clock showed.</summary>
    public enum ClockNews
    {
        /// <summary>Nothing new.</summary>
        None = 0,

        /// <summary>Synchronised within its bound.</summary>
        Synced = 1,

        /// <summary>Stepped by more than its bound; see <see cref="ClockKeeper.StepUs"/>.</summary>
        Stepped = 2,
    }

    /// <summary>Sets the wall clock from DS3231 and SNTP, and knows its error. Order at boot: DS3231, system clock, Wi-Fi, SNTP, TLS.</summary>
    public sealed class ClockKeeper
    {
        // Before it is set the chip's clock reads 1970.
        private const long TrustedFromUs = 1735689600L * 1000000;

        // Wall minus monotonic moves only when the clock is set; reading both takes microseconds, a collection in between up to this.
        private const long ForeignStepUs = 500000;

        private const long ServerBoundUs = 50000;

        private readonly IKeptClock _kept;
        private readonly ClockBound _bound = new ClockBound();
        private readonly object _gate = new object();
        private int _source;
        private long _lastSyncUs;
        private long _offsetUs;

        /// <summary>Nothing is read before <see cref="Begin"/>.</summary>
        public ClockKeeper(IKeptClock kept)
        {
            _kept = kept;
        }

        /// <summary>Size of the last step, µs, positive = forwards.</summary>
        public long StepUs { get; private set; }

        /// <summary>One of <see cref="ClockSources"/>.</summary>
        public int Source => _source;

        /// <summary>Takes the time from the battery-backed clock. False when it has lost it; the wall clock then counts from 1970, unbounded.</summary>
        public bool Begin()
        {
            lock (_gate)
            {
                long seconds = _kept.ReadUnixSeconds();
                if (seconds * 1000000 < TrustedFromUs)
                {
                    _offsetUs = Offset();
                    return false;
                }

                SystemClock.SetWall(DateTime.FromUnixTimeSeconds(seconds));
                _offsetUs = Offset();
                _source = ClockSources.Rtc;
                long syncedUs;
                long boundUs;
                if (SyncRecord.TryRead(out syncedUs, out boundUs))
                {
                    _lastSyncUs = syncedUs;
                    _bound.SetByKeptClock(boundUs, (seconds * 1000000) - syncedUs, SystemClock.MonotonicUs);
                }

                return true;
            }
        }

        /// <summary>Fills the stamp with both clocks now.</summary>
        public void Stamp(ClockStamp into)
        {
            lock (_gate)
            {
                into.MonotonicUs = SystemClock.MonotonicUs;
                into.WallUs = SystemClock.WallUs;
                into.Source = _source;
                into.ErrorBoundUs = _bound.BoundUs(into.MonotonicUs);
                into.LastSyncUs = _lastSyncUs;
            }
        }

        /// <summary>Looks whether something else has set the clock since the last look; then its error is unbounded until the next sync.</summary>
        public ClockNews Look()
        {
            lock (_gate)
            {
                long stepUs = Offset() - _offsetUs;
                if (stepUs < ForeignStepUs && stepUs > -ForeignStepUs)
                {
                    return ClockNews.None;
                }

                StepUs = stepUs;
                _offsetUs += stepUs;
                _bound.Forget();
                return ClockNews.Stepped;
            }
        }

        /// <summary>Asks the server once and sets the battery-backed clock after an answer. Called without other clock calls under way.</summary>
        public ClockNews Sync(IWireless wireless, string server)
        {
            long beforeUs = Offset();
            long startedUs = SystemClock.MonotonicUs;
            wireless.AskTime(server);
            long endedUs = SystemClock.MonotonicUs;
            lock (_gate)
            {
                long afterUs = Offset();
                if (afterUs == beforeUs || SystemClock.WallUs < TrustedFromUs)
                {
                    return ClockNews.None;
                }

                long stepUs = afterUs - beforeUs;
                long boundBeforeUs = _bound.BoundUs(endedUs);
                _bound.SetByServer(endedUs - startedUs, ServerBoundUs, endedUs);
                _source = ClockSources.Sntp;
                _offsetUs = afterUs;
                _lastSyncUs = SystemClock.WallUs;
                StepUs = stepUs;
                KeepSync(_bound.BoundUs(endedUs));
                long sizeUs = stepUs < 0 ? -stepUs : stepUs;
                return boundBeforeUs >= 0 && sizeUs > boundBeforeUs ? ClockNews.Stepped : ClockNews.Synced;
            }
        }

        private static long Offset()
        {
            return SystemClock.WallUs - SystemClock.MonotonicUs;
        }

        private void KeepSync(long boundUs)
        {
            long seconds = SystemClock.WallUs / 1000000;
            if (_kept.WriteUnixSeconds(seconds))
            {
                SyncRecord.Write(seconds * 1000000, boundUs);
            }
        }
    }
}
