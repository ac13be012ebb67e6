using BodyCam.Firmware;
using BodyCam.Firmware.Parts;

namespace BodyCam.Native
{
    /// <summary>The camera port as the recorder's camera: pictures of their own accord, so a capture is the wait for the next one.</summary>
    /// <remarks>Compiled for the host so that it stays in step with <see cref="ICamera"/>; it has run nowhere.</remarks>
    public sealed class DvpCamera : ICamera
    {
        private const int FrameBytesMax = 128 * 1024;

        // A native wait stops every thread: short, and asked again by the caller.
        private const int WaitMs = 20;
        private const int Buffers = 2;

        private readonly byte[] _frame = new byte[FrameBytesMax];
        private int _jpegQuality = 12;
        private bool _night;
        private bool _isStarted;
        private int _lengthBytes;

        /// <inheritdoc/>
        public byte[] Frame => _frame;

        /// <inheritdoc/>
        public bool Begin(int widthPx, int heightPx)
        {
            if (_isStarted)
            {
                DvpPort.Stop();
            }

            int size = widthPx <= 320 ? DvpPort.Qvga : widthPx <= 640 ? DvpPort.Vga : DvpPort.Svga;
            _isStarted = DvpPort.Start(size, _jpegQuality, Buffers) == 0;
            return _isStarted && DvpPort.Night(_night ? 2 : 0) == 0;
        }

        /// <inheritdoc/>
        public bool Tune(int jpegQuality, bool night)
        {
            // The native driver takes the compression at its start only.
            bool done = !_isStarted || jpegQuality == _jpegQuality;
            if (_isStarted && night != _night)
            {
                done = DvpPort.Night(night ? 2 : 0) == 0 && done;
            }

            _jpegQuality = jpegQuality;
            _night = night;
            return done;
        }

        /// <inheritdoc/>
        [FramePath]
        public void StartCapture()
        {
            _lengthBytes = 0;
        }

        /// <inheritdoc/>
        [FramePath]
        public bool CaptureDone()
        {
            if (_lengthBytes <= 0)
            {
                _lengthBytes = DvpPort.Take(_frame, WaitMs);
            }

            return _lengthBytes > 0 || _lengthBytes == DvpPort.ArrayTooShort;
        }

        /// <inheritdoc/>
        [FramePath]
        public int TakeFrame()
        {
            return _lengthBytes > 0 ? _lengthBytes : 0;
        }
    }
}
