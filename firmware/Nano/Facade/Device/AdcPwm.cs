using BodyCam.Nano.Hosting;

namespace System.Device.Adc
{
    /// <summary>ADC1, 12 bit, uncalibrated.</summary>
    public class AdcController
    {
        public int MaxValue => 4095;

        public int MinValue => 0;

        public int ResolutionInBits => 12;

        public AdcChannel OpenChannel(int channelNumber)
        {
            if (channelNumber < 0 || channelNumber > 7)
            {
                throw new ArgumentException("ADC1 has the channels 0 to 7; ADC2 stops while Wi-Fi is on.");
            }

            return new AdcChannel(channelNumber);
        }
    }

    public class AdcChannel : IDisposable
    {
        private readonly int _channel;

        internal AdcChannel(int channel) => _channel = channel;

        public int ReadValue() => HostBoard.Native.Pins.ReadAdc(_channel);

        public double ReadRatio() => ReadValue() / 4095.0;

        public void Dispose() => GC.SuppressFinalize(this);
    }
}

namespace System.Device.Pwm
{
    public sealed class PwmChannel : IDisposable
    {
        private const int Pwm1 = 0x40100;
        private const int Pwm16 = 0x41000;

        private readonly int _pin;
        private int _frequency;
        private double _dutyCycle;
        private bool _running;

        private PwmChannel(int pin, int frequency, double dutyCycle)
        {
            _pin = pin;
            _frequency = frequency;
            _dutyCycle = dutyCycle;
        }

        public int Frequency
        {
            get => _frequency;
            set
            {
                _frequency = value;
                Apply();
            }
        }

        public double DutyCycle
        {
            get => _dutyCycle;
            set
            {
                _dutyCycle = value;
                Apply();
            }
        }

        public static PwmChannel CreateFromPin(int pin, int frequency = 400, double dutyCyclePercentage = 0.5)
        {
            for (int function = Pwm1; function <= Pwm16; function += 0x100)
            {
                if (HostBoard.Native.Pins.FunctionPin(function) == pin)
                {
                    return new PwmChannel(pin, frequency, dutyCyclePercentage);
                }
            }

            throw new ArgumentException("Pin " + pin + " has no PWM function; call Configuration.SetPinFunction first.");
        }

        public void Start()
        {
            _running = true;
            Apply();
        }

        public void Stop()
        {
            _running = false;
            HostBoard.Native.Pins.Pwm(_pin, _frequency, 0);
        }

        public void Dispose() => Stop();

        private void Apply()
        {
            if (_running)
            {
                HostBoard.Native.Pins.Pwm(_pin, _frequency, _dutyCycle);
            }
        }
    }
}
