using System;
using System.IO;
using System.Security.Cryptography;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>
    /// Writes one segment at a time as a Matroska stream in blocks of chunkBytes. A block counts as written only after its flush.
    /// The first fault is kept: from then on every call returns it and the file stays as it is, for recovery to seal.
    /// </summary>
    /// <remarks>Not thread-safe: one thread writes. Memory: one block, 32 bytes per chunk, and about 2.5 KB.</remarks>
    public sealed class SegmentWriter
    {
        /// <summary>A segment is cut after about this long.</summary>
        public const long CutAfterUs = 10000000;

        /// <summary>A segment is cut at about this size.</summary>
        public const int CutAfterBytes = 2 * 1024 * 1024;

        private const long ClusterUs = 1000000;
        private const int ClusterHeadBytes = 60;
        private const int BlockHeadBytes = 9;
        private const int AuthenticatorBytes = 32;
        private const int VideoTrack = 1;
        private const int AudioTrack = 2;
        private const int TextTrack = 3;

        private static readonly byte[] s_zeros = new byte[1024];

        private readonly MatroskaHead _head = new MatroskaHead();
        private readonly byte[] _block;
        private readonly byte[] _digests;
        private readonly byte[] _clusterHead = new byte[ClusterHeadBytes];
        private readonly byte[] _blockHead = new byte[BlockHeadBytes];
        private readonly byte[] _authenticatorAndDigest = new byte[64];
        private readonly int _chunkBytes;
        private readonly int _chunksMax;

        private SegmentHeader _header;
        private byte[] _key;
        private FileStream _file;
        private StoreResult _fault = StoreResult.NotOpen;
        private int _fill;
        private int _fillOnCard;
        private int _frameLeft = -1;
        private long _clusterStartMs;
        private bool _clusterOpen;

        /// <summary>Reserves the buffers.</summary>
        /// <param name="chunkBytes">4,096 or 8,192.</param>
        /// <param name="chunksMax">Chunks one segment can have; 32 bytes of memory each.</param>
        public SegmentWriter(int chunkBytes, int chunksMax)
        {
            _chunkBytes = chunkBytes;
            _chunksMax = chunksMax;
            _block = new byte[chunkBytes];
            _digests = new byte[chunksMax * Bytes.DigestBytes];
            PrepareClusterHead();
        }

        /// <summary>True between a successful <see cref="Open"/> and <see cref="Close"/> or <see cref="Abandon"/>.</summary>
        public bool IsOpen => _header != null;

        /// <summary>The first fault since <see cref="Open"/>, Ok if none.</summary>
        public StoreResult Fault => _fault;

        /// <summary>The platform's own words for the fault, or null.</summary>
        public string FaultText { get; private set; }

        /// <summary>True while the card is asked to write; true for seconds means a hung or full card.</summary>
        public bool WriteInProgress { get; private set; }

        /// <summary>Blocks and parts of blocks flushed since <see cref="Open"/>; a watchdog compares it over time.</summary>
        public int WritesCompleted { get; private set; }

        /// <summary>Whole chunks flushed: these can be read back and sent.</summary>
        public int CommittedChunks { get; private set; }

        /// <summary>Complete frames.</summary>
        public int FrameCount { get; private set; }

        /// <summary>Frames that ended short or came when the segment could not take them.</summary>
        public int FramesDropped { get; private set; }

        /// <summary>Bytes of the segment so far, flushed or not.</summary>
        public int LengthBytes => (CommittedChunks * _chunkBytes) + _fill;

        /// <summary>What was given to <see cref="Open"/>, null when closed.</summary>
        public SegmentHeader Header => _header;

        /// <summary>Device-monotonic time of the newest element.</summary>
        public long NewestUs { get; private set; }

        /// <summary>Creates the file and writes the head; the folder must exist. Nothing is on the card until a block is full or flushed.</summary>
        /// <param name="header">Copied by reference; not changed until closed.</param>
        /// <param name="recordingKey">32 bytes: key of this recording, or the journal key.</param>
        /// <returns>Ok or OpenFailed.</returns>
        public StoreResult Open(SegmentHeader header, byte[] recordingKey)
        {
            // Create truncates what a cut left behind before the ledger knew of it.
            return OpenAs(header, recordingKey, FileMode.Create);
        }

        /// <summary>The same, and no byte on the card is written over: for a segment that may be there.</summary>
        /// <param name="header">As for <see cref="Open"/>.</param>
        /// <param name="recordingKey">As for <see cref="Open"/>.</param>
        /// <param name="exists">True to take an empty file that is there; false to create one where there is none.</param>
        /// <returns>Ok, or OpenFailed: there is a file, or it is not empty, or the card does not tell.</returns>
        public StoreResult OpenWhereNothingIs(SegmentHeader header, byte[] recordingKey, bool exists)
        {
            return OpenAs(header, recordingKey, exists ? FileMode.Open : FileMode.CreateNew);
        }

        private StoreResult OpenAs(SegmentHeader header, byte[] recordingKey, FileMode mode)
        {
            _fault = StoreResult.NotOpen;
            FaultText = null;
            try
            {
                _file = new FileStream(CardPaths.Segment(header.Epoch, header.Recording, header.Segment), mode, FileAccess.ReadWrite, FileShare.Read);
                // The library asks for CreateNew whether the name is there, and then opens what is: an answer that is wrong gives a file with bytes.
                if (mode != FileMode.Create && (_file.Length != 0 || _file.Read(_block, 0, 1) != 0))
                {
                    throw new IOException("The file is not empty.");
                }
            }
            catch (Exception failure)
            {
                CloseFile();
                FaultText = failure.Message;
                _fault = StoreResult.OpenFailed;
                return _fault;
            }

            _header = header;
            _key = recordingKey;
            _fault = StoreResult.Ok;
            _fill = 0;
            _fillOnCard = 0;
            _frameLeft = -1;
            _clusterOpen = false;
            CommittedChunks = 0;
            WritesCompleted = 0;
            FrameCount = 0;
            FramesDropped = 0;
            NewestUs = header.Start.MonotonicUs;
            Array.Copy(header.FirstAuthenticator(recordingKey), 0, _authenticatorAndDigest, 0, AuthenticatorBytes);
            int count;
            byte[] head = _head.Build(header, out count);
            return (StoreResult)Append(head, 0, count);
        }

        /// <summary>True when the segment has lasted 10 s or holds 2 MiB.</summary>
        [FramePath]
        public bool ShouldCut(long nowUs)
        {
            return _header != null && (nowUs - _header.Start.MonotonicUs >= CutAfterUs || LengthBytes >= CutAfterBytes);
        }

        /// <summary>Device-monotonic time since the segment's start, µs.</summary>
        [FramePath]
        public long ElapsedUs(long nowUs)
        {
            return _header == null ? 0 : nowUs - _header.Start.MonotonicUs;
        }

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

        /// <summary>Flushes what is in the block buffer without closing the chunk; the rest of the chunk follows behind it.</summary>
        /// <returns>Ok when everything given so far is on the card.</returns>
        public StoreResult FlushPartial()
        {
            if (_fault != StoreResult.Ok || _fill == _fillOnCard)
            {
                return _fault;
            }

            WriteToCard(_fill);
            return _fault;
        }

        /// <summary>Writes and flushes the last, shorter chunk, closes the file and returns what the seal is made of.</summary>
        /// <param name="now">Clocks at the end.</param>
        /// <param name="flags">Seal flags, storage-format §3.</param>
        /// <param name="stopReason">0 unless the final flag is set.</param>
        /// <returns>The draft, or null when a fault keeps the segment from being closed; <see cref="Fault"/> tells which.</returns>
        public SealDraft Close(ClockStamp now, int flags, int stopReason)
        {
            if (_header == null || _fault != StoreResult.Ok || _frameLeft >= 0)
            {
                return null;
            }

            int chunks = CommittedChunks;
            if (_fill > 0)
            {
                byte[] digest = Bytes.ChunkDigest(_block, _fill);
                Array.Copy(digest, 0, _digests, chunks * Bytes.DigestBytes, Bytes.DigestBytes);
                chunks++;
                WriteToCard(_fill);
            }

            long length = LengthBytes;
            SegmentHeader header = _header;
            CloseFile();
            if (_fault != StoreResult.Ok)
            {
                return null;
            }

            _fault = StoreResult.NotOpen;
            SealDraft draft = new SealDraft(header, chunks);
            Array.Copy(_digests, 0, draft.Body, SealDraft.HeadBytes, chunks * Bytes.DigestBytes);
            draft.SetContent(length, length, 0, FrameCount);
            draft.SetEnd(now.MonotonicUs, now.WallUs);
            draft.SetFlags(flags, stopReason);
            return draft;
        }

        /// <summary>Closes the file as it is, for recovery: after a fault, or when the card was pulled.</summary>
        public void Abandon()
        {
            CloseFile();
            _fault = StoreResult.NotOpen;
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

        [FramePath]
        private int Append(byte[] source, int offset, int count)
        {
            while (count > 0 && _fault == StoreResult.Ok)
            {
                int room = _chunkBytes - _fill;
                int taken = count < room ? count : room;
                Array.Copy(source, offset, _block, _fill, taken);
                _fill += taken;
                offset += taken;
                count -= taken;
                if (_fill == _chunkBytes)
                {
                    CommitBlock();
                }
            }

            return (int)_fault;
        }

        [FramePath]
        private void CommitBlock()
        {
            byte[] digest = Bytes.ChunkDigest(_block);
            Array.Copy(digest, 0, _digests, CommittedChunks * Bytes.DigestBytes, Bytes.DigestBytes);
            Array.Copy(digest, 0, _authenticatorAndDigest, AuthenticatorBytes, Bytes.DigestBytes);
            byte[] authenticator = HMACSHA256.HashData(_key, _authenticatorAndDigest);
            Array.Copy(authenticator, 0, _authenticatorAndDigest, 0, AuthenticatorBytes);
            WriteToCard(_chunkBytes);
            if (_fault == StoreResult.Ok)
            {
                CommittedChunks++;
                _fill = 0;
                _fillOnCard = 0;
            }
        }

        [FramePath]
        private void WriteToCard(int fill)
        {
            StoreResult failure = StoreResult.WriteFailed;
            WriteInProgress = true;
            try
            {
                if (fill > _fillOnCard)
                {
                    _file.Write(_block, _fillOnCard, fill - _fillOnCard);
                }

                // Write hides a failed sync; only Flush reports it.
                failure = StoreResult.SyncFailed;
                _file.Flush();
                _fillOnCard = fill;
                WritesCompleted++;
            }
            catch (Exception cause)
            {
                Fail(failure, cause);
            }

            WriteInProgress = false;
        }

        [FramePathExempt("runs once, when the card failed")]
        private void Fail(StoreResult fault, Exception cause)
        {
            _fault = fault;
            FaultText = cause.Message;
        }

        private void CloseFile()
        {
            _header = null;
            FileStream file = _file;
            _file = null;
            if (file == null)
            {
                return;
            }

            try
            {
                file.Close();
            }
            catch (Exception cause)
            {
                Fail(StoreResult.SyncFailed, cause);
            }
        }
    }
}
