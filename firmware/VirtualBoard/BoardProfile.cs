using System.Text.Json;
using System.Text.Json.Nodes;

namespace BodyCam.VirtualBoard;

/// <summary>Pins, buses and prices of one board type; the defaults are those of <c>hardware/boards/wrover-arducam.json</c>.</summary>
public sealed record BoardProfile
{
    /// <summary>GPIO of the record button (to ground).</summary>
    public int RecordButtonPin { get; init; } = 27;
    /// <summary>GPIO of the note button (to ground).</summary>
    public int NoteButtonPin { get; init; } = 4;
    /// <summary>GPIO of the REC LED.</summary>
    public int RecordLedPin { get; init; } = 13;
    /// <summary>GPIO of the status LED.</summary>
    public int StatusLedPin { get; init; } = 32;
    /// <summary>GPIO of the buzzer (PWM).</summary>
    public int BuzzerPin { get; init; } = 33;
    /// <summary>ADC1 channel of the battery divider.</summary>
    public int BatteryAdcChannel { get; init; } = 6;
    /// <summary>GPIO of the DS3231 square wave.</summary>
    public int SquareWavePin { get; init; } = 36;
    /// <summary>GPIO of VBUS sense; high while the charger is plugged in.</summary>
    public int VbusPin { get; init; } = 39;
    /// <summary>SPI bus of the camera, 1-based as in nanoFramework.</summary>
    public int CameraSpiBus { get; init; } = 2;
    /// <summary>GPIO of the camera's chip select.</summary>
    public int CameraChipSelectPin { get; init; } = 5;
    /// <summary>I2C bus of the sensor, clock and gauge.</summary>
    public int I2cBus { get; init; } = 1;
    /// <summary>7-bit address of the OV2640.</summary>
    public int CameraI2cAddress { get; init; } = 0x30;
    /// <summary>7-bit address of the DS3231.</summary>
    public int ClockI2cAddress { get; init; } = 0x68;
    /// <summary>7-bit address of the MAX17048.</summary>
    public int GaugeI2cAddress { get; init; } = 0x36;
    /// <summary>Capacity of the battery in mAh.</summary>
    public int BatteryMah { get; init; } = 2500;
    /// <summary>Prices of native calls.</summary>
    public CostModel Costs { get; init; } = CostModel.Planning;

    /// <summary>Reads a board description (<c>hardware/boards/*.json</c>).</summary>
    /// <exception cref="InvalidDataException">A member is missing or is not a number; the message names it.</exception>
    public static BoardProfile Load(string path)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(path), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })
            ?? throw new InvalidDataException($"{path} is empty. Copy an existing board description.");

        int Number(params string[] names)
        {
            JsonNode? node = root;
            foreach (string name in names) node = node?[name];
            if (node is JsonObject priced) node = priced["value"];
            return node is JsonValue value && value.TryGetValue(out int number)
                ? number
                : throw new InvalidDataException($"{path}: '{string.Join('.', names)}' must be a whole number. Add it.");
        }

        return new BoardProfile
        {
            RecordButtonPin = Number("pins", "recordButton", "gpio"),
            NoteButtonPin = Number("pins", "noteButton", "gpio"),
            RecordLedPin = Number("pins", "recordLed", "gpio"),
            StatusLedPin = Number("pins", "statusLed", "gpio"),
            BuzzerPin = Number("pins", "buzzer", "gpio"),
            BatteryAdcChannel = Number("pins", "batteryDivider", "adc1Channel"),
            SquareWavePin = Number("pins", "clockSquareWave", "gpio"),
            VbusPin = Number("pins", "vbusSense", "gpio"),
            CameraSpiBus = Number("buses", "cameraSpi", "busId"),
            CameraChipSelectPin = Number("pins", "cameraChipSelect", "gpio"),
            I2cBus = Number("buses", "i2c", "busId"),
            CameraI2cAddress = Number("buses", "i2c", "addresses", "ov2640"),
            ClockI2cAddress = Number("buses", "i2c", "addresses", "ds3231"),
            GaugeI2cAddress = Number("buses", "i2c", "addresses", "max17048"),
            BatteryMah = Number("battery", "capacityMah"),
            Costs = new CostModel
            {
                NativeCallUs = Number("costs", "nativeCallUs"),
                SpiSetupUs = Number("costs", "spiSetupUs"),
                SpiOverheadPercent = Number("costs", "spiOverheadPercent"),
                CardBytesPerSecond = Number("costs", "cardBytesPerSecond"),
                CardReadBytesPerSecond = Number("costs", "cardReadBytesPerSecond"),
                CardSyncUs = Number("costs", "cardSyncUs"),
                CardDirectoryUs = Number("costs", "cardDirectoryUs"),
                FlashBytesPerSecond = Number("costs", "flashBytesPerSecond"),
                FlashSyncUs = Number("costs", "flashSyncUs"),
                TlsBytesPerSecond = Number("costs", "tlsBytesPerSecond"),
                LinkRoundTripUs = Number("costs", "linkRoundTripUs"),
                TlsHandshakeUs = Number("costs", "tlsHandshakeUs"),
                I2cBitHz = Number("costs", "i2cBitHz"),
                AdcUs = Number("costs", "adcUs"),
            },
        };
    }
}
