using System;
using System.Device.I2c;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>MAX17048 fuel gauge on I2C 0x36 (data sheet: VCELL 02h in 78.125 µV, SOC 04h in 1/256 %).</summary>
    public sealed class Max17048 : IGauge
    {
        private readonly I2cDevice _bus;
        private readonly byte[] _address = new byte[1];
        private readonly byte[] _value = new byte[2];

        /// <summary>Takes the device.</summary>
        public Max17048(I2cDevice bus)
        {
            _bus = bus;
        }

        /// <inheritdoc/>
        public int ReadPercent()
        {
            int raw = ReadRegister(0x04);
            if (raw < 0)
            {
                return -1;
            }

            int percent = raw >> 8;
            return percent > 100 ? 100 : percent;
        }

        /// <inheritdoc/>
        public int ReadMillivolts()
        {
            int raw = ReadRegister(0x02);
            return raw < 0 ? -1 : (int)((long)raw * 78125 / 1000000);
        }

        private int ReadRegister(byte register)
        {
            _address[0] = register;
            bool read = _bus.WriteRead(new SpanByte(_address), new SpanByte(_value)).Status == I2cTransferStatus.FullTransfer;
            return read ? (_value[0] << 8) | _value[1] : -1;
        }
    }
}
