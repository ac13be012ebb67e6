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
        // A frame that takes longer is a stall; three in a row are a dead camera.
        private const long StallUs = 2000000;
        private const int StallsMax = 3;

        // Longest frame that goes out live.
        private const int LiveBytesMax = 48 * 1024;

        // At most 800 ms of blocking calls a second (budget.md), in thousandths: sound and pictures, the same while a recovery or a live view wants its part, and everything together;
        // what is left to 800 is the control thread's and the journal's.
        private const long BusyShare = 745;
        private const long RecoveringShare = 620;
        private const long LiveShare = 500;
        private const long TotalShare = 760;

        // A live frame takes half a second of TLS at once, so the ten seconds around it need room.
        private const long LiveTotalShare = 730;
        private const int SlackMaxUs = 1000000;

        // Slack not used is kept for one message only: more would be spent at once in some later second.
        private const int SlackKeptUs = 200000;

        // Ring of the I2S driver, as the microphone opens it.
        private const int SoundBufferBytes = 32768;
        private const long SoundTellEveryUs = 10000000;

        private readonly CardStore _store;
        private readonly ICamera _camera;
        private readonly IMicrophone _microphone;
        private readonly Provisioning _provisioning;
        private readonly ClockKeeper _clock;
        private readonly Diary _diary;
        private readonly AutoResetEvent _wake = new AutoResetEvent(false);
        private readonly ClockStamp _stamp = new ClockStamp();
        private readonly byte[] _sound;
        private readonly object _gate = new object();
        private int _wantedKind;
        private bool _threadLost;
        private int _stopReason;
        private long _soundTakenBytes;
        private long _soundSinceUs;
        private long _soundLostBytes;
        private long _soundTellUs;
        private int _soundGaps;
        private bool _cameraReady;
        private bool _soundReady;
        private int _stalls;
        private int _slackUs;
        private long _exposedUs;
        private bool _firstTaken;
        private long _busyUs;
        private long _lastFrameUs;
        private readonly byte[] _live = new byte[LiveBytesMax];

        /// <summary>Takes what it records from and to; the thread is started by <see cref="Start"/>.</summary>
        public CaptureLoop(CardStore store, ICamera camera, IMicrophone microphone, Provisioning provisioning, ClockKeeper clock)
        {
            _store = store;
            _camera = camera;
            _microphone = microphone;
            _provisioning = provisioning;
            _clock = clock;
            _diary = new Diary(store, clock);
            _sound = new byte[microphone.PieceBytes];
            FrameStored = new AutoResetEvent(false);
        }

        /// <summary>Signalled after each frame is in the block buffer or on the card: the uplink sends in the slack that follows.</summary>
        public AutoResetEvent FrameStored { get; }

        /// <summary>True from the start of a recording to its final seal.</summary>
        public bool IsRecording { get; private set; }

        /// <summary>Kind of the recording under way (<see cref="Kinds"/>).</summary>
        public int Kind { get; private set; }

        /// <summary>True while nothing is recorded, or what is recorded leaves time to others: upload, recovery.</summary>
        public bool HasSlack
        {
            get
            {
                lock (_gate)
                {
                    return !IsRecording || _slackUs > 0;
                }
            }
        }

        /// <summary>The fault that ended the last recording, one of <see cref="StopReasons"/>, whatever was asked meanwhile; 0 when it ended because it was asked to.</summary>
        public int EndedBy { get; private set; }

        /// <summary>Result of the last attempt to start.</summary>
        public StoreResult StartResult { get; private set; }

        /// <summary>Frames since power-up.</summary>
        public int FrameTotal { get; private set; }

        /// <summary>True when the camera answered last time.</summary>
        public bool CameraWorks => _cameraReady;

        /// <summary>True when the microphone could be opened.</summary>
        public bool MicrophoneWorks => _soundReady;

        /// <summary>While true a copy of a frame is set aside whenever the last one was taken.</summary>
        public bool LiveWanted { get; set; }

        /// <summary>Length of the frame set aside, 0 when there is none.</summary>
        public int LiveLengthBytes { get; private set; }

        /// <summary>Its exposure, device-monotonic µs.</summary>
        public long LiveAtUs { get; private set; }

        /// <summary>The frame set aside; valid until <see cref="LiveTaken"/>.</summary>
        public byte[] LiveFrame => _live;

        /// <summary>Makes room for the next one.</summary>
        public void LiveTaken()
        {
            LiveLengthBytes = 0;
        }

        /// <summary>Takes blocking time off the slack, µs.</summary>
        public void UseSlack(long blockedUs)
        {
            lock (_gate)
            {
                _slackUs = Within(_slackUs - blockedUs);
            }
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
            if (IsRecording)
            {
                return _camera.Frame.Length > 0 ? 1 : 0;
            }

            _cameraReady = _camera.Begin(_provisioning.WidthPx, _provisioning.HeightPx);
            if (!_cameraReady)
            {
                return 0;
            }

            StartCapture();
            return WaitForFrame() ? _camera.TakeFrame() : 0;
        }

        /// <summary>Opens the microphone once; it stays open, as a dead one would hang every later read.</summary>
        public bool TestMicrophone()
        {
            if (!_soundReady)
            {
                _soundReady = _provisioning.Sound && _microphone.Begin();
            }

            return _soundReady;
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
            if (kind == Kinds.Footage && !_cameraReady)
            {
                _cameraReady = _camera.Begin(_provisioning.WidthPx, _provisioning.HeightPx);
                if (!_cameraReady)
                {
                    StartResult = StoreResult.NotOpen;
                    EndedBy = StopReasons.CameraFault;
                    return;
                }
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
            _soundTakenBytes = 0;
            _soundLostBytes = 0;
            _soundGaps = 0;
            _soundTellUs = 0;
            _soundSinceUs = SystemClock.MonotonicUs;
            _stalls = 0;
            _slackUs = 0;
            _lastFrameUs = _soundSinceUs;
            _exposedUs = 0;
            _firstTaken = false;
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
                _busyUs = 0;
                TakeSound(writer, startedUs);
                _busyUs = SystemClock.MonotonicUs - startedUs;
                if (_soundGaps > 0 && startedUs >= _soundTellUs)
                {
                    TellSoundGaps(startedUs);
                }

                if (kind == Kinds.Footage && !TakePicture(writer))
                {
                    return StopReasons.CameraFault;
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

                nextUs = Pace(startedUs, nextUs, kind);
            }
        }

        private static int Within(long slackUs)
        {
            return slackUs > SlackKeptUs ? SlackKeptUs : slackUs < -SlackMaxUs ? -SlackMaxUs : (int)slackUs;
        }

        // Waits for the next frame's time; what the frame left of the budget becomes slack.
        private long Pace(long startedUs, long nextUs, int kind)
        {
            int perSecond = kind == Kinds.Footage ? _provisioning.FramesPerSecondMax : 10;
            long intervalUs = 1000000 / perSecond;
            long share = LiveWanted ? LiveShare : _store.Recovery.FootagePending ? RecoveringShare : BusyShare;
            long leastUs = _busyUs * 1000 / share;
            intervalUs = leastUs > intervalUs ? leastUs : intervalUs;
            nextUs += intervalUs;
            if (nextUs < startedUs + leastUs)
            {
                nextUs = startedUs + leastUs;
            }

            lock (_gate)
            {
                _slackUs = Within(_slackUs + ((nextUs - startedUs) * (LiveWanted ? LiveTotalShare : TotalShare) / 1000) - _busyUs);
            }

            while (SystemClock.MonotonicUs < nextUs && _stopReason == 0)
            {
                long leftMs = (nextUs - SystemClock.MonotonicUs) / 1000;
                SystemClock.Sleep(leftMs > 50 ? 50 : leftMs < 1 ? 1 : (int)leftMs);
            }

            return nextUs;
        }

        [FramePath]
        private void TakeSound(SegmentWriter writer, long nowUs)
        {
            if (!_soundReady)
            {
                return;
            }

            // 32 bytes a millisecond: 8,000 frames of 2 channels and 16 bit a second.
            long dueBytes = (nowUs - _soundSinceUs) / 1000 * 32;
            for (int pieces = 0; pieces < 16; pieces++)
            {
                SkipOverrun(SystemClock.MonotonicUs);
                if (dueBytes - _soundTakenBytes < _sound.Length)
                {
                    return;
                }

                long atUs = _soundSinceUs + (_soundTakenBytes / 32 * 1000);
                _microphone.Read(_sound);
                writer.WriteAudio(_sound, 0, _sound.Length, atUs);
                _soundTakenBytes += _sound.Length;
            }
        }

        // Behind by more than the chip's buffer holds: the rest is gone. Counted as due it would make every later read wait for sound that is still to come.
        [FramePath]
        private void SkipOverrun(long nowUs)
        {
            long heardBytes = (nowUs - _soundSinceUs) / 1000 * 32;
            if (heardBytes - _soundTakenBytes > SoundBufferBytes)
            {
                _soundGaps++;
                _soundLostBytes += heardBytes - SoundBufferBytes - _soundTakenBytes;
                _soundTakenBytes = heardBytes - SoundBufferBytes;
            }
        }

        // The first gap at once, later ones together every 10 s: the line must not make the next gap.
        private void TellSoundGaps(long nowUs)
        {
            _diary.Line(Events.Fault).Add("code", StopReasons.DeviceFault).Add("where", "sound").Add("gaps", _soundGaps).Add("gapUs", _soundLostBytes / 32 * 1000);
            _diary.Write(false);
            _soundGaps = 0;
            _soundLostBytes = 0;
            _soundTellUs = nowUs + SoundTellEveryUs;
        }

        // False when the camera is dead. The camera exposes the next frame while this one goes to the card.
        private bool TakePicture(SegmentWriter writer)
        {
            if (_exposedUs == 0)
            {
                StartCapture();
            }

            if (!WaitForFrame())
            {
                _stalls++;
                _diary.Line(Events.Fault).Add("code", StopReasons.CameraFault).Add("where", "camera").Add("stalls", _stalls);
                _diary.Write(true);
                if (_stalls >= StallsMax)
                {
                    _cameraReady = false;
                    return false;
                }

                _camera.Begin(_provisioning.WidthPx, _provisioning.HeightPx);
                StartCapture();
                return true;
            }

            long takenUs = SystemClock.MonotonicUs;
            long atUs = _exposedUs;
            int lengthBytes = _camera.TakeFrame();
            // The first frame is followed by a whole interval, as every other one.
            if (_firstTaken)
            {
                StartCapture();
            }
            else
            {
                _firstTaken = true;
                _exposedUs = 0;
            }

            if (lengthBytes > 0)
            {
                if (atUs - _lastFrameUs > StallUs)
                {
                    _diary.Line(Events.Fault).Add("code", StopReasons.CameraFault).Add("where", "stall").Add("gapUs", atUs - _lastFrameUs);
                    _diary.Write(false);
                }

                _lastFrameUs = atUs;
                StoreFrame(writer, lengthBytes, atUs);
                FrameTotal++;
                _stalls = 0;
            }

            _busyUs += SystemClock.MonotonicUs - takenUs;
            return true;
        }

        private void StartCapture()
        {
            _camera.StartCapture();
            _exposedUs = SystemClock.MonotonicUs;
        }

        [FramePath]
        private void StoreFrame(SegmentWriter writer, int lengthBytes, long atUs)
        {
            writer.BeginFrame(lengthBytes, atUs);
            writer.FrameBytes(_camera.Frame, 0, lengthBytes);
            writer.EndFrame();
            if (LiveWanted && LiveLengthBytes == 0 && lengthBytes <= LiveBytesMax)
            {
                Array.Copy(_camera.Frame, 0, _live, 0, lengthBytes);
                LiveAtUs = atUs;
                LiveLengthBytes = lengthBytes;
            }
        }

        private bool WaitForFrame()
        {
            long untilUs = SystemClock.MonotonicUs + StallUs;
            while (!_camera.CaptureDone())
            {
                if (SystemClock.MonotonicUs > untilUs)
                {
                    return false;
                }

                SystemClock.Sleep(5);
            }

            return true;
        }

        // What was asked is the reason, also when a fault came first: the officer's hold may be taken while a dead camera is waited for.
        private void Finish(int fault)
        {
            Recordings recordings = _store.Recordings;
            int number = recordings.Recording;
            int asked = _stopReason;
            int reason = asked != 0 ? asked : fault;
            EndedBy = fault;
            if (_soundGaps > 0)
            {
                TellSoundGaps(SystemClock.MonotonicUs);
            }

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
