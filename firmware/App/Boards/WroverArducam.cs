using System.Device.Gpio;
using System.Device.I2c;
using System.Device.Pwm;
using System.Device.Spi;
using BodyCam.Firmware.Drivers;
using nanoFramework.Hardware.Esp32;

namespace BodyCam.Firmware.Boards
{
    /// <summary>ESP32-DevKitC with WROVER-E and ArduCAM Mini 2MP Plus; pins and buses as in hardware/boards/wrover-arducam.json, which a test compares.</summary>
    public sealed class WroverArducam
    {
        /// <summary>GPIO numbers and bus ids; the clock's square wave and VBUS sense are wired and not used.</summary>
        public const int CameraClockPin = 18, CameraMisoPin = 19, CameraMosiPin = 23, CameraChipSelectPin = 5, I2cDataPin = 21, I2cClockPin = 22,
            I2sBitClockPin = 26, I2sWordSelectPin = 25, I2sDataInPin = 35, RecordButtonPin = 27, NoteButtonPin = 4, RecordLedPin = 13, StatusLedPin = 32, BuzzerPin = 33,
            SdClockPin = 14, SdCommandPin = 15, SdData0Pin = 2, BatteryDividerPin = 34, ClockSquareWavePin = 36, VbusSensePin = 39, BatteryAdcChannel = 6, CameraSpiBus = 2, I2cBus = 1, I2sBus = 1;

        private const int CameraClockHz = 8000000;
        private const int ButtonDebounceMs = 30;

        /// <summary>Opens every part; the chip's pin functions are set here and nowhere else.</summary>
        public WroverArducam()
        {
            Configuration.SetPinFunction(CameraMosiPin, DeviceFunction.SPI2_MOSI);
            Configuration.SetPinFunction(CameraMisoPin, DeviceFunction.SPI2_MISO);
            Configuration.SetPinFunction(CameraClockPin, DeviceFunction.SPI2_CLOCK);
            Configuration.SetPinFunction(I2cDataPin, DeviceFunction.I2C1_DATA);
            Configuration.SetPinFunction(I2cClockPin, DeviceFunction.I2C1_CLOCK);
            Configuration.SetPinFunction(I2sBitClockPin, DeviceFunction.I2S1_BCK);
            Configuration.SetPinFunction(I2sWordSelectPin, DeviceFunction.I2S1_WS);
            Configuration.SetPinFunction(I2sDataInPin, DeviceFunction.I2S1_MDATA_IN);
            Configuration.SetPinFunction(SdClockPin, DeviceFunction.SDMMC1_CLOCK);
            Configuration.SetPinFunction(SdCommandPin, DeviceFunction.SDMMC1_COMMAND);
            Configuration.SetPinFunction(SdData0Pin, DeviceFunction.SDMMC1_D0);
            Configuration.SetPinFunction(BuzzerPin, DeviceFunction.PWM1);
            Configuration.SetPinFunction(BatteryDividerPin, DeviceFunction.ADC1_CH6);

            SpiConnectionSettings spi = new SpiConnectionSettings(CameraSpiBus, CameraChipSelectPin);
            spi.ClockFrequency = CameraClockHz;
            spi.Mode = SpiMode.Mode0;
            Camera = new ArduCam(SpiDevice.Create(spi), Device(0x30));
            Clock = new Ds3231(Device(0x68));
            Gauge = new EitherGauge(new Max17048(Device(0x36)), new BatteryDivider(BatteryAdcChannel));
            Microphone = new Inmp441(I2sBus);
            Card = new CardSocket();
            Wireless = new Wireless();
            GpioController pins = new GpioController();
            Panel = new Panel(pins.OpenPin(RecordLedPin, PinMode.Output), pins.OpenPin(StatusLedPin, PinMode.Output), PwmChannel.CreateFromPin(BuzzerPin, 2000, 0.5));
            RecordButton = Button(pins, RecordButtonPin, PinMode.InputPullUp);
            NoteButton = Button(pins, NoteButtonPin, PinMode.Input);
            Buttons = new PinButtons(RecordButton, NoteButton);
        }

        /// <summary>Camera.</summary>
        public ArduCam Camera { get; }

        /// <summary>Battery-backed clock.</summary>
        public Ds3231 Clock { get; }

        /// <summary>Fuel gauge, or the divider where it does not answer.</summary>
        public EitherGauge Gauge { get; }

        /// <summary>Microphone.</summary>
        public Inmp441 Microphone { get; }

        /// <summary>Card socket.</summary>
        public CardSocket Card { get; }

        /// <summary>Wi-Fi.</summary>
        public Wireless Wireless { get; }

        /// <summary>LEDs and buzzer.</summary>
        public Panel Panel { get; }

        /// <summary>Record button, low while pressed.</summary>
        public GpioPin RecordButton { get; }

        /// <summary>Note button, low while pressed.</summary>
        public GpioPin NoteButton { get; }

        /// <summary>Levels of both buttons.</summary>
        public PinButtons Buttons { get; }

        private static I2cDevice Device(int address)
        {
            return I2cDevice.Create(new I2cConnectionSettings(I2cBus, address, I2cBusSpeed.StandardMode));
        }

        private static GpioPin Button(GpioController pins, int pin, PinMode mode)
        {
            GpioPin button = pins.OpenPin(pin, mode);
            button.DebounceTimeout = new System.TimeSpan(0, 0, 0, 0, ButtonDebounceMs);
            return button;
        }
    }
}
