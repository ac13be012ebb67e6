namespace BodyCam.VirtualBoard;

/// <summary>Prices of native calls in virtual time. The figures and their sources stand in <c>hardware/boards/*.json</c>.</summary>
public sealed record CostModel
{
    /// <summary>Planning rates of a WROVER-E with an ArduCAM.</summary>
    public static CostModel Planning { get; } = new();

    /// <summary>Buses, card and link cost nothing; sound, exposure and single calls keep their time, because the world outside does not run faster.</summary>
    public static CostModel FullSpeed { get; } = new()
    {
        SpiSetupUs = 0, SpiOverheadPercent = -100, CardBytesPerSecond = 0, CardReadBytesPerSecond = 0, CardSyncUs = 0, CardDirectoryUs = 0,
        FlashBytesPerSecond = 0, FlashSyncUs = 0, TlsBytesPerSecond = 0, LinkRoundTripUs = 0, TlsHandshakeUs = 0, I2cBitHz = 0, AdcUs = 0, NativeCallUs = 1,
    };

    /// <summary>Microseconds of any native call, whatever else it does.</summary>
    public int NativeCallUs { get; init; } = 10;
    /// <summary>Microseconds to set up one SPI transaction.</summary>
    public int SpiSetupUs { get; init; } = 20;
    /// <summary>Percent on top of the bits at the bus clock; −100 makes SPI free.</summary>
    public int SpiOverheadPercent { get; init; }
    /// <summary>Card write rate in bytes per second; 0 is free.</summary>
    public int CardBytesPerSecond { get; init; } = 200_000;
    /// <summary>Card read rate in bytes per second; 0 is free.</summary>
    public int CardReadBytesPerSecond { get; init; } = 1_500_000;
    /// <summary>Microseconds of one card sync.</summary>
    public int CardSyncUs { get; init; } = 10_000;
    /// <summary>Microseconds of one directory operation on the card (open, rename, delete, look-up of a folder).</summary>
    public int CardDirectoryUs { get; init; } = 5_000;
    /// <summary>Flash rate in bytes per second; 0 is free.</summary>
    public int FlashBytesPerSecond { get; init; } = 60_000;
    /// <summary>Microseconds of one flash commit.</summary>
    public int FlashSyncUs { get; init; } = 5_000;
    /// <summary>TLS (and TCP) rate in bytes per second; 0 is free.</summary>
    public int TlsBytesPerSecond { get; init; } = 50_000;
    /// <summary>Microseconds of one round trip on the link.</summary>
    public int LinkRoundTripUs { get; init; } = 8_000;
    /// <summary>Microseconds of one TLS handshake.</summary>
    public int TlsHandshakeUs { get; init; } = 1_500_000;
    /// <summary>I2C bit clock; 0 is free.</summary>
    public int I2cBitHz { get; init; } = 100_000;
    /// <summary>Microseconds of one ADC conversion.</summary>
    public int AdcUs { get; init; } = 60;

    internal static long Ticks(long microseconds) => microseconds * TimeSpan.TicksPerMicrosecond;

    internal static long ByteTicks(long bytes, long bytesPerSecond) => bytesPerSecond <= 0 ? 0 : bytes * TimeSpan.TicksPerSecond / bytesPerSecond;
}
