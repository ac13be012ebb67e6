using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>States of a segment on the card. The numbers stand in the ledger file and only grow.</summary>
    public static class SegmentStates
    {
        /// <summary>Unknown to the ledger.</summary>
        public const int None = 0;

        /// <summary>Being written, or left open by a power cut.</summary>
        public const int Opened = 1;

        /// <summary>Closed, its seal waits for an earlier one.</summary>
        public const int Closed = 2;

        /// <summary>Sealed, not yet receipted.</summary>
        public const int Sealed = 3;

        /// <summary>The gateway gave a storage receipt.</summary>
        public const int Receipted = 4;

        /// <summary>The central archive holds it.</summary>
        public const int Archived = 5;

        /// <summary>Sealed, but its bytes are gone or unreadable.</summary>
        public const int Lost = 6;

        /// <summary>Freed after its receipt.</summary>
        public const int Erased = 7;
    }

    /// <summary>Segments of one recording in memory: 44 bytes each, in pages.</summary>
    public sealed class LedgerRecording
    {
        /// <summary>Row flag beyond the seal's flags: receipted as damaged; not freed to make room.</summary>
        public const int DamagedFlag = 16;

        /// <summary>Row flag in memory only: refused for good in this boot.</summary>
        public const int RefusedFlag = 32;

        /// <summary>Row flag of a sealed segment: it has bytes that its seal leaves out, as they could not be read or follow some that were changed, so no receipt is about them; never freed.</summary>
        public const int KeptFlag = 64;

        /// <summary>Row flag of an opened or closed segment: its chunks have 4,096 bytes, not 8,192.</summary>
        public const int SmallChunksFlag = 16;

        /// <summary>Row flags of an opened or closed segment hold its clock source from this bit on.</summary>
        public const int SourceShift = 6;

        private const int RowBytes = 44;
        private const int RowsPerPage = 64;
        private readonly ArrayList _pages = new ArrayList();

        /// <summary>An empty recording.</summary>
        public LedgerRecording(int epoch, int recording, int firstSegment)
        {
            Epoch = epoch;
            Recording = recording;
            FirstSegment = firstSegment;
        }

        /// <summary>Epoch.</summary>
        public int Epoch { get; }

        /// <summary>Recording; 0 for the journal chain.</summary>
        public int Recording { get; }

        /// <summary>Lowest segment number held in memory.</summary>
        public int FirstSegment { get; }

        /// <summary>Number of rows from there on.</summary>
        public int Count { get; private set; }

        /// <summary>Highest segment number.</summary>
        public int LastSegment => FirstSegment + Count - 1;

        /// <summary>Activity that it belongs to.</summary>
        public int Activity { get; internal set; }

        /// <summary>Segments sealed (or lost) and without receipt.</summary>
        public int UnreceiptedCount { get; internal set; }

        /// <summary>Segments that could be freed.</summary>
        public int FreeableCount { get; internal set; }

        /// <summary>The next one that the ledger finds under the same sum of epoch and number.</summary>
        internal LedgerRecording NextInBucket { get; set; }

        /// <summary>Below it nothing waits for a receipt; moved up by the spool.</summary>
        internal int ScanFrom { get; set; }

        /// <summary>State of a segment; None when unknown.</summary>
        public int State(int segment) => Has(segment) ? Page(segment)[Offset(segment)] : SegmentStates.None;

        /// <summary>Kind.</summary>
        public int Kind(int segment) => Page(segment)[Offset(segment) + 1];

        /// <summary>Seal flags, plus the two row flags.</summary>
        public int Flags(int segment) => Page(segment)[Offset(segment) + 2];

        /// <summary>Stop reason, 0 unless final.</summary>
        public int StopReason(int segment) => Page(segment)[Offset(segment) + 3];

        /// <summary>Bytes of the container on the card.</summary>
        public int SizeBytes(int segment) => Bytes.Get32(Page(segment), Offset(segment) + 4);

        /// <summary>Length in time, ms.</summary>
        public int DurationMs(int segment) => Bytes.Get32(Page(segment), Offset(segment) + 8);

        /// <summary>Page that holds a row; the seal digest (or, of an opened segment, its start) stands at <see cref="DigestOffset"/>.</summary>
        public byte[] Page(int segment) => (byte[])_pages[(segment - FirstSegment) / RowsPerPage];

        /// <summary>Offset of the 32 bytes in <see cref="Page"/>.</summary>
        public int DigestOffset(int segment) => Offset(segment) + 12;

        /// <summary>True when the segment has a row.</summary>
        public bool Has(int segment)
        {
            return segment >= FirstSegment && segment < FirstSegment + Count;
        }

        internal void Set(int segment, int state, int kind, int flags, int stopReason, int sizeBytes, int durationMs, byte[] digest, int digestOffset)
        {
            while (segment >= FirstSegment + Count)
            {
                if (Count % RowsPerPage == 0)
                {
                    _pages.Add(new byte[RowsPerPage * RowBytes]);
                }

                Count++;
            }

            byte[] page = Page(segment);
            int offset = Offset(segment);
            page[offset] = (byte)state;
            page[offset + 1] = (byte)kind;
            page[offset + 2] = (byte)flags;
            page[offset + 3] = (byte)stopReason;
            Bytes.Put32(page, offset + 4, sizeBytes);
            Bytes.Put32(page, offset + 8, durationMs);
            System.Array.Copy(digest, digestOffset, page, offset + 12, 32);
        }

        internal void SetFlag(int segment, int flag)
        {
            Page(segment)[Offset(segment) + 2] |= (byte)flag;
        }

        private int Offset(int segment)
        {
            return (segment - FirstSegment) % RowsPerPage * RowBytes;
        }
    }
}
