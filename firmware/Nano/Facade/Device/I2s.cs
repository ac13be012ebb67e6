using BodyCam.Nano.Hosting;

namespace System.Device.I2s
{
    [Flags]
    public enum I2sMode { Master = 1, Slave = 2, Tx = 4, Rx = 8, Pdm = 64 }

    public enum I2sBitsPerSample { Bit8 = 8, Bit16 = 16, Bit24 = 24, Bit32 = 32 }

    public enum I2sChannelFormat { RightLeft, AllRight, AllLeft, OnlyRight, OnlyLeft }

    public enum I2sCommunicationFormat { I2S = 1 }

    public sealed class I2sConnectionSettings
    {
        public I2sConnectionSettings(int busId) => BusId = busId;

        public int BusId { get; set; }

        public I2sMode Mode { get; set; } = I2sMode.Master | I2sMode.Tx;

        public I2sBitsPerSample BitsPerSample { get; set; } = I2sBitsPerSample.Bit16;

        public I2sChannelFormat ChannelFormat { get; set; }

        public I2sCommunicationFormat CommunicationFormat { get; set; } = I2sCommunicationFormat.I2S;

        public int SampleRate { get; set; } = 44_100;

        public int BufferSize { get; set; } = 40_000;
    }

    public class I2sDevice : IDisposable
    {
        private bool _closed;

        public I2sDevice(I2sConnectionSettings settings)
        {
            ConnectionSettings = settings ?? throw new ArgumentException();
            HostBoard.Native.Buses.I2sOpen(
                settings.BusId,
                settings.SampleRate,
                (int)settings.BitsPerSample,
                settings.ChannelFormat == I2sChannelFormat.RightLeft ? 2 : 1,
                settings.BufferSize);
        }

        public I2sConnectionSettings ConnectionSettings { get; }

        public void Read(SpanByte buffer)
        {
            if (_closed)
            {
                throw new ObjectDisposedException();
            }

            HostBoard.Native.Buses.I2sRead(ConnectionSettings.BusId, buffer.Native(SpanByte.NativeEndMax));
        }

        public void Dispose()
        {
            if (!_closed)
            {
                _closed = true;
                HostBoard.Native.Buses.I2sClose(ConnectionSettings.BusId);
            }
        }
    }
}
