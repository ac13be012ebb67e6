using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>Follows the battery: warns once when it is low. Control thread only.</summary>
    public sealed class BatteryWatch
    {
        private readonly IGauge _gauge;
        private readonly Provisioning _provisioning;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private bool _warned;

        /// <summary>Takes its parts.</summary>
        public BatteryWatch(IGauge gauge, Provisioning provisioning, Signals.Signals signals, Diary diary)
        {
            _gauge = gauge;
            _provisioning = provisioning;
            _signals = signals;
            _diary = diary;
        }

        /// <summary>Charge, percent; −1 unknown.</summary>
        public int Percent { get; private set; } = -1;

        /// <summary>True at or below the level that warns.</summary>
        public bool IsLow => Percent >= 0 && Percent <= _provisioning.BatteryWarnPercent;

        /// <summary>Reads the gauge.</summary>
        /// <param name="nowUs">Device-monotonic time.</param>
        /// <param name="recording">True while something is recorded.</param>
        /// <returns>True when a recording must end.</returns>
        public bool MustStop(long nowUs, bool recording)
        {
            Percent = _gauge.ReadPercent();
            if (Percent >= 0 && Percent <= _provisioning.BatteryStopPercent && recording)
            {
                return true;
            }

            if (IsLow && !_warned)
            {
                _warned = true;
                _diary.Line(Events.Battery).Add("percent", Percent).Add("mv", _gauge.ReadMillivolts());
                _diary.Write(false);
                _signals.Play(Signals.Signals.Warning, nowUs);
            }
            else if (Percent > _provisioning.BatteryWarnPercent)
            {
                _warned = false;
            }

            return false;
        }
    }
}
