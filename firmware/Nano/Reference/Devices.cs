namespace System.Device.Gpio
{
    public enum PinMode
    {
        Input, InputPullDown, InputPullUp, Output, OutputOpenDrain, OutputOpenDrainPullUp, OutputOpenSource, OutputOpenSourcePullDown,
    }

    [Flags]
    public enum PinEventTypes { None = 0, Rising = 1, Falling = 2 }

    public struct PinValue
    {
        private byte _value;
        public static PinValue High => throw null;
        public static PinValue Low => throw null;
        public static implicit operator PinValue(int value) => throw null;
        public static implicit operator PinValue(bool value) => throw null;
        public static explicit operator byte(PinValue value) => throw null;
        public static explicit operator int(PinValue value) => throw null;
        public static explicit operator bool(PinValue value) => throw null;
        public bool Equals(PinValue other) => throw null;
        public override bool Equals(object obj) => throw null;
        public override int GetHashCode() => throw null;
        public override string ToString() => throw null;
        public static bool operator ==(PinValue a, PinValue b) => throw null;
        public static bool operator !=(PinValue a, PinValue b) => throw null;
    }

    public class PinValueChangedEventArgs
    {
        public PinValueChangedEventArgs(PinEventTypes changeType, int pinNumber) { }
        public PinEventTypes ChangeType => throw null;
        public int PinNumber => throw null;
    }

    public delegate void PinValueChangedEventHandler(object sender, PinValueChangedEventArgs e);

    public sealed class GpioController : IDisposable
    {
        public GpioController() { }
        public GpioPin OpenPin(int pinNumber) => throw null;
        public GpioPin OpenPin(int pinNumber, PinMode mode) => throw null;
        public void ClosePin(int pinNumber) => throw null;
        public PinValue Read(int pinNumber) => throw null;
        public void Write(int pinNumber, PinValue value) => throw null;
        public void Dispose() => throw null;
    }

    public sealed class GpioPin : IDisposable
    {
        internal GpioPin() { }
        public TimeSpan DebounceTimeout { get => throw null; set => throw null; }
        public int PinNumber => throw null;
        public PinMode GetPinMode() => throw null;
        public void SetPinMode(PinMode value) => throw null;
        public PinValue Read() => throw null;
        public void Write(PinValue value) => throw null;
        public void Toggle() => throw null;
        public event PinValueChangedEventHandler ValueChanged { add => throw null; remove => throw null; }
        public void Dispose() => throw null;
    }
}

namespace System.Device.Spi
{
    public enum SpiMode { Mode0, Mode1, Mode2, Mode3 }

    public sealed class SpiConnectionSettings
    {
        public SpiConnectionSettings(int busId, int chipSelectLine = -1) { }
        public int BusId { get => throw null; set => throw null; }
        public int ChipSelectLine { get => throw null; set => throw null; }
        public SpiMode Mode { get => throw null; set => throw null; }
        public int DataBitLength { get => throw null; set => throw null; }
        public int ClockFrequency { get => throw null; set => throw null; }
    }

    public class SpiDevice : IDisposable
    {
        internal SpiDevice() { }
        public static SpiDevice Create(SpiConnectionSettings settings) => throw null;
        public SpiConnectionSettings ConnectionSettings => throw null;
        public byte ReadByte() => throw null;
        public void Read(SpanByte buffer) => throw null;
        public void WriteByte(byte value) => throw null;
        public void Write(SpanByte buffer) => throw null;
        public void TransferFullDuplex(SpanByte writeBuffer, SpanByte readBuffer) => throw null;
        public void Dispose() => throw null;
    }
}

namespace System.Device.I2c
{
    public enum I2cBusSpeed { StandardMode, FastMode, FastModePlus }

    public enum I2cTransferStatus { UnknownError, FullTransfer, ClockStretchTimeout, PartialTransfer, SlaveAddressNotAcknowledged }

    public struct I2cTransferResult
    {
        private uint _bytesTransferred;
        public uint BytesTransferred => throw null;
        public I2cTransferStatus Status => throw null;
    }

    public sealed class I2cConnectionSettings
    {
        public I2cConnectionSettings(int busId, int deviceAddress) { }
        public I2cConnectionSettings(int busId, int deviceAddress, I2cBusSpeed busSpeed) { }
        public int BusId => throw null;
        public int DeviceAddress => throw null;
        public I2cBusSpeed BusSpeed => throw null;
    }

    public class I2cDevice : IDisposable
    {
        public I2cDevice(I2cConnectionSettings settings) { }
        public static I2cDevice Create(I2cConnectionSettings settings) => throw null;
        public I2cConnectionSettings ConnectionSettings => throw null;
        public byte ReadByte() => throw null;
        public I2cTransferResult Read(SpanByte buffer) => throw null;
        public I2cTransferResult WriteByte(byte value) => throw null;
        public I2cTransferResult Write(SpanByte buffer) => throw null;
        public I2cTransferResult WriteRead(SpanByte writeBuffer, SpanByte readBuffer) => throw null;
        public void Dispose() => throw null;
    }
}

namespace System.Device.I2s
{
    [Flags]
    public enum I2sMode { Master = 1, Slave = 2, Tx = 4, Rx = 8, Pdm = 64 }

    public enum I2sBitsPerSample { Bit8 = 8, Bit16 = 16, Bit24 = 24, Bit32 = 32 }

    public enum I2sChannelFormat { RightLeft, AllRight, AllLeft, OnlyRight, OnlyLeft }

    public enum I2sCommunicationFormat { I2S = 1 }

    public sealed class I2sConnectionSettings
    {
        public I2sConnectionSettings(int busId) { }
        public int BusId { get => throw null; set => throw null; }
        public I2sMode Mode { get => throw null; set => throw null; }
        public I2sBitsPerSample BitsPerSample { get => throw null; set => throw null; }
        public I2sChannelFormat ChannelFormat { get => throw null; set => throw null; }
        public I2sCommunicationFormat CommunicationFormat { get => throw null; set => throw null; }
        public int SampleRate { get => throw null; set => throw null; }
        public int BufferSize { get => throw null; set => throw null; }
    }

    public class I2sDevice : IDisposable
    {
        public I2sDevice(I2sConnectionSettings settings) { }
        public I2sConnectionSettings ConnectionSettings => throw null;
        public void Read(SpanByte buffer) => throw null;
        public void Dispose() => throw null;
    }
}

namespace System.Device.Adc
{
    public class AdcController
    {
        public AdcController() { }
        public int MaxValue => throw null;
        public int MinValue => throw null;
        public int ResolutionInBits => throw null;
        public AdcChannel OpenChannel(int channelNumber) => throw null;
    }

    public class AdcChannel : IDisposable
    {
        internal AdcChannel() { }
        public int ReadValue() => throw null;
        public double ReadRatio() => throw null;
        public void Dispose() => throw null;
    }
}

namespace System.Device.Pwm
{
    public sealed class PwmChannel : IDisposable
    {
        internal PwmChannel() { }
        public static PwmChannel CreateFromPin(int pin, int frequency = 400, double dutyCyclePercentage = 0.5) => throw null;
        public int Frequency { get => throw null; set => throw null; }
        public double DutyCycle { get => throw null; set => throw null; }
        public void Start() => throw null;
        public void Stop() => throw null;
        public void Dispose() => throw null;
    }
}

namespace System.Device.Wifi
{
    // The chip takes the number as flags: Manual stores the network in the configuration block, Automatic keeps it in RAM. It reconnects by itself either way.
    public enum WifiReconnectionKind { Automatic, Manual }

    public enum WifiConnectionStatus { AccessRevoked, InvalidCredential, NetworkNotAvailable, Success, Timeout, UnspecifiedFailure, UnsupportedAuthenticationProtocol }

    public class WifiConnectionResult
    {
        internal WifiConnectionResult() { }
        public WifiConnectionStatus ConnectionStatus => throw null;
    }

    public class WifiAvailableNetwork
    {
        internal WifiAvailableNetwork() { }
        public string Ssid => throw null;
        public double NetworkRssiInDecibelMilliwatts => throw null;
    }

    public class WifiNetworkReport
    {
        internal WifiNetworkReport() { }
        public WifiAvailableNetwork[] AvailableNetworks => throw null;
    }

    public delegate void AvailableNetworksChangedEventHandler(WifiAdapter sender, object e);

    public sealed class WifiAdapter : IDisposable
    {
        internal WifiAdapter() { }
        public static WifiAdapter[] FindAllAdapters() => throw null;
        public event AvailableNetworksChangedEventHandler AvailableNetworksChanged { add => throw null; remove => throw null; }
        public WifiNetworkReport NetworkReport => throw null;
        public WifiConnectionResult Connect(string ssid, WifiReconnectionKind reconnectionKind, string passwordCredential) => throw null;
        public void ScanAsync() => throw null;
        public void Disconnect() => throw null;
        public void Dispose() => throw null;
    }
}
