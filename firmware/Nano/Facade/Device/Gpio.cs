using BodyCam.Nano.Hosting;
using System.Collections;

namespace System.Device.Gpio
{
    public enum PinMode
    {
        Input, InputPullDown, InputPullUp, Output, OutputOpenDrain, OutputOpenDrainPullUp, OutputOpenSource, OutputOpenSourcePullDown,
    }

    [Flags]
    public enum PinEventTypes { None = 0, Rising = 1, Falling = 2 }

    public readonly struct PinValue
    {
        private readonly byte _value;

        private PinValue(byte value) => _value = value;

        public static PinValue High => new PinValue(1);

        public static PinValue Low => new PinValue(0);

        public static implicit operator PinValue(int value) => value == 0 ? Low : High;

        public static implicit operator PinValue(bool value) => value ? High : Low;

        public static explicit operator byte(PinValue value) => value._value;

        public static explicit operator int(PinValue value) => value._value;

        public static explicit operator bool(PinValue value) => value._value != 0;

        public static bool operator ==(PinValue a, PinValue b) => a._value == b._value;

        public static bool operator !=(PinValue a, PinValue b) => a._value != b._value;

        public bool Equals(PinValue other) => other._value == _value;

        public override bool Equals(object obj) => obj is PinValue other && Equals(other);

        public override int GetHashCode() => _value;

        public override string ToString() => _value == 0 ? "Low" : "High";
    }

    public class PinValueChangedEventArgs
    {
        public PinValueChangedEventArgs(PinEventTypes changeType, int pinNumber)
        {
            ChangeType = changeType;
            PinNumber = pinNumber;
        }

        public PinEventTypes ChangeType { get; }

        public int PinNumber { get; }
    }

    public delegate void PinValueChangedEventHandler(object sender, PinValueChangedEventArgs e);

    public sealed class GpioController : IDisposable
    {
        private static readonly Hashtable s_open = new Hashtable();

        public GpioPin OpenPin(int pinNumber) => OpenPin(pinNumber, PinMode.Input);

        public GpioPin OpenPin(int pinNumber, PinMode mode)
        {
            if (s_open.Contains(pinNumber))
            {
                throw new InvalidOperationException("Pin " + pinNumber + " is open already; keep its GpioPin.");
            }

            var pin = new GpioPin(pinNumber, mode);
            s_open[pinNumber] = pin;
            return pin;
        }

        public void ClosePin(int pinNumber)
        {
            s_open.Remove(pinNumber);
            HostBoard.Native.Pins.Close(pinNumber);
        }

        public PinValue Read(int pinNumber) => Opened(pinNumber).Read();

        public void Write(int pinNumber, PinValue value) => Opened(pinNumber).Write(value);

        public void Dispose() { }

        internal static void Forget(int pinNumber) => s_open.Remove(pinNumber);

        private static GpioPin Opened(int pinNumber) =>
            (GpioPin)s_open[pinNumber] ?? throw new InvalidOperationException("Pin " + pinNumber + " is not open; call OpenPin first.");
    }

    public sealed class GpioPin : IDisposable
    {
        private PinMode _mode;
        private TimeSpan _debounce;
        private PinValueChangedEventHandler _changed;

        internal GpioPin(int pinNumber, PinMode mode)
        {
            PinNumber = pinNumber;
            SetPinMode(mode);
        }

        public event PinValueChangedEventHandler ValueChanged
        {
            add
            {
                _changed += value;
                Watch();
            }

            remove
            {
                _changed -= value;
                Watch();
            }
        }

        public TimeSpan DebounceTimeout
        {
            get => _debounce;
            set
            {
                _debounce = value;
                Watch();
            }
        }

        public int PinNumber { get; }

        public PinMode GetPinMode() => _mode;

        public void SetPinMode(PinMode value)
        {
            int mode = value switch { PinMode.Input => 0, PinMode.InputPullDown => 2, PinMode.InputPullUp => 3, _ => 1 };
            HostBoard.Native.Pins.Open(PinNumber, mode);
            _mode = value;
        }

        public PinValue Read() => HostBoard.Native.Pins.Read(PinNumber);

        public void Write(PinValue value) => HostBoard.Native.Pins.Write(PinNumber, (bool)value);

        public void Toggle() => Write(Read() == PinValue.Low);

        public void Dispose()
        {
            _changed = null;
            Watch();
            GpioController.Forget(PinNumber);
            HostBoard.Native.Pins.Close(PinNumber);
        }

        private void Watch() =>
            HostBoard.Native.Pins.Watch(PinNumber, _changed == null ? null : OnEdge, (int)(_debounce.Ticks / TimeSpan.TicksPerMillisecond));

        private void OnEdge(bool rising) =>
            _changed?.Invoke(this, new PinValueChangedEventArgs(rising ? PinEventTypes.Rising : PinEventTypes.Falling, PinNumber));
    }
}
