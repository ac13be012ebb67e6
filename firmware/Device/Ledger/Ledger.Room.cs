using System;
using System.IO;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Freeing of what has its receipt.</summary>
    public sealed partial class Ledger
    {
        // A card can deny a file for a moment.
        private const int ThereAsksMax = 3;

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

        // A kept segment stays; one that was lost, and receipted as that, is erased in the ledger when the card has nothing of it.
        private bool EraseNeedsLock(LedgerRecording row, int segment)
        {
            _reader.Close();
            try
            {
                int flags = row.Flags(segment);
                if ((flags & LedgerRecording.KeptFlag) != 0 && ((flags & LedgerRecording.DamagedFlag) == 0 || IsThere(CardPaths.Segment(row.Epoch, row.Recording, segment))))
                {
                    return false;
                }

                DeleteIfThere(CardPaths.Segment(row.Epoch, row.Recording, segment));
                DeleteIfThere(CardPaths.Seal(row.Epoch, row.Recording, segment));
            }
            catch (Exception)
            {
                return false;
            }

            return AppendState(row, segment, SegmentStates.Erased, false) == StoreResult.Ok;
        }

        private static bool IsThere(string path)
        {
            bool isThere = false;
            for (int i = 0; i < ThereAsksMax && !isThere; i++)
            {
                isThere = File.Exists(path);
            }

            return isThere;
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
