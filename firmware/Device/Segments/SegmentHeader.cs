using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>What is fixed when a segment is opened; written as tags into the file and later into its seal.</summary>
    public sealed class SegmentHeader
    {
        /// <summary>One of <see cref="Kinds"/>.</summary>
        public int Kind;

        /// <summary>Device id, ASCII.</summary>
        public string Device = "";

        /// <summary>Epoch, ≥ 1.</summary>
        public int Epoch;

        /// <summary>Recording; 0 for the journal chain.</summary>
        public int Recording;

        /// <summary>Segment, ≥ 1.</summary>
        public int Segment;

        /// <summary>Activity within the epoch; 0 for the journal chain.</summary>
        public int Activity;

        /// <summary>4,096 or 8,192.</summary>
        public int ChunkBytes;

        /// <summary>Boot number.</summary>
        public int Boot;

        /// <summary>Picture width; kind 1 only.</summary>
        public int WidthPx;

        /// <summary>Picture height; kind 1 only.</summary>
        public int HeightPx;

        /// <summary>Clocks at the start.</summary>
        public readonly ClockStamp Start = new ClockStamp();

        /// <summary>Device id as a 32-byte zero-padded field.</summary>
        public byte[] DeviceField()
        {
            byte[] field = new byte[32];
            Bytes.PutAscii(field, 0, 32, Device);
            return field;
        }

        /// <summary>A_0 of the running authenticator (storage-format §2).</summary>
        /// <param name="recordingKey">Key of this recording, or the journal key.</param>
        public byte[] FirstAuthenticator(byte[] recordingKey)
        {
            byte[] identity = new byte[48];
            Bytes.PutAscii(identity, 0, 4, "BCA1");
            Bytes.PutAscii(identity, 4, 32, Device);
            Bytes.Put32(identity, 36, Epoch);
            Bytes.Put32(identity, 40, Recording);
            Bytes.Put32(identity, 44, Segment);
            return System.Security.Cryptography.HMACSHA256.HashData(recordingKey, identity);
        }
    }
}
