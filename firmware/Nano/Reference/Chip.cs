using System;

namespace nanoFramework.Hardware.Esp32
{
    public enum DeviceFunction
    {
        SPI1_MOSI = 0x10100, SPI1_MISO, SPI1_CLOCK,
        SPI2_MOSI = 0x10200, SPI2_MISO, SPI2_CLOCK,
        I2C1_DATA = 0x20100, I2C1_CLOCK,
        I2C2_DATA = 0x20200, I2C2_CLOCK,
        PWM1 = 0x40100, PWM2 = 0x40200, PWM3 = 0x40300, PWM4 = 0x40400,
        ADC1_CH0 = 0x50100, ADC1_CH1, ADC1_CH2, ADC1_CH3, ADC1_CH4, ADC1_CH5, ADC1_CH6, ADC1_CH7,
        I2S1_MCK = 0x60100, I2S1_BCK, I2S1_WS, I2S1_DATA_OUT, I2S1_MDATA_IN,
        SDMMC1_CLOCK = 0x80100, SDMMC1_COMMAND, SDMMC1_D0, SDMMC1_D1, SDMMC1_D2, SDMMC1_D3,
    }

    public class Configuration
    {
        public static void SetPinFunction(int pin, DeviceFunction value) => throw null;
        public static int GetFunctionPin(DeviceFunction function) => throw null;
    }

    public class HighResTimer
    {
        internal HighResTimer() { }
        public static ulong GetCurrent() => throw null;
    }

    public class NativeMemory
    {
        public enum MemoryType { All, Internal, SpiRam }

        public static void GetMemoryInfo(MemoryType memType, out uint totalSize, out uint totalFreeSize, out uint largestFreeBlock) => throw null;
    }

    public enum EspNativeError { OK = 0, FAIL = -1, INVALID_ARG = 0x102 }

    public class Sleep
    {
        public enum WakeupMode { AllLow = 0, AnyHigh = 1 }

        public enum WakeupCause { Undefined = 0, Ext0 = 2, Ext1 = 3, Timer = 4 }

        [Flags]
        public enum WakeupGpioPin : ulong
        {
            None = 0, Pin4 = 1UL << 4, Pin27 = 1UL << 27, Pin39 = 1UL << 39,
        }

        public static EspNativeError EnableWakeupByPin(WakeupGpioPin pin, int level) => throw null;
        public static EspNativeError EnableWakeupByMultiPins(WakeupGpioPin pins, WakeupMode mode) => throw null;
        public static void StartDeepSleep() => throw null;
        public static WakeupCause GetWakeupCause() => throw null;
    }
}

namespace nanoFramework.Runtime.Native
{
    public static class Rtc
    {
        public static bool SetSystemTime(DateTime time) => throw null;
    }

    public static class GC
    {
        public static uint Run(bool compactHeap) => throw null;
        public static void EnableGCMessages(bool enable) => throw null;
    }

    public enum RebootOption { NormalReboot = 0, EnterNanoBooter = 1, ClrOnly = 2 }

    public delegate void RebootEventHandler();

    public class Power
    {
        internal Power() { }
        public static event RebootEventHandler OnRebootEvent { add => throw null; remove => throw null; }
        public static void RebootDevice(RebootOption rebootOption = RebootOption.NormalReboot) => throw null;
    }

    public static class SystemInfo
    {
        public static Version Version => throw null;
        public static string OEMString => throw null;
        public static string TargetName => throw null;
        public static string Platform => throw null;
    }
}

namespace System
{
    public sealed class Version
    {
        public Version(int major, int minor) { }
        public Version(int major, int minor, int build, int revision) { }
        public int Major => throw null;
        public int Minor => throw null;
        public int Build => throw null;
        public int Revision => throw null;
        public override string ToString() => throw null;
    }
}
