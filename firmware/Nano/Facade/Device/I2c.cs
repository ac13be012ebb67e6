using BodyCam.Nano.Hosting;

namespace System.Device.I2c
{
    public enum I2cBusSpeed { StandardMode, FastMode, FastModePlus }

    public enum I2cTransferStatus { UnknownError, FullTransfer, ClockStretchTimeout, PartialTransfer, SlaveAddressNotAcknowledged }

    public readonly struct I2cTransferResult
    {
        internal I2cTransferResult(bool acknowledged, int bytes)
        {
            BytesTransferred = acknowledged ? (uint)bytes : 0;
            Status = acknowledged ? I2cTransferStatus.FullTransfer : I2cTransferStatus.SlaveAddressNotAcknowledged;
        }

        public uint BytesTransferred { get; }

        public I2cTransferStatus Status { get; }
    }

    public sealed class I2cConnectionSettings
    {
        public I2cConnectionSettings(int busId, int deviceAddress) : this(busId, deviceAddress, I2cBusSpeed.FastMode) { }

        public I2cConnectionSettings(int busId, int deviceAddress, I2cBusSpeed busSpeed)
        {
            BusId = busId;
            DeviceAddress = deviceAddress;
            BusSpeed = busSpeed;
        }

        public int BusId { get; }

        public int DeviceAddress { get; }

        public I2cBusSpeed BusSpeed { get; }
    }

    public class I2cDevice : IDisposable
    {
        public I2cDevice(I2cConnectionSettings settings) => ConnectionSettings = settings ?? throw new ArgumentException();

        public I2cConnectionSettings ConnectionSettings { get; }

        public static I2cDevice Create(I2cConnectionSettings settings) => new I2cDevice(settings);

        public byte ReadByte()
        {
            var one = new byte[1];
            Read(one);
            return one[0];
        }

        public I2cTransferResult Read(SpanByte buffer) => WriteRead(default, buffer);

        public I2cTransferResult WriteByte(byte value) => WriteRead(new[] { value }, default);

        public I2cTransferResult Write(SpanByte buffer) => WriteRead(buffer, default);

        public I2cTransferResult WriteRead(SpanByte writeBuffer, SpanByte readBuffer)
        {
            bool acknowledged = HostBoard.Native.Buses.I2cTransfer(
                ConnectionSettings.BusId,
                ConnectionSettings.DeviceAddress,
                writeBuffer.Native(SpanByte.NativeEndMax),
                readBuffer.Native(SpanByte.NativeEndMax));
            return new I2cTransferResult(acknowledged, writeBuffer.Length + readBuffer.Length);
        }

        public void Dispose() => GC.SuppressFinalize(this);
    }
}
