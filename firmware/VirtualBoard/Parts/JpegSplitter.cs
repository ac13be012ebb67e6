namespace BodyCam.VirtualBoard;

/// <summary>Splits concatenated JPEGs by walking their markers (ITU-T T.81 B.1), so that an EOI inside a thumbnail is not taken for the end.</summary>
public static class JpegSplitter
{
    /// <summary>The complete frames in order; a cut-off last frame is left out, bytes between frames are skipped.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> bytes)
    {
        var frames = new List<ReadOnlyMemory<byte>>();
        int at = 0;
        while (at + 4 <= bytes.Length)
        {
            int begin = bytes.Span[at..].IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);
            if (begin < 0) break;
            begin += at;
            int length = LengthOf(bytes.Span[begin..]);
            if (length < 0) break;
            frames.Add(bytes.Slice(begin, length));
            at = begin + length;
        }
        return frames;
    }

    /// <summary>Bytes from SOI through EOI, or −1 when the picture is not complete.</summary>
    public static int LengthOf(ReadOnlySpan<byte> jpeg)
    {
        int at = 2;
        while (at + 2 <= jpeg.Length)
        {
            if (jpeg[at] != 0xFF) return -1;
            byte marker = jpeg[at + 1];
            if (marker == 0xFF) at++;
            else if (marker == 0xD9) return at + 2;
            else if (marker is 0x01 or (>= 0xD0 and <= 0xD8)) at += 2;
            else
            {
                if (at + 4 > jpeg.Length) return -1;
                at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]);
                if (marker == 0xDA) at = EndOfScan(jpeg, at);
            }
        }
        return -1;
    }

    /// <summary>Index of the marker that ends the entropy-coded data: not FF00, not a restart.</summary>
    private static int EndOfScan(ReadOnlySpan<byte> jpeg, int at)
    {
        while (at + 1 < jpeg.Length)
        {
            int next = jpeg[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= jpeg.Length) return jpeg.Length;
            at += next;
            byte marker = jpeg[at + 1];
            if (marker is not 0 and not (>= 0xD0 and <= 0xD7)) return at;
            at += 2;
        }
        return jpeg.Length;
    }
}
