using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Rows in memory: what of the file is believed, and what gaps and how many rows it may make.</summary>
    public sealed partial class Ledger
    {
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
    }
}
