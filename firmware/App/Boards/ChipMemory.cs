using nanoFramework.Hardware.Esp32;

namespace BodyCam.Firmware.Boards
{
    /// <summary>Memory of the chip as its allocator sees it (nanoFramework.Hardware.Esp32 NativeMemory).</summary>
    public static class ChipMemory
    {
        /// <summary>Free bytes of the chip's own memory, where TLS and the network stack live.</summary>
        public static int InternalFreeBytes()
        {
            uint total;
            uint free;
            uint largest;
            NativeMemory.GetMemoryInfo(NativeMemory.MemoryType.Internal, out total, out free, out largest);
            return (int)free;
        }

        /// <summary>Bytes of PSRAM that are mapped, 0 without PSRAM; <paramref name="freeBytes"/> of them are free.</summary>
        public static int PsramBytes(out int freeBytes)
        {
            uint total;
            uint free;
            uint largest;
            NativeMemory.GetMemoryInfo(NativeMemory.MemoryType.SpiRam, out total, out free, out largest);
            freeBytes = (int)free;
            return (int)total;
        }
    }
}
