using System.Text;

namespace BodyCam.Firmware.Wire
{
    /// <summary>A command of the gateway (protocol §4.4): a name and <c>key=value</c> lines.</summary>
    public sealed class Command
    {
        private const int HeadBytes = 16;
        private const int BodyBytesMax = 2048;

        private readonly string[] _lines;

        private Command(string body, long counter)
        {
            _lines = body.Split('\n');
            Counter = counter;
            int lineEnd = body.IndexOf('\n');
            Body = lineEnd < 0 ? "" : body.Substring(lineEnd + 1);
        }

        /// <summary>First line: state, selfTest, locate, configure, time, live or return.</summary>
        public string Name => _lines[0];

        /// <summary>Rising counter; kept on <c>I:</c> once the command is accepted.</summary>
        public long Counter { get; }

        /// <summary>Everything after the name: the <c>key=value</c> lines.</summary>
        public string Body { get; }

        /// <summary>Value of a key, or null.</summary>
        public string Get(string key)
        {
            string prefix = key + "=";
            for (int i = 1; i < _lines.Length; i++)
            {
                if (_lines[i].StartsWith(prefix))
                {
                    return _lines[i].Substring(prefix.Length);
                }
            }

            return null;
        }

        /// <summary>Whole number of a key within bounds, or <paramref name="otherwise"/>.</summary>
        public int GetInt(string key, int lowest, int highest, int otherwise)
        {
            string text = Get(key);
            int value;
            return text != null && int.TryParse(text, out value) && value >= lowest && value <= highest ? value : otherwise;
        }

        /// <summary>Reads a message and checks MAC and counter.</summary>
        /// <param name="message">As received.</param>
        /// <param name="commandKey">Command key of the epoch in force.</param>
        /// <param name="lastCounter">Last counter accepted.</param>
        /// <param name="command">The command when Ok, else null.</param>
        /// <returns>Ok or why it is ignored.</returns>
        public static DownOutcome Read(byte[] message, byte[] commandKey, long lastCounter, out Command command)
        {
            command = null;
            if (DownMessages.TypeOf(message) != DownMessages.CommandType || message.Length < HeadBytes + 1 + 32)
            {
                return DownOutcome.Malformed;
            }

            int length = Bytes.Get16(message, 2);
            if (length < 1 || length > BodyBytesMax || message.Length != HeadBytes + length + 32)
            {
                return DownOutcome.Malformed;
            }

            long counter = Bytes.Get64(message, 8);
            DownOutcome outcome = DownMessages.CheckMacAndCounter(message, HeadBytes + length, commandKey, counter, lastCounter);
            command = outcome == DownOutcome.Ok ? new Command(Encoding.UTF8.GetString(message, HeadBytes, length), counter) : null;
            return outcome;
        }
    }
}
