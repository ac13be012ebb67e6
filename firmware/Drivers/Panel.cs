using System.Device.Gpio;
using System.Device.Pwm;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>Two LEDs (active high) and a passive buzzer on PWM at half duty (ESP32 technical reference manual, LED PWM controller); patterns in time are made by <c>Signals</c>.</summary>
    public sealed class Panel : IIndicators
    {
        private readonly GpioPin _record;
        private readonly GpioPin _status;
        private readonly PwmChannel _buzzer;
        private bool _sounding;

        /// <summary>Takes the opened pins and the PWM channel; everything is dark and silent afterwards.</summary>
        public Panel(GpioPin record, GpioPin status, PwmChannel buzzer)
        {
            _record = record;
            _status = status;
            _buzzer = buzzer;
            RecordLight(false);
            StatusLight(false);
        }

        /// <inheritdoc/>
        public void RecordLight(bool on)
        {
            _record.Write(on ? PinValue.High : PinValue.Low);
        }

        /// <inheritdoc/>
        public void StatusLight(bool on)
        {
            _status.Write(on ? PinValue.High : PinValue.Low);
        }

        /// <inheritdoc/>
        public void Tone(int frequencyHz)
        {
            if (frequencyHz > 0)
            {
                _buzzer.Frequency = frequencyHz;
                _buzzer.Start();
                _sounding = true;
            }
            else if (_sounding)
            {
                _buzzer.Stop();
                _sounding = false;
            }
        }
    }
}
