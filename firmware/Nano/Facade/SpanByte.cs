namespace System
{
    /// <summary>A window on a byte array; keeps its offset because the chip's native side holds offsets and lengths in 16 bits.</summary>
    public readonly ref struct SpanByte
    {
        /// <summary>Largest offset plus length that the chip's native transfers take; beyond it they wrap silently.</summary>
        internal const int NativeEndMax = 32_767;

        private readonly byte[] _array;
        private readonly int _start;
        private readonly int _length;

        public SpanByte(byte[] array)
        {
            _array = array;
            _start = 0;
            _length = array == null ? 0 : array.Length;
        }

        public SpanByte(byte[] array, int start, int length)
        {
            int available = array == null ? 0 : array.Length;
            if (start < 0 || length < 0 || start > available - length)
            {
                throw new ArgumentOutOfRangeException();
            }

            _array = array;
            _start = start;
            _length = length;
        }

        public static SpanByte Empty => default;

        public byte this[int index]
        {
            get => _array[Checked(index)];
            set => _array[Checked(index)] = value;
        }

        public int Length => _length;

        public bool IsEmpty => _length == 0;

        public static implicit operator SpanByte(byte[] array) => new SpanByte(array);

        public void CopyTo(SpanByte destination)
        {
            if (_length > destination._length)
            {
                throw new ArgumentException("The destination is shorter than the source.");
            }

            if (_length > 0)
            {
                Array.Copy(_array, _start, destination._array, destination._start, _length);
            }
        }

        public SpanByte Slice(int start) => Slice(start, _length - start);

        public SpanByte Slice(int start, int length)
        {
            if (start < 0 || length < 0 || start > _length - length)
            {
                throw new ArgumentOutOfRangeException();
            }

            return new SpanByte(_array, _start + start, length);
        }

        public byte[] ToArray()
        {
            var copy = new byte[_length];
            CopyTo(copy);
            return copy;
        }

        /// <summary>The window as the native side sees it.</summary>
        /// <exception cref="ArgumentException">It reaches past 32,767 bytes: the chip would read other memory without a word.</exception>
        internal Span<byte> Native(int bytesMax)
        {
            if (_start + _length > NativeEndMax || _length > bytesMax)
            {
                throw new ArgumentException(
                    "Native transfer of " + _length + " bytes at offset " + _start + ": the chip takes at most " + bytesMax
                    + " bytes ending below 32,768. Transfer into a small scratch array at offset 0 and copy.");
            }

            return new Span<byte>(_array, _start, _length);
        }

        private int Checked(int index)
        {
            if ((uint)index >= (uint)_length)
            {
                throw new IndexOutOfRangeException();
            }

            return _start + index;
        }
    }
}
