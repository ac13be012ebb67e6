namespace BodyCam.Firmware.Wire
{
    /// <summary>The gateway's list of chunks that it lacks (protocol §4.2).</summary>
    public sealed class MissingRanges
    {
        private const int HeadBytes = 64;

        private readonly byte[] _message;

        private MissingRanges(byte[] message)
        {
            _message = message;
        }

        /// <summary>Number of ranges, 1…64.</summary>
        public int Count => Bytes.Get16(_message, 2);

        /// <summary>Epoch of the segment.</summary>
        public int Epoch => Bytes.Get32(_message, 4);

        /// <summary>Recording, 0 for the journal chain.</summary>
        public int Recording => Bytes.Get32(_message, 8);

        /// <summary>Segment.</summary>
        public int Segment => Bytes.Get32(_message, 12);

        /// <summary>Rising counter.</summary>
        public long Counter => Bytes.Get64(_message, 16);

        /// <summary>The message; the seal digest stands at offset 24.</summary>
        public byte[] Message => _message;

        /// <summary>First chunk of range <paramref name="index"/>.</summary>
        public int First(int index) => Bytes.Get32(_message, HeadBytes + (index * 8));

        /// <summary>Chunks in range <paramref name="index"/>.</summary>
        public int Length(int index) => Bytes.Get32(_message, HeadBytes + (index * 8) + 4);

        /// <summary>Reads a message and checks MAC and counter.</summary>
        /// <param name="message">As received.</param>
        /// <param name="commandKey">Command key of the epoch in force.</param>
        /// <param name="lastCounter">Last counter accepted.</param>
        /// <param name="missing">The message when Ok, else null.</param>
        /// <returns>Ok or why it is ignored.</returns>
        public static DownOutcome Read(byte[] message, byte[] commandKey, long lastCounter, out MissingRanges missing)
        {
            missing = null;
            if (DownMessages.TypeOf(message) != DownMessages.MissingType || message.Length < HeadBytes + 8 + 32)
            {
                return DownOutcome.Malformed;
            }

            int count = Bytes.Get16(message, 2);
            int bodyBytes = HeadBytes + (count * 8);
            if (count < 1 || count > 64 || message.Length != bodyBytes + 32)
            {
                return DownOutcome.Malformed;
            }

            DownOutcome outcome = DownMessages.CheckMacAndCounter(message, bodyBytes, commandKey, Bytes.Get64(message, 16), lastCounter);
            missing = outcome == DownOutcome.Ok ? new MissingRanges(message) : null;
            return outcome;
        }
    }
}
