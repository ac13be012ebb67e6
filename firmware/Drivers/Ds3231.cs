using System;
using System.Device.I2c;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>DS3231 clock on I2C 0x68 (Maxim data sheet 19-5170, figure 1: timekeeping 00h–06h, control 0Eh, status 0Fh). UTC; 2000-01-01 to 2199-12-31.</summary>
    public sealed class Ds3231 : IKeptClock
    {
        private const byte SecondsRegister = 0x00;
        private const byte ControlRegister = 0x0E;
        private const byte StatusRegister = 0x0F;

        // Control: EOSC (bit 7) 0, so the oscillator runs on the coin cell too; INTCN (bit 2) 1, so the square wave is off. RS2 and RS1 as at power-up.
        private const byte ControlValue = 0x1C;

        // Status: OSF (bit 7) is up when the oscillator has stopped since it was cleared. Written as 0 it also switches the 32 kHz output off.
        private const byte OscillatorStopped = 0x80;

        // Hours (02h): bit 6 is twelve hours, bit 5 then afternoon. Month (05h): bit 7 is the century.
        private const int TwelveHours = 0x40;
        private const int Afternoon = 0x20;
        private const int Century = 0x80;

        private readonly I2cRegister _bus;
        private readonly object _gate = new object();
        private readonly byte[] _all = new byte[16];
        private readonly byte[] _time = new byte[8];
        private readonly byte[] _flags = new byte[3];

        /// <summary>Takes the device; nothing is sent yet.</summary>
        public Ds3231(I2cDevice device)
        {
            _bus = new I2cRegister(device);
        }

        /// <inheritdoc/>
        public long ReadUnixSeconds()
        {
            lock (_gate)
            {
                // One transfer from 00h to 0Fh: the chip holds the time still from its start on, and the flag belongs to the same moment.
                if (!_bus.Read(SecondsRegister, _all) || (_all[StatusRegister] & OscillatorStopped) != 0)
                {
                    return -1;
                }

                int year = 2000 + FromBcd(_all[6]) + ((_all[5] & Century) != 0 ? 100 : 0);
                return UnixSeconds(year, FromBcd(_all[5] & 0x1F), FromBcd(_all[4] & 0x3F), Hour(_all[2]), FromBcd(_all[1] & 0x7F), FromBcd(_all[0] & 0x7F));
            }
        }

        /// <inheritdoc/>
        public bool WriteUnixSeconds(long unixSeconds)
        {
            DateTime utc = DateTime.FromUnixTimeSeconds(unixSeconds);
            if (utc.Year < 2000 || utc.Year > 2199)
            {
                return false;
            }

            lock (_gate)
            {
                // Writing the seconds restarts the second, and the rest follows within it.
                _time[0] = SecondsRegister;
                _time[1] = ToBcd(utc.Second);
                _time[2] = ToBcd(utc.Minute);
                _time[3] = ToBcd(utc.Hour);
                _time[4] = (byte)((int)utc.DayOfWeek + 1);
                _time[5] = ToBcd(utc.Day);
                _time[6] = (byte)(ToBcd(utc.Month) | (utc.Year >= 2100 ? Century : 0));
                _time[7] = ToBcd(utc.Year % 100);
                _flags[0] = ControlRegister;
                _flags[1] = ControlValue;
                _flags[2] = 0;

                // The flag goes down last: a clock that was set by half stays one that is not set.
                return _bus.Write(_time) && _bus.Write(_flags);
            }
        }

        // 0…23; more when the register holds no hour.
        private static int Hour(int register)
        {
            if ((register & TwelveHours) == 0)
            {
                return FromBcd(register & 0x3F);
            }

            int hour = FromBcd(register & 0x1F);
            return hour > 12 ? hour : (hour % 12) + ((register & Afternoon) != 0 ? 12 : 0);
        }

        // −1 when the registers hold no date.
        private static long UnixSeconds(int year, int month, int day, int hour, int minute, int second)
        {
            if (year > 2199 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 || day > DateTime.DaysInMonth(year, month))
            {
                return -1;
            }

            return new DateTime(year, month, day, hour, minute, second).ToUnixTimeSeconds();
        }

        // 1000 when one of the digits is none.
        private static int FromBcd(int value)
        {
            int tens = value >> 4;
            int ones = value & 0x0F;
            return tens > 9 || ones > 9 ? 1000 : (tens * 10) + ones;
        }

        private static byte ToBcd(int value)
        {
            return (byte)(((value / 10) << 4) | (value % 10));
        }
    }
}
