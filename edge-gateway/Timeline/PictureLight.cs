using System.Buffers.Binary;

namespace BodyCam.Timeline;

/// <summary>Mean brightness of a baseline JPEG (ITU-T T.81) from the DC coefficients of its first component. Nothing is transformed back.</summary>
public static class PictureLight
{
    /// <summary>Mean brightness below which a picture counts as black, of 255. A lens cap or a covered lens gives 0 to 5; a street at night with one lamp is above 15.</summary>
    public const double BlackBelow = 10;

    /// <summary>Mean of the first component, 0..255; null when it is no baseline JPEG that carries its tables, or its bytes end before.</summary>
    public static double? Mean(ReadOnlySpan<byte> jpeg)
    {
        var tables = new JpegTables();
        var position = 2;
        if (jpeg.Length < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8)
            return null;
        while (position + 4 <= jpeg.Length && jpeg[position] == 0xFF)
        {
            var marker = jpeg[position + 1];
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(position + 2)..]);
            if (length < 2 || position + 2 + length > jpeg.Length)
                return null;
            var body = jpeg.Slice(position + 4, length - 2);
            position += 2 + length;
            var isFine = marker switch
            {
                0xDB => tables.TakeQuantisation(body),
                0xC4 => tables.TakeHuffman(body),
                0xC0 or 0xC1 => tables.TakeFrame(body),
                0xC2 or 0xC3 or (>= 0xC5 and <= 0xCF and not 0xC8 and not 0xCC) => false,
                0xDD => tables.TakeRestart(body),
                _ => true,
            };
            if (!isFine)
                return null;
            if (marker == 0xDA)
                return tables.TakeScan(body) ? new JpegScan(tables).Mean(jpeg[position..]) : null;
        }

        return null;
    }
}
