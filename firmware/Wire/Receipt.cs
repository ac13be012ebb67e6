namespace BodyCam.Firmware.Wire
{
    /// <summary>A storage receipt as received (protocol §4.1). The P-256 signature is for people; the recorder checks the MAC.</summary>
    public sealed class Receipt
    {
        private const int HeadBytes = 140;
        private const int EntryBytes = 40;
        private const int TailBytes = 96;

        private readonly byte[] _message;

        private Receipt(byte[] message)
        {
            _message = message;
        }

        /// <summary>1 stored, 2 archived, 3 damaged.</summary>
        public int State => _message[2];

        /// <summary>Number of segments named, 1…16.</summary>
        public int Count => _message[3];

        /// <summary>Epoch of the segments.</summary>
        public int Epoch => Bytes.Get32(_message, 36);

        /// <summary>Epoch whose receipt key made the MAC.</summary>
        public int KeyEpoch => Bytes.Get32(_message, 40);

        /// <summary>Gateway-wall time of storage, µs.</summary>
        public long StoredAtUs => Bytes.Get64(_message, 44);

        /// <summary>Leaves under the checkpoint.</summary>
        public long CheckpointSize => Bytes.Get64(_message, 52);

        /// <summary>The message itself; the checkpoint root stands at offset 60.</summary>
        public byte[] Message => _message;

        /// <summary>Reads a message; null when version, type, state, count or length is wrong.</summary>
        public static Receipt Read(byte[] message)
        {
            if (DownMessages.TypeOf(message) != DownMessages.ReceiptType || message.Length < HeadBytes + EntryBytes + TailBytes)
            {
                return null;
            }

            bool sane = message[2] >= 1 && message[2] <= 3 && message[3] >= 1 && message[3] <= 16
                && message.Length == HeadBytes + (message[3] * EntryBytes) + TailBytes;
            return sane ? new Receipt(message) : null;
        }

        /// <summary>True when the device field names this recorder.</summary>
        /// <param name="deviceField">32 bytes, zero-padded.</param>
        public bool IsFor(byte[] deviceField)
        {
            return Bytes.Same(_message, 4, deviceField, 0, 32);
        }

        /// <summary>True when the holder of this receipt key made the message.</summary>
        public bool MacMatches(byte[] receiptKey)
        {
            return DownMessages.MacMatches(_message, _message.Length - TailBytes, receiptKey);
        }

        /// <summary>Recording of entry <paramref name="index"/>.</summary>
        public int Recording(int index)
        {
            return Bytes.Get32(_message, HeadBytes + (index * EntryBytes));
        }

        /// <summary>Segment of entry <paramref name="index"/>.</summary>
        public int Segment(int index)
        {
            return Bytes.Get32(_message, HeadBytes + (index * EntryBytes) + 4);
        }

        /// <summary>Offset of the seal digest of entry <paramref name="index"/> in <see cref="Message"/>.</summary>
        public int DigestOffset(int index)
        {
            return HeadBytes + (index * EntryBytes) + 8;
        }
    }
}
