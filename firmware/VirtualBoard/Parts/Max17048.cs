using System.Buffers.Binary;

namespace BodyCam.VirtualBoard;

/// <summary>The fuel gauge (MAX17048 data sheet 19-6171): 16-bit registers, high byte first.</summary>
internal sealed class Max17048(Battery battery) : II2cPart
{
    private readonly Dictionary<int, ushort> _written = new() { [0x0A] = 0x8030, [0x0C] = 0x971C, [0x14] = 0x00FF, [0x18] = 0x960C, [0x1A] = 0x0100 };
    private int _pointer;

    public bool Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) return true;
        _pointer = bytes[0];
        for (int i = 1; i + 1 < bytes.Length; i += 2, _pointer += 2)
        {
            if (_pointer is 0x0A or 0x0C or 0x14 or 0x18 or 0x1A) _written[_pointer] = BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }
        return true;
    }

    public bool Read(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            ushort value = Register(_pointer & 0xFE);
            bytes[i] = (byte)((_pointer & 1) == 0 ? value >> 8 : value);
            _pointer = (_pointer + 1) & 0xFF;
        }
        return true;
    }

    private ushort Register(int address) => address switch
    {
        0x02 => (ushort)(battery.MillivoltsNeedsLock * 1000 / 78.125),
        0x04 => (ushort)(Math.Clamp(battery.PercentNeedsLock + battery.GaugeErrorPercent, 0, 100) * 256),
        0x08 => 0x0012,
        0x16 => (ushort)(short)(battery.PercentPerHour / 0.208),
        _ => _written.GetValueOrDefault(address),
    };
}
