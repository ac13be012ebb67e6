using BodyCam.Nano.Hosting;
using System.Collections;

namespace System.Device.Spi
{
    public enum SpiMode { Mode0, Mode1, Mode2, Mode3 }

    public sealed class SpiConnectionSettings
    {
        public SpiConnectionSettings(int busId, int chipSelectLine = -1)
        {
            BusId = busId;
            ChipSelectLine = chipSelectLine;
        }

        public int BusId { get; set; }

        public int ChipSelectLine { get; set; }

        public SpiMode Mode { get; set; }

        public int DataBitLength { get; set; } = 8;

        public int ClockFrequency { get; set; } = 500_000;
    }

    /// <summary>Each call is one transaction with chip select low.</summary>
    public class SpiDevice : IDisposable
    {
        private const int TransferBytesMax = 16_384;

        // Bus number to the settings of the first device on it: later devices silently get its clock and mode.
        private static readonly Hashtable s_busOwner = new Hashtable();

        private readonly SpiConnectionSettings _effective;

        private SpiDevice(SpiConnectionSettings settings)
        {
            ConnectionSettings = settings;
            if (!s_busOwner.Contains(settings.BusId))
            {
                s_busOwner[settings.BusId] = settings;
            }

            _effective = (SpiConnectionSettings)s_busOwner[settings.BusId];
        }

        public SpiConnectionSettings ConnectionSettings { get; }

        public static SpiDevice Create(SpiConnectionSettings settings) => new SpiDevice(settings);

        public byte ReadByte()
        {
            var one = new byte[1];
            Transfer(default, one);
            return one[0];
        }

        public void Read(SpanByte buffer) => Transfer(default, buffer.Native(TransferBytesMax));

        public void WriteByte(byte value) => Transfer(new[] { value }, default);

        public void Write(SpanByte buffer) => Transfer(buffer.Native(TransferBytesMax), default);

        /// <remarks>The first byte out is the command; while it shifts, the part answers nothing useful, so that byte reads 0 and the rest is the answer.</remarks>
        public void TransferFullDuplex(SpanByte writeBuffer, SpanByte readBuffer)
        {
            Span<byte> write = writeBuffer.Native(TransferBytesMax);
            Span<byte> read = readBuffer.Native(TransferBytesMax);
            if (read.IsEmpty || write.IsEmpty)
            {
                Transfer(write, read);
                return;
            }

            read[0] = 0;
            Transfer(write.Slice(0, 1), read.Slice(1));
        }

        public void Dispose() => GC.SuppressFinalize(this);

        private void Transfer(ReadOnlySpan<byte> write, Span<byte> read) => HostBoard.Native.Buses.SpiTransfer(
            ConnectionSettings.BusId,
            ConnectionSettings.ChipSelectLine,
            _effective.ClockFrequency,
            (int)_effective.Mode,
            write,
            read);
    }
}
