using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Checks;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Firmware.Control
{
    /// <summary>The state machine: off → selfCheck → ready → recording → (interrupted → noting → recording) → stopping → ready, and fault. Runs on the control thread.</summary>
    public sealed class RecorderControl
    {
        private const long SecondUs = 1000000;

        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly ClockKeeper _clock;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private readonly BatteryWatch _battery;
        private readonly ActivityBook _activities;
        private readonly CardKeeper _card;
        private readonly Notes _notes;
        private readonly Lights _lights;
        private int _now;
        private long _nextSecondUs;
        private bool _decided;
        private bool _wasRecording;
        private bool _interruptTold;
        private bool _endWanted;

        /// <summary>Takes its parts; <see cref="Begin"/> is called once before the ticks.</summary>
        public RecorderControl(CardStore store, DeviceState state, Provisioning provisioning, CaptureLoop capture, ClockKeeper clock, PreUseCheck check,
            Signals.Signals signals, ICardSocket socket, IGauge gauge, Uplink.LinkState link, Diary diary)
        {
            _store = store;
            _state = state;
            _provisioning = provisioning;
            _capture = capture;
            _clock = clock;
            Checks = new CheckDesk(this, check, state, signals, diary);
            _signals = signals;
            _diary = diary;
            Errands = new Errands(this, store, state, provisioning, signals, diary);
            _activities = new ActivityBook(store, state, diary);
            _battery = new BatteryWatch(gauge, provisioning, signals, diary);
            _card = new CardKeeper(store, provisioning, socket, diary);
            _notes = new Notes(provisioning, state, capture, signals, diary);
            _lights = new Lights(signals, store, provisioning, capture, clock, link, _battery);
            RecordButton = new Gestures();
            NoteButton = new Gestures();
        }

        /// <summary>Edges of the record button.</summary>
        public Gestures RecordButton { get; }

        /// <summary>Edges of the note button.</summary>
        public Gestures NoteButton { get; }

        /// <summary>One of <see cref="RecorderStates"/>.</summary>
        public int State => _now == RecorderStates.Recording && _notes.IsSpoken ? RecorderStates.Noting : _now;

        /// <summary>Battery charge, percent; −1 unknown.</summary>
        public int BatteryPercent => _battery.Percent;

        /// <summary>True for five minutes after an obstruction was marked: the open segment is sent at once.</summary>
        public bool Obstructed => _notes.IsObstructed;

        /// <summary>Pre-use check and self-test.</summary>
        public CheckDesk Checks { get; }

        /// <summary>The gateway's commands.</summary>
        public Errands Errands { get; }

        /// <summary>Boot: card, journal, check; goes on recording at once when a power cut broke a recording off. In self-test mode the first round runs the test instead.</summary>
        /// <param name="selfTest">What <see cref="CheckDesk.WantSelfTest"/> asks for.</param>
        public void Begin(SelfTest selfTest)
        {
            Checks.Use(selfTest);
            bool clockKnown = _clock.Begin();
            _card.Mount();
            _activities.TellBoot(_clock.Source);
            if (!clockKnown)
            {
                _diary.Fault(StopReasons.DeviceFault, "clock", "the kept clock has lost the time");
            }

            if (!_provisioning.IsComplete)
            {
                _now = RecorderStates.Fault;
                _diary.Fault((int)StoreResult.Unprovisioned, "provisioning", _provisioning.MissingKey);
                return;
            }

            if (_provisioning.IsSelfTest)
            {
                _now = RecorderStates.SelfTest;
                Checks.WantSelfTest();
                return;
            }

            _now = RecorderStates.SelfCheck;
            if (!ResumeAfterCut())
            {
                Checks.RunCheck();
                Settle();
            }
        }

        /// <summary>One round, every 20 ms or so.</summary>
        public void Tick()
        {
            long nowUs = SystemClock.MonotonicUs;
            TakeGestures(nowUs);
            Errands.Tick(nowUs);
            FollowCapture(nowUs);
            _notes.Tick(nowUs);
            if (nowUs >= _nextSecondUs)
            {
                _nextSecondUs = nowUs + SecondUs;
                EverySecond(nowUs);
            }

            Housekeep();
            _signals.Tick(nowUs);
        }

        // Once a boot, at its first card: a recording that the power broke off goes on by itself. A clean interruption leaves its reason; none, or an older power loss, means that the power went before one could be kept.
        private bool ResumeAfterCut()
        {
            if (_decided || !_store.IsOpen)
            {
                return false;
            }

            _decided = true;
            if (!_activities.TellCut())
            {
                return false;
            }

            // Recording comes first; the check follows on demand.
            _capture.OpenMicrophone();
            Resume();
            return true;
        }

        private void EverySecond(long nowUs)
        {
            if (_battery.MustStop(nowUs, _capture.IsRecording))
            {
                Interrupt(StopReasons.LowBattery);
            }

            _activities.TellClock(_clock);
            if (_card.Hangs(nowUs))
            {
                _signals.Play(Signals.Signals.Alarm, nowUs);
            }

            if (!_capture.IsRecording)
            {
                FollowCard(nowUs);
            }

            _lights.Show(_now, nowUs);
        }

        private void FollowCard(long nowUs)
        {
            if (_card.IsGone)
            {
                _card.Lose();
                Settle();
            }

            if (_card.Remount(nowUs) && _now != RecorderStates.SelfTest && !ResumeAfterCut() && (_now == RecorderStates.Fault || _now == RecorderStates.Ready))
            {
                Settle();
            }
        }

        private void Housekeep()
        {
            if (_store.IsOpen && _store.RecoveryPending && _capture.HasSlack)
            {
                long startedUs = SystemClock.MonotonicUs;
                _store.StepRecovery(_diary.Now());
                _capture.UseSlack(SystemClock.MonotonicUs - startedUs);
            }

            _store.Tick(_diary.Now());
            if (!_capture.IsRecording && !_wasRecording && _now != RecorderStates.SelfCheck)
            {
                Errands.WhileQuiet();
                Checks.RunWanted();
            }
        }

        /// <summary>True when nothing is recorded and no activity is open.</summary>
        internal bool IsFree => !(_capture.IsRecording || _wasRecording || _state.ActivityOpen) && _provisioning.IsComplete;

        /// <summary>Changes the state for the time of a check; returns the one before.</summary>
        internal int Enter(int state)
        {
            int was = _now;
            _now = state;
            return was;
        }

        private void TakeGestures(long nowUs)
        {
            Gesture record = RecordButton.Take(nowUs, _capture.IsRecording);
            if (record != Gesture.None)
            {
                _activities.TellPress("record", record);
                if (record == Gesture.Hold)
                {
                    StopByOfficer();
                }
                else if (record == Gesture.Double && _capture.IsRecording)
                {
                    Interrupt(StopReasons.OtherObjective);
                }
                else if (!_capture.IsRecording)
                {
                    StartByOfficer(nowUs);
                }
            }

            Gesture note = NoteButton.Take(nowUs, !_notes.IsSpoken);
            if (note != Gesture.None)
            {
                _activities.TellPress("note", note);
                _notes.Take(note, nowUs);
            }
        }

        private void StartByOfficer(long nowUs)
        {
            if (!_provisioning.IsComplete)
            {
                _signals.Play(Signals.Signals.Warning, nowUs);
                return;
            }

            if (_now == RecorderStates.SelfTest)
            {
                Checks.WantSelfTest();
                return;
            }

            FollowCapture(nowUs);
            if (!_store.IsOpen && _card.Mount() && ResumeAfterCut())
            {
                return;
            }

            if (_state.ActivityOpen)
            {
                // Without a card nothing can be recorded; the first one goes on with what the power broke off.
                if (!_decided)
                {
                    _signals.Play(Signals.Signals.Warning, nowUs);
                    return;
                }

                Resume();
                return;
            }

            if (!Checks.MayStart(nowUs))
            {
                return;
            }

            _activities.OpenAssignment();
            _activities.Begin();
            if (_capture.CameraWorks || _capture.TestCamera() > 0)
            {
                BeginRecording(Kinds.Footage);
            }
            else
            {
                // No picture: the activity begins with its reason and a segment of sound.
                _state.PendingReason = StopReasons.CameraFault;
                _activities.TellInterruption(StopReasons.CameraFault, false);
                Resume();
            }

            _notes.OpenNotice(nowUs);
        }

        // Records at once, signals, and opens the window for the spoken reason (001·11, 002·13).
        private void Resume()
        {
            _activities.OpenAssignment();
            int reason = _state.PendingReason;

            // Answered by recording again; saved with the number of the recording. A power cut from here on is an interruption of its own.
            _state.PendingReason = 0;
            bool camera = _capture.CameraWorks || _capture.TestCamera() > 0;
            BeginRecording(camera ? Kinds.Footage : Kinds.SpokenNote);
            _notes.OpenReason(reason, camera);
        }

        private void BeginRecording(int kind)
        {
            _now = RecorderStates.Recording;
            _wasRecording = true;
            _interruptTold = false;
            _endWanted = false;
            _capture.Begin(kind);
        }

        // The activity ends whatever ends the recording: the capture thread may have stopped for a fault before it hears of this.
        private void StopByOfficer()
        {
            if (_wasRecording)
            {
                bool obstructed = Obstructed;
                _now = RecorderStates.Stopping;
                _notes.CloseSpoken();
                _capture.End(obstructed ? StopReasons.Obstruction : StopReasons.ActivityEnded);
                if (!obstructed && !_endWanted)
                {
                    _endWanted = true;
                    _activities.TellEnd();
                }
            }
            else
            {
                EndOpenActivity();
            }
        }

        /// <summary>Ends the activity that is open while nothing is recorded.</summary>
        internal void EndOpenActivity()
        {
            if (_state.ActivityOpen)
            {
                _activities.Close();
                _activities.TellEnd();
                Settle();
            }
        }

        private void Interrupt(int reason)
        {
            if (_interruptTold || _now == RecorderStates.Stopping)
            {
                return;
            }

            _interruptTold = true;
            _activities.TellInterruption(reason, false);
            _capture.End(reason);
        }

        private void FollowCapture(long nowUs)
        {
            if (!_wasRecording || _capture.IsRecording)
            {
                return;
            }

            _wasRecording = false;
            int byItself = _capture.EndedBy;
            if (_state.ActivityOpen && _state.PendingReason == 0)
            {
                // It never started: the interruption stays unexplained.
                _state.PendingReason = byItself;
            }

            if (byItself == StopReasons.CardFault)
            {
                _card.Lose();
            }

            if (_endWanted && _state.ActivityOpen)
            {
                _activities.Close();
            }
            else if (byItself != 0 && !_endWanted && !_interruptTold)
            {
                _activities.TellInterruption(byItself, false);
            }

            _notes.RecordingEnded();
            _signals.Play(_state.ActivityOpen ? Signals.Signals.Alarm : Signals.Signals.Stopped, nowUs);
            Settle();
        }

        private void Settle() => _now = RecorderStates.Settled(_provisioning, _store.IsOpen, _state.ActivityOpen);
    }
}
