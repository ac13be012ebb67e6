using System.Collections;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>
    /// Messages of the gateway on their way from the client's dispatch thread to the uplink thread, bounded in number and in bytes. Thread-safe.
    /// What finds no room is dropped: the gateway says it again with the next offer.
    /// </summary>
    internal sealed class DownQueue
    {
        /// <summary>Most messages.</summary>
        internal const int CountMax = 64;

        /// <summary>Longest message of the protocol: a command of 2,048 bytes with 16 before and 32 behind them (protocol §4.4).</summary>
        internal const int MessageBytesMax = 16 + 2048 + 32;

        /// <summary>Most bytes together: 16 of the longest receipts (876) and one command.</summary>
        internal const int BytesMax = 16 * 1024;

        private readonly object _gate = new object();
        private readonly Queue _messages = new Queue();
        private int _bytes;

        /// <summary>Queues a message; the array belongs to the queue afterwards.</summary>
        /// <returns>False when it is longer than any of the protocol or finds no room; it is dropped.</returns>
        internal bool Add(byte[] message)
        {
            lock (_gate)
            {
                if (message.Length > MessageBytesMax || _messages.Count >= CountMax || _bytes + message.Length > BytesMax)
                {
                    return false;
                }

                _messages.Enqueue(message);
                _bytes += message.Length;
                return true;
            }
        }

        /// <summary>The oldest, or null.</summary>
        internal byte[] Take()
        {
            lock (_gate)
            {
                if (_messages.Count == 0)
                {
                    return null;
                }

                byte[] message = (byte[])_messages.Dequeue();
                _bytes -= message.Length;
                return message;
            }
        }

        internal void Clear()
        {
            lock (_gate)
            {
                _messages.Clear();
                _bytes = 0;
            }
        }
    }
}
