using System.Buffers.Binary;

namespace BodyCam.Timeline;

/// <summary>Tables of a JPEG as its headers give them.</summary>
internal sealed class JpegTables
{
    /// <summary>Huffman tables by class × 4 + id: value and length by 16 bits of look-ahead; length 0 is no code.</summary>
    public (byte Value, byte Length)[]?[] Huffman { get; } = new (byte, byte)[]?[8];

    public int[] DcQuantiser { get; } = new int[4];

    public int WidthPx { get; private set; }

    public int HeightPx { get; private set; }

    public int RestartEvery { get; private set; }

    public List<Component> Components { get; } = [];

    public bool TakeQuantisation(ReadOnlySpan<byte> body)
    {
        while (body.Length > 0)
        {
            var bytes = (body[0] >> 4) == 0 ? 64 : 128;
            if (body.Length < 1 + bytes)
                return false;
            DcQuantiser[body[0] & 3] = bytes == 64 ? body[1] : BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
            body = body[(1 + bytes)..];
        }

        return true;
    }

    public bool TakeHuffman(ReadOnlySpan<byte> body)
    {
        while (body.Length >= 17)
        {
            // A table that comes again takes the place of the one before: a picture may bring thousands.
            var slot = (((body[0] >> 4) & 1) * 4) + (body[0] & 3);
            var table = Huffman[slot] ??= new (byte Value, byte Length)[1 << 16];
            Array.Clear(table);
            var values = body[17..];
            var code = 0;
            var used = 0;
            for (var length = 1; length <= 16; length++, code <<= 1)
            {
                for (var count = body[length]; count > 0; count--, code++, used++)
                {
                    if (used >= values.Length || code >= 1 << length)
                        return false;
                    table.AsSpan(code << (16 - length), 1 << (16 - length)).Fill((values[used], (byte)length));
                }
            }

            body = body[(17 + used)..];
        }

        return body.IsEmpty;
    }

    public bool TakeFrame(ReadOnlySpan<byte> body)
    {
        if (body.Length < 6 || body[0] != 8 || body.Length < 6 + (3 * body[5]))
            return false;
        HeightPx = BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
        WidthPx = BinaryPrimitives.ReadUInt16BigEndian(body[3..]);
        for (var index = 0; index < body[5]; index++)
        {
            var part = body.Slice(6 + (3 * index), 3);
            Components.Add(new Component(part[0], part[1] >> 4, part[1] & 15, part[2] & 3));
        }

        return WidthPx > 0 && HeightPx > 0 && Components.Count is 1 or 3 && Components.TrueForAll(static part => part.Across is >= 1 and <= 4 && part.Down is >= 1 and <= 4);
    }

    public bool TakeRestart(ReadOnlySpan<byte> body)
    {
        RestartEvery = body.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(body) : 0;
        return body.Length == 2;
    }

    /// <summary>One scan with all components, as cameras make it.</summary>
    public bool TakeScan(ReadOnlySpan<byte> body)
    {
        if (body.Length < 1 || Components.Count == 0 || body[0] != Components.Count || body.Length < 1 + (2 * body[0]))
            return false;
        for (var index = 0; index < Components.Count; index++)
        {
            var part = Components[index];
            if (body[1 + (2 * index)] != part.Id)
                return false;
            part.Dc = Huffman[(body[2 + (2 * index)] >> 4) & 3];
            part.Ac = Huffman[4 + (body[2 + (2 * index)] & 3)];
            if (part.Dc is null || part.Ac is null)
                return false;
        }

        return true;
    }

    /// <summary>A component of the picture.</summary>
    internal sealed class Component(byte id, int across, int down, int quantiser)
    {
        public byte Id => id;

        public int Across => across;

        public int Down => down;

        public int Quantiser => quantiser;

        public (byte Value, byte Length)[]? Dc { get; set; }

        public (byte Value, byte Length)[]? Ac { get; set; }
    }
}
