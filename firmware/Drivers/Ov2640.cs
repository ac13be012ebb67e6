using System.Device.I2c;
using BodyCam.Firmware.Boards;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>OV2640 sensor over SCCB at 0x30 (OV2640 data sheet 1.6: table 12 DSP bank, table 13 sensor bank, 0xFF chooses the bank).</summary>
    public sealed class Ov2640
    {
        private const byte BankRegister = 0xFF;
        private const byte DspBank = 0x00;
        private const byte SensorBank = 0x01;

        // Sensor bank.
        private const byte Com1 = 0x03;
        private const byte Com7 = 0x12;
        private const byte Com7Reset = 0x80;
        private const byte Com9 = 0x14;
        private const byte ProductIdHigh = 0x0A;
        private const byte ProductIdLow = 0x0B;

        // COM1 bits 3..2 and 1..0: low bits of the window's last and first line at SVGA; bits 7..6: frames without output that automatic exposure may put in, 3 for up to seven.
        private const byte Com1Day = 0x0A;
        private const byte Com1Night = 0xCA;

        // COM9 bits 7..5: ceiling of the automatic gain, 2 for 8 times, 3 for 16 times. Above that noise makes the pictures larger, not better.
        private const byte Com9Day = 0x48;
        private const byte Com9Night = 0x68;

        // DSP bank.
        private const byte QuantizationScale = 0x44;
        private const byte ResetRegister = 0xE0;
        private const byte ResetDvp = 0x04;
        private const byte CtrlI = 0x50;
        private const byte OutputWidth = 0x5A;
        private const byte OutputHeight = 0x5B;
        private const byte OutputHigh = 0x5C;

        // CTRLI bit 7: low-pass before division; bits 5..3 and 2..0: the picture is divided by two to that power, down and across.
        private const byte CtrlIWhole = 0x80;
        private const byte CtrlIHalf = 0x89;

        private const int ResetMs = 100;

        private readonly I2cRegister _bus;
        private readonly byte[] _pair = new byte[2];
        private readonly byte[] _one = new byte[1];

        /// <summary>Takes the device; nothing is sent before <see cref="Reset"/>.</summary>
        public Ov2640(I2cDevice device)
        {
            _bus = new I2cRegister(device);
        }

        /// <summary>Resets all registers and asks who is there. False when nothing acknowledges or the product is no OV2640.</summary>
        public bool Reset()
        {
            if (!Write(BankRegister, SensorBank) || !Write(Com7, Com7Reset))
            {
                return false;
            }

            SystemClock.Sleep(ResetMs);
            if (!Write(BankRegister, SensorBank) || Read(ProductIdHigh) != 0x26)
            {
                return false;
            }

            // The data sheet says 0x41 or 0x42 by revision.
            int low = Read(ProductIdLow);
            return low == 0x41 || low == 0x42;
        }

        /// <summary>JPEG pictures of a size from the whole SVGA window, so the angle of view is the same at every size.</summary>
        /// <param name="widthPx">320, 640 or 800; other multiples of 4 up to 800 are scaled by the DSP too.</param>
        /// <param name="heightPx">240, 480 or 600; other multiples of 4 up to 600.</param>
        /// <param name="jpegQuality">Quantization scale 4…63; lower is better and larger. 12 gives about 25 KB at VGA.</param>
        /// <param name="night">See <see cref="SetExposure"/>.</param>
        public bool SetUp(int widthPx, int heightPx, int jpegQuality, bool night)
        {
            return WriteAll(Ov2640Settings.Sensor) && WriteAll(Ov2640Settings.Processing) && WriteAll(Ov2640Settings.Jpeg)
                && SetSize(widthPx, heightPx) && SetQuality(jpegQuality) && SetExposure(night);
        }

        /// <summary>Compression of the pictures from now on; may be called between captures.</summary>
        /// <param name="jpegQuality">4…63; outside it the nearer bound.</param>
        public bool SetQuality(int jpegQuality)
        {
            int scale = jpegQuality < 4 ? 4 : jpegQuality > 63 ? 63 : jpegQuality;
            return Write(BankRegister, DspBank) && Write(QuantizationScale, (byte)scale);
        }

        /// <summary>Automatic exposure by day (at most one frame, 33 ms; gain up to 8 times) or by night (up to eight frames, 267 ms; gain up to 16 times); may be called between captures.</summary>
        public bool SetExposure(bool night)
        {
            return Write(BankRegister, SensorBank) && Write(Com1, night ? Com1Night : Com1Day) && Write(Com9, night ? Com9Night : Com9Day);
        }

        // The DSP divides first and scales down then; ZMOW and ZMOH hold a quarter of the size, ZMHH the bits above.
        private bool SetSize(int widthPx, int heightPx)
        {
            int width = widthPx / 4;
            int height = heightPx / 4;
            bool half = widthPx <= 400 && heightPx <= 300;
            return Write(BankRegister, DspBank) && Write(ResetRegister, ResetDvp)
                && Write(CtrlI, half ? CtrlIHalf : CtrlIWhole)
                && Write(OutputWidth, (byte)width) && Write(OutputHeight, (byte)height) && Write(OutputHigh, (byte)(((width >> 8) & 3) | (((height >> 8) & 1) << 2)))
                && Write(ResetRegister, 0x00);
        }

        private bool WriteAll(byte[] pairs)
        {
            for (int at = 0; at < pairs.Length; at += 2)
            {
                if (!Write(pairs[at], pairs[at + 1]))
                {
                    return false;
                }
            }

            return true;
        }

        private bool Write(byte register, byte value)
        {
            _pair[0] = register;
            _pair[1] = value;
            return _bus.Write(_pair);
        }

        private int Read(byte register)
        {
            return _bus.ReadAfterStop(register, _one) ? _one[0] : -1;
        }
    }
}
