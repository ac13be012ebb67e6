using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using BodyCam.Firmware.Uplink;

namespace BodyCam.Firmware.Control
{
    /// <summary>What the two lights show of the recorder's state (firmware/docs/ARCHITECTURE.md, faults). Control thread only.</summary>
    public sealed class Lights
    {
        private readonly Signals.Signals _signals;
        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly ClockKeeper _clock;
        private readonly LinkState _link;
        private readonly BatteryWatch _battery;
        private bool _linkWarned;
        private int _olderCheckpoints;

        /// <summary>Takes what is looked at.</summary>
        public Lights(Signals.Signals signals, CardStore store, Provisioning provisioning, CaptureLoop capture, ClockKeeper clock, LinkState link, BatteryWatch battery)
        {
            _signals = signals;
            _store = store;
            _provisioning = provisioning;
            _capture = capture;
            _clock = clock;
            _link = link;
            _battery = battery;
        }

        /// <summary>True when recording goes on but somebody has to see to the recorder: clock never set, camera or microphone dead, battery low, link or certificates.</summary>
        public bool WantsAttention => _clock.Source == ClockSources.None || !_capture.CameraWorks || (_provisioning.Sound && !_capture.MicrophoneWorks)
            || _battery.IsLow || _link.WantsTechnician;

        /// <summary>Sets both lights unless the self-test has them, and tells by ear when the link begins to want a technician or the gateway shows an older checkpoint.</summary>
        /// <param name="state">One of <see cref="RecorderStates"/>.</param>
        /// <param name="nowUs">Device-monotonic time.</param>
        public void Show(int state, long nowUs)
        {
            if (_olderCheckpoints != _store.Spool.OlderCheckpointCount)
            {
                _olderCheckpoints = _store.Spool.OlderCheckpointCount;
                _signals.Play(Signals.Signals.Alarm, nowUs);
            }

            if (state == RecorderStates.SelfTest)
            {
                return;
            }

            _signals.RecordMode = _capture.IsRecording ? Signals.Signals.Steady : state == RecorderStates.Interrupted ? Signals.Signals.Slow : Signals.Signals.Off;
            _signals.StatusMode = state == RecorderStates.Fault || !_store.IsOpen ? Signals.Signals.Fast
                : WantsAttention ? Signals.Signals.Attention
                : _store.Spool.UnreceiptedCount > 0 ? Signals.Signals.Slow : Signals.Signals.Steady;
            if (_link.WantsTechnician && !_linkWarned)
            {
                _signals.Play(Signals.Signals.Warning, nowUs);
            }

            _linkWarned = _link.WantsTechnician;
        }
    }
}
