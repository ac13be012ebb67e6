using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Time
{
    /// <summary>What became of the wall clock since the last look.</summary>
    public enum ClockNews
    {
        /// <summary>Nothing new.</summary>
        None = 0,

        /// <summary>Synchronised within its bound, or for the first time.</summary>
        Synced = 1,

        /// <summary>A server stepped it by more than its bound; see <see cref="ClockKeeper.StepUs"/>.</summary>
        SyncStepped = 2,

        /// <summary>Something else stepped it; unbounded until the next sync.</summary>
        Stepped = 3,
    }

    /// <summary>Sets the wall clock from DS3231 and SNTP, and knows its error. Order at boot: DS3231, system clock, Wi-Fi, SNTP, TLS.</summary>
    /// <remarks>The SNTP client steps the clock at some moment after it was asked and tells nobody: only wall minus monotonic shows it.</remarks>
    public sealed class ClockKeeper
    {
        // Before it is set the chip's clock reads 1970.
        private const long TrustedFromUs = 1735689600L * 1000000;

        // Both clocks count one crystal, so their difference moves only when the wall clock is set; this much is left to reading them one after the other.
        private const long SyncStepUs = 1000;
        private const long ForeignStepUs = 50000;
        private const int ReadingsMax = 5;
        private const long ReadingUs = 200;

        private const long ServerBoundUs = 50000;

        // A step after this is taken for somebody else's.
        private const int AnswerWaitMs = 5000;
        private const int AnswerPollMs = 10;

        private readonly IKeptClock _kept;
        private readonly ClockBound _bound = new ClockBound();
        private readonly object _gate = new object();
        private int _source;
        private long _lastSyncUs;
        private long _offsetUs;
        private long _askedUs = -1;
        private int _syncCount;
        private bool _wasCut;
        private ClockNews _news;

        /// <summary>Nothing is read before <see cref="Begin"/>.</summary>
        public ClockKeeper(IKeptClock kept)
        {
            _kept = kept;
        }

        /// <summary>Size of the last step, µs, positive = forwards.</summary>
        public long StepUs { get; private set; }

        /// <summary>One of <see cref="ClockSources"/>.</summary>
        public int Source => _source;

        /// <summary>True once the wall clock was set by the battery-backed clock or a server to 2025 or later: certificate dates can be judged.</summary>
        public bool IsTrusted => _source != ClockSources.None && SystemClock.WallUs >= TrustedFromUs;

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

                SystemClock.SetWall(new DateTime(DateTime.UnixEpoch.Ticks + (seconds * 10000000)));
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

        /// <summary>Fills the stamp with both clocks now; a step since the last look is taken into its bound.</summary>
        public void Stamp(ClockStamp into)
        {
            lock (_gate)
            {
                LookNeedsLock();
                into.MonotonicUs = SystemClock.MonotonicUs;
                into.WallUs = SystemClock.WallUs;
                into.Source = _source;
                into.ErrorBoundUs = _bound.BoundUs(into.MonotonicUs);
                into.LastSyncUs = _lastSyncUs;
            }
        }

        /// <summary>What happened since the last call, told once.</summary>
        public ClockNews Look()
        {
            lock (_gate)
            {
                LookNeedsLock();
                ClockNews news = _news;
                _news = ClockNews.None;
                return news;
            }
        }

        /// <summary>Asks the server once and waits up to 5 s for the clock to move; a later move counts as a foreign step.</summary>
        /// <returns>False when no answer was seen by then; a clock that was right within 1 ms cannot be told from one that was not answered.</returns>
        public bool Sync(IWireless wireless, string server)
        {
            int before;
            lock (_gate)
            {
                LookNeedsLock();
                before = _syncCount;
                if (!_wasCut && _bound.BoundUs(SystemClock.MonotonicUs) < 0)
                {
                    // Cutting the wall clock to its whole second makes the answer visible even where the clock happens to be right; nothing relies on an unbounded clock.
                    // Once a boot: questions that stay unanswered must not set it back again and again.
                    _wasCut = true;
                    SystemClock.SetWall(new DateTime(DateTime.UnixEpoch.Ticks + (SystemClock.WallUs * 10)));
                    _offsetUs = Offset();
                }

                _askedUs = SystemClock.MonotonicUs;
            }

            wireless.AskTime(server);
            for (int waitedMs = 0; waitedMs < AnswerWaitMs; waitedMs += AnswerPollMs)
            {
                lock (_gate)
                {
                    LookNeedsLock();
                    if (_syncCount != before)
                    {
                        return true;
                    }
                }

                SystemClock.Sleep(AnswerPollMs);
            }

            lock (_gate)
            {
                LookNeedsLock();
                _askedUs = -1;
                return _syncCount != before;
            }
        }

        // Wall minus monotonic; the closest of a few readings, as a collection may come between the two.
        private static long Offset()
        {
            long best = 0;
            long bestUs = long.MaxValue;
            for (int reading = 0; reading < ReadingsMax && bestUs > ReadingUs; reading++)
            {
                long beforeUs = SystemClock.MonotonicUs;
                long wallUs = SystemClock.WallUs;
                long tookUs = SystemClock.MonotonicUs - beforeUs;
                if (tookUs < bestUs)
                {
                    bestUs = tookUs;
                    best = wallUs - beforeUs - (tookUs / 2);
                }
            }

            return best;
        }

        private void LookNeedsLock()
        {
            long offsetUs = Offset();
            long stepUs = offsetUs - _offsetUs;
            long sizeUs = stepUs < 0 ? -stepUs : stepUs;
            long nowUs = SystemClock.MonotonicUs;
            bool asked = _askedUs >= 0;
            if (sizeUs < (asked ? SyncStepUs : ForeignStepUs))
            {
                return;
            }

            _offsetUs = offsetUs;
            StepUs = stepUs;
            if (!asked || SystemClock.WallUs < TrustedFromUs)
            {
                _bound.Forget();
                _news = ClockNews.Stepped;
                return;
            }

            long boundBeforeUs = _bound.BoundUs(nowUs);
            _bound.SetByServer(nowUs - _askedUs, ServerBoundUs, nowUs);
            _askedUs = -1;
            _source = ClockSources.Sntp;
            _lastSyncUs = SystemClock.WallUs;
            _syncCount++;
            _news = boundBeforeUs >= 0 && sizeUs > boundBeforeUs ? ClockNews.SyncStepped : ClockNews.Synced;
            KeepSync(_bound.BoundUs(nowUs));
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
