namespace BodyCam.Firmware.Uplink
{
    /// <summary>Measured rate of the link, from confirmed messages, and what may be in flight: what it carries in 400 ms, so that the client's retry after 1 s never meets a message that is still on its way.</summary>
    public sealed class LinkRate
    {
        private const long WindowMs = 400;

        private long _bytesPerSecond = 20000;

        /// <summary>Bytes a second.</summary>
        public long BytesPerSecond => _bytesPerSecond;

        /// <summary>Most bytes in flight; never less than one message.</summary>
        public long InflightBytesMax => _bytesPerSecond * WindowMs / 1000;

        /// <summary>A message was confirmed. Its way took as long as everything that was in flight with it.</summary>
        /// <param name="inflightBytes">Bytes in flight when it was confirmed, itself included.</param>
        /// <param name="elapsedUs">From sending to confirmation.</param>
        public void Confirmed(int inflightBytes, long elapsedUs)
        {
            long elapsed = elapsedUs < 1000 ? 1000 : elapsedUs;
            long measured = inflightBytes * 1000000L / elapsed;
            measured = measured > 4000000 ? 4000000 : measured;
            _bytesPerSecond = ((_bytesPerSecond * 7) + measured) / 8;
        }

        /// <summary>A message was lost or sent again: half the rate.</summary>
        public void Lost()
        {
            _bytesPerSecond = _bytesPerSecond > 2000 ? _bytesPerSecond / 2 : 1000;
        }
    }
}
