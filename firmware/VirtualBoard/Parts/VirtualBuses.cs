namespace BodyCam.VirtualBoard;

/// <summary>SPI, I2C and I2S with their prices.</summary>
internal sealed class VirtualBuses(Kernel kernel, BoardProfile profile, ArduChip arduChip, Microphone microphone, Dictionary<int, II2cPart> i2cParts) : IBuses
{
    private const int TransferBytesMax = 16_384;

    private readonly Dictionary<int, (int ClockHz, int Mode)> _spiBuses = [];

    /// <summary>Addresses that do not acknowledge.</summary>
    internal HashSet<int> Silent { get; } = [];

    internal void ResetNeedsLock() => _spiBuses.Clear();

    public void SpiTransfer(int busId, int chipSelect, int clockHz, int mode, ReadOnlySpan<byte> write, Span<byte> read)
    {
        using NativeCall call = kernel.Enter();
        if (write.Length > TransferBytesMax || read.Length > TransferBytesMax) throw new ArgumentException($"An SPI transfer moves at most {TransferBytesMax} bytes. Cut it in pieces.");
        // The first device on a bus sets clock and mode for all others, silently.
        if (!_spiBuses.TryGetValue(busId, out (int ClockHz, int Mode) bus)) _spiBuses[busId] = bus = (clockHz, mode);
        CostModel costs = kernel.Options.Costs;
        long bits = (write.Length + read.Length) * 8L;
        call.Spend(CostModel.Ticks(costs.SpiSetupUs) + bits * TimeSpan.TicksPerSecond / Math.Max(1, bus.ClockHz) * (100 + costs.SpiOverheadPercent) / 100);
        if (busId == profile.CameraSpiBus && chipSelect == profile.CameraChipSelectPin && bus.Mode == 0) arduChip.Transfer(write, read);
        else read.Fill(0xFF);
    }

    public bool I2cTransfer(int busId, int address, ReadOnlySpan<byte> write, Span<byte> read)
    {
        using NativeCall call = kernel.Enter();
        int hz = kernel.Options.Costs.I2cBitHz;
        int bytes = write.Length + read.Length + (write.Length > 0 ? 1 : 0) + (read.Length > 0 ? 1 : 0);
        if (hz > 0) call.Spend(bytes * 9 * TimeSpan.TicksPerSecond / hz);
        if (busId != profile.I2cBus || Silent.Contains(address) || !i2cParts.TryGetValue(address, out II2cPart? part)) return false;
        if (write.Length > 0 && !part.Write(write)) return false;
        return read.Length == 0 || part.Read(read);
    }

    public void I2sOpen(int busId, int sampleRateHz, int bitsPerSample, int channels, int bufferBytes)
    {
        using NativeCall call = kernel.Enter();
        microphone.OpenNeedsLock(sampleRateHz, bitsPerSample, channels, bufferBytes);
    }

    public void I2sRead(int busId, Span<byte> read)
    {
        using NativeCall call = kernel.Enter();
        microphone.ReadNeedsLock(call, read);
    }

    public void I2sClose(int busId)
    {
        using NativeCall call = kernel.Enter();
        microphone.CloseNeedsLock();
    }
}
