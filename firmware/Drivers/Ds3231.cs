using System;
using System.Device.I2c;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>DS3231 clock on I2C 0x68 (data sheet, timekeeping registers 00h–06h, status 0Fh).</summary>
    public sealed class Ds3231 : IKeptClock
    {
        private const byte StatusRegister = 0x0F;
        private const byte OscillatorStopped = 0x80;

        private readonly I2cDevice _bus;

        /// <summary>Takes the device.</summary>
        public Ds3231(I2cDevice bus)
        {
            _bus = bus;
        }

        /// <inheritdoc/>
        public long ReadUnixSeconds()
        {
            byte[] status = new byte[1];
            byte[] time = new byte[7];
            if (!Read(StatusRegister, status) || (status[0] & OscillatorStopped) != 0 || !Read(0x00, time))
            {
                return -1;
            }

            int year = 2000 + FromBcd(time[6]);
            int month = FromBcd(time[5] & 0x1F);
            int day = FromBcd(time[4] & 0x3F);
            if (month < 1 || month > 12 || day < 1 || day > 31)
            {
                return -1;
            }

            try
            {
                return new DateTime(year, month, day, FromBcd(time[2] & 0x3F), FromBcd(time[1] & 0x7F), FromBcd(time[0] & 0x7F)).ToUnixTimeSeconds();
            }
            catch (Exception)
            {
                // A date that does not exist: the registers hold rubbish.
                return -1;
            }
        }

        /// <inheritdoc/>
        public bool WriteUnixSeconds(long unixSeconds)
        {
            DateTime utc = DateTime.FromUnixTimeSeconds(unixSeconds);
            byte[] time = new byte[8];
            time[0] = 0x00;
            time[1] = ToBcd(utc.Second);
            time[2] = ToBcd(utc.Minute);
            time[3] = ToBcd(utc.Hour);
            time[4] = (byte)((int)utc.DayOfWeek + 1);
            time[5] = ToBcd(utc.Day);
            time[6] = ToBcd(utc.Month);
            time[7] = ToBcd(utc.Year - 2000);
            byte[] status = new byte[2];
            status[0] = StatusRegister;
            return Write(time) && Write(status);
        }

        private static int FromBcd(int value)
        {
            return ((value >> 4) * 10) + (value & 0x0F);
        }

        private static byte ToBcd(int value)
        {
            return (byte)(((value / 10) << 4) | (value % 10));
        }

        private bool Read(byte register, byte[] into)
        {
            byte[] address = new byte[1];
            address[0] = register;
            return _bus.WriteRead(new SpanByte(address), new SpanByte(into)).Status == I2cTransferStatus.FullTransfer;
        }

        private bool Write(byte[] bytes)
        {
            return _bus.Write(new SpanByte(bytes)).Status == I2cTransferStatus.FullTransfer;
        }
    }
}
