using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Capture
{
    /// <summary>Pictures into the open segment. Capture thread only, but for <see cref="Test"/>, which is called while nothing is recorded.</summary>
    internal sealed class PictureTrack
    {
        // A frame that takes longer is a stall; three in a row are a dead camera.
        private const long StallUs = 2000000;
        private const int StallsMax = 3;

        private readonly ICamera _camera;
        private readonly Provisioning _provisioning;
        private readonly Diary _diary;
        private readonly LivePicture _live;
        private int _stalls;
        private long _emptySinceUs;
        private long _exposedUs;
        private bool _firstTaken;
        private long _lastFrameUs;

        internal PictureTrack(ICamera camera, Provisioning provisioning, Diary diary, LivePicture live)
        {
            _camera = camera;
            _provisioning = provisioning;
            _diary = diary;
            _live = live;
        }

        /// <summary>True when the camera answered last time.</summary>
        internal bool Works { get; private set; }

        /// <summary>Frames since power-up.</summary>
        internal int FrameTotal { get; private set; }

        /// <summary>How long the calls of the newest <see cref="Take"/> blocked, µs.</summary>
        internal long BusyUs { get; private set; }

        /// <summary>Sets the camera up; false when it does not answer.</summary>
        internal bool Begin()
        {
            Works = false;
            try
            {
                _camera.Tune(_provisioning.JpegQuality, _provisioning.Night);
                Works = _camera.Begin(_provisioning.WidthPx, _provisioning.HeightPx);
            }
            catch (Exception failure)
            {
                Broken(failure);
            }

            return Works;
        }

        /// <summary>Bytes of a test frame, 0 when the camera does not work.</summary>
        internal int Test()
        {
            try
            {
                if (Begin())
                {
                    Expose();
                    return WaitForFrame() ? _camera.TakeFrame() : 0;
                }
            }
            catch (Exception failure)
            {
                Broken(failure);
            }

            return 0;
        }

        /// <summary>A recording begins.</summary>
        internal void Restart(long nowUs)
        {
            _stalls = 0;
            _emptySinceUs = 0;
            _lastFrameUs = nowUs;
            _exposedUs = 0;
            _firstTaken = false;
        }

        /// <summary>Moves the next frame into the segment; the camera exposes the one after while this one goes to the card. False when the camera is dead.</summary>
        internal bool Take(SegmentWriter writer)
        {
            try
            {
                return TakeNext(writer);
            }
            catch (Exception failure)
            {
                Broken(failure);
                return false;
            }
        }

        // A bus that fails is a dead camera and nothing worse: sound goes on being recorded.
        private void Broken(Exception failure)
        {
            Works = false;
            _diary.Fault(StopReasons.CameraFault, "camera", failure.Message);
        }

        private bool TakeNext(SegmentWriter writer)
        {
            BusyUs = 0;
            if (_exposedUs == 0)
            {
                Expose();
            }

            if (!WaitForFrame())
            {
                return OutliveStall();
            }

            long takenUs = SystemClock.MonotonicUs;
            long atUs = _exposedUs;
            int lengthBytes = _camera.TakeFrame();
            // The first frame is followed by a whole interval, as every other one.
            if (_firstTaken)
            {
                Expose();
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
                _emptySinceUs = 0;
            }
            else if (_emptySinceUs == 0)
            {
                _emptySinceUs = takenUs;
            }
            else if (takenUs - _emptySinceUs > StallUs)
            {
                // Captures end and hold no picture: a stall too.
                _emptySinceUs = 0;
                return OutliveStall();
            }

            BusyUs = SystemClock.MonotonicUs - takenUs;
            return true;
        }

        private bool OutliveStall()
        {
            _stalls++;
            _diary.Line(Events.Fault).Add("code", StopReasons.CameraFault).Add("where", "camera").Add("stalls", _stalls);
            _diary.Write(true);
            if (_stalls >= StallsMax)
            {
                Works = false;
                return false;
            }

            _camera.Begin(_provisioning.WidthPx, _provisioning.HeightPx);
            Expose();
            return true;
        }

        private void Expose()
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
            _live.Offer(_camera.Frame, lengthBytes, atUs);
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
    }
}
