using System;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>
    /// Writes one segment at a time as a Matroska stream in blocks of chunkBytes. A block counts as written only after its flush.
    /// The first fault is kept: from then on every call returns it and the file stays as it is, for recovery to seal.
    /// </summary>
    /// <remarks>Not thread-safe: one thread writes. Memory: one block, 32 bytes per chunk, and about 2.5 KB.</remarks>
    public sealed partial class SegmentWriter
    {
        /// <summary>A segment is cut after about this long.</summary>
        public const long CutAfterUs = 10000000;

        /// <summary>A segment is cut at about this size.</summary>
        public const int CutAfterBytes = 2 * 1024 * 1024;

        private readonly MatroskaHead _head = new MatroskaHead();
        private readonly int _chunkBytes;
        private readonly int _chunksMax;

        private SegmentHeader _header;
        private byte[] _key;
        private FileStream _file;
        private StoreResult _fault = StoreResult.NotOpen;

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
