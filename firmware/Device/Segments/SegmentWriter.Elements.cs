using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Pictures, sound and text as elements of the Matroska stream.</summary>
    public sealed partial class SegmentWriter
    {
        private const long ClusterUs = 1000000;
        private const int ClusterHeadBytes = 60;
        private const int BlockHeadBytes = 9;
        private const int VideoTrack = 1;
        private const int AudioTrack = 2;
        private const int TextTrack = 3;

        private static readonly byte[] s_zeros = new byte[1024];

        private readonly byte[] _clusterHead = new byte[ClusterHeadBytes];
        private readonly byte[] _blockHead = new byte[BlockHeadBytes];
        private int _frameLeft = -1;
        private long _clusterStartMs;
        private bool _clusterOpen;

        /// <summary>Starts a picture of known length; <see cref="FrameBytes"/> must bring exactly that much before <see cref="EndFrame"/>.</summary>
        /// <param name="lengthBytes">Bytes from SOI to EOI.</param>
        /// <param name="atUs">Device-monotonic time of the picture.</param>
        /// <returns>0 or a <see cref="StoreResult"/>.</returns>
        [FramePath]
        public int BeginFrame(int lengthBytes, long atUs)
        {
            int result = BeginElement(VideoTrack, lengthBytes, atUs);
            if (result == 0)
            {
                _frameLeft = lengthBytes;
            }
            else
            {
                FramesDropped++;
            }

            return result;
        }

        /// <summary>Brings a piece of the picture begun; what exceeds the announced length is cut off.</summary>
        [FramePath]
        public int FrameBytes(byte[] piece, int offset, int count)
        {
            if (_frameLeft < 0)
            {
                return (int)(_fault == StoreResult.Ok ? StoreResult.NotOpen : _fault);
            }

            int taken = count < _frameLeft ? count : _frameLeft;
            _frameLeft -= taken;
            return Append(piece, offset, taken);
        }

        /// <summary>Ends the picture. A short one is filled with zeros, so that the container stays readable, and is not counted.</summary>
        [FramePath]
        public int EndFrame()
        {
            if (_frameLeft < 0)
            {
                return (int)(_fault == StoreResult.Ok ? StoreResult.NotOpen : _fault);
            }

            bool isShort = _frameLeft > 0;
            while (_frameLeft > 0 && _fault == StoreResult.Ok)
            {
                int count = _frameLeft < s_zeros.Length ? _frameLeft : s_zeros.Length;
                Append(s_zeros, 0, count);
                _frameLeft -= count;
            }

            _frameLeft = -1;
            if (_fault != StoreResult.Ok)
            {
                FramesDropped++;
                return (int)_fault;
            }

            if (isShort)
            {
                FramesDropped++;
                return (int)StoreResult.FrameShort;
            }

            FrameCount++;
            return 0;
        }

        /// <summary>Writes one block of 16-bit stereo sound as the chip delivered it; not between BeginFrame and EndFrame.</summary>
        [FramePath]
        public int WriteAudio(byte[] samples, int offset, int count, long atUs)
        {
            return WriteElement(AudioTrack, samples, offset, count, atUs);
        }

        /// <summary>Writes one text block, a journal line; not between BeginFrame and EndFrame.</summary>
        [FramePath]
        public int WriteText(byte[] utf8, int offset, int count, long atUs)
        {
            return WriteElement(TextTrack, utf8, offset, count, atUs);
        }

        private void PrepareClusterHead()
        {
            Bytes.Put32BigEndian(_clusterHead, 0, 0x1F43B675);
            _clusterHead[4] = 0x01;
            for (int i = 5; i < 12; i++)
            {
                _clusterHead[i] = 0xFF;
            }

            _clusterHead[12] = 0xEC;
            _clusterHead[13] = 0xA8;
            Bytes.PutAscii(_clusterHead, 14, 4, "BCA1");
            _clusterHead[54] = 0xE7;
            _clusterHead[55] = 0x84;
            _blockHead[0] = 0xA3;
            _blockHead[8] = 0x80;
        }

        [FramePath]
        private int WriteElement(int track, byte[] source, int offset, int count, long atUs)
        {
            int result = BeginElement(track, count, atUs);
            return result != 0 ? result : Append(source, offset, count);
        }

        [FramePath]
        private int BeginElement(int track, int count, long atUs)
        {
            if (_fault != StoreResult.Ok)
            {
                return (int)_fault;
            }

            if (_frameLeft >= 0)
            {
                return (int)StoreResult.NotOpen;
            }

            // One chunk is kept free so that the closing part always has its digest slot.
            if ((long)LengthBytes + count + ClusterHeadBytes + BlockHeadBytes > (long)(_chunksMax - 1) * _chunkBytes)
            {
                return (int)StoreResult.SegmentFull;
            }

            if (atUs > NewestUs)
            {
                NewestUs = atUs;
            }

            long atMs = (atUs - _header.Start.MonotonicUs) / 1000;
            atMs = atMs < 0 ? 0 : atMs;
            if (!_clusterOpen || atMs - _clusterStartMs >= ClusterUs / 1000)
            {
                BeginCluster(atMs);
            }

            long relativeMs = atMs - _clusterStartMs;
            relativeMs = relativeMs < -32768 ? -32768 : relativeMs;
            Bytes.Put32BigEndian(_blockHead, 1, 0x10000000 | (count + 4));
            _blockHead[5] = (byte)(0x80 | track);
            _blockHead[6] = (byte)(relativeMs >> 8);
            _blockHead[7] = (byte)relativeMs;
            return Append(_blockHead, 0, BlockHeadBytes);
        }

        [FramePath]
        private void BeginCluster(long atMs)
        {
            _clusterStartMs = atMs;
            _clusterOpen = true;
            // Id and size go first: if they fill the chunk up, the Void starts in the next one and proves one chunk more.
            Append(_clusterHead, 0, 12);
            Bytes.Put32(_clusterHead, 18, CommittedChunks);
            Array.Copy(_authenticatorAndDigest, 0, _clusterHead, 22, AuthenticatorBytes);
            Bytes.Put32BigEndian(_clusterHead, 56, (int)atMs);
            Append(_clusterHead, 12, ClusterHeadBytes - 12);
        }
    }
}
