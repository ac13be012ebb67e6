using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>The note button, the notice window and the window for a spoken reason. Control thread only, but for <see cref="IsObstructed"/>.</summary>
    public sealed class Notes
    {
        private const long SecondUs = 1000000;
        private const long NoticeWindowUs = 60 * SecondUs;
        private const long ObstructionHoldsUs = 300 * SecondUs;

        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly CaptureLoop _capture;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private long _noticeUntilUs;
        private long _spokenUntilUs;
        private long _obstructedUntilUs;

        /// <summary>Takes its parts.</summary>
        public Notes(Provisioning provisioning, DeviceState state, CaptureLoop capture, Signals.Signals signals, Diary diary)
        {
            _provisioning = provisioning;
            _state = state;
            _capture = capture;
            _signals = signals;
            _diary = diary;
        }

        /// <summary>True while the window for a spoken note is open.</summary>
        public bool IsSpoken => _spokenUntilUs != 0;

        /// <summary>True for five minutes after an obstruction was marked.</summary>
        public bool IsObstructed => _obstructedUntilUs > SystemClock.MonotonicUs;

        /// <summary>A recording began: the notice is to be given within 60 s.</summary>
        public void OpenNotice(long nowUs)
        {
            _signals.Play(Signals.Signals.GiveNotice, nowUs);
            _noticeUntilUs = nowUs + NoticeWindowUs;
            _diary.Line(Events.NoticeOpened).Add("text", _provisioning.NoticeText).Add("seconds", NoticeWindowUs / SecondUs);
            _diary.Write(false);
        }

        /// <summary>Recording goes on after an interruption: its reason is to be spoken.</summary>
        public void OpenReason(int reason, bool picture)
        {
            OpenSpoken(SystemClock.MonotonicUs);
            long goneUs = _state.InterruptedWallUs > 0 ? _diary.Now().WallUs - _state.InterruptedWallUs : -1;
            _diary.Line(Events.NoteStarted).Add("reason", reason).Add("interruptedUs", _state.InterruptedWallUs).Add("lengthUs", goneUs).Add("picture", picture);
            _diary.Write(true);
        }

        /// <summary>Takes a gesture of the note button.</summary>
        public void Take(Gesture gesture, long nowUs)
        {
            if (gesture == Gesture.Short && IsSpoken)
            {
                EndSpoken("press");
            }
            else if (gesture == Gesture.Short && _noticeUntilUs != 0)
            {
                _noticeUntilUs = 0;
                _diary.Line(Events.NoticeGiven).Add("text", _provisioning.NoticeText).Add("recording", _state.Recording);
                Marked(nowUs);
            }
            else if (gesture == Gesture.Short)
            {
                _diary.Line(Events.KeyShot).Add("recording", _state.Recording);
                Marked(nowUs);
            }
            else if (gesture == Gesture.Hold && _capture.IsRecording)
            {
                OpenSpoken(nowUs);
                _diary.Line(Events.NoteStarted).Add("reason", 0).Add("by", "officer");
                _diary.Write(true);
            }
            else if (gesture == Gesture.Double)
            {
                _obstructedUntilUs = nowUs + ObstructionHoldsUs;
                _diary.Line(Events.Obstruction).Add("recording", _state.Recording).Add("stopReason", StopReasons.Obstruction)
                    .Add("interruptionReason", StopReasons.Obstruction).Add("preserve", true);
                Marked(nowUs);
            }
            else if (gesture == Gesture.Triple)
            {
                _diary.Line(Events.Warned).Add("recording", _state.Recording);
                Marked(nowUs);
            }
        }

        /// <summary>Ends the windows whose time is up.</summary>
        public void Tick(long nowUs)
        {
            if (_noticeUntilUs != 0 && nowUs > _noticeUntilUs)
            {
                NoticeNotMarked();
            }

            if (IsSpoken && nowUs > _spokenUntilUs)
            {
                EndSpoken("time");
            }
        }

        /// <summary>The officer ends the recording: what is spoken from here on belongs to no window.</summary>
        public void CloseSpoken()
        {
            _spokenUntilUs = 0;
        }

        /// <summary>The recording is over: a notice not marked until now stays unmarked.</summary>
        public void RecordingEnded()
        {
            _spokenUntilUs = 0;
            if (_noticeUntilUs != 0)
            {
                NoticeNotMarked();
            }
        }

        private void OpenSpoken(long nowUs)
        {
            _spokenUntilUs = nowUs + (_provisioning.NoteWindowS * SecondUs);
            _signals.Play(Signals.Signals.SpeakNow, nowUs);
        }

        private void EndSpoken(string by)
        {
            _spokenUntilUs = 0;
            _diary.Line(Events.NoteEnded).Add("by", by);
            _diary.Write(true);
            _state.PendingReason = 0;
            if (_capture.IsRecording && _capture.Kind == Kinds.SpokenNote)
            {
                _capture.End(StopReasons.CameraFault);
            }
        }

        private void NoticeNotMarked()
        {
            _noticeUntilUs = 0;
            _diary.Line(Events.NoticeNotMarked).Add("recording", _state.Recording);
            _diary.Write(true);
        }

        private void Marked(long nowUs)
        {
            _diary.Write(true);
            _signals.Play(Signals.Signals.Marked, nowUs);
        }
    }
}
