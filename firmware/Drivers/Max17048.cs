using System.Device.I2c;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>MAX17048 fuel gauge on I2C 0x36 (Maxim data sheet 19-6171, table 2: 16-bit registers, high byte first). It feeds from the cell, so no cell is no answer.</summary>
    public sealed class Max17048 : IGauge
    {
        // VCELL: 78.125 µV a count at the cell's terminals. SOC: 1/256 % a count, may pass 100 % while charging.
        private const byte CellVoltage = 0x02;
        private const byte StateOfCharge = 0x04;

        // The part works from 2.5 V to 4.5 V: what is outside comes from the wires.
        private const int CellMvMin = 2400;
        private const int CellMvMax = 4600;

        private readonly I2cRegister _bus;
        private readonly object _gate = new object();
        private readonly byte[] _value = new byte[2];

        /// <summary>Takes the device; nothing is sent yet.</summary>
        public Max17048(I2cDevice device)
        {
            _bus = new I2cRegister(device);
        }

        /// <inheritdoc/>
        public int ReadPercent()
        {
            int raw = ReadRegister(StateOfCharge);
            if (raw < 0 || raw == 0xFFFF)
            {
                return -1;
            }

            int percent = raw >> 8;
            return percent > 100 ? 100 : percent;
        }

        /// <inheritdoc/>
        public int ReadMillivolts()
        {
            int raw = ReadRegister(CellVoltage);
            int cellMv = (int)((long)raw * 78125 / 1000000);
            return raw < 0 || cellMv < CellMvMin || cellMv > CellMvMax ? -1 : cellMv;
        }

        private int ReadRegister(byte register)
        {
            lock (_gate)
            {
                return _bus.Read(register, _value) ? (_value[0] << 8) | _value[1] : -1;
            }
        }
    }
}
