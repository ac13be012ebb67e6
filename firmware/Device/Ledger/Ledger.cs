using System;
using System.Collections;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>What lies on the card and in which state, without walking folders; and how much room is left. Thread-safe.</summary>
    public sealed class Ledger
    {
        private const int BootRecord = 10;
        private const int FootageHeadRecord = 11;
        private const int JournalHeadRecord = 12;
        private const int CompactAfterRecords = 4096;
        private const long StopFloorBytes = 256L * 1024 * 1024;
        private const long JournalReserveBytes = 16L * 1024 * 1024;

        // A segment under way is not in the sum yet: 2 MiB, one picture and a cluster more.
        private const long OpenSegmentBytes = 3L * 1024 * 1024;

        // Rows that stand for no segment. Of the journal chain what another card has: three months at six segments an hour, 704 KB. Of recordings what a record that cannot be read leaves: eleven hours, 176 KB.
        private const int JournalGapRowsMax = 16384;
        private const int FootageGapRowsMax = 4096;

        // No recorder comes near it, and whoever counts on from it stays within 32 bits.
        private const int SegmentMax = 1 << 30;

        // How far a card may be ahead of I: when I: was lost: twenty years of the journal at six segments an hour, and more recordings than memory has rows for.
        // Recordings are counted from the key that I: holds: half of what it can be ratcheted to, so that no card, nor one after the other, uses up what later recordings need.
        private const int JournalReach = 1 << 20;
        private const int RecordingReach = RecordingKeys.StepsMax / 2;

        // What a card may make of rows at the start: a page of 2.8 KB for each recording, and for each piece of a journal. Memory ends before; the bound is for the work.
        private const int RecordingsMax = 4096;
        private const int JournalPiecesMax = 512;
        private const int BucketCount = 1024;

        // Kept in memory for the next compaction, 16 KB. A ledger with more of them is not compacted.
        private const int RefusedKeptMax = 256;

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
                if (result == StoreResult.Ok && _file.Count > CompactAfterRecords && _file.Count > 3 * LiveRowsNeedsLock() && _refusedCount <= RefusedKeptMax)
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
        /// <param name="kept">True when they are not freed to make room: their length is not known.</param>
        public StoreResult AppendSealed(byte[] seal, int sizeBytes, bool lost, bool kept)
        {
            lock (_gate)
            {
                int durationMs = (int)((Bytes.Get64(seal, 96) - Bytes.Get64(seal, 88)) / 1000);
                int flags = seal[6] | (kept ? LedgerRecording.DamagedFlag : 0);
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

        /// <summary>Deletes up to <paramref name="segmentsMax"/> segments: archived ones at any time, receipted ones oldest first while room for footage is below <paramref name="wantedBytes"/>.</summary>
        /// <returns>Number freed. What has no receipt, or a damaged one, stays.</returns>
        public int MakeRoom(long wantedBytes, int segmentsMax)
        {
            int freed = 0;
            lock (_gate)
            {
                // Called all the time: without anything to free no row is looked at.
                int rows = _archivedCount > 0 || FootageRoomBytes < wantedBytes ? _recordings.Count : 0;
                for (int i = 0; i < rows && freed < segmentsMax; i++)
                {
                    LedgerRecording row = (LedgerRecording)_recordings[i];
                    for (int segment = row.FirstSegment; row.FreeableCount > 0 && segment <= row.LastSegment && freed < segmentsMax; segment++)
                    {
                        int state = row.State(segment);
                        bool free = state == SegmentStates.Archived
                            || (state == SegmentStates.Receipted && (row.Flags(segment) & LedgerRecording.DamagedFlag) == 0 && FootageRoomBytes < wantedBytes);
                        if (free && EraseNeedsLock(row, segment))
                        {
                            freed++;
                        }
                    }
                }
            }

            return freed;
        }

        /// <summary>At return: frees everything that has a receipt, damaged ones included.</summary>
        public int FreeAllReceipted(int segmentsMax)
        {
            int freed = 0;
            lock (_gate)
            {
                for (int i = 0; i < _recordings.Count; i++)
                {
                    LedgerRecording row = (LedgerRecording)_recordings[i];
                    for (int segment = row.FirstSegment; row.FreeableCount > 0 && segment <= row.LastSegment && freed < segmentsMax; segment++)
                    {
                        int state = row.State(segment);
                        if ((state == SegmentStates.Archived || state == SegmentStates.Receipted) && EraseNeedsLock(row, segment))
                        {
                            freed++;
                        }
                    }
                }
            }

            return freed;
        }

        internal static bool IsUnreceipted(int state)
        {
            return state == SegmentStates.Sealed || state == SegmentStates.Lost;
        }

        private bool EraseNeedsLock(LedgerRecording row, int segment)
        {
            _reader.Close();
            try
            {
                DeleteIfThere(CardPaths.Segment(row.Epoch, row.Recording, segment));
                DeleteIfThere(CardPaths.Seal(row.Epoch, row.Recording, segment));
            }
            catch (Exception)
            {
                return false;
            }

            return AppendState(row, segment, SegmentStates.Erased, false) == StoreResult.Ok;
        }

        private static void DeleteIfThere(string path)
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
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

        private void Replay(byte[] buffer, int offset)
        {
            int state = buffer[offset + 1];
            int sequence = Bytes.Get32(buffer, offset + 24);
            Sequence = sequence > Sequence ? sequence : Sequence;
            if (state == BootRecord)
            {
                LastBoot = Bytes.Get32(buffer, offset + 4);
            }
            else if (state == FootageHeadRecord || state == JournalHeadRecord)
            {
                MoveHead(Bytes.Get32(buffer, offset + 4), state == FootageHeadRecord, buffer, offset + 28);
            }
            else if (state >= SegmentStates.Opened && state <= SegmentStates.Erased
                && IsWithinReach(Bytes.Get32(buffer, offset + 4), Bytes.Get32(buffer, offset + 8), Bytes.Get32(buffer, offset + 12)))
            {
                ApplyNeedsLock(buffer, offset, state);
            }
            else
            {
                RefuseNeedsLock(buffer, offset);
            }
        }

        // It may count at a later start: when I: has come as far, when there is room for its rows, or when the firmware knows its state.
        private void RefuseNeedsLock(byte[] buffer, int offset)
        {
            _refusedCount++;
            if (_refusedCount <= RefusedKeptMax)
            {
                _refused.Add(Bytes.Slice(buffer, offset, LedgerFile.RecordBytes));
            }
        }

        private void ApplyNeedsLock(byte[] record, int offset, int state)
        {
            int epoch = Bytes.Get32(record, offset + 4);
            int recording = Bytes.Get32(record, offset + 8);
            int segment = Bytes.Get32(record, offset + 12);
            LedgerRecording row = FindNeedsLock(epoch, recording, segment);
            int gapRowsLeft = recording == 0 ? JournalGapRowsMax - _journalGapRows : FootageGapRowsMax - _footageGapRows;
            if (row != null && GapBefore(row, segment) > gapRowsLeft)
            {
                if (recording != 0)
                {
                    RefuseNeedsLock(record, offset);
                    return;
                }

                // The journal goes on in rows of its own, and what lies between has none.
                row = null;
            }

            if (row == null)
            {
                bool isFull = recording == 0 ? _journalPieces >= JournalPiecesMax : _recordings.Count - _journalPieces >= RecordingsMax;
                if (_isReplaying && isFull)
                {
                    RefuseNeedsLock(record, offset);
                    return;
                }

                row = AddRowNeedsLock(epoch, recording, segment);
            }

            if (segment < row.FirstSegment)
            {
                return;
            }

            _journalGapRows += recording == 0 ? GapBefore(row, segment) : 0;
            _footageGapRows += recording == 0 ? 0 : GapBefore(row, segment);
            CountNeedsLock(row, segment, -1);
            bool opened = state == SegmentStates.Opened;
            if (opened)
            {
                row.Activity = Bytes.Get32(record, offset + 20);
            }

            // Of an opened segment the size field holds the boot number and the time field stays 0.
            row.Set(segment, state, record[offset + 2] & 15, record[offset + 3], record[offset + 2] >> 4, Bytes.Get32(record, offset + 16), opened ? 0 : Bytes.Get32(record, offset + 20), record, offset + 28);
            CountNeedsLock(row, segment, 1);
            if (IsUnreceipted(state))
            {
                MoveHead(epoch, recording != 0, record, offset + 28);
            }
        }

        // Whoever has the card can write any number, with its check. What the recorder appends itself is not asked.
        private bool IsWithinReach(int epoch, int recording, int segment)
        {
            bool isOwn = epoch != _epoch || (recording == 0 ? segment - _knownJournalSegment <= JournalReach : recording <= _recordingMax);
            return isOwn && recording >= 0 && segment > 0 && segment <= SegmentMax;
        }

        private static int GapBefore(LedgerRecording row, int segment)
        {
            return segment > row.LastSegment + 1 ? segment - row.LastSegment - 1 : 0;
        }

        private void MoveHead(int epoch, bool footage, byte[] digest, int digestOffset)
        {
            if (epoch > HeadEpoch)
            {
                PreviousHeadEpoch = HeadEpoch;
                Array.Copy(FootageHead, 0, PreviousFootageHead, 0, 32);
                Array.Copy(JournalHead, 0, PreviousJournalHead, 0, 32);
                HeadEpoch = epoch;
                Array.Clear(FootageHead, 0, 32);
                Array.Clear(JournalHead, 0, 32);
            }
            else if (epoch < HeadEpoch && epoch > PreviousHeadEpoch)
            {
                PreviousHeadEpoch = epoch;
                Array.Clear(PreviousFootageHead, 0, 32);
                Array.Clear(PreviousJournalHead, 0, 32);
            }

            if (epoch == HeadEpoch)
            {
                Array.Copy(digest, digestOffset, footage ? FootageHead : JournalHead, 0, 32);
            }
            else if (epoch == PreviousHeadEpoch)
            {
                Array.Copy(digest, digestOffset, footage ? PreviousFootageHead : PreviousJournalHead, 0, 32);
            }
        }

        private void CountNeedsLock(LedgerRecording row, int segment, int sign)
        {
            int state = row.State(segment);
            if (state == SegmentStates.None || state == SegmentStates.Erased)
            {
                return;
            }

            bool sized = state != SegmentStates.Opened && state != SegmentStates.Closed;
            _usedBytes += sign * (_clusterBytes + (sized ? RoundUp(row.SizeBytes(segment)) : OpenSegmentBytes));
            OpenCount += sized ? 0 : sign;
            OpenFootageCount += sized || row.Recording == 0 ? 0 : sign;
            if (IsUnreceipted(state))
            {
                UnreceiptedCount += sign;
                row.UnreceiptedCount += sign;
                _unsafeMs += Kinds.IsText(row.Kind(segment)) ? 0 : sign * row.DurationMs(segment);
            }
            else if (state == SegmentStates.Receipted || state == SegmentStates.Archived)
            {
                row.FreeableCount += sign;
                _archivedCount += state == SegmentStates.Archived ? sign : 0;
            }
        }

        // A recording has all its rows in one place. The journal has them in several where another card has more between than fits: each goes up to the next.
        private LedgerRecording FindNeedsLock(int epoch, int recording, int segment)
        {
            LedgerRecording found = null;
            for (LedgerRecording row = _buckets[BucketOf(epoch, recording)]; row != null && (found == null || recording == 0); row = row.NextInBucket)
            {
                bool takes = row.Recording == recording && row.Epoch == epoch && (recording != 0 || row.FirstSegment <= segment);
                if (takes && (found == null || row.FirstSegment > found.FirstSegment))
                {
                    found = row;
                }
            }

            return found;
        }

        private LedgerRecording AddRowNeedsLock(int epoch, int recording, int segment)
        {
            LedgerRecording row = new LedgerRecording(epoch, recording, segment);
            int bucket = BucketOf(epoch, recording);
            row.NextInBucket = _buckets[bucket];
            _buckets[bucket] = row;
            _recordings.Add(row);
            _journalPieces += recording == 0 ? 1 : 0;
            return row;
        }

        private static int BucketOf(int epoch, int recording)
        {
            return (recording + (epoch * 31)) & (BucketCount - 1);
        }

        private long RoundUp(long bytes)
        {
            return (bytes + _clusterBytes - 1) / _clusterBytes * _clusterBytes;
        }

        private int LiveRowsNeedsLock()
        {
            int rows = 0;
            for (int i = 0; i < _recordings.Count; i++)
            {
                LedgerRecording row = (LedgerRecording)_recordings[i];
                rows += IsDone(row) ? 0 : row.Count;
            }

            return rows;
        }

        // Erased to the last segment, of an assignment that is over, and not the newest: nothing asks for it any more.
        private bool IsDone(LedgerRecording row)
        {
            bool done = row.Recording > 0 && (row.Epoch < HeadEpoch || row.Recording < KeepFrom) && row != _recordings[_recordings.Count - 1] && row.UnreceiptedCount == 0 && row.FreeableCount == 0;
            for (int segment = row.FirstSegment; done && segment <= row.LastSegment; segment++)
            {
                done = row.State(segment) == SegmentStates.Erased;
            }

            return done;
        }

        private StoreResult CompactNeedsLock()
        {
            try
            {
                FileStream replacement = _file.BeginReplacement();
                for (int i = 0; i < _recordings.Count; i++)
                {
                    LedgerRecording row = (LedgerRecording)_recordings[i];
                    if (!IsDone(row))
                    {
                        CompactRecordingNeedsLock(replacement, row);
                    }
                }

                // Behind the rows, so that they take no room from them, and before the heads, so that they move none.
                for (int i = 0; i < _refused.Count; i++)
                {
                    Array.Copy((byte[])_refused[i], 0, _file.Record, 0, LedgerFile.RecordBytes);
                    _file.AppendReplacement(replacement);
                }

                if (PreviousHeadEpoch > 0)
                {
                    WriteHeadNeedsLock(replacement, FootageHeadRecord, PreviousHeadEpoch, PreviousFootageHead);
                    WriteHeadNeedsLock(replacement, JournalHeadRecord, PreviousHeadEpoch, PreviousJournalHead);
                }

                WriteHeadNeedsLock(replacement, FootageHeadRecord, HeadEpoch, FootageHead);
                WriteHeadNeedsLock(replacement, JournalHeadRecord, HeadEpoch, JournalHead);
                Bytes.Put32(_file.Record, 4, LastBoot);
                WriteCompacted(replacement, BootRecord);
                _file.EndReplacement(replacement);
                return Open();
            }
            catch (Exception)
            {
                return StoreResult.LedgerFailed;
            }
        }

        private void CompactRecordingNeedsLock(FileStream replacement, LedgerRecording row)
        {
            // Erased segments at the front of the journal chain need no row any more, nor does what another card has behind them; those of recordings stay for the manifest.
            int first = row.FirstSegment;
            while (row.Recording == 0 && first < row.LastSegment && (row.State(first) == SegmentStates.Erased || row.State(first) == SegmentStates.None))
            {
                first++;
            }

            for (int segment = first; segment <= row.LastSegment; segment++)
            {
                int state = row.State(segment);
                if (segment == first && row.Recording != 0 && state != SegmentStates.Opened)
                {
                    // Only an opened record carries the activity; the journal has none.
                    FillNeedsLock(row.Kind(segment), 0, 0, row.Epoch, row.Recording, segment, 0, row.Activity);
                    WriteCompacted(replacement, SegmentStates.Opened);
                }

                if (state != SegmentStates.None)
                {
                    FillNeedsLock(row.Kind(segment), row.StopReason(segment), row.Flags(segment), row.Epoch, row.Recording, segment, row.SizeBytes(segment), state == SegmentStates.Opened ? row.Activity : row.DurationMs(segment));
                    Array.Copy(row.Page(segment), row.DigestOffset(segment), _file.Record, 28, 32);
                    WriteCompacted(replacement, state);
                }
            }
        }

        private void WriteHeadNeedsLock(FileStream replacement, int state, int epoch, byte[] head)
        {
            Bytes.Put32(_file.Record, 4, epoch);
            Array.Copy(head, 0, _file.Record, 28, 32);
            WriteCompacted(replacement, state);
        }

        private void WriteCompacted(FileStream replacement, int state)
        {
            _file.Record[1] = (byte)state;
            Bytes.Put32(_file.Record, 24, Sequence);
            _file.AppendReplacement(replacement);
        }
    }
}
