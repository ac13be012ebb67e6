using System;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>Register values that turn the OV2640 to JPEG at a size: pairs of address and value, 0xFF selecting the bank (data sheet 1.6, tables 12 and 13).</summary>
    public static class Ov2640Settings
    {
        // Sensor bank: clock doubler off, SVGA window, automatic gain and exposure. DSP bank: JPEG, quality 12 of 0…63 (lower is better).
        private static readonly byte[] Common =
        {
            0xFF, 0x01, 0x11, 0x01, 0x12, 0x40, 0x13, 0xE7, 0x14, 0x48, 0x17, 0x11, 0x18, 0x43, 0x19, 0x00, 0x1A, 0x4B, 0x32, 0x09, 0x37, 0xC0, 0x4F, 0xCA, 0x50, 0xA8, 0x6D, 0x00, 0x3D, 0x38,
            0xFF, 0x00, 0xE0, 0x14, 0xE1, 0x77, 0xE5, 0x1F, 0xD7, 0x03, 0xDA, 0x10, 0xE0, 0x00, 0x44, 0x0C, 0xC0, 0x64, 0xC1, 0x4B, 0x86, 0x3D, 0x50, 0x00, 0x51, 0xC8, 0x52, 0x96, 0x53, 0x00, 0x54, 0x00, 0x55, 0x00, 0x57, 0x00,
        };

        /// <summary>The list for a size; 320×240, 640×480 and 800×600 are meant.</summary>
        /// <param name="widthPx">A multiple of 4 up to 800.</param>
        /// <param name="heightPx">A multiple of 4 up to 600.</param>
        public static byte[] For(int widthPx, int heightPx)
        {
            // ZMOW, ZMOH hold a quarter of the size; ZMHH the bits above (table 12).
            byte[] size =
            {
                0xFF, 0x00, 0xE0, 0x04, 0x5A, (byte)((widthPx / 4) & 0xFF), 0x5B, (byte)((heightPx / 4) & 0xFF), 0x5C, (byte)(((widthPx / 4) >> 8) & 3 | (((heightPx / 4) >> 8) & 1) << 2), 0xE0, 0x00,
            };
            byte[] all = new byte[Common.Length + size.Length];
            Array.Copy(Common, 0, all, 0, Common.Length);
            Array.Copy(size, 0, all, Common.Length, size.Length);
            return all;
        }
    }
}
