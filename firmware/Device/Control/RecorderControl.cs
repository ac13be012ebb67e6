using System;
using System.Collections;
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
        private const long NoticeWindowUs = 60 * SecondUs;
        private const long InsistWindowUs = 15 * SecondUs;
        private const long RemountEveryUs = 5 * SecondUs;
        private const long ObstructionHoldsUs = 300 * SecondUs;
        private const long CheckHoldsUs = 600 * SecondUs;
        private const long CardHangsUs = 5 * SecondUs;
        private const int CommandsMax = 16;

        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly ClockKeeper _clock;
        private readonly PreUseCheck _check;
        private readonly Signals.Signals _signals;
        private readonly ICardSocket _socket;
        private readonly IGauge _gauge;
        private readonly Diary _diary;
        private readonly Queue _commands = new Queue();
        private long _noticeUntilUs;
        private long _noteUntilUs;
        private long _insistUntilUs;
        private long _obstructedUntilUs;
        private long _nextSecondUs;
        private long _nextMountUs;
        private bool _wasRecording;
        private bool _batteryWarned;
        private Command _configure;
        private bool _returnWanted;
        private long _checkedUs;
        private int _writesSeen;
        private long _writesMovedUs;

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
            _socket = socket;
            _gauge = gauge;
            _diary = diary;
            RecordButton = new Gestures();
            NoteButton = new Gestures();
        }

        /// <summary>Edges of the record button.</summary>
        public Gestures RecordButton { get; }

        /// <summary>Edges of the note button.</summary>
        public Gestures NoteButton { get; }

        /// <summary>One of <see cref="RecorderStates"/>.</summary>
        public int State { get; private set; }

        /// <summary>Battery charge, percent; −1 unknown.</summary>
        public int BatteryPercent { get; private set; } = -1;

        /// <summary>True for five minutes after an obstruction was marked: the open segment is sent at once.</summary>
        public bool Obstructed => _obstructedUntilUs > SystemClock.MonotonicUs;

        /// <summary>Pre-use checks since power-up.</summary>
        public int CheckCount { get; private set; }

        /// <summary>Worst grade of the last one, <see cref="CheckGrades"/>.</summary>
        public int CheckGrade { get; private set; }

        /// <summary>Its items with their figures.</summary>
        public string CheckSummary { get; private set; } = "";

        /// <summary>Set when the chip must restart (a new epoch was configured).</summary>
        public bool RestartWanted { get; private set; }

        /// <summary>Queues an authenticated command for the control thread; beyond 16 it is dropped.</summary>
        public void Enqueue(Command command)
        {
            lock (_commands)
            {
                if (_commands.Count < CommandsMax)
                {
                    _commands.Enqueue(command);
                }
            }
        }

        /// <summary>Boot: card, journal, check; goes on recording at once when a power cut broke a recording off.</summary>
        public void Begin()
        {
            bool clockKnown = _clock.Begin();
            MountCard();
            _diary.Line(Events.Boot).Add("boot", _state.Boot).Add("epoch", _state.Epoch).Add("stateLost", _state.WasLost).Add("clock", _clock.Source)
                .Add("activityOpen", _state.ActivityOpen).Add("pendingReason", _state.PendingReason);
            _diary.Write(true);
            if (!clockKnown)
            {
                _diary.Fault(StopReasons.DeviceFault, "clock", "the kept clock has lost the time");
            }

            if (!_provisioning.IsComplete)
            {
                State = RecorderStates.Fault;
                _diary.Fault((int)StoreResult.Unprovisioned, "provisioning", _provisioning.MissingKey);
                return;
            }

            State = RecorderStates.SelfCheck;
            // A clean interruption leaves its reason; none, or an older power loss, means that the power went before one could be kept.
            bool cut = _store.Recovery.FootagePending || _state.PendingReason == 0 || _state.PendingReason == StopReasons.PowerLost;
            bool resume = _store.IsOpen && _state.ActivityOpen && cut;
            if (resume)
            {
                _state.PendingReason = _state.PendingReason == 0 ? StopReasons.PowerLost : _state.PendingReason;

                // Recording comes first; the check follows on demand. That the power was lost is inferred from the segment left open.
                _diary.Line(Events.Interrupted).Add("reason", _state.PendingReason).Add("activity", _state.Activity).Add("inferred", true);
                _diary.Write(true);
                _capture.TestMicrophone();
                Resume();
                return;
            }

            RunCheck();
            Settle();
        }

        /// <summary>One round, every 20 ms or so.</summary>
        public void Tick()
        {
            long nowUs = SystemClock.MonotonicUs;
            TakeGestures(nowUs);
            TakeCommands(nowUs);
            FollowCapture(nowUs);
            if (_noticeUntilUs != 0 && nowUs > _noticeUntilUs)
            {
                _noticeUntilUs = 0;
                _diary.Line(Events.NoticeNotMarked).Add("recording", _state.Recording);
                _diary.Write(true);
            }

            if (State == RecorderStates.Noting && nowUs > _noteUntilUs)
            {
                EndNote("time");
            }

            if (nowUs >= _nextSecondUs)
            {
                _nextSecondUs = nowUs + SecondUs;
                EverySecond(nowUs);
            }

            Housekeep();
            _signals.Tick(nowUs);
        }

        private void EverySecond(long nowUs)
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

            TellClock();
            WatchCard(nowUs);

            if (_store.IsOpen && !_socket.IsPresent && !_capture.IsRecording)
            {
                LoseCard();
            }

            if (!_store.IsOpen && _provisioning.IsComplete && !_capture.IsRecording && nowUs >= _nextMountUs)
            {
                _nextMountUs = nowUs + RemountEveryUs;
                if (MountCard() && (State == RecorderStates.Fault || State == RecorderStates.Ready))
                {
                    Settle();
                }
            }

            _signals.RecordMode = _capture.IsRecording ? 1 : State == RecorderStates.Interrupted ? 2 : 0;
            _signals.StatusMode = State == RecorderStates.Fault || !_store.IsOpen ? 3 : _store.Spool.UnreceiptedCount > 0 ? 2 : 1;
        }

        private void TellClock()
        {
            ClockNews news = _clock.Look();
            if (news != ClockNews.None)
            {
                _diary.Line(news == ClockNews.Synced ? Events.ClockSync : Events.ClockStep).Add("stepUs", _clock.StepUs).Add("by", news == ClockNews.Stepped ? "unknown" : "sntp")
                    .Add("boundUs", _diary.Now().ErrorBoundUs);
                _diary.Write(news != ClockNews.Synced);
            }
        }

        // A full or broken card can hold the writing thread for ever, without an exception; nothing is journalled, as that would hang too.
        private void WatchCard(long nowUs)
        {
            SegmentWriter writer = _store.Recordings.Writer;
            int writes = writer != null ? writer.WritesCompleted : -1;
            if (writer == null || writes != _writesSeen || !writer.WriteInProgress)
            {
                _writesSeen = writes;
                _writesMovedUs = nowUs;
            }
            else if (nowUs - _writesMovedUs > CardHangsUs)
            {
                _writesMovedUs = nowUs;
                _signals.Play(Signals.Signals.Alarm, nowUs);
            }
        }

        private void Housekeep()
        {
            if (_store.IsOpen && _store.Recovery.IsPending && _capture.HasSlack)
            {
                long startedUs = SystemClock.MonotonicUs;
                _store.Recovery.Step(_diary.Now());
                _capture.UseSlack(SystemClock.MonotonicUs - startedUs);
            }

            _store.Tick(_diary.Now());
            if (_capture.IsRecording)
            {
                return;
            }

            if (_returnWanted && _store.IsOpen && !_store.Recovery.IsPending)
            {
                _returnWanted = false;
                Return();
            }

            if (_configure != null && State != RecorderStates.SelfCheck)
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

            Gesture note = NoteButton.Take(nowUs, State != RecorderStates.Noting);
            if (note != Gesture.None)
            {
                Press("note", note);
                Note(note, nowUs);
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

            if (!_store.IsOpen)
            {
                MountCard();
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

            _signals.Play(Signals.Signals.GiveNotice, nowUs);
            _noticeUntilUs = nowUs + NoticeWindowUs;
            _diary.Line(Events.NoticeOpened).Add("text", _provisioning.NoticeText).Add("seconds", NoticeWindowUs / SecondUs);
            _diary.Write(false);
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
            long nowUs = SystemClock.MonotonicUs;
            State = RecorderStates.Noting;
            _noteUntilUs = nowUs + (_provisioning.NoteWindowS * SecondUs);
            _signals.Play(Signals.Signals.SpeakNow, nowUs);
            long goneUs = _state.InterruptedWallUs > 0 ? _diary.Now().WallUs - _state.InterruptedWallUs : -1;
            _diary.Line(Events.NoteStarted).Add("reason", reason).Add("interruptedUs", _state.InterruptedWallUs).Add("lengthUs", goneUs).Add("picture", camera);
            _diary.Write(true);
        }

        private void BeginRecording(int kind)
        {
            State = RecorderStates.Recording;
            _wasRecording = true;
            _capture.Begin(kind);
        }

        private void StopByOfficer()
        {
            if (_capture.IsRecording)
            {
                bool obstructed = Obstructed;
                State = RecorderStates.Stopping;
                _capture.End(obstructed ? StopReasons.Obstruction : StopReasons.ActivityEnded);
                if (!obstructed)
                {
                    _diary.Line(Events.ActivityEnded).Add("activity", _state.Activity);
                    _diary.Write(true);
                }
            }
            else if (_state.ActivityOpen)
            {
                _store.Recordings.EndActivity();
                _store.SaveState();
                _diary.Line(Events.ActivityEnded).Add("activity", _state.Activity);
                _diary.Write(true);
                Settle();
            }
        }

        private void Interrupt(int reason)
        {
            _diary.Line(Events.Interrupted).Add("reason", reason).Add("activity", _state.Activity);
            _diary.Write(true);
            _capture.End(reason);
        }

        private void Note(Gesture gesture, long nowUs)
        {
            if (State == RecorderStates.Noting && gesture == Gesture.Short)
            {
                EndNote("press");
            }
            else if (gesture == Gesture.Short && _noticeUntilUs != 0)
            {
                _noticeUntilUs = 0;
                _diary.Line(Events.NoticeGiven).Add("text", _provisioning.NoticeText).Add("recording", _state.Recording);
                _diary.Write(true);
                _signals.Play(Signals.Signals.Marked, nowUs);
            }
            else if (gesture == Gesture.Short)
            {
                _diary.Line(Events.KeyShot).Add("recording", _state.Recording);
                _diary.Write(true);
                _signals.Play(Signals.Signals.Marked, nowUs);
            }
            else if (gesture == Gesture.Hold && _capture.IsRecording)
            {
                State = RecorderStates.Noting;
                _noteUntilUs = nowUs + (_provisioning.NoteWindowS * SecondUs);
                _diary.Line(Events.NoteStarted).Add("reason", 0).Add("by", "officer");
                _diary.Write(true);
                _signals.Play(Signals.Signals.SpeakNow, nowUs);
            }
            else if (gesture == Gesture.Double)
            {
                _obstructedUntilUs = nowUs + ObstructionHoldsUs;
                _diary.Line(Events.Obstruction).Add("recording", _state.Recording).Add("stopReason", StopReasons.Obstruction)
                    .Add("interruptionReason", StopReasons.Obstruction).Add("preserve", true);
                _diary.Write(true);
                _signals.Play(Signals.Signals.Marked, nowUs);
            }
            else if (gesture == Gesture.Triple)
            {
                _diary.Line(Events.Warned).Add("recording", _state.Recording);
                _diary.Write(true);
                _signals.Play(Signals.Signals.Marked, nowUs);
            }
        }

        private void EndNote(string by)
        {
            _diary.Line(Events.NoteEnded).Add("by", by);
            _diary.Write(true);
            _state.PendingReason = 0;
            State = _capture.IsRecording ? RecorderStates.Recording : State;
            if (_capture.IsRecording && _capture.Kind == Kinds.SpokenNote)
            {
                _capture.End(StopReasons.CameraFault);
            }
        }

        private void FollowCapture(long nowUs)
        {
            if (!_wasRecording || _capture.IsRecording)
            {
                return;
            }

            _wasRecording = false;
            _noticeUntilUs = 0;
            int byItself = _capture.EndedBy;
            if (byItself == StopReasons.CardFault)
            {
                LoseCard();
            }

            if (byItself != 0)
            {
                _diary.Line(Events.Interrupted).Add("reason", byItself).Add("activity", _state.Activity);
                _diary.Write(true);
            }

            _signals.Play(_state.ActivityOpen ? Signals.Signals.Alarm : Signals.Signals.Stopped, nowUs);
            Settle();
        }

        private void Settle()
        {
            State = !_provisioning.IsComplete || !_store.IsOpen ? RecorderStates.Fault : _state.ActivityOpen ? RecorderStates.Interrupted : RecorderStates.Ready;
        }

        private void RunCheck()
        {
            int was = State;
            State = RecorderStates.SelfCheck;
            int grade = _check.Run();
            State = was;
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

        private bool MountCard()
        {
            if (!_provisioning.IsComplete || !_socket.Mount())
            {
                return false;
            }

            StoreResult result = _store.Open(_diary.Now());
            if (result != StoreResult.Ok)
            {
                _diary.Fault((int)result, "card", "the card cannot be opened");
                _socket.Unmount();
            }

            return result == StoreResult.Ok;
        }

        private void LoseCard()
        {
            _store.Close();
            _socket.Unmount();
            _diary.Fault((int)StoreResult.CardAbsent, "card", "the card is gone");
            _nextMountUs = SystemClock.MonotonicUs + RemountEveryUs;
            State = RecorderStates.Fault;
        }

        private void TakeCommands(long nowUs)
        {
            Command command = null;
            lock (_commands)
            {
                if (_commands.Count > 0)
                {
                    command = (Command)_commands.Dequeue();
                }
            }

            if (command != null)
            {
                Carry(command, nowUs);
            }
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
                _state.NewEpochWanted = false;
                _store.SaveState();
                _store.Journal.Stop(_diary.Now());
                RestartWanted = true;
            }
        }
    }
}
