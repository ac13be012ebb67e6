using System;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>The compacted copy that start-up writes.</summary>
    public sealed partial class Ledger
    {
        private const int CompactAfterRecords = 4096;

        // Kept in memory for the next compaction, 16 KB. A ledger with more of them is not compacted.
        private const int RefusedKeptMax = 256;

        // A sector has eight records: what is wrong by the sector may read well at a later start, and compaction would drop it for good.
        private const int BadCompactedMax = 8;

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
            FileStream replacement = null;
            try
            {
                replacement = _file.BeginReplacement();
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
                // The old file is whole, open and as it was read: the recorder goes on with it, and the next start tries again.
                _file.AbandonReplacement(replacement);
                return _file.IsReplaced ? StoreResult.LedgerFailed : StoreResult.Ok;
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
