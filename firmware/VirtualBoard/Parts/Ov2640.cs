namespace BodyCam.VirtualBoard;

/// <summary>The sensor behind the ArduChip: two register banks over SCCB (OV2640 data sheet, tables 12 and 13).</summary>
internal sealed class Ov2640(Camera camera) : II2cPart
{
    private readonly byte[][] _banks = [new byte[256], new byte[256]];
    private int _bank;
    private int _pointer;

    /// <summary>False while the sensor is lost, the picture bypasses the DSP, or JPEG or port are held in reset: nothing reaches the FIFO then.</summary>
    internal bool GivesPictures => camera.Fault != CameraFault.SensorLost && (_banks[0][0xE0] & 0x14) == 0 && (_banks[0][0x05] & 0x01) == 0;

    /// <summary>Frames without output that automatic exposure may put in (COM1, bits 7..6), if bit 3 of 0x0F lets it.</summary>
    internal int DummyFramesMax => (_banks[1][0x0F] & 0x08) == 0 ? 0 : (_banks[1][0x03] >> 6) switch { 1 => 1, 2 => 3, 3 => 7, _ => 0 };

    internal int QuantizationScale => _banks[0][0x44];
    internal int GainCeiling => 2 << Math.Min(6, _banks[1][0x14] >> 5);

    internal bool IsJpeg => (_banks[0][0xDA] & 0x10) != 0;
    internal int WidthPx => ((_banks[0][0x5C] & 3) << 8 | _banks[0][0x5A]) * 4;
    internal int HeightPx => ((_banks[0][0x5C] >> 2 & 1) << 8 | _banks[0][0x5B]) * 4;

    internal void Reset()
    {
        Array.Clear(_banks[0]);
        Array.Clear(_banks[1]);
        _bank = 0;
        // Product and manufacturer identity, bank 1.
        _banks[1][0x0A] = 0x26;
        _banks[1][0x0B] = 0x42;
        _banks[1][0x1C] = 0x7F;
        _banks[1][0x1D] = 0xA2;
    }

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (camera.Fault is CameraFault.Dead or CameraFault.SensorLost) return false;
        if (bytes.Length == 0) return true;
        _pointer = bytes[0];
        if (bytes.Length < 2) return true;
        byte value = bytes[1];
        if (_pointer == 0xFF) _bank = value & 1;
        else if (_bank == 1 && _pointer == 0x12 && (value & 0x80) != 0) Reset();
        else if (!(_bank == 1 && _pointer is 0x0A or 0x0B or 0x1C or 0x1D)) _banks[_bank][_pointer] = value;
        return true;
    }

    public bool Read(Span<byte> bytes)
    {
        if (camera.Fault is CameraFault.Dead or CameraFault.SensorLost) return false;
        // SCCB reads one byte; the sub-address does not move on.
        bytes.Fill(_pointer == 0xFF ? (byte)_bank : _banks[_bank][_pointer]);
        return true;
    }
}
