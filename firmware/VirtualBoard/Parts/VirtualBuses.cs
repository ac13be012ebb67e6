namespace BodyCam.VirtualBoard;

/// <summary>SPI, I2C and I2S with their prices.</summary>
internal sealed class VirtualBuses(Kernel kernel, BoardProfile profile, ArduChip arduChip, Microphone microphone, Dictionary<int, II2cPart> i2cParts) : IBuses
{
    private const int TransferBytesMax = 16_384;

    private readonly Dictionary<int, (int ClockHz, int Mode)> _spiBuses = [];

    /// <summary>Addresses that do not acknowledge.</summary>
    internal HashSet<int> Silent { get; } = [];

    /// <summary>Address to transfers that still succeed and transfers that fail after them.</summary>
    internal Dictionary<int, (int Skip, int Count)> Naks { get; } = [];

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
        if (busId == profile.CameraSpiBus && arduChip.HasBusError) throw new InvalidOperationException("The SPI transfer failed.");
        if (busId == profile.CameraSpiBus && chipSelect == profile.CameraChipSelectPin && bus.Mode == 0) arduChip.Transfer(write, read);
        else read.Fill(0xFF);
        if (kernel.Trace is { } trace) trace.Add($"spi {busId}.{chipSelect}", write, read);
    }

    public bool I2cTransfer(int busId, int address, ReadOnlySpan<byte> write, Span<byte> read)
    {
        using NativeCall call = kernel.Enter();
        int hz = kernel.Options.Costs.I2cBitHz;
        int bytes = write.Length + read.Length + (write.Length > 0 ? 1 : 0) + (read.Length > 0 ? 1 : 0);
        if (hz > 0) call.Spend(bytes * 9 * TimeSpan.TicksPerSecond / hz);
        bool acknowledged = busId == profile.I2cBus && !Silent.Contains(address) && !TakeNak(address) && i2cParts.TryGetValue(address, out II2cPart? part)
            && (write.Length == 0 || part.Write(write)) && (read.Length == 0 || part.Read(read));
        if (kernel.Trace is { } trace) trace.Add(acknowledged ? $"i2c {busId}.{address:X2}" : $"i2c {busId}.{address:X2} nak", write, read);
        return acknowledged;
    }

    private bool TakeNak(int address)
    {
        if (!Naks.TryGetValue(address, out (int Skip, int Count) plan)) return false;
        if (plan.Skip > 0) Naks[address] = plan with { Skip = plan.Skip - 1 };
        else if (plan.Count > 0) Naks[address] = plan with { Count = plan.Count - 1 };
        return plan is { Skip: 0, Count: > 0 };
    }

    public void I2sOpen(int busId, int sampleRateHz, int bitsPerSample, int channels, int bufferBytes)
    {
        using NativeCall call = kernel.Enter();
        microphone.OpenNeedsLock(sampleRateHz, bitsPerSample, channels, bufferBytes);
        kernel.Trace?.Add($"i2s {busId} open {sampleRateHz} Hz, {bitsPerSample} bit, {channels} channels, {bufferBytes} bytes");
    }

    public void I2sRead(int busId, Span<byte> read)
    {
        using NativeCall call = kernel.Enter();
        microphone.ReadNeedsLock(call, read);
        kernel.Trace?.Add($"i2s {busId} read {read.Length}");
    }

    public void I2sClose(int busId)
    {
        using NativeCall call = kernel.Enter();
        microphone.CloseNeedsLock();
        kernel.Trace?.Add($"i2s {busId} close");
    }
}
