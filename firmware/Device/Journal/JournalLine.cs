using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Builds the event part of one journal line in a fixed buffer. Reusable; one per thread.</summary>
    public sealed class JournalLine
    {
        /// <summary>Longest line, storage-format §5.</summary>
        public const int LineBytesMax = 480;

        // Number, both clocks, braces and field names of a line take at most 90 bytes.
        private const int BodyBytesMax = LineBytesMax - 96;
        private const string CutMark = ",\"cut\":1";

        private readonly byte[] _body = new byte[BodyBytesMax];
        private bool _cut;

        /// <summary>Bytes of the body, which begins with <c>,"event":</c>.</summary>
        internal byte[] Body => _body;

        /// <summary>Length of the body.</summary>
        internal int Count { get; private set; }

        /// <summary>Begins a new line.</summary>
        /// <param name="eventName">One of <see cref="Events"/>.</param>
        public JournalLine Start(string eventName)
        {
            Count = 0;
            _cut = false;
            return Add("event", eventName);
        }

        /// <summary>Adds a text field; what does not fit is left out whole and the line gets <c>"cut":1</c>.</summary>
        public JournalLine Add(string key, string value)
        {
            int start = Count;
            bool fits = Key(key) && Raw("\"") && Escaped(value ?? "") && Raw("\"");
            return Finish(fits, start);
        }

        /// <summary>Adds a whole number.</summary>
        public JournalLine Add(string key, long value)
        {
            int start = Count;
            bool fits = Key(key) && Raw(value.ToString());
            return Finish(fits, start);
        }

        /// <summary>Adds true or false.</summary>
        public JournalLine Add(string key, bool value)
        {
            int start = Count;
            bool fits = Key(key) && Raw(value ? "true" : "false");
            return Finish(fits, start);
        }

        /// <summary>Adds bytes as hexadecimal.</summary>
        public JournalLine AddHex(string key, byte[] source, int offset, int count)
        {
            return Add(key, Bytes.ToHex(source, offset, count));
        }

        private JournalLine Finish(bool fits, int start)
        {
            if (!fits)
            {
                Count = start;
                _cut = _cut || Raw(CutMark);
            }

            return this;
        }

        private bool Key(string key)
        {
            return Raw(",\"") && Raw(key) && Raw("\":");
        }

        private bool Raw(string text)
        {
            // The last bytes are kept for the cut mark itself.
            int limit = text == CutMark ? BodyBytesMax : BodyBytesMax - CutMark.Length;
            if (Count + text.Length > limit)
            {
                return false;
            }

            for (int i = 0; i < text.Length; i++)
            {
                _body[Count++] = (byte)text[i];
            }

            return true;
        }

        private bool Escaped(string text)
        {
            for (int i = 0; i < text.Length; i++)
            {
                if (Count + 3 > BodyBytesMax - CutMark.Length)
                {
                    return false;
                }

                int c = text[i];
                if (c == '"' || c == '\\')
                {
                    _body[Count++] = (byte)'\\';
                    _body[Count++] = (byte)c;
                }
                else if (c < 0x20 || (c >= 0xD800 && c < 0xE000))
                {
                    _body[Count++] = (byte)' ';
                }
                else if (c < 0x80)
                {
                    _body[Count++] = (byte)c;
                }
                else if (c < 0x800)
                {
                    _body[Count++] = (byte)(0xC0 | (c >> 6));
                    _body[Count++] = (byte)(0x80 | (c & 63));
                }
                else
                {
                    _body[Count++] = (byte)(0xE0 | (c >> 12));
                    _body[Count++] = (byte)(0x80 | ((c >> 6) & 63));
                    _body[Count++] = (byte)(0x80 | (c & 63));
                }
            }

            return true;
        }
    }
}
