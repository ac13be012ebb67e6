using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Firmware.Wire
{
    /// <summary>Little-endian fields in byte arrays, comparison, hexadecimal, and the published digests (storage-format §1).</summary>
    public static class Bytes
    {
        /// <summary>Length of every digest, MAC and key.</summary>
        public const int DigestBytes = 32;

        private const string HexDigits = "0123456789abcdef";
        private static readonly byte[] s_chunkLabel = Encoding.UTF8.GetBytes("bodycam/v1/chunk");
        private static readonly byte[] s_sealLabel = Encoding.UTF8.GetBytes("bodycam/v1/seal");

        /// <summary>Writes 16 bits.</summary>
        [FramePath]
        public static void Put16(byte[] target, int offset, int value)
        {
            target[offset] = (byte)value;
            target[offset + 1] = (byte)(value >> 8);
        }

        /// <summary>Writes 32 bits.</summary>
        [FramePath]
        public static void Put32(byte[] target, int offset, int value)
        {
            target[offset] = (byte)value;
            target[offset + 1] = (byte)(value >> 8);
            target[offset + 2] = (byte)(value >> 16);
            target[offset + 3] = (byte)(value >> 24);
        }

        /// <summary>Writes 64 bits.</summary>
        [FramePath]
        public static void Put64(byte[] target, int offset, long value)
        {
            Put32(target, offset, (int)value);
            Put32(target, offset + 4, (int)(value >> 32));
        }

        /// <summary>Writes 32 bits with the highest byte first, as EBML does.</summary>
        [FramePath]
        public static void Put32BigEndian(byte[] target, int offset, int value)
        {
            target[offset] = (byte)(value >> 24);
            target[offset + 1] = (byte)(value >> 16);
            target[offset + 2] = (byte)(value >> 8);
            target[offset + 3] = (byte)value;
        }

        /// <summary>Reads 16 bits, 0…65,535.</summary>
        public static int Get16(byte[] source, int offset)
        {
            return source[offset] | (source[offset + 1] << 8);
        }

        /// <summary>Reads 32 bits; values above 2³¹−1 come out negative.</summary>
        public static int Get32(byte[] source, int offset)
        {
            return source[offset] | (source[offset + 1] << 8) | (source[offset + 2] << 16) | (source[offset + 3] << 24);
        }

        /// <summary>Reads 64 bits; values above 2⁶³−1 come out negative.</summary>
        public static long Get64(byte[] source, int offset)
        {
            return ((long)Get32(source, offset + 4) << 32) | (uint)Get32(source, offset);
        }

        /// <summary>True when both ranges hold the same bytes; the time taken does not depend on where they differ.</summary>
        public static bool Same(byte[] left, int leftOffset, byte[] right, int rightOffset, int count)
        {
            if (left.Length - leftOffset < count || right.Length - rightOffset < count)
            {
                return false;
            }

            int difference = 0;
            for (int i = 0; i < count; i++)
            {
                difference |= left[leftOffset + i] ^ right[rightOffset + i];
            }

            return difference == 0;
        }

        /// <summary>True when the range holds only zeros.</summary>
        public static bool IsZero(byte[] source, int offset, int count)
        {
            int seen = 0;
            for (int i = 0; i < count; i++)
            {
                seen |= source[offset + i];
            }

            return seen == 0;
        }

        /// <summary>A new array with a copy of the range.</summary>
        public static byte[] Slice(byte[] source, int offset, int count)
        {
            byte[] part = new byte[count];
            System.Array.Copy(source, offset, part, 0, count);
            return part;
        }

        /// <summary>Writes ASCII text, zero-padded to <paramref name="fieldBytes"/>; longer text is cut.</summary>
        public static void PutAscii(byte[] target, int offset, int fieldBytes, string text)
        {
            System.Array.Clear(target, offset, fieldBytes);
            for (int i = 0; i < text.Length && i < fieldBytes; i++)
            {
                target[offset + i] = (byte)text[i];
            }
        }

        /// <summary>HMAC-SHA256 over two arrays joined.</summary>
        public static byte[] Mac(byte[] key, byte[] first, int firstCount, byte[] second, int secondOffset, int secondCount)
        {
            byte[] joined = new byte[firstCount + secondCount];
            System.Array.Copy(first, 0, joined, 0, firstCount);
            System.Array.Copy(second, secondOffset, joined, firstCount, secondCount);
            return HMACSHA256.HashData(key, joined);
        }

        /// <summary>HMAC-SHA256 of an ASCII label.</summary>
        public static byte[] Mac(byte[] key, string label)
        {
            return HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(label));
        }

        /// <summary>Chunk digest of a whole array.</summary>
        [FramePath]
        public static byte[] ChunkDigest(byte[] wholeChunk)
        {
            return HMACSHA256.HashData(s_chunkLabel, wholeChunk);
        }

        /// <summary>Chunk digest of the first <paramref name="count"/> bytes.</summary>
        public static byte[] ChunkDigest(byte[] source, int count)
        {
            return HMACSHA256.HashData(s_chunkLabel, source.Length == count ? source : Slice(source, 0, count));
        }

        /// <summary>Seal digest over seal bytes 0…287 and the chunk digests, given as one whole array.</summary>
        public static byte[] SealDigest(byte[] sealHeadAndDigests)
        {
            return HMACSHA256.HashData(s_sealLabel, sealHeadAndDigests);
        }

        /// <summary>Lower-case hexadecimal.</summary>
        public static string ToHex(byte[] source, int offset, int count)
        {
            char[] text = new char[count * 2];
            for (int i = 0; i < count; i++)
            {
                text[i * 2] = HexDigits[source[offset + i] >> 4];
                text[(i * 2) + 1] = HexDigits[source[offset + i] & 15];
            }

            return new string(text);
        }

        /// <summary>Bytes of hexadecimal text, or null when it is not hexadecimal of exactly <paramref name="count"/> bytes.</summary>
        public static byte[] FromHex(string text, int count)
        {
            if (text == null || text.Length != count * 2)
            {
                return null;
            }

            byte[] result = new byte[count];
            for (int i = 0; i < text.Length; i++)
            {
                int digit = HexDigits.IndexOf(text[i]);
                if (digit < 0)
                {
                    return null;
                }

                result[i / 2] = (byte)((result[i / 2] << 4) | digit);
            }

            return result;
        }
    }
}
