using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Seals that are on the card already.</summary>
    internal static class StoredSeal
    {
        /// <summary>The seal of a segment, or null when there is none, or none that this recorder wrote for it.</summary>
        internal static byte[] Read(CardReader reader, byte[] key, int epoch, int recording, int segment)
        {
            byte[] seal = new byte[UpMessages.SealBytes];
            bool read = reader.Read(CardPaths.Seal(epoch, recording, segment), 0, seal, seal.Length) == seal.Length;
            reader.Close();
            if (!read)
            {
                return null;
            }

            byte[] mac = System.Security.Cryptography.HMACSHA256.HashData(key, Bytes.Slice(seal, 288, 32));
            bool good = Bytes.Same(mac, 0, seal, 320, 32)
                && Bytes.Get32(seal, 40) == epoch && Bytes.Get32(seal, 44) == recording && Bytes.Get32(seal, 48) == segment;
            return good ? seal : null;
        }
    }
}
