using System.Collections;

namespace BodyCam.Firmware.Storage
{
    /// <summary>A message handed out by the spool; given back with Acknowledged or Failed exactly once.</summary>
    public sealed class SpoolItem
    {
        internal const int SealItem = 2;
        internal const int ChunkItem = 1;
        internal const int OfferItem = 3;

        internal SpoolItem(int type, SpoolSegment segment, int chunkIndex)
        {
            Type = type;
            Segment = segment;
            ChunkIndex = chunkIndex;
        }

        /// <summary>Message type of protocol §2.</summary>
        public int Type { get; }

        /// <summary>True for a chunk of a segment that is still open.</summary>
        public bool IsLive => Type == ChunkItem && Segment == null;

        internal SpoolSegment Segment { get; }

        internal int ChunkIndex { get; }

        internal int LiveSegment { get; set; }

        internal ArrayList Offered { get; set; }
    }

    /// <summary>A sealed segment in conversation with the gateway.</summary>
    internal sealed class SpoolSegment
    {
        /// <summary>First chunk and count of each range still to be sent, in turn.</summary>
        private readonly ArrayList _ranges = new ArrayList();

        internal SpoolSegment(LedgerRecording row, int segment)
        {
            Row = row;
            Segment = segment;
            Kind = row.Kind(segment);
        }

        internal LedgerRecording Row { get; }

        internal int Segment { get; }

        internal int Kind { get; }

        internal bool IsText => Kinds.IsText(Kind);

        internal bool IsLost { get; set; }

        /// <summary>Still to be named in an offer: it is older than this connection, or got no answer.</summary>
        internal bool NeedsOffer { get; set; }

        /// <summary>Still to be sent on its own.</summary>
        internal bool NeedsSeal { get; set; }

        internal int ChunkBytes { get; set; }

        internal int ChunkCount { get; set; } = -1;

        internal int CoveredBytes { get; set; }

        internal int Refusals { get; set; }

        /// <summary>Rounds in which the card did not give its bytes, or its seal.</summary>
        internal int ReadFailures { get; set; }

        /// <summary>Left alone until then, device-monotonic µs: the card did not give it.</summary>
        internal long QuietUntilUs { get; set; }

        internal int InFlight { get; set; }

        /// <summary>When the last message of it went out, device-monotonic µs.</summary>
        internal long SentAtUs { get; set; }

        internal bool HasChunks => _ranges.Count > 0;

        internal void AddRange(int first, int count)
        {
            if (count > 0)
            {
                _ranges.Add(new int[] { first, count });
            }
        }

        internal void ClearRanges()
        {
            _ranges.Clear();
        }

        /// <summary>Puts one chunk back at the front.</summary>
        internal void Requeue(int chunk)
        {
            _ranges.Insert(0, new int[] { chunk, 1 });
        }

        internal int TakeChunk()
        {
            int[] range = (int[])_ranges[0];
            int chunk = range[0]++;
            range[1]--;
            if (range[1] <= 0)
            {
                _ranges.RemoveAt(0);
            }

            return chunk;
        }
    }
}
