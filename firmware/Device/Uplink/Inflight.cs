using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>Messages handed to the MQTT client and not yet confirmed; at most <see cref="CountMax"/>. Used by the uplink thread only.</summary>
    public sealed class Inflight
    {
        /// <summary>Most messages in flight: the client's own queue never fills with them.</summary>
        public const int CountMax = 4;

        private readonly SpoolItem[] _items = new SpoolItem[CountMax];
        private readonly int[] _ids = new int[CountMax];
        private readonly int[] _bytes = new int[CountMax];
        private readonly long[] _sentUs = new long[CountMax];

        /// <summary>Messages in flight.</summary>
        public int Count { get; private set; }

        /// <summary>Their bytes.</summary>
        public int ByteCount { get; private set; }

        /// <summary>Remembers a message; there must be room.</summary>
        public void Add(int messageId, SpoolItem item, int bytes, long nowUs)
        {
            for (int slot = 0; slot < CountMax; slot++)
            {
                if (_items[slot] == null)
                {
                    _items[slot] = item;
                    _ids[slot] = messageId;
                    _bytes[slot] = bytes;
                    _sentUs[slot] = nowUs;
                    Count++;
                    ByteCount += bytes;
                    return;
                }
            }
        }

        /// <summary>Takes a message out; null when the id is not one of ours.</summary>
        public SpoolItem Take(int messageId, out int bytes, out long sentUs)
        {
            for (int slot = 0; slot < CountMax; slot++)
            {
                if (_items[slot] != null && _ids[slot] == messageId)
                {
                    return Clear(slot, out bytes, out sentUs);
                }
            }

            bytes = 0;
            sentUs = 0;
            return null;
        }

        /// <summary>Takes any message out; null when none is left.</summary>
        public SpoolItem TakeAny()
        {
            for (int slot = 0; slot < CountMax; slot++)
            {
                if (_items[slot] != null)
                {
                    int bytes;
                    long sentUs;
                    return Clear(slot, out bytes, out sentUs);
                }
            }

            return null;
        }

        private SpoolItem Clear(int slot, out int bytes, out long sentUs)
        {
            SpoolItem item = _items[slot];
            bytes = _bytes[slot];
            sentUs = _sentUs[slot];
            _items[slot] = null;
            Count--;
            ByteCount -= bytes;
            return item;
        }
    }
}
