using System;
using System.Device.Adc;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>The cell behind a 1:1 divider on ADC1 channel 6 (ESP32 technical reference manual, SAR ADC1: 12 bit; 11 dB attenuation, uncalibrated): stands in where the gauge does not answer.</summary>
    /// <remarks>ADC1 only, as ADC2 dies with Wi-Fi. The charge is read off the voltage under load and is good to about 15 %.</remarks>
    public sealed class BatteryDivider : IGauge
    {
        // The converter is noisy: the mean of 16 readings.
        private const int ReadingCount = 16;

        // Full scale at 11 dB is nominally 3,300 mV; two equal resistors halve the cell.
        private const int FullScaleMv = 3300;
        private const int DividerRatio = 2;

        // Li-Po under 180 mA: voltage (mV) at 0, 10, … 100 %.
        private static readonly int[] CurveMv = { 3300, 3550, 3620, 3670, 3700, 3740, 3790, 3860, 3940, 4040, 4150 };

        private readonly int _channelNumber;
        private AdcChannel _channel;
        private int _scaleMax;

        /// <summary>Names the channel; it is opened at the first reading.</summary>
        public BatteryDivider(int channelNumber)
        {
            _channelNumber = channelNumber;
        }

        /// <inheritdoc/>
        public int ReadMillivolts()
        {
            try
            {
                if (_channel == null)
                {
                    AdcController controller = new AdcController();
                    _scaleMax = controller.MaxValue;
                    _channel = controller.OpenChannel(_channelNumber);
                }

                int sum = 0;
                for (int reading = 0; reading < ReadingCount; reading++)
                {
                    sum += _channel.ReadValue();
                }

                return _scaleMax <= 0 ? -1 : (int)((long)sum * FullScaleMv * DividerRatio / ((long)_scaleMax * ReadingCount));
            }
            catch (Exception)
            {
                return -1;
            }
        }

        /// <inheritdoc/>
        public int ReadPercent()
        {
            int cellMv = ReadMillivolts();
            if (cellMv < 0)
            {
                return -1;
            }

            for (int step = CurveMv.Length - 1; step >= 0; step--)
            {
                if (cellMv >= CurveMv[step])
                {
                    int above = step + 1 < CurveMv.Length ? (cellMv - CurveMv[step]) * 10 / (CurveMv[step + 1] - CurveMv[step]) : 0;
                    return (step * 10) + above;
                }
            }

            return 0;
        }
    }
}
