using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Walks a segment from element head to element head while its chunks pass by; payloads are skipped, never searched.</summary>
    internal sealed class ElementScanner
    {
        // Cluster and Void heads with the authenticator take 54 bytes; every head fits.
        internal const int WindowBytes = 64;

        // Largest element that is written: a camera frame (131,072 bytes) behind track, time and flags.
        private const int ElementBytesMax = 131072 + 4;

        private readonly byte[] _tail = new byte[WindowBytes];
        private readonly byte[] _window = new byte[WindowBytes];
        private readonly long _fileBytes;
        private long _pendingEnd;
        private bool _pendingFrame;
        private long _clusterMs;
        private bool _clusterOpened;

        internal ElementScanner(long fileBytes)
        {
            _fileBytes = fileBytes;
        }

        /// <summary>Tells whether the authenticator in a Void matches; <c>window</c> holds the Void from its id on.</summary>
        internal delegate bool VoidHandler(long voidOffset, byte[] window);

        /// <summary>Offset of the next element head.</summary>
        internal long Next { get; private set; }

        /// <summary>End of the last complete element that may end a file.</summary>
        internal long LastEnd { get; private set; }

        /// <summary>Complete pictures up to <see cref="LastEnd"/>.</summary>
        internal int Frames { get; private set; }

        /// <summary>Time of the newest complete block since the segment's start, ms.</summary>
        internal long LastMs { get; private set; }

        /// <summary>True when what stands at <see cref="Next"/> is no element of this format.</summary>
        internal bool IsBroken { get; private set; }

        /// <summary>True when the handler refused a Void.</summary>
        internal bool IsRefused { get; private set; }

        /// <summary>Takes the next chunk; heads that straddle its end are read with the one after.</summary>
        internal void Feed(byte[] chunk, int count, long chunkOffset, VoidHandler onVoid)
        {
            long chunkEnd = chunkOffset + count;
            bool isLast = chunkEnd >= _fileBytes;
            CompletePending(chunkEnd);
            while (!IsBroken && !IsRefused && Next < chunkEnd && (isLast || Next + WindowBytes <= chunkEnd))
            {
                FillWindow(chunk, chunkOffset, chunkEnd);
                ReadElement(chunkEnd, onVoid);
            }

            KeepTail(chunk, count);
        }

        private void CompletePending(long chunkEnd)
        {
            if (_pendingEnd > 0 && _pendingEnd <= chunkEnd)
            {
                LastEnd = _pendingEnd;
                Frames += _pendingFrame ? 1 : 0;
                _pendingEnd = 0;
            }
        }

        private void FillWindow(byte[] chunk, long chunkOffset, long chunkEnd)
        {
            Array.Clear(_window, 0, WindowBytes);
            int filled = 0;
            if (Next < chunkOffset)
            {
                filled = (int)(chunkOffset - Next);
                Array.Copy(_tail, WindowBytes - filled, _window, 0, filled);
            }

            long from = Next + filled - chunkOffset;
            long left = chunkEnd - chunkOffset - from;
            int taken = left < WindowBytes - filled ? (int)left : WindowBytes - filled;
            Array.Copy(chunk, (int)from, _window, filled, taken);
        }

        private void KeepTail(byte[] chunk, int count)
        {
            if (count >= WindowBytes)
            {
                Array.Copy(chunk, count - WindowBytes, _tail, 0, WindowBytes);
            }
        }

        private void ReadElement(long chunkEnd, VoidHandler onVoid)
        {
            int idBytes = LeadingBytes(_window[0]);
            int sizeBytes = idBytes > 4 ? 9 : LeadingBytes(_window[idBytes]);
            if (idBytes > 4 || sizeBytes > 8)
            {
                IsBroken = true;
                return;
            }

            uint id = 0;
            for (int i = 0; i < idBytes; i++)
            {
                id = (id << 8) | _window[i];
            }

            long size = _window[idBytes] & (0xFF >> sizeBytes);
            for (int i = 1; i < sizeBytes; i++)
            {
                size = (size << 8) | _window[idBytes + i];
            }

            int headBytes = idBytes + sizeBytes;
            bool isVoid = id == 0xEC && size == 40 && _window[2] == 'B' && _window[3] == 'C' && _window[4] == 'A' && _window[5] == '1';
            bool wasOpened = _clusterOpened;
            _clusterOpened = id == 0x1F43B675;
            if (!wasOpened && (id == 0x18538067 || id == 0x1F43B675))
            {
                Next += headBytes;
                return;
            }

            long end = Next + headBytes + size;
            if (!IsKnown(id) || size > ElementBytesMax || wasOpened != isVoid)
            {
                // A size that was never written: taken as a torn end it would hide everything behind it. Every cluster begins with its authenticator, and none stands elsewhere.
                IsBroken = true;
            }
            else if (end > _fileBytes)
            {
                // The tail was cut inside this element: nothing complete follows.
                Next = _fileBytes;
            }
            else if (isVoid)
            {
                IsRefused = !onVoid(Next, _window);
                Next = end;
            }
            else
            {
                TakeElement(id, headBytes, end, chunkEnd);
            }
        }

        private void TakeElement(uint id, int headBytes, long end, long chunkEnd)
        {
            if (id == 0xE7)
            {
                _clusterMs = ((long)_window[headBytes] << 24) | ((long)_window[headBytes + 1] << 16) | ((long)_window[headBytes + 2] << 8) | _window[headBytes + 3];
            }
            else if (id == 0xA3)
            {
                long atMs = _clusterMs + (short)((_window[headBytes + 1] << 8) | _window[headBytes + 2]);
                LastMs = atMs > LastMs ? atMs : LastMs;
            }

            _pendingFrame = id == 0xA3 && _window[headBytes] == 0x81;
            _pendingEnd = id == 0xEC ? 0 : end;
            Next = end;
            CompletePending(chunkEnd);
        }

        private static bool IsKnown(uint id)
        {
            return id == 0xA3 || id == 0xE7 || id == 0xEC || id == 0x1A45DFA3 || id == 0x1549A966 || id == 0x1654AE6B || id == 0x1254C367;
        }

        private static int LeadingBytes(byte first)
        {
            int count = 1;
            for (int mask = 0x80; mask > 0 && (first & mask) == 0; mask >>= 1)
            {
                count++;
            }

            return count;
        }
    }
}
