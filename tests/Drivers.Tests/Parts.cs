extern alias nano;
using BodyCam.Firmware.Drivers;
using nano::System.Device.I2c;
using nano::System.Device.Spi;

namespace BodyCam.Drivers.Tests;

/// <summary>Drivers wired as the board's definition says.</summary>
internal static class Parts
{
    internal static ArduCam Camera() => new(
        SpiDevice.Create(new SpiConnectionSettings(2, 5) { ClockFrequency = 8_000_000, Mode = SpiMode.Mode0 }), Device(0x30));

    internal static Ds3231 Clock() => new(Device(0x68));

    internal static Max17048 Gauge() => new(Device(0x36));

    private static I2cDevice Device(int address) => I2cDevice.Create(new I2cConnectionSettings(1, address, I2cBusSpeed.StandardMode));
}
