using System.Runtime.CompilerServices;

namespace BodyCam.Native
{
    /// <summary>The ESP32's camera port with an OV2640, in native code of an own runtime image (hardware/native-interop.md). Every call holds all managed threads until it returns.</summary>
    public static class DvpPort
    {
        /// <summary>Sizes that <see cref="Start"/> takes.</summary>
        public const int Qvga = 0, Vga = 1, Svga = 2;

        /// <summary>Answers below zero.</summary>
        public const int NoSensor = -1, NoMemory = -2, PinsInUse = -3, ArrayTooShort = -4;

        /// <summary>Powers the sensor up and lets pictures run into the frame buffers.</summary>
        /// <param name="size"><see cref="Qvga"/>, <see cref="Vga"/> or <see cref="Svga"/>.</param>
        /// <param name="quality">JPEG quantization scale 4…63; lower is better.</param>
        /// <param name="buffers">Frame buffers in PSRAM, 1 or 2.</param>
        /// <returns>0, <see cref="NoSensor"/>, <see cref="NoMemory"/> or <see cref="PinsInUse"/>.</returns>
        [MethodImpl(MethodImplOptions.InternalCall)]
        public static extern int Start(int size, int quality, int buffers);

        /// <summary>Waits for the newest picture and copies it to the array's beginning.</summary>
        /// <param name="frame">At least 131,072 bytes.</param>
        /// <param name="timeoutMs">1…1,000.</param>
        /// <returns>Length in bytes; 0 when none came in time; <see cref="ArrayTooShort"/>.</returns>
        [MethodImpl(MethodImplOptions.InternalCall)]
        public static extern int Take(byte[] frame, int timeoutMs);

        /// <summary>Exposure: 0 by day, 1 up to four frames long, 2 up to eight.</summary>
        /// <returns>0, or <see cref="NoSensor"/>.</returns>
        [MethodImpl(MethodImplOptions.InternalCall)]
        public static extern int Night(int mode);

        /// <summary>Ends the pictures and gives back DMA, buffers and the clock's pin.</summary>
        /// <returns>0.</returns>
        [MethodImpl(MethodImplOptions.InternalCall)]
        public static extern int Stop();
    }
}
