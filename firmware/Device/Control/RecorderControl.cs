using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Checks;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Control
{
    /// <summary>The state machine: off → selfCheck → ready → recording → (interrupted → noting → recording) → stopping → ready, and fault. Runs on the control thread.</summary>
    public sealed class RecorderControl
    {
        private const long SecondUs = 1000000;
        private const long InsistWindowUs = 15 * SecondUs;
        private const long CheckHoldsUs = 600 * SecondUs;

        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly ClockKeeper _clock;
        private readonly PreUseCheck _check;
        private readonly Signals.Signals _signals;
        private readonly IGauge _gauge;
        private readonly Diary _diary;
        private readonly CommandQueue _commands = new CommandQueue();
        private readonly CardKeeper _card;
        private readonly Notes _notes;
        private int _now;
        private long _insistUntilUs;
        private long _nextSecondUs;
        private bool _decided;
        private bool _wasRecording;
        private bool _interruptTold;
        private bool _endWanted;
        private bool _batteryWarned;
        private Command _configure;
        private bool _returnWanted;
        private long _checkedUs;
        private int _olderCheckpoints;

        /// <summary>Takes its parts; <see cref="Begin"/> is called once before the ticks.</summary>
        public RecorderControl(CardStore store, DeviceState state, Provisioning provisioning, CaptureLoop capture, ClockKeeper clock, PreUseCheck check,
            Signals.Signals signals, ICardSocket socket, IGauge gauge, Diary diary)
        {
            _store = store;
            _state = state;
            _provisioning = provisioning;
            _capture = capture;
            _clock = clock;
            _check = check;
            _signals = signals;
            _gauge = gauge;
            _diary = diary;
            _card = new CardKeeper(store, provisioning, socket, diary);
            _notes = new Notes(provisioning, state, capture, signals, diary);
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
        public int BatteryPercent { get; private set; } = -1;

        /// <summary>True for five minutes after an obstruction was marked: the open segment is sent at once.</summary>
        public bool Obstructed => _notes.IsObstructed;

        /// <summary>Pre-use checks since power-up.</summary>
        public int CheckCount { get; private set; }

        /// <summary>Worst grade of the last one, <see cref="CheckGrades"/>.</summary>
        public int CheckGrade { get; private set; }

        /// <summary>Its items with their figures.</summary>
        public string CheckSummary { get; private set; } = "";

        /// <summary>Set when the chip must restart (something was configured).</summary>
        public bool RestartWanted { get; private set; }

        /// <summary>Queues an authenticated command for the control thread; beyond 16 it is dropped.</summary>
        public void Enqueue(Command command)
        {
            _commands.Enqueue(command);
        }

        /// <summary>Boot: card, journal, check; goes on recording at once when a power cut broke a recording off.</summary>
        public void Begin()
        {
            bool clockKnown = _clock.Begin();
            _card.Mount();
            _diary.Line(Events.Boot).Add("boot", _state.Boot).Add("epoch", _state.Epoch).Add("stateLost", _state.WasLost).Add("clock", _clock.Source)
                .Add("activityOpen", _state.ActivityOpen).Add("pendingReason", _state.PendingReason);
            _diary.Write(true);
            if (_state.EndedEpoch != 0)
            {
                _diary.Line(Events.EpochChanged).Add("from", _state.EndedEpoch).Add("owed", _state.Previous.Epoch).Add("dropped", _state.DroppedEpoch)
                    .Add("activityOpen", _state.ActivityOpen).Add("activity", _state.Activity).Add("pendingReason", _state.PendingReason);
                _diary.Write(true);
            }

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

            _now = RecorderStates.SelfCheck;
            if (!ResumeAfterCut())
            {
                RunCheck();
                Settle();
            }
        }

        /// <summary>One round, every 20 ms or so.</summary>
        public void Tick()
        {
            long nowUs = SystemClock.MonotonicUs;
            TakeGestures(nowUs);
            Command command = _commands.Take();
            if (command != null)
            {
                Carry(command, nowUs);
            }

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
            bool cut = _store.Recovery.FootagePending || _store.PreviousRecovery.FootagePending || _state.PendingReason == 0 || _state.PendingReason == StopReasons.PowerLost;
            if (!_state.ActivityOpen || !cut)
            {
                return false;
            }

            // Recording comes first; the check follows on demand. That the power was lost is inferred from what was left open.
            _state.PendingReason = _state.PendingReason == 0 ? StopReasons.PowerLost : _state.PendingReason;
            _diary.Line(Events.Interrupted).Add("reason", _state.PendingReason).Add("activity", _state.Activity).Add("inferred", true);
            _diary.Write(true);
            _capture.TestMicrophone();
            Resume();
            return true;
        }

        private void EverySecond(long nowUs)
        {
            FollowBattery(nowUs);
            ClockNews news = _clock.Look();
            if (news != ClockNews.None)
            {
                _diary.Line(news == ClockNews.Synced ? Events.ClockSync : Events.ClockStep).Add("stepUs", _clock.StepUs).Add("by", news == ClockNews.Stepped ? "unknown" : "sntp")
                    .Add("boundUs", _diary.Now().ErrorBoundUs);
                _diary.Write(news != ClockNews.Synced);
            }

            if (_card.Hangs(nowUs) || _olderCheckpoints != _store.Spool.OlderCheckpointCount)
            {
                _olderCheckpoints = _store.Spool.OlderCheckpointCount;
                _signals.Play(Signals.Signals.Alarm, nowUs);
            }

            if (!_capture.IsRecording)
            {
                FollowCard(nowUs);
            }

            _signals.RecordMode = _capture.IsRecording ? 1 : _now == RecorderStates.Interrupted ? 2 : 0;
            _signals.StatusMode = _now == RecorderStates.Fault || !_store.IsOpen ? 3 : _store.Spool.UnreceiptedCount > 0 ? 2 : 1;
        }

        private void FollowBattery(long nowUs)
        {
            BatteryPercent = _gauge.ReadPercent();
            if (BatteryPercent >= 0 && BatteryPercent <= _provisioning.BatteryStopPercent && _capture.IsRecording)
            {
                Interrupt(StopReasons.LowBattery);
            }
            else if (BatteryPercent >= 0 && BatteryPercent <= _provisioning.BatteryWarnPercent && !_batteryWarned)
            {
                _batteryWarned = true;
                _diary.Line(Events.Battery).Add("percent", BatteryPercent).Add("mv", _gauge.ReadMillivolts());
                _diary.Write(false);
                _signals.Play(Signals.Signals.Warning, nowUs);
            }
            else if (BatteryPercent > _provisioning.BatteryWarnPercent)
            {
                _batteryWarned = false;
            }
        }

        private void FollowCard(long nowUs)
        {
            if (_card.IsGone)
            {
                _card.Lose();
                _now = RecorderStates.Fault;
            }

            if (_card.Remount(nowUs) && !ResumeAfterCut() && (_now == RecorderStates.Fault || _now == RecorderStates.Ready))
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
            if (_capture.IsRecording || _wasRecording)
            {
                return;
            }

            if (_returnWanted && _store.IsOpen && !_store.Recovery.IsPending)
            {
                _returnWanted = false;
                Return();
            }

            // What a power cut left is sealed under the keys in force; a new epoch waits for it.
            if (_configure != null && _now != RecorderStates.SelfCheck && !_store.RecoveryPending)
            {
                Configure();
            }
        }

        private void TakeGestures(long nowUs)
        {
            Gesture record = RecordButton.Take(nowUs, _capture.IsRecording);
            if (record != Gesture.None)
            {
                Press("record", record);
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
                Press("note", note);
                _notes.Take(note, nowUs);
            }
        }

        private void Press(string button, Gesture gesture)
        {
            string name = gesture == Gesture.Short ? "short" : gesture == Gesture.Hold ? "hold" : gesture == Gesture.Double ? "double" : "triple";
            _diary.Line(Events.Press).Add("button", button).Add("gesture", name);
            _diary.Write(true);
        }

        private void StartByOfficer(long nowUs)
        {
            if (!_provisioning.IsComplete)
            {
                _signals.Play(Signals.Signals.Warning, nowUs);
                return;
            }

            FollowCapture(nowUs);
            if (!_store.IsOpen && _card.Mount() && ResumeAfterCut())
            {
                return;
            }

            if (_state.ActivityOpen && !_decided)
            {
                // Without a card nothing can be recorded; the first one goes on with what the power broke off.
                _signals.Play(Signals.Signals.Warning, nowUs);
                return;
            }

            if (_state.ActivityOpen)
            {
                Resume();
                return;
            }

            bool checkWanted = !_state.AssignmentOpen && nowUs - _checkedUs > CheckHoldsUs;
            if ((_check.FailedCount > 0 || checkWanted) && nowUs > _insistUntilUs)
            {
                RunCheck();
                if (_check.FailedCount > 0)
                {
                    // 使用前检查 failed: warned and on record; a second press within the window records all the same.
                    _insistUntilUs = SystemClock.MonotonicUs + InsistWindowUs;
                    _signals.Play(Signals.Signals.Warning, nowUs);
                    return;
                }
            }

            OpenAssignment();
            int activity = _store.Recordings.BeginActivity();
            _diary.Line(Events.ActivityStarted).Add("activity", activity);
            _diary.Write(true);
            if (_capture.CameraWorks || _capture.TestCamera() > 0)
            {
                BeginRecording(Kinds.Footage);
            }
            else
            {
                // No picture: the activity begins with its reason and a segment of sound.
                _state.PendingReason = StopReasons.CameraFault;
                _diary.Line(Events.Interrupted).Add("reason", StopReasons.CameraFault).Add("activity", activity);
                _diary.Write(true);
                Resume();
            }

            _notes.OpenNotice(nowUs);
        }

        // Records at once, signals, and opens the window for the spoken reason (001·11, 002·13).
        private void Resume()
        {
            OpenAssignment();
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
                    _diary.Line(Events.ActivityEnded).Add("activity", _state.Activity);
                    _diary.Write(true);
                }
            }
            else if (_state.ActivityOpen)
            {
                CloseActivity();
                _diary.Line(Events.ActivityEnded).Add("activity", _state.Activity);
                _diary.Write(true);
                Settle();
            }
        }

        private void CloseActivity()
        {
            _store.Recordings.EndActivity();
            _store.SaveState();
        }

        private void Interrupt(int reason)
        {
            if (_interruptTold || _now == RecorderStates.Stopping)
            {
                return;
            }

            TellInterruption(reason);
            _capture.End(reason);
        }

        private void TellInterruption(int reason)
        {
            _interruptTold = true;
            _diary.Line(Events.Interrupted).Add("reason", reason).Add("activity", _state.Activity);
            _diary.Write(true);
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
                CloseActivity();
            }
            else if (byItself != 0 && !_endWanted && !_interruptTold)
            {
                TellInterruption(byItself);
            }

            _notes.RecordingEnded();
            _signals.Play(_state.ActivityOpen ? Signals.Signals.Alarm : Signals.Signals.Stopped, nowUs);
            Settle();
        }

        private void Settle()
        {
            _now = !_provisioning.IsComplete || !_store.IsOpen ? RecorderStates.Fault : _state.ActivityOpen ? RecorderStates.Interrupted : RecorderStates.Ready;
        }

        private void RunCheck()
        {
            int was = _now;
            _now = RecorderStates.SelfCheck;
            int grade = _check.Run();
            _now = was;
            _checkedUs = SystemClock.MonotonicUs;
            CheckGrade = grade;
            CheckSummary = _check.Summary;
            CheckCount++;
            if (grade != CheckGrades.Passed)
            {
                _signals.Play(Signals.Signals.Warning, SystemClock.MonotonicUs);
            }
        }

        private void OpenAssignment()
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

        private void Carry(Command command, long nowUs)
        {
            if (command.Name == "state")
            {
                if (command.GetInt("epoch", 0, int.MaxValue, 0) == _state.Epoch)
                {
                    _store.Recordings.GatewayRecording = command.GetInt("lastRecording", 0, int.MaxValue, 0);
                }

                return;
            }

            _diary.Line(Events.Command).Add("name", command.Name);
            _diary.Write(true);
            if (command.Name == "selfTest")
            {
                RunCheck();
            }
            else if (command.Name == "locate")
            {
                _signals.Locate(command.GetInt("seconds", 1, 60, 10), nowUs);
            }
            else if (command.Name == "configure")
            {
                _configure = command;
            }
            else if (command.Name == "return")
            {
                _returnWanted = true;
            }
        }

        private void Return()
        {
            if (_state.ActivityOpen)
            {
                StopByOfficer();
            }

            StoreResult result = _store.Manifests.Write(_diary.Now());
            _diary.Line(Events.Manifest).Add("result", (int)result).Add("segment", _store.Manifests.ManifestSegment);
            _diary.Write(true);
            _diary.Line(Events.Assignment).Add("open", false);
            _diary.Write(true);
            _store.Journal.Rotate(_diary.Now());
        }

        private void Configure()
        {
            Command command = _configure;
            _configure = null;
            StoreResult result = _provisioning.Replace(command.Body);
            _diary.Line(Events.Command).Add("name", "configured").Add("result", (int)result).Add("epoch", _provisioning.Epoch);
            _diary.Write(true);
            if (result == StoreResult.Ok)
            {
                _store.Journal.Stop(_diary.Now());
                _state.NothingOpen = _store.IsOpen && _store.Ledger.OpenCount == 0;
                _store.SaveState();
                RestartWanted = true;
            }
        }
    }
}
