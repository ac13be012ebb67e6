using System;
using System.Device.I2s;
using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>INMP441 microphone on I2S (InvenSense data sheet DS-INMP441-00): stereo frames of 16 bit at 8 kHz, the second channel silent as L/R is tied to ground.</summary>
    /// <remarks>
    /// The part wants 64 bit clocks a frame and 7.8 to 50 kHz; the library's receiver always clocks 2 × 32 bits, here 512 kHz, and keeps the upper 16 of the part's 24.
    /// Stereo because the mono mode of the library loses every second sample. A read holds every thread: pieces of 2 KB are 64 ms of sound.
    /// </remarks>
    public sealed class Inmp441 : IMicrophone
    {
        private const int SampleRateHz = 8000;

        // Bytes of the library's DMA at 8 a frame, in internal RAM: 8,192 frames, 1,024 ms. Half of it loses sound whenever the card takes its time.
        private const int BufferBytes = 65536;

        private readonly int _busId;
        private I2sDevice _device;

        /// <summary>Names the bus; nothing is opened before <see cref="Begin"/>.</summary>
        public Inmp441(int busId)
        {
            _busId = busId;
        }

        /// <inheritdoc/>
        public int PieceBytes => 2048;

        /// <inheritdoc/>
        public bool Begin()
        {
            if (_device != null)
            {
                return true;
            }

            I2sConnectionSettings settings = new I2sConnectionSettings(_busId);
            settings.Mode = I2sMode.Master | I2sMode.Rx;
            settings.BitsPerSample = I2sBitsPerSample.Bit16;
            settings.ChannelFormat = I2sChannelFormat.RightLeft;
            settings.CommunicationFormat = I2sCommunicationFormat.I2S;
            settings.SampleRate = SampleRateHz;
            settings.BufferSize = BufferBytes;
            try
            {
                _device = new I2sDevice(settings);
                return true;
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <inheritdoc/>
        [FramePath]
        public void Read(byte[] piece)
        {
            _device.Read(new SpanByte(piece, 0, piece.Length));
        }

        /// <inheritdoc/>
        public void End()
        {
            if (_device != null)
            {
                _device.Dispose();
                _device = null;
            }
        }
    }
}
