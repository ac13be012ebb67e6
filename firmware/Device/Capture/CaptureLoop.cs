using System;
using System.Threading;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Firmware.Capture
{
    /// <summary>The capture thread: one recording at a time, sound and pictures into segments. Everybody else only asks.</summary>
    public sealed class CaptureLoop
    {
        // Rounds of a recording without pictures.
        private const int SoundRoundsPerSecond = 10;

        private readonly CardStore _store;
        private readonly PictureTrack _pictures;
        private readonly SoundTrack _sound;
        private readonly Slack _slack = new Slack();
        private readonly Provisioning _provisioning;
        private readonly ClockKeeper _clock;
        private readonly Diary _diary;
        private readonly AutoResetEvent _wake = new AutoResetEvent(false);
        private readonly ClockStamp _stamp = new ClockStamp();
        private readonly object _gate = new object();
        private int _wantedKind;
        private bool _threadLost;
        private int _stopReason;

        /// <summary>Takes what it records from and to; the thread is started by <see cref="Start"/>.</summary>
        public CaptureLoop(CardStore store, ICamera camera, IMicrophone microphone, Provisioning provisioning, ClockKeeper clock)
        {
            _store = store;
            _provisioning = provisioning;
            _clock = clock;
            _diary = new Diary(store, clock);
            _pictures = new PictureTrack(camera, provisioning, _diary, Live);
            _sound = new SoundTrack(microphone, provisioning, _diary);
            FrameStored = new AutoResetEvent(false);
        }

        /// <summary>Signalled after each frame is in the block buffer or on the card: the uplink sends in the slack that follows.</summary>
        public AutoResetEvent FrameStored { get; }

        /// <summary>True from the start of a recording to its final seal.</summary>
        public bool IsRecording { get; private set; }

        /// <summary>Kind of the recording under way (<see cref="Kinds"/>).</summary>
        public int Kind { get; private set; }

        /// <summary>True while nothing is recorded, or what is recorded leaves time to others: upload, recovery.</summary>
        public bool HasSlack => !IsRecording || _slack.IsLeft;

        /// <summary>The fault that ended the last recording, one of <see cref="StopReasons"/>, whatever was asked meanwhile; 0 when it ended because it was asked to.</summary>
        public int EndedBy { get; private set; }

        /// <summary>Result of the last attempt to start.</summary>
        public StoreResult StartResult { get; private set; }

        /// <summary>Frames since power-up.</summary>
        public int FrameTotal => _pictures.FrameTotal;

        /// <summary>True when the camera answered last time.</summary>
        public bool CameraWorks => _pictures.Works;

        /// <summary>True when the microphone is open and was not found dead.</summary>
        public bool MicrophoneWorks => _sound.IsOpen && !_sound.IsDead;

        /// <summary>True when a probe of the microphone held the chip at an earlier boot: it is left alone.</summary>
        public bool MicrophoneHung => _sound.IsHung;

        /// <summary>Level of the microphone at its last measurement, steps of 16 bit; 0 dead, −1 not measured.</summary>
        public int MicrophoneLevel => _sound.Level;

        /// <summary>The frame set aside for a live view.</summary>
        public LivePicture Live { get; } = new LivePicture();

        /// <summary>Takes blocking time off the slack, µs.</summary>
        public void UseSlack(long blockedUs)
        {
            _slack.Use(blockedUs);
        }

        /// <summary>Starts the thread.</summary>
        public void Start()
        {
            new Thread(Run).Start();
        }

        /// <summary>Asks for a recording of that kind; ignored while one is under way.</summary>
        public void Begin(int kind)
        {
            lock (_gate)
            {
                if (!IsRecording)
                {
                    EndedBy = 0;
                    _wantedKind = kind;
                    IsRecording = true;
                    _stopReason = 0;
                }
            }

            if (_threadLost)
            {
                // Its last handler found no memory for a fresh thread; now there may be.
                _threadLost = false;
                Start();
            }

            _wake.Set();
        }

        /// <summary>Asks the recording under way to end with that reason. The first reason stands, but for the end of the activity, which comes before any other.</summary>
        public void End(int stopReason)
        {
            lock (_gate)
            {
                if (IsRecording && (_stopReason == 0 || stopReason == StopReasons.ActivityEnded))
                {
                    _stopReason = stopReason;
                }
            }
        }

        /// <summary>Looks whether the camera answers and delivers; only while not recording.</summary>
        /// <returns>Bytes of a test frame, 0 when it does not work.</returns>
        public int TestCamera()
        {
            return IsRecording ? (_pictures.Works ? 1 : 0) : _pictures.Test();
        }

        /// <summary>Opens the microphone once and takes its first piece, so that a recording that must begin at once has sound.</summary>
        public void OpenMicrophone()
        {
            _sound.Open();
        }

        /// <summary>Measures the microphone, 0.9 s; while recording it is taken as it was.</summary>
        /// <returns>True when it is open and not dead.</returns>
        public bool TestMicrophone()
        {
            if (!IsRecording)
            {
                _sound.Measure();
            }

            return MicrophoneWorks;
        }

        /// <summary>Gives a microphone that held the chip another chance: for the self-test.</summary>
        public void ForgiveMicrophone()
        {
            _sound.Forgive();
        }

        private void Run()
        {
            try
            {
                Loop();
            }
            catch (Exception)
            {
                // Even the handler in the loop failed: the control thread shows the interruption, and a fresh thread takes over.
                EndedBy = StopReasons.DeviceFault;
                _wantedKind = 0;
                IsRecording = false;
                StartAgain();
            }
        }

        private void StartAgain()
        {
            try
            {
                Start();
            }
            catch (Exception)
            {
                _threadLost = true;
            }
        }

        private void Loop()
        {
            while (true)
            {
                try
                {
                    if (_wantedKind == 0)
                    {
                        SystemClock.Wait(_wake, 100);
                        continue;
                    }

                    int kind = _wantedKind;
                    _wantedKind = 0;
                    Record(kind);
                }
                catch (Exception failure)
                {
                    _diary.Fault((int)StoreResult.WriteFailed, "capture", failure.Message);
                    EndedBy = StopReasons.DeviceFault;
                    _store.Recordings.Abandon(_diary.Now(), StopReasons.DeviceFault);
                }

                IsRecording = false;
            }
        }

        private void Record(int kind)
        {
            Kind = kind;
            Recordings recordings = _store.Recordings;
            if (kind == Kinds.Footage && !_pictures.Works && !_pictures.Begin())
            {
                StartResult = StoreResult.NotOpen;
                EndedBy = StopReasons.CameraFault;
                return;
            }

            _clock.Stamp(_stamp);
            StoreResult result = recordings.Begin(kind, _stamp);
            if (result == StoreResult.Ok || result == StoreResult.StateFailed)
            {
                _clock.Stamp(_stamp);
                result = recordings.OpenSegment(_stamp);
            }

            StartResult = result;
            if (result != StoreResult.Ok)
            {
                _diary.Fault((int)result, "start", "no recording");
                EndedBy = ReasonOf(result);
                recordings.Abandon(_diary.Now(), EndedBy);
                return;
            }

            _diary.Line(Events.RecordingStarted).Add("recording", recordings.Recording).Add("activity", recordings.Activity).Add("kind", kind);
            _diary.Write(true);
            long nowUs = SystemClock.MonotonicUs;
            _sound.Restart(nowUs);
            _pictures.Restart(nowUs);
            _slack.Restart();
            Finish(Capture(kind));
        }

        // Returns the fault that ended it, 0 when it was asked to end.
        private int Capture(int kind)
        {
            SegmentWriter writer = _store.Recordings.Writer;
            long nextUs = SystemClock.MonotonicUs;
            while (true)
            {
                long startedUs = SystemClock.MonotonicUs;
                _sound.Take(writer, startedUs);
                long busyUs = SystemClock.MonotonicUs - startedUs;
                _sound.TellGaps(startedUs, false);
                if (kind == Kinds.Footage)
                {
                    if (!_pictures.Take(writer))
                    {
                        return StopReasons.CameraFault;
                    }

                    busyUs += _pictures.BusyUs;
                }

                long endedUs = SystemClock.MonotonicUs;
                _store.Journal.CopyPendingInto(writer, endedUs);
                FrameStored.Set();
                if (writer.Fault != StoreResult.Ok)
                {
                    return ReasonOf(writer.Fault);
                }

                if (_stopReason != 0)
                {
                    return 0;
                }

                if (writer.ShouldCut(endedUs))
                {
                    if (!(kind == Kinds.Footage ? _store.Ledger.HasRoomForFootage : _store.Ledger.HasRoomForJournal))
                    {
                        return StopReasons.LowStorage;
                    }

                    _clock.Stamp(_stamp);
                    StoreResult cut = _store.Recordings.Cut(_stamp);
                    writer = _store.Recordings.Writer;
                    if (cut != StoreResult.Ok || writer == null)
                    {
                        return ReasonOf(cut);
                    }
                }

                nextUs = Pace(startedUs, nextUs, busyUs, kind);
            }
        }

        // Waits for the next frame's time.
        private long Pace(long startedUs, long dueUs, long busyUs, int kind)
        {
            long intervalUs = 1000000 / (kind == Kinds.Footage ? _provisioning.FramesPerSecondMax : SoundRoundsPerSecond);
            bool recovering = _store.Recovery.FootagePending || _store.PreviousRecovery.FootagePending;
            long nextUs = _slack.Next(startedUs, dueUs, busyUs, intervalUs, Live.IsWanted, recovering);
            while (SystemClock.MonotonicUs < nextUs && _stopReason == 0)
            {
                long leftMs = (nextUs - SystemClock.MonotonicUs) / 1000;
                SystemClock.Sleep(leftMs > 50 ? 50 : leftMs < 1 ? 1 : (int)leftMs);
            }

            return nextUs;
        }

        // What was asked is the reason, also when a fault came first: the officer's hold may be taken while a dead camera is waited for.
        private void Finish(int fault)
        {
            Recordings recordings = _store.Recordings;
            int number = recordings.Recording;
            int asked = _stopReason;
            int reason = asked != 0 ? asked : fault;
            EndedBy = fault;
            _sound.TellGaps(SystemClock.MonotonicUs, true);
            _diary.Line(Events.RecordingStopped).Add("recording", number).Add("activity", recordings.Activity).Add("reason", reason).Add("fault", fault);
            _diary.Write(true);
            SegmentWriter writer = recordings.Writer;
            if (writer != null && writer.Fault == StoreResult.Ok)
            {
                _store.Journal.CopyPendingInto(writer, SystemClock.MonotonicUs);
            }

            if (reason == StopReasons.ActivityEnded)
            {
                recordings.EndActivity();
            }

            _clock.Stamp(_stamp);
            if (fault == StopReasons.CardFault)
            {
                recordings.Abandon(_stamp, reason);
                return;
            }

            StoreResult ended = recordings.End(_stamp, reason);
            if (ended != StoreResult.Ok)
            {
                _diary.Fault((int)ended, "end", "the last segment waits for recovery");
            }
        }

        private static int ReasonOf(StoreResult result)
        {
            return result == StoreResult.CardFull ? StopReasons.LowStorage
                : result == StoreResult.KeyGone || result == StoreResult.Unprovisioned ? StopReasons.DeviceFault
                : StopReasons.CardFault;
        }
    }
}
