using System.Text;
using BodyCam.Firmware.Boards;

namespace BodyCam.Firmware.Checks
{
    /// <summary>Lines of the newest self-test: on the serial console at once, and kept until the gateway has confirmed each. Thread-safe.</summary>
    public sealed class SelfTestReport
    {
        private const int LinesMax = 24;

        private readonly object _gate = new object();
        private readonly byte[][] _lines = new byte[LinesMax][];
        private readonly int[] _ids = new int[LinesMax];
        private readonly bool[] _done = new bool[LinesMax];
        private int _count;
        private int _handedRun;

        /// <summary>Number of the newest run, rising since boot; 0 before the first.</summary>
        public int Run { get; private set; }

        /// <summary>Forgets the run before.</summary>
        public void Begin()
        {
            lock (_gate)
            {
                Run++;
                _count = 0;
            }
        }

        /// <summary>Adds a line; beyond 24 it goes to the console only.</summary>
        /// <param name="text">ASCII without quotes and backslashes.</param>
        public void Add(string item, int grade, long figure, string unit, string text)
        {
            string line = "{\"selfTest\":" + Run.ToString() + ",\"item\":\"" + item + "\",\"grade\":" + grade.ToString() + ",\"figure\":" + figure.ToString()
                + ",\"unit\":\"" + unit + "\",\"text\":\"" + text + "\"}";
            SerialConsole.WriteLine(line);
            lock (_gate)
            {
                if (_count < LinesMax)
                {
                    _lines[_count] = Encoding.UTF8.GetBytes(line);
                    _ids[_count] = 0;
                    _done[_count] = false;
                    _count++;
                }
            }
        }

        /// <summary>A connection begins: what was not confirmed is sent again.</summary>
        public void Connected()
        {
            lock (_gate)
            {
                for (int index = 0; index < _count; index++)
                {
                    _ids[index] = 0;
                }
            }
        }

        /// <summary>The next line to publish and its index; null when there is none now. One at a time: a line that comes twice comes before the next, so nothing comes behind the last.</summary>
        public byte[] Next(out int index)
        {
            lock (_gate)
            {
                _handedRun = Run;
                index = 0;
                while (index < _count && _done[index])
                {
                    index++;
                }

                return index < _count && _ids[index] == 0 ? _lines[index] : null;
            }
        }

        /// <summary>The line that <see cref="Next"/> gave was handed to the client under that id. Forgotten when another run has begun since then.</summary>
        public void Sent(int index, int messageId)
        {
            lock (_gate)
            {
                if (_handedRun == Run)
                {
                    _ids[index] = messageId;
                }
            }
        }

        /// <summary>The gateway has a message, or it was not delivered; ids that are not ours are left alone.</summary>
        public void Confirmed(int messageId, bool ok)
        {
            lock (_gate)
            {
                for (int index = 0; index < _count; index++)
                {
                    if (_ids[index] == messageId && !_done[index])
                    {
                        _done[index] = ok;
                        _ids[index] = 0;
                    }
                }
            }
        }

        /// <summary>True once every line is with the gateway.</summary>
        public bool IsDelivered
        {
            get
            {
                lock (_gate)
                {
                    for (int index = 0; index < _count; index++)
                    {
                        if (!_done[index])
                        {
                            return false;
                        }
                    }

                    return true;
                }
            }
        }
    }
}
