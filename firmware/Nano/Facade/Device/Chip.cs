using System;
using BodyCam.Nano.Hosting;

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
        public static void SetPinFunction(int pin, DeviceFunction value) => HostBoard.Native.Pins.SetFunction(pin, (int)value);

        public static int GetFunctionPin(DeviceFunction function) => HostBoard.Native.Pins.FunctionPin((int)function);
    }

    public class HighResTimer
    {
        internal HighResTimer() { }

        public static ulong GetCurrent() => HostBoard.Native.Clocks.MonotonicUs;
    }

    public class NativeMemory
    {
        public enum MemoryType { All, Internal, SpiRam }

        public static void GetMemoryInfo(MemoryType memType, out uint totalSize, out uint totalFreeSize, out uint largestFreeBlock)
        {
            if (memType != MemoryType.All)
            {
                HostBoard.Native.System.MemoryInfo((int)memType, out totalSize, out totalFreeSize, out largestFreeBlock);
                return;
            }

            GetMemoryInfo(MemoryType.Internal, out uint total, out uint free, out uint largest);
            GetMemoryInfo(MemoryType.SpiRam, out totalSize, out totalFreeSize, out largestFreeBlock);
            totalSize += total;
            totalFreeSize += free;
            largestFreeBlock = largest > largestFreeBlock ? largest : largestFreeBlock;
        }
    }

    public enum EspNativeError { OK = 0, FAIL = -1, INVALID_ARG = 0x102 }

    /// <summary>Deep sleep ends in a restart, so the virtual chip restarts at once.</summary>
    public class Sleep
    {
        public enum WakeupMode { AllLow = 0, AnyHigh = 1 }

        public enum WakeupCause { Undefined = 0, Ext0 = 2, Ext1 = 3, Timer = 4 }

        [Flags]
        public enum WakeupGpioPin : ulong
        {
            None = 0, Pin4 = 1UL << 4, Pin27 = 1UL << 27, Pin39 = 1UL << 39,
        }

        public static EspNativeError EnableWakeupByPin(WakeupGpioPin pin, int level) => EspNativeError.OK;

        public static EspNativeError EnableWakeupByMultiPins(WakeupGpioPin pins, WakeupMode mode) => EspNativeError.OK;

        public static void StartDeepSleep() => HostBoard.Native.System.Reboot();

        public static WakeupCause GetWakeupCause() => WakeupCause.Undefined;
    }
}

namespace nanoFramework.Runtime.Native
{
    public static class Rtc
    {
        public static bool SetSystemTime(DateTime time) => HostBoard.Native.Clocks.SetSystemTime(time.Ticks);
    }

    public static class GC
    {
        public static uint Run(bool compactHeap)
        {
            HostBoard.Native.System.MemoryInfo(2, out _, out uint freeBytes, out _);
            return freeBytes;
        }

        public static void EnableGCMessages(bool enable) { }
    }

    public enum RebootOption { NormalReboot = 0, EnterNanoBooter = 1, ClrOnly = 2 }

    public delegate void RebootEventHandler();

    public class Power
    {
        internal Power() { }

        public static event RebootEventHandler OnRebootEvent;

        public static void RebootDevice(RebootOption rebootOption = RebootOption.NormalReboot)
        {
            try
            {
                OnRebootEvent?.Invoke();
            }
            catch
            {
                // The real one restarts whatever the handlers do.
            }
            finally
            {
                HostBoard.Native.System.Reboot();
            }
        }
    }

    public static class SystemInfo
    {
        public static Version Version => new Version(1, 17, 0, 0);

        public static string OEMString => "BodyCam virtual board";

        public static string TargetName => "ESP32_PSRAM_REV3";

        public static string Platform => "ESP32";
    }
}
