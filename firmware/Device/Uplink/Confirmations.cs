using System;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>Outcomes of published messages on their way from the client's dispatch thread to the uplink thread; at most 64. Thread-safe.</summary>
    internal sealed class Confirmations
    {
        private const int CountMax = 64;

        private readonly object _gate = new object();
        private readonly int[] _ids = new int[CountMax];
        private readonly bool[] _ok = new bool[CountMax];
        private int _count;

        /// <summary>Queues an outcome; beyond 64 it is dropped.</summary>
        internal void Add(int messageId, bool ok)
        {
            lock (_gate)
            {
                if (_count < CountMax)
                {
                    _ids[_count] = messageId;
                    _ok[_count] = ok;
                    _count++;
                }
            }
        }

        /// <summary>Takes the oldest; false when there is none.</summary>
        internal bool Take(out int messageId, out bool ok)
        {
            lock (_gate)
            {
                messageId = _ids[0];
                ok = _ok[0];
                if (_count == 0)
                {
                    return false;
                }

                _count--;
                Array.Copy(_ids, 1, _ids, 0, _count);
                Array.Copy(_ok, 1, _ok, 0, _count);
                return true;
            }
        }

        internal void Clear()
        {
            lock (_gate)
            {
                _count = 0;
            }
        }
    }
}
