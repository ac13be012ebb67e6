using System;
using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>What lies on the card and in which state, without walking folders; and how much room is left. Thread-safe.</summary>
    public sealed partial class Ledger
    {
        private const int BootRecord = 10;
        private const int FootageHeadRecord = 11;
        private const int JournalHeadRecord = 12;
        private const long StopFloorBytes = 256L * 1024 * 1024;
        private const long JournalReserveBytes = 16L * 1024 * 1024;

        // A segment under way is not in the sum yet: 2 MiB, one picture and a cluster more.
        private const long OpenSegmentBytes = 3L * 1024 * 1024;

        private readonly object _gate = new object();
        private readonly ArrayList _recordings = new ArrayList();
        private readonly LedgerRecording[] _buckets = new LedgerRecording[BucketCount];
        private readonly ArrayList _refused = new ArrayList();
        private readonly LedgerFile _file = new LedgerFile();
        private readonly CardReader _reader;
        private readonly long _cardBytes;
        private readonly long _stopBytes;
        private readonly int _clusterBytes;
        private long _usedBytes;
        private long _unsafeMs;
        private int _archivedCount;
        private int _journalGapRows;
        private int _footageGapRows;
        private int _refusedCount;
        private int _journalPieces;
        private bool _isReplaying;
        private int _epoch;
        private int _recordingMax = int.MaxValue;
        private int _knownJournalSegment;

        /// <summary>An empty ledger for a card of the provisioned size.</summary>
        public Ledger(Provisioning provisioning, CardReader reader)
        {
            _reader = reader;
            _clusterBytes = provisioning.ClusterBytes;
            _cardBytes = provisioning.CardBytes;
            long floor = provisioning.StorageStopBytes > 0 ? provisioning.StorageStopBytes : StopFloorBytes;
            _stopBytes = _cardBytes / 20 > floor ? _cardBytes / 20 : floor;
        }

        /// <summary>First recording of the assignment under way: what is older, and erased, is dropped when the file is compacted. Set before <see cref="Open"/>.</summary>
        public int KeepFrom { get; set; }

        /// <summary>Tells what <c>I:</c> remembers: a number of the epoch in force that is far above was not given by this recorder, and no number is counted on from it. Call before <see cref="Open"/>.</summary>
        /// <param name="epoch">Epoch in force.</param>
        /// <param name="recording">Highest recording number reserved in it.</param>
        /// <param name="journalSegment">Highest journal segment number reserved in it.</param>
        /// <param name="keyRecording">Recording of the key that <c>I:</c> holds; later keys follow from it.</param>
        public void Expect(int epoch, int recording, int journalSegment, int keyRecording)
        {
            _epoch = epoch;
            _recordingMax = recording > keyRecording + RecordingReach ? recording : keyRecording + RecordingReach;
            _knownJournalSegment = journalSegment;
        }

        /// <summary>Number of the newest record; rises for the life of the card.</summary>
        public int Sequence { get; private set; }

        /// <summary>Newest boot number on the card, 0 = none.</summary>
        public int LastBoot { get; private set; }

        /// <summary>Records that could not be read, have no known state, or numbers out of reach.</summary>
        public int BadRecordCount => _file.BadCount + _refusedCount;

        /// <summary>Newest seal digest of the footage chain in the epoch in force; zeros = none.</summary>
        public byte[] FootageHead { get; } = new byte[32];

        /// <summary>Newest seal digest of the journal chain in the epoch in force; zeros = none.</summary>
        public byte[] JournalHead { get; } = new byte[32];

        /// <summary>Epoch of the two heads.</summary>
        public int HeadEpoch { get; private set; }

        /// <summary>Newest seal digest of the footage chain in the epoch before; zeros = none.</summary>
        public byte[] PreviousFootageHead { get; } = new byte[32];

        /// <summary>Newest seal digest of the journal chain in the epoch before; zeros = none.</summary>
        public byte[] PreviousJournalHead { get; } = new byte[32];

        /// <summary>Epoch of those two.</summary>
        public int PreviousHeadEpoch { get; private set; }

        /// <summary>False while footage is opened or closed and not sealed, or may be.</summary>
        public bool IsFootageSealed => OpenFootageCount == 0 && !IsFootageRefused;

        /// <summary>True when the newest record that opens footage was refused: it may stand on the card all the same until the next record takes its place, and needs its key.</summary>
        public bool IsFootageRefused { get; private set; }

        /// <summary>Segments that are opened or closed and not sealed, the journal's included.</summary>
        public int OpenCount { get; private set; }

        /// <summary>The same without the journal chain.</summary>
        public int OpenFootageCount { get; private set; }

        /// <summary>Recordings in the order in which they were opened; lock <see cref="Gate"/> while walking it.</summary>
        internal ArrayList Recordings => _recordings;

        /// <summary>Guards everything here.</summary>
        internal object Gate => _gate;

        /// <summary>Segments sealed (or lost) and without receipt.</summary>
        public int UnreceiptedCount { get; private set; }

        /// <summary>Seconds of footage and notes that are sealed and not yet receipted.</summary>
        public int UnsafeSeconds => (int)(_unsafeMs / 1000);

        /// <summary>Bytes left before the card is full; 2 % are never counted.</summary>
        public long FreeBytes => (_cardBytes / 100 * 98) - _usedBytes - RoundUp((long)_file.Count * LedgerFile.RecordBytes);

        /// <summary>Bytes left for footage before the hard stop.</summary>
        public long FootageRoomBytes => FreeBytes - _stopBytes - OpenSegmentBytes;

        /// <summary>True while footage may be written.</summary>
        public bool HasRoomForFootage => FootageRoomBytes > 0;

        /// <summary>True while journal and spoken notes may be written: they have 16 MB of the reserve.</summary>
        public bool HasRoomForJournal => FreeBytes > _stopBytes - JournalReserveBytes;

        /// <summary>Reads the file. Start-up only.</summary>
        public StoreResult Open()
        {
            lock (_gate)
            {
                _recordings.Clear();
                Array.Clear(_buckets, 0, BucketCount);
                _journalPieces = 0;
                _usedBytes = 0;
                _unsafeMs = 0;
                _archivedCount = 0;
                _journalGapRows = 0;
                _footageGapRows = 0;
                _refusedCount = 0;
                _refused.Clear();
                UnreceiptedCount = 0;
                OpenCount = 0;
                OpenFootageCount = 0;
                IsFootageRefused = false;
                Sequence = 0;
                LastBoot = 0;
                HeadEpoch = 0;
                PreviousHeadEpoch = 0;
                Array.Clear(FootageHead, 0, 32);
                Array.Clear(JournalHead, 0, 32);
                _isReplaying = true;
                StoreResult result = _file.Open(Replay);
                _isReplaying = false;
                if (result == StoreResult.Ok && _file.Count > CompactAfterRecords && _file.Count > 3 * LiveRowsNeedsLock() && _refusedCount <= RefusedKeptMax && _file.BadCount < BadCompactedMax && !_file.IsUnsteady)
                {
                    result = CompactNeedsLock();
                }

                return result;
            }
        }

        /// <summary>Closes the file.</summary>
        public void Close()
        {
            lock (_gate)
            {
                _file.Close();
            }
        }

        /// <summary>Writes down that this boot used the card.</summary>
        public StoreResult AppendBoot(int boot)
        {
            lock (_gate)
            {
                Bytes.Put32(_file.Record, 4, boot);
                StoreResult result = AppendNeedsLock(BootRecord);
                LastBoot = result == StoreResult.Ok ? boot : LastBoot;
                return result;
            }
        }

        /// <summary>Writes down that a segment is opened, with all that recovery needs for its seal. Call before the file is created.</summary>
        public StoreResult AppendOpened(SegmentHeader header)
        {
            lock (_gate)
            {
                byte[] record = _file.Record;
                record[2] = (byte)header.Kind;
                record[3] = (byte)((header.Start.Source << LedgerRecording.SourceShift) | (header.ChunkBytes == 4096 ? LedgerRecording.SmallChunksFlag : 0));
                Bytes.Put32(record, 4, header.Epoch);
                Bytes.Put32(record, 8, header.Recording);
                Bytes.Put32(record, 12, header.Segment);
                Bytes.Put32(record, 16, header.Boot);
                Bytes.Put32(record, 20, header.Activity);
                Bytes.Put64(record, 28, header.Start.MonotonicUs);
                Bytes.Put64(record, 36, header.Start.WallUs);
                Bytes.Put64(record, 44, header.Start.ErrorBoundUs);
                Bytes.Put64(record, 52, header.Start.LastSyncUs);
                return ApplyAndAppendNeedsLock(SegmentStates.Opened);
            }
        }

        /// <summary>Writes down that a segment is closed and how, while its seal waits.</summary>
        public StoreResult AppendClosed(SealDraft draft)
        {
            lock (_gate)
            {
                LedgerRecording row = FindNeedsLock(draft.Epoch, draft.Recording, draft.Segment);
                if (row == null || !row.Has(draft.Segment))
                {
                    return StoreResult.LedgerFailed;
                }

                // The 32 bytes keep the segment's start: recovery still needs it.
                int opening = row.Flags(draft.Segment) & ~15;
                FillNeedsLock(draft.Kind, draft.StopReason, draft.Flags | opening, draft.Epoch, draft.Recording, draft.Segment, row.SizeBytes(draft.Segment), draft.DurationMs);
                Array.Copy(row.Page(draft.Segment), row.DigestOffset(draft.Segment), _file.Record, 28, 32);
                return ApplyAndAppendNeedsLock(SegmentStates.Closed);
            }
        }

        /// <summary>Writes down a seal and moves the head of its chain.</summary>
        /// <param name="seal">352 bytes, already on the card.</param>
        /// <param name="sizeBytes">Bytes of the container on the card, with those beyond the covered length.</param>
        /// <param name="lost">True when the bytes are gone.</param>
        /// <param name="kept">True when they are never freed: the seal leaves some out, and no receipt is about them.</param>
        public StoreResult AppendSealed(byte[] seal, int sizeBytes, bool lost, bool kept)
        {
            lock (_gate)
            {
                int durationMs = (int)((Bytes.Get64(seal, 96) - Bytes.Get64(seal, 88)) / 1000);
                int flags = seal[6] | (kept ? LedgerRecording.KeptFlag : 0);
                FillNeedsLock(seal[5], seal[7], flags, Bytes.Get32(seal, 40), Bytes.Get32(seal, 44), Bytes.Get32(seal, 48), sizeBytes, durationMs);
                Array.Copy(seal, 288, _file.Record, 28, 32);
                return ApplyAndAppendNeedsLock(lost ? SegmentStates.Lost : SegmentStates.Sealed);
            }
        }

        /// <summary>Writes down a later state: receipted, archived, lost or erased.</summary>
        /// <param name="recording">As held by this ledger.</param>
        /// <param name="segment">A segment it has.</param>
        /// <param name="state">One of <see cref="SegmentStates"/>.</param>
        /// <param name="damaged">True when the receipt says damaged.</param>
        public StoreResult AppendState(LedgerRecording recording, int segment, int state, bool damaged)
        {
            lock (_gate)
            {
                int flags = (recording.Flags(segment) & ~LedgerRecording.RefusedFlag) | (damaged ? LedgerRecording.DamagedFlag : 0);
                // What was called lost may be there all the same: the card denied it, and no receipt is about its bytes.
                flags |= state == SegmentStates.Lost ? LedgerRecording.KeptFlag : 0;
                FillNeedsLock(recording.Kind(segment), recording.StopReason(segment), flags, recording.Epoch, recording.Recording, segment, recording.SizeBytes(segment), recording.DurationMs(segment));
                Array.Copy(recording.Page(segment), recording.DigestOffset(segment), _file.Record, 28, 32);
                return ApplyAndAppendNeedsLock(state);
            }
        }

        /// <summary>The recording's rows, of the journal chain the newest ones, or null.</summary>
        public LedgerRecording Find(int epoch, int recording)
        {
            return Find(epoch, recording, int.MaxValue);
        }

        /// <summary>The rows in which a segment stands if the ledger knows it, or null.</summary>
        public LedgerRecording Find(int epoch, int recording, int segment)
        {
            lock (_gate)
            {
                return FindNeedsLock(epoch, recording, segment);
            }
        }

        /// <summary>Highest recording number of an epoch on this card, 0 = none.</summary>
        public int HighestRecording(int epoch)
        {
            lock (_gate)
            {
                int highest = 0;
                for (int i = 0; i < _recordings.Count; i++)
                {
                    LedgerRecording row = (LedgerRecording)_recordings[i];
                    if (row.Epoch == epoch && row.Recording > highest)
                    {
                        highest = row.Recording;
                    }
                }

                return highest;
            }
        }

        internal static bool IsUnreceipted(int state)
        {
            return state == SegmentStates.Sealed || state == SegmentStates.Lost;
        }

        private void FillNeedsLock(int kind, int stopReason, int flags, int epoch, int recording, int segment, int sizeBytes, int durationMs)
        {
            byte[] record = _file.Record;
            record[2] = (byte)(kind | (stopReason << 4));
            record[3] = (byte)flags;
            Bytes.Put32(record, 4, epoch);
            Bytes.Put32(record, 8, recording);
            Bytes.Put32(record, 12, segment);
            Bytes.Put32(record, 16, sizeBytes);
            Bytes.Put32(record, 20, durationMs);
        }

        private StoreResult ApplyAndAppendNeedsLock(int state)
        {
            byte[] record = _file.Record;
            record[1] = (byte)state;
            byte[] copy = Bytes.Slice(record, 0, LedgerFile.RecordBytes);
            StoreResult result = AppendNeedsLock(state);
            if (result == StoreResult.Ok)
            {
                ApplyNeedsLock(copy, 0, state);
            }

            return result;
        }

        private StoreResult AppendNeedsLock(int state)
        {
            _file.Record[1] = (byte)state;
            Bytes.Put32(_file.Record, 24, Sequence + 1);
            bool opensFootage = state == SegmentStates.Opened && Bytes.Get32(_file.Record, 8) != 0;
            StoreResult result = _file.Append();
            IsFootageRefused = result != StoreResult.Ok && (IsFootageRefused || opensFootage);
            // A number that the card did not take would make it look older than I: at the next start.
            Sequence += result == StoreResult.Ok ? 1 : 0;
            return result;
        }

        private long RoundUp(long bytes)
        {
            return (bytes + _clusterBytes - 1) / _clusterBytes * _clusterBytes;
        }
    }
}
