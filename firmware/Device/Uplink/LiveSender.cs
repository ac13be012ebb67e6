using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Wire;
using nanoFramework.M2Mqtt.Messages;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>Live view: frames on command, never evidence (protocol §3.4), and when the open segment goes first. Uplink thread only.</summary>
    internal sealed class LiveSender
    {
        private const long EveryUs = 1000000;

        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly RecorderControl _control;
        private readonly GatewayLink _link;
        private readonly Inflight _inflight;
        private readonly LinkRate _rate;
        private long _untilUs;
        private int _share;
        private long _nextUs;

        internal LiveSender(CardStore store, Provisioning provisioning, CaptureLoop capture, RecorderControl control, GatewayLink link, Inflight inflight, LinkRate rate)
        {
            _store = store;
            _provisioning = provisioning;
            _capture = capture;
            _control = control;
            _link = link;
            _inflight = inflight;
            _rate = rate;
        }

        /// <summary>Command <c>live</c>.</summary>
        internal void Begin(Command command)
        {
            _untilUs = SystemClock.MonotonicUs + (command.GetInt("seconds", 0, 600, 60) * 1000000L);
            _share = command.GetInt("share", 0, 100, _provisioning.UplinkSharePercent);
        }

        /// <summary>Sends what is due.</summary>
        internal void Follow()
        {
            bool live = SystemClock.MonotonicUs < _untilUs;
            bool wanted = live || _control.Obstructed;
            _store.Spool.LiveWanted(wanted, live ? _share : _provisioning.UplinkSharePercent);
            _capture.Live.IsWanted = live;
            if (live)
            {
                SendFrame();
            }
            else
            {
                // A later live view begins with a picture of its own time.
                _capture.Live.Taken();
            }
        }

        /// <summary>Nobody can see it: the recording gets its whole time back until the link is there again.</summary>
        internal void End()
        {
            _capture.Live.IsWanted = false;
            _capture.Live.Taken();
        }

        /// <summary>True right behind a stored frame, with slack: a long write in the middle of one would count as the frame's own time and cost the next one.</summary>
        internal bool MayCall()
        {
            return !_capture.IsRecording || (_capture.HasSlack && SystemClock.Wait(_capture.FrameStored, 0));
        }

        // At most one frame a second, and no more of the measured rate than the share.
        private void SendFrame()
        {
            long nowUs = SystemClock.MonotonicUs;
            int lengthBytes = _capture.Live.LengthBytes;
            if (lengthBytes == 0 || nowUs < _nextUs || _inflight.Count >= Inflight.CountMax || !MayCall())
            {
                return;
            }

            byte[] message = new byte[UpMessages.LiveHeadBytes + lengthBytes];
            UpMessages.LiveHead(message, _store.Recordings.Recording, _capture.Live.AtUs);
            Array.Copy(_capture.Live.Frame, 0, message, UpMessages.LiveHeadBytes, lengthBytes);
            _capture.Live.Taken();
            _link.Publish("live", message, MqttQoSLevel.AtMostOnce, false);
            _capture.UseSlack(message.Length * Uplink.SendUsPerByte);
            long share = _share > 0 ? _share : 1;
            long dueUs = message.Length * 100000000L / (_rate.BytesPerSecond * share);
            _nextUs = nowUs + (dueUs > EveryUs ? dueUs : EveryUs);
        }
    }
}
