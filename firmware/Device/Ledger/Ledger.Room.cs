using System;
using System.IO;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Freeing of what has its receipt.</summary>
    public sealed partial class Ledger
    {
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
    }
}
