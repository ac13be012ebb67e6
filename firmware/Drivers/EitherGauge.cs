using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>The first gauge, or the second where the first does not answer.</summary>
    public sealed class EitherGauge : IGauge
    {
        private readonly IGauge _first;
        private readonly IGauge _second;

        /// <summary>Takes both.</summary>
        public EitherGauge(IGauge first, IGauge second)
        {
            _first = first;
            _second = second;
        }

        /// <inheritdoc/>
        public int ReadPercent()
        {
            int percent = _first.ReadPercent();
            return percent >= 0 ? percent : _second.ReadPercent();
        }

        /// <inheritdoc/>
        public int ReadMillivolts()
        {
            int cellMv = _first.ReadMillivolts();
            return cellMv >= 0 ? cellMv : _second.ReadMillivolts();
        }
    }
}
