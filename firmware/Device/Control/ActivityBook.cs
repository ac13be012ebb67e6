using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Firmware.Control
{
    /// <summary>What the journal says of boot, clock, buttons, assignment and activity, and what <c>I:</c> keeps of the last two. Control thread only.</summary>
    public sealed class ActivityBook
    {
        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Diary _diary;

        /// <summary>Takes its parts.</summary>
        public ActivityBook(CardStore store, DeviceState state, Diary diary)
        {
            _store = store;
            _state = state;
            _diary = diary;
        }

        /// <summary>The boot, and the epoch that ended with it.</summary>
        public void TellBoot(int clockSource)
        {
            _diary.Line(Events.Boot).Add("boot", _state.Boot).Add("epoch", _state.Epoch).Add("stateLost", _state.WasLost).Add("clock", clockSource)
                .Add("activityOpen", _state.ActivityOpen).Add("pendingReason", _state.PendingReason);
            _diary.Write(true);
            if (_state.EndedEpoch != 0)
            {
                _diary.Line(Events.EpochChanged).Add("from", _state.EndedEpoch).Add("owed", _state.Previous.Epoch).Add("dropped", _state.DroppedEpoch)
                    .Add("activityOpen", _state.ActivityOpen).Add("activity", _state.Activity).Add("pendingReason", _state.PendingReason);
                _diary.Write(true);
            }
        }

        /// <summary>What became of the wall clock since the last call.</summary>
        public void TellClock(ClockKeeper clock)
        {
            ClockNews news = clock.Look();
            if (news != ClockNews.None)
            {
                _diary.Line(news == ClockNews.Synced ? Events.ClockSync : Events.ClockStep).Add("stepUs", clock.StepUs).Add("by", news == ClockNews.Stepped ? "unknown" : "sntp")
                    .Add("boundUs", _diary.Now().ErrorBoundUs);
                _diary.Write(news != ClockNews.Synced);
            }
        }

        /// <summary>A gesture of a button.</summary>
        public void TellPress(string button, Gesture gesture)
        {
            string name = gesture == Gesture.Short ? "short" : gesture == Gesture.Hold ? "hold" : gesture == Gesture.Double ? "double" : "triple";
            _diary.Line(Events.Press).Add("button", button).Add("gesture", name);
            _diary.Write(true);
        }

        /// <summary>Opens the assignment unless it is open.</summary>
        public void OpenAssignment()
        {
            if (_state.AssignmentOpen)
            {
                return;
            }

            _state.AssignmentOpen = true;
            _store.SaveState();
            _diary.Line(Events.Assignment).Add("open", true);
            _diary.Write(true);
        }

        /// <summary>Begins an activity.</summary>
        public void Begin()
        {
            int activity = _store.Recordings.BeginActivity();
            _diary.Line(Events.ActivityStarted).Add("activity", activity);
            _diary.Write(true);
        }

        /// <summary>Says that the officer ended it; <see cref="Close"/> follows when its recording has ended.</summary>
        public void TellEnd()
        {
            _diary.Line(Events.ActivityEnded).Add("activity", _state.Activity);
            _diary.Write(true);
        }

        /// <summary>Closes it on <c>I:</c>.</summary>
        public void Close()
        {
            _store.Recordings.EndActivity();
            _store.SaveState();
        }

        /// <summary>Says that the power broke its recording off, which is inferred from what was left open; false when nothing was broken off.</summary>
        public bool TellCut()
        {
            bool cut = _store.Recovery.FootagePending || _store.PreviousRecovery.FootagePending || _state.PendingReason == 0 || _state.PendingReason == StopReasons.PowerLost;
            if (!_state.ActivityOpen || !cut)
            {
                return false;
            }

            _state.PendingReason = _state.PendingReason == 0 ? StopReasons.PowerLost : _state.PendingReason;
            TellInterruption(_state.PendingReason, true);
            return true;
        }

        /// <summary>Says that its recording was interrupted.</summary>
        /// <param name="reason">One of <see cref="StopReasons"/>.</param>
        /// <param name="inferred">True when that is known only from what was left open.</param>
        public void TellInterruption(int reason, bool inferred)
        {
            JournalLine line = _diary.Line(Events.Interrupted).Add("reason", reason).Add("activity", _state.Activity);
            if (inferred)
            {
                line.Add("inferred", true);
            }

            _diary.Write(true);
        }
    }
}
