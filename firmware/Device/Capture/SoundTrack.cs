using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Capture
{
    /// <summary>Sound into the open segment, in whole pieces as they become due. Capture thread only, but for <see cref="Open"/>, which is called while nothing is recorded or the microphone is open.</summary>
    internal sealed class SoundTrack
    {
        // Ring of the I2S driver, 1,024 ms, in bytes as they are delivered (its DMA holds twice as many).
        private const int BufferBytes = 32768;

        // 8,000 frames of 2 channels and 16 bit a second.
        private const int BytesPerMs = 32;
        private const int PiecesMax = 16;
        private const long TellEveryUs = 10000000;

        private readonly IMicrophone _microphone;
        private readonly Provisioning _provisioning;
        private readonly Diary _diary;
        // Warm-up of the microphone (INMP441 data sheet: 2^18 clocks, about 85 ms at this rate; 250 ms were seen), then half a second.
        private const int WarmUpPieces = 5;
        private const int LevelPieces = 8;

        private readonly byte[] _piece;
        private readonly MicrophoneGuard _guard = new MicrophoneGuard();
        private long _takenBytes;
        private long _sinceUs;
        private long _lostBytes;
        private long _tellUs;
        private int _gaps;
        private bool _broke;

        internal SoundTrack(IMicrophone microphone, Provisioning provisioning, Diary diary)
        {
            _microphone = microphone;
            _provisioning = provisioning;
            _diary = diary;
            _piece = new byte[microphone.PieceBytes];
        }

        /// <summary>True when the microphone is open.</summary>
        internal bool IsOpen { get; private set; }

        /// <summary>Level at the last <see cref="Measure"/>, steps of 16 bit; 0 = silent to the last bit or stuck, −1 not measured.</summary>
        internal int Level { get; private set; } = -1;

        /// <summary>True when a probe of the microphone held the chip: nothing is read from it until a self-test has.</summary>
        internal bool IsHung { get; private set; }

        /// <summary>True when what was measured is all zeros or one value.</summary>
        internal bool IsDead => Level == 0;

        /// <summary>Opens the microphone once and reads one piece (64 ms); it stays open.</summary>
        internal bool Open()
        {
            return IsOpen || Probe(false);
        }

        /// <summary>Opens it and measures its level, 0.9 s; only while nothing is recorded.</summary>
        internal bool Measure()
        {
            return Probe(true);
        }

        /// <summary>Gives a microphone that held the chip another chance: for the self-test, which comes to it last.</summary>
        internal void Forgive()
        {
            IsHung = false;
            _guard.Leave();
        }

        private bool Probe(bool level)
        {
            IsHung = IsHung || (!IsOpen && _guard.HungBefore());
            if (!_provisioning.Sound || IsHung)
            {
                return false;
            }

            _guard.Enter();
            try
            {
                IsOpen = IsOpen || _microphone.Begin();
                if (IsOpen)
                {
                    Listen(level);
                }
            }
            catch (Exception failure)
            {
                IsOpen = false;
                _diary.Fault(StopReasons.DeviceFault, "microphone", failure.Message);
            }
            finally
            {
                _guard.Leave();
            }

            return IsOpen;
        }

        private void Listen(bool level)
        {
            _microphone.Read(_piece);
            if (!level)
            {
                return;
            }

            for (int piece = 1; piece < WarmUpPieces; piece++)
            {
                _microphone.Read(_piece);
            }

            SoundLevel heard = new SoundLevel();
            for (int piece = 0; piece < LevelPieces; piece++)
            {
                _microphone.Read(_piece);
                heard.Add(_piece);
            }

            Level = heard.IsStuck ? 0 : heard.Rms;
        }

        /// <summary>A recording begins.</summary>
        internal void Restart(long nowUs)
        {
            _sinceUs = nowUs;
            _takenBytes = 0;
            _lostBytes = 0;
            _gaps = 0;
            _tellUs = 0;
        }

        /// <summary>Moves what is due into the segment.</summary>
        [FramePath]
        internal void Take(SegmentWriter writer, long nowUs)
        {
            if (!IsOpen)
            {
                return;
            }

            long dueBytes = (nowUs - _sinceUs) / 1000 * BytesPerMs;
            for (int pieces = 0; pieces < PiecesMax; pieces++)
            {
                SkipOverrun(SystemClock.MonotonicUs);
                if (dueBytes - _takenBytes < _piece.Length)
                {
                    return;
                }

                long atUs = _sinceUs + (_takenBytes / BytesPerMs * 1000);
                try
                {
                    _microphone.Read(_piece);
                }
                catch (Exception)
                {
                    // Pictures go on without it.
                    IsOpen = false;
                    _broke = true;
                    return;
                }

                writer.WriteAudio(_piece, 0, _piece.Length, atUs);
                _takenBytes += _piece.Length;
            }
        }

        /// <summary>Journals what was lost: the first gap at once, later ones together every 10 s and at the end, as the line must not make the next gap.</summary>
        internal void TellGaps(long nowUs, bool isEnd)
        {
            if (_broke)
            {
                _broke = false;
                _diary.Fault(StopReasons.DeviceFault, "microphone", "a read failed; the recording goes on without sound");
            }

            if (_gaps == 0 || (nowUs < _tellUs && !isEnd))
            {
                return;
            }

            _diary.Line(Events.Fault).Add("code", StopReasons.DeviceFault).Add("where", "sound").Add("gaps", _gaps).Add("gapUs", _lostBytes / BytesPerMs * 1000);
            _diary.Write(false);
            _gaps = 0;
            _lostBytes = 0;
            _tellUs = nowUs + TellEveryUs;
        }

        // Behind by more than the chip's buffer holds: the rest is gone. Counted as due it would make every later read wait for sound that is still to come.
        [FramePath]
        private void SkipOverrun(long nowUs)
        {
            long heardBytes = (nowUs - _sinceUs) / 1000 * BytesPerMs;
            if (heardBytes - _takenBytes > BufferBytes)
            {
                _gaps++;
                _lostBytes += heardBytes - BufferBytes - _takenBytes;
                _takenBytes = heardBytes - BufferBytes;
            }
        }
    }
}
