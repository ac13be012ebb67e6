namespace BodyCam.Core.Matroska;

/// <summary>EBML ids and numbers (RFC 8794, RFC 9559) that our segments use.</summary>
internal static class Ebml
{
    public const uint Header = 0x1A45DFA3;
    public const uint Segment = 0x18538067;
    public const uint Cluster = 0x1F43B675;
    public const uint Timestamp = 0xE7;
    public const uint SimpleBlock = 0xA3;
    public const uint Void = 0xEC;
    public const uint Tags = 0x1254C367;
    public const uint Tag = 0x7373;
    public const uint SimpleTag = 0x67C8;
    public const uint TagName = 0x45A3;
    public const uint TagString = 0x4487;

    /// <summary>Size of an element that runs until its parent ends.</summary>
    public const long UnknownSize = -1;

    /// <summary>Reads an element's id and size; false when the bytes end before or are no element.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, out uint id, out long size, out int headerBytes)
    {
        id = 0;
        size = 0;
        headerBytes = 0;
        if (bytes.IsEmpty)
            return false;
        var idBytes = System.Numerics.BitOperations.LeadingZeroCount((uint)bytes[0] << 24) + 1;
        if (idBytes > 4 || bytes.Length <= idBytes)
            return false;
        for (var index = 0; index < idBytes; index++)
            id = (id << 8) | bytes[index];
        var sizeBytes = System.Numerics.BitOperations.LeadingZeroCount((uint)bytes[idBytes] << 24) + 1;
        if (sizeBytes > 8 || bytes.Length < idBytes + sizeBytes)
            return false;
        var allOnes = true;
        var value = (long)(bytes[idBytes] & (0xFF >> sizeBytes));
        allOnes &= value == 0xFF >> sizeBytes;
        for (var index = 1; index < sizeBytes; index++)
        {
            value = (value << 8) | bytes[idBytes + index];
            allOnes &= bytes[idBytes + index] == 0xFF;
        }

        size = allOnes ? UnknownSize : value;
        headerBytes = idBytes + sizeBytes;
        return true;
    }

    /// <summary>An unsigned number of 0 to 8 bytes, big-endian.</summary>
    public static long ReadUnsigned(ReadOnlySpan<byte> bytes)
    {
        long value = 0;
        foreach (var octet in bytes)
            value = (value << 8) | octet;
        return value;
    }
}
