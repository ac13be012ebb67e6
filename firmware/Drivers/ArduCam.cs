using System;
using System.Device.I2c;
using System.Device.Spi;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>ArduCAM Mini 2MP Plus: ArduChip controller with an 8 MB FIFO on SPI (ArduCAM, "ArduChip" and "SPI camera hardware application note", register table), OV2640 sensor on I2C.</summary>
    /// <remarks>
    /// A register is written as address | 0x80, value and read as address, one byte more. Transfers of at most 4,096 bytes into one scratch buffer at offset 0, as SpanByte offsets are int16 in native code;
    /// the FIFO's read pointer outlives chip select. Of FIFO control (0x04) only bits 0 and 1 are used: public sources differ on which pointer bits 4 and 5 reset.
    /// </remarks>
    public sealed class ArduCam : ICamera
    {
        /// <summary>Longest frame that is taken: well above an SVGA JPEG of the OV2640.</summary>
        public const int FrameBytesMax = 128 * 1024;

        private const int ScratchBytes = 4096;

        // The FIFO pads a frame; the end marker is looked for in this many bytes at the end.
        private const int PaddingBytesMax = 2048;

        private const byte TestRegister = 0x00;
        private const byte FramesRegister = 0x01;
        private const byte FifoRegister = 0x04;
        private const byte FifoClear = 0x01;
        private const byte FifoStart = 0x02;
        private const byte ResetRegister = 0x07;
        private const byte StatusRegister = 0x41;
        private const byte StatusDone = 0x08;
        private const byte Length0Register = 0x42;
        private const byte Length1Register = 0x43;
        private const byte Length2Register = 0x44;
        private const byte BurstRead = 0x3C;
        private const byte WriteFlag = 0x80;

        private const int ResetMs = 100;

        private readonly SpiDevice _spi;
        private readonly Ov2640 _sensor;
        private readonly byte[] _out = new byte[2];
        private readonly byte[] _in = new byte[2];
        private readonly byte[] _burstOut = new byte[ScratchBytes];
        private readonly byte[] _scratch = new byte[ScratchBytes];
        private readonly byte[] _frame = new byte[FrameBytesMax];
        private int _jpegQuality = 12;
        private bool _night;
        private bool _isSetUp;

        /// <summary>Takes the two devices; nothing is sent before <see cref="Begin"/>.</summary>
        public ArduCam(SpiDevice spi, I2cDevice sensor)
        {
            _spi = spi;
            _sensor = new Ov2640(sensor);
            _burstOut[0] = BurstRead;
        }

        /// <inheritdoc/>
        public byte[] Frame => _frame;

        /// <inheritdoc/>
        public bool Begin(int widthPx, int heightPx)
        {
            _isSetUp = false;

            // The controller restarts (0x07 bit 7), which also empties the FIFO.
            WriteRegister(ResetRegister, 0x80);
            SystemClock.Sleep(ResetMs);
            WriteRegister(ResetRegister, 0x00);
            SystemClock.Sleep(ResetMs);
            WriteRegister(TestRegister, 0x55);
            if (ReadRegister(TestRegister) != 0x55 || !_sensor.Reset() || !_sensor.SetUp(widthPx, heightPx, _jpegQuality, _night))
            {
                return false;
            }

            // One frame a capture.
            WriteRegister(FramesRegister, 0x00);
            WriteRegister(FifoRegister, FifoClear);
            _isSetUp = true;
            return true;
        }

        /// <inheritdoc/>
        public bool Tune(int jpegQuality, bool night)
        {
            bool done = true;
            if (_isSetUp && jpegQuality != _jpegQuality)
            {
                done = _sensor.SetQuality(jpegQuality);
            }

            if (_isSetUp && night != _night)
            {
                done = _sensor.SetExposure(night) && done;
            }

            _jpegQuality = jpegQuality;
            _night = night;
            return done;
        }

        /// <inheritdoc/>
        [FramePath]
        public void StartCapture()
        {
            WriteRegister(FifoRegister, FifoClear);
            WriteRegister(FifoRegister, FifoStart);
        }

        /// <inheritdoc/>
        [FramePath]
        public bool CaptureDone()
        {
            return (ReadRegister(StatusRegister) & StatusDone) != 0;
        }

        /// <inheritdoc/>
        [FramePath]
        public int TakeFrame()
        {
            int lengthBytes = ReadRegister(Length0Register) | (ReadRegister(Length1Register) << 8) | ((ReadRegister(Length2Register) & 0x7F) << 16);
            if (lengthBytes < 4 || lengthBytes > FrameBytesMax)
            {
                return 0;
            }

            int taken = 0;
            while (taken < lengthBytes)
            {
                // The first byte of a burst answers the command itself; the FIFO's pointer survives chip select between bursts.
                int count = lengthBytes - taken;
                if (count > ScratchBytes - 1)
                {
                    count = ScratchBytes - 1;
                }

                _spi.TransferFullDuplex(new SpanByte(_burstOut, 0, count + 1), new SpanByte(_scratch, 0, count + 1));
                Array.Copy(_scratch, 1, _frame, taken, count);
                taken += count;
            }

            return EndOfPicture(lengthBytes);
        }

        // Bounded look back for the end marker FF D9; 0 when the bytes are no JPEG.
        [FramePath]
        private int EndOfPicture(int lengthBytes)
        {
            if (_frame[0] != 0xFF || _frame[1] != 0xD8)
            {
                return 0;
            }

            int lowest = lengthBytes > PaddingBytesMax ? lengthBytes - PaddingBytesMax : 2;
            for (int end = lengthBytes; end >= lowest + 2; end--)
            {
                if (_frame[end - 1] == 0xD9 && _frame[end - 2] == 0xFF)
                {
                    return end;
                }
            }

            return 0;
        }

        [FramePath]
        private int ReadRegister(byte register)
        {
            _out[0] = register;
            _out[1] = 0;
            _spi.TransferFullDuplex(new SpanByte(_out, 0, 2), new SpanByte(_in, 0, 2));
            return _in[1];
        }

        [FramePath]
        private void WriteRegister(byte register, byte value)
        {
            _out[0] = (byte)(register | WriteFlag);
            _out[1] = value;
            _spi.Write(new SpanByte(_out, 0, 2));
        }
    }
}
