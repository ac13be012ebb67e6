using System;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Capture
{
    /// <summary>A copy of one frame on its way from the capture thread to the uplink thread; never evidence.</summary>
    public sealed class LivePicture
    {
        // Longest frame that goes out live.
        private const int BytesMax = 48 * 1024;

        /// <summary>While true a copy of a frame is set aside whenever the last one was taken.</summary>
        public bool IsWanted { get; set; }

        /// <summary>Length of the frame set aside, 0 when there is none.</summary>
        public int LengthBytes { get; private set; }

        /// <summary>Its exposure, device-monotonic µs.</summary>
        public long AtUs { get; private set; }

        /// <summary>The frame set aside; valid until <see cref="Taken"/>.</summary>
        public byte[] Frame { get; } = new byte[BytesMax];

        /// <summary>Makes room for the next one.</summary>
        public void Taken()
        {
            LengthBytes = 0;
        }

        [FramePath]
        internal void Offer(byte[] frame, int lengthBytes, long atUs)
        {
            if (IsWanted && LengthBytes == 0 && lengthBytes <= BytesMax)
            {
                Array.Copy(frame, 0, Frame, 0, lengthBytes);
                AtUs = atUs;
                LengthBytes = lengthBytes;
            }
        }
    }
}
