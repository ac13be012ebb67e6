namespace BodyCam.Timeline;

/// <summary>Walks the entropy-coded data of a baseline scan and adds up the DC coefficients of the first component.</summary>
internal sealed class JpegScan(JpegTables tables)
{
    private int position;
    private uint bits;
    private int bitCount;

    /// <summary>Mean brightness, or null when the bytes end before or are no code.</summary>
    public double? Mean(ReadOnlySpan<byte> data)
    {
        var parts = tables.Components;
        // A scan of one component has its blocks one by one, whatever its sampling factors say (T.81 A.2.2).
        var isSingle = parts.Count == 1;
        var unitAcross = 8 * (isSingle ? 1 : parts.Max(static part => part.Across));
        var unitDown = 8 * (isSingle ? 1 : parts.Max(static part => part.Down));
        var units = (tables.WidthPx + unitAcross - 1) / unitAcross * ((tables.HeightPx + unitDown - 1) / unitDown);
        var predicted = new int[parts.Count];
        long sum = 0, blocks = 0;
        for (var unit = 0; unit < units; unit++)
        {
            if (tables.RestartEvery > 0 && unit > 0 && unit % tables.RestartEvery == 0)
            {
                if (!SkipRestart(data))
                    return null;
                Array.Clear(predicted);
            }

            for (var index = 0; index < parts.Count; index++)
            {
                for (var block = isSingle ? 1 : parts[index].Across * parts[index].Down; block > 0; block--)
                {
                    if (!TakeBlock(data, parts[index], ref predicted[index]))
                        return null;
                    if (index != 0)
                        continue;
                    sum += predicted[0];
                    blocks++;
                }
            }
        }

        return Math.Clamp(((double)sum / blocks * tables.DcQuantiser[parts[0].Quantiser] / 8) + 128, 0, 255);
    }

    private bool TakeBlock(ReadOnlySpan<byte> data, JpegTables.Component part, ref int predicted)
    {
        if (!TryCode(data, part.Dc!, out var size) || size > 11 || !TryBits(data, size, out var value))
            return false;
        predicted += size == 0 ? 0 : value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
        for (var index = 1; index < 64; index++)
        {
            if (!TryCode(data, part.Ac!, out var code))
                return false;
            if (code == 0)
                break;
            index += code >> 4;
            if (!TryBits(data, code & 15, out _))
                return false;
        }

        return true;
    }

    private bool TryCode(ReadOnlySpan<byte> data, (byte Value, byte Length)[] table, out int value)
    {
        Fill(data);
        var (found, length) = table[bits >> 16];
        value = found;
        if (length == 0 || length > bitCount)
            return false;
        Drop(length);
        return true;
    }

    private bool TryBits(ReadOnlySpan<byte> data, int count, out int value)
    {
        value = 0;
        if (count == 0)
            return true;
        Fill(data);
        if (count > bitCount)
            return false;
        value = (int)(bits >> (32 - count));
        Drop(count);
        return true;
    }

    // Bits lie at the top; a byte FF is followed by 00, any other marker ends the data.
    private void Fill(ReadOnlySpan<byte> data)
    {
        while (bitCount <= 24 && position < data.Length)
        {
            var octet = data[position];
            if (octet == 0xFF)
            {
                if (position + 1 >= data.Length || data[position + 1] != 0)
                    return;
                position++;
            }

            position++;
            bits |= (uint)octet << (24 - bitCount);
            bitCount += 8;
        }
    }

    private void Drop(int count)
    {
        bits <<= count;
        bitCount -= count;
    }

    private bool SkipRestart(ReadOnlySpan<byte> data)
    {
        bits = 0;
        bitCount = 0;
        if (position + 1 >= data.Length || data[position] != 0xFF || data[position + 1] is < 0xD0 or > 0xD7)
            return false;
        position += 2;
        return true;
    }
}
