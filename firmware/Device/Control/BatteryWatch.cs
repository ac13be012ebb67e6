using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>Follows the battery: warns once when it is low. Control thread only.</summary>
    public sealed class BatteryWatch
    {
        // What the regulator needs under load: files are closed before the chip browns out, whatever charge the gauge believes in. Three seconds in a row, as transmitting makes the voltage dip.
        private const int StopMv = 3400;
        private const int LowReadings = 3;

        private readonly IGauge _gauge;
        private readonly Provisioning _provisioning;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private int _lowReadings;
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
        public bool IsLow => (Percent >= 0 && Percent <= _provisioning.BatteryWarnPercent) || IsSagging;

        private bool IsSagging => _lowReadings >= LowReadings;

        /// <summary>Reads the gauge.</summary>
        /// <param name="nowUs">Device-monotonic time.</param>
        /// <param name="recording">True while something is recorded.</param>
        /// <returns>True when a recording must end.</returns>
        public bool MustStop(long nowUs, bool recording)
        {
            Percent = _gauge.ReadPercent();
            int cellMv = _gauge.ReadMillivolts();
            _lowReadings = cellMv < 0 || cellMv > StopMv ? 0 : _lowReadings + 1;
            if (recording && (IsSagging || (Percent >= 0 && Percent <= _provisioning.BatteryStopPercent)))
            {
                return true;
            }

            if (IsLow && !_warned)
            {
                _warned = true;
                _diary.Line(Events.Battery).Add("percent", Percent).Add("mv", cellMv);
                _diary.Write(false);
                _signals.Play(Signals.Signals.Warning, nowUs);
            }
            else if (!IsLow && Percent >= 0)
            {
                _warned = false;
            }

            return false;
        }
    }
}
