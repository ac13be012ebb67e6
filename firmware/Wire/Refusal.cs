namespace BodyCam.Firmware.Wire
{
    /// <summary>Why the gateway did not take something (protocol §4.3).</summary>
    public sealed class Refusal
    {
        /// <summary>Reason 6: the payload does not match its digest; send it again.</summary>
        public const int ChunkDigest = 6;

        private const int BodyBytes = 32;

        private readonly byte[] _message;

        private Refusal(byte[] message)
        {
            _message = message;
        }

        /// <summary>Reason 1…12.</summary>
        public int Reason => Bytes.Get16(_message, 2);

        /// <summary>Epoch of what was refused, 0 if unreadable.</summary>
        public int Epoch => Bytes.Get32(_message, 4);

        /// <summary>Recording.</summary>
        public int Recording => Bytes.Get32(_message, 8);

        /// <summary>Segment.</summary>
        public int Segment => Bytes.Get32(_message, 12);

        /// <summary>Rising counter.</summary>
        public long Counter => Bytes.Get64(_message, 16);

        /// <summary>Chunk index, received version or type.</summary>
        public int Detail => Bytes.Get32(_message, 24);

        /// <summary>True when sending the same again is useless.</summary>
        public bool IsFinal => (_message[28] & 1) != 0;

        /// <summary>True when it may be sent again after 30 s.</summary>
        public bool IsLater => (_message[28] & 2) != 0;

        /// <summary>Reads a message and checks MAC and counter.</summary>
        /// <param name="message">As received.</param>
        /// <param name="commandKey">Command key of the epoch in force.</param>
        /// <param name="lastCounter">Last counter accepted.</param>
        /// <param name="refusal">The message when Ok, else null.</param>
        /// <returns>Ok or why it is ignored.</returns>
        public static DownOutcome Read(byte[] message, byte[] commandKey, long lastCounter, out Refusal refusal)
        {
            refusal = null;
            if (DownMessages.TypeOf(message) != DownMessages.RefusalType || message.Length != BodyBytes + 32)
            {
                return DownOutcome.Malformed;
            }

            DownOutcome outcome = DownMessages.CheckMacAndCounter(message, BodyBytes, commandKey, Bytes.Get64(message, 16), lastCounter);
            refusal = outcome == DownOutcome.Ok ? new Refusal(message) : null;
            return outcome;
        }
    }
}
