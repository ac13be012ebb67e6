namespace BodyCam.Firmware.Capture
{
    /// <summary>Level of the first of two 16-bit channels over some pieces. Looks at every sample, so never on the frame path.</summary>
    public sealed class SoundLevel
    {
        private const int FrameBytes = 4;

        private long _squares;
        private int _samples;
        private int _lowest = short.MaxValue;
        private int _highest = short.MinValue;

        /// <summary>True when all samples were zero: a microphone that is there gives at least its own noise (INMP441 data sheet: 61 dBA SNR, about 2 steps of 16 bit).</summary>
        public bool IsZero => _lowest == 0 && _highest == 0;

        /// <summary>True when all samples were the same and not zero: the data line sticks.</summary>
        public bool IsStuck => _lowest == _highest && _lowest != 0;

        /// <summary>Root of the mean square, steps of 16 bit; at least 1 unless all were zero.</summary>
        public int Rms
        {
            get
            {
                if (_samples == 0 || IsZero)
                {
                    return 0;
                }

                long mean = _squares / _samples;
                long root = 1;
                while ((root + 1) * (root + 1) <= mean)
                {
                    root++;
                }

                return (int)root;
            }
        }

        /// <summary>Takes a piece in.</summary>
        public void Add(byte[] piece)
        {
            for (int offset = 0; offset + FrameBytes <= piece.Length; offset += FrameBytes)
            {
                int sample = (short)(piece[offset] | (piece[offset + 1] << 8));
                _squares += sample * sample;
                _lowest = sample < _lowest ? sample : _lowest;
                _highest = sample > _highest ? sample : _highest;
                _samples++;
            }
        }
    }
}
