using System.Buffers.Binary;
using System.Text;

namespace BodyCam.Core.Matroska;

/// <summary>Reads the Matroska of our segments from memory: every complete block, wherever the file was cut. Bounded by the file's own length.</summary>
public static class SegmentReader
{
    /// <summary>Longest file that is read: far above a segment of 2 MiB, and a bound for foreign bytes.</summary>
    public const int FileBytesMax = 64 << 20;

    private const int TagsMax = 64;

    /// <summary>Reads what is complete; never throws on foreign bytes.</summary>
    public static SegmentContent Read(ReadOnlySpan<byte> file)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var blocks = new List<SegmentBlock>();
        var authenticators = new List<RunningAuthenticator>();
        var position = 0;
        long clusterMs = 0;
        while (position < file.Length && Ebml.TryReadHeader(file[position..], out var id, out var size, out var headerBytes))
        {
            if (id is Ebml.Segment or Ebml.Cluster)
            {
                // Both are entered, whatever their size says: their children are read one after another.
                position += headerBytes;
                continue;
            }

            if (size == Ebml.UnknownSize || size > file.Length - position - headerBytes)
                break;
            var body = file.Slice(position + headerBytes, (int)size);
            var bodyOffset = position + headerBytes;
            switch (id)
            {
                case Ebml.Timestamp when body.Length <= 8:
                    clusterMs = Ebml.ReadUnsigned(body);
                    break;
                case Ebml.SimpleBlock when body.Length >= 4 && (body[0] & 0x80) != 0:
                    blocks.Add(new SegmentBlock((byte)(body[0] & 0x7F), clusterMs + BinaryPrimitives.ReadInt16BigEndian(body[1..]), bodyOffset + 4, body.Length - 4));
                    break;
                case Ebml.Void when body.Length == 40 && body[..4].SequenceEqual("BCA1"u8):
                    authenticators.Add(new RunningAuthenticator(position, BinaryPrimitives.ReadUInt32LittleEndian(body[4..]), bodyOffset + 8));
                    break;
                case Ebml.Tags:
                    ReadTags(body, tags);
                    break;
            }

            position += headerBytes + (int)size;
        }

        return new SegmentContent(tags, blocks, authenticators, position, position == file.Length);
    }

    private static void ReadTags(ReadOnlySpan<byte> bytes, Dictionary<string, string> tags)
    {
        string? name = null;
        var position = 0;
        while (position < bytes.Length && tags.Count < TagsMax && Ebml.TryReadHeader(bytes[position..], out var id, out var size, out var headerBytes))
        {
            if (id is Ebml.Tag or Ebml.SimpleTag)
            {
                position += headerBytes;
                continue;
            }

            if (size == Ebml.UnknownSize || size > bytes.Length - position - headerBytes)
                return;
            var body = bytes.Slice(position + headerBytes, (int)size);
            if (id == Ebml.TagName)
                name = Encoding.UTF8.GetString(body);
            else if (id == Ebml.TagString && name is not null)
                tags[name] = Encoding.UTF8.GetString(body);
            position += headerBytes + (int)size;
        }
    }
}
