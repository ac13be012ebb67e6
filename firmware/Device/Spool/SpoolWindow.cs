using System.Collections;

namespace BodyCam.Firmware.Storage
{
    /// <summary>The segments in conversation with the gateway, at most 64; text first, then oldest first. Used under the spool's lock.</summary>
    internal sealed class SpoolWindow
    {
        private const int SegmentsMax = 64;
        private const int TextSegmentsMax = 32;
        private const long AnswerWithinUs = 60000000;

        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly ArrayList _segments = new ArrayList();
        private bool _refillWanted;
        private int _knownUnreceipted;
        private int _backlogRecording;
        private int _backlogSegment;
        private int _backlogJournal;

        internal SpoolWindow(CardStore store, DeviceState state)
        {
            _store = store;
            _state = state;
        }

        internal int Count => _segments.Count;

        internal SpoolSegment At(int index) => (SpoolSegment)_segments[index];

        internal void Clear()
        {
            _segments.Clear();
        }

        /// <summary>Starts anew: what is unreceipted until now is offered, what is sealed later is sent seal first.</summary>
        internal void Restart()
        {
            _segments.Clear();
            _refillWanted = true;
            _backlogRecording = _store.Ledger.HighestRecording(_state.Epoch);
            LedgerRecording footage = _store.Ledger.Find(_state.Epoch, _backlogRecording);
            _backlogSegment = _backlogRecording == 0 ? 0 : NewestSealed(footage);
            _backlogJournal = NewestSealed(_store.Ledger.Find(_state.Epoch, 0));
        }

        internal void Refill(long nowUs)
        {
            int unreceipted = _store.Ledger.UnreceiptedCount;
            if (!_refillWanted && unreceipted == _knownUnreceipted)
            {
                return;
            }

            _knownUnreceipted = unreceipted;
            _refillWanted = false;
            lock (_store.Ledger.Gate)
            {
                ArrayList recordings = _store.Ledger.Recordings;
                for (int pass = 0; pass < 2; pass++)
                {
                    int limit = pass == 0 ? TextSegmentsMax : SegmentsMax;
                    for (int i = 0; i < recordings.Count && _segments.Count < limit; i++)
                    {
                        LedgerRecording row = (LedgerRecording)recordings[i];
                        if ((row.Recording == 0) == (pass == 0) && row.UnreceiptedCount > 0)
                        {
                            RefillFrom(row, limit, nowUs);
                        }
                    }
                }
            }
        }

        internal SpoolSegment Find(int epoch, int recording, int segment)
        {
            for (int i = 0; i < _segments.Count; i++)
            {
                SpoolSegment candidate = (SpoolSegment)_segments[i];
                if (candidate.Segment == segment && candidate.Row.Recording == recording && candidate.Row.Epoch == epoch)
                {
                    return candidate;
                }
            }

            return null;
        }

        // What was sent whole and got no answer within 60 s is offered again.
        internal void RenewOffers(long nowUs)
        {
            for (int i = 0; i < _segments.Count; i++)
            {
                SpoolSegment segment = (SpoolSegment)_segments[i];
                bool quiet = !segment.NeedsSeal && !segment.HasChunks && segment.InFlight <= 0;
                if (quiet && nowUs - segment.SentAtUs >= AnswerWithinUs)
                {
                    segment.NeedsOffer = true;
                    segment.SentAtUs = nowUs;
                }
            }
        }

        internal void Remove(SpoolSegment segment)
        {
            _segments.Remove(segment);
            _refillWanted = true;
        }

        internal void RemoveRefused()
        {
            for (int i = _segments.Count - 1; i >= 0; i--)
            {
                SpoolSegment segment = (SpoolSegment)_segments[i];
                if ((segment.Row.Flags(segment.Segment) & LedgerRecording.RefusedFlag) != 0)
                {
                    _segments.RemoveAt(i);
                    _refillWanted = true;
                }
            }
        }

        private static int NewestSealed(LedgerRecording row)
        {
            int segment = row == null ? 0 : row.LastSegment;
            while (segment > 0 && row.Has(segment) && (row.State(segment) == SegmentStates.Opened || row.State(segment) == SegmentStates.Closed))
            {
                segment--;
            }

            return segment;
        }

        private bool IsBacklog(LedgerRecording row, int segment)
        {
            if (row.Epoch != _state.Epoch)
            {
                return true;
            }

            return row.Recording == 0 ? segment <= _backlogJournal
                : row.Recording < _backlogRecording || (row.Recording == _backlogRecording && segment <= _backlogSegment);
        }

        private void RefillFrom(LedgerRecording row, int limit, long nowUs)
        {
            int segment = row.ScanFrom > row.FirstSegment ? row.ScanFrom : row.FirstSegment;
            bool atFront = true;
            for (; segment <= row.LastSegment && _segments.Count < limit; segment++)
            {
                int state = row.State(segment);
                bool waits = Ledger.IsUnreceipted(state);
                if (waits && (row.Flags(segment) & LedgerRecording.RefusedFlag) == 0 && Find(row.Epoch, row.Recording, segment) == null)
                {
                    Add(row, segment, state, nowUs);
                }

                atFront = atFront && !waits && state != SegmentStates.Opened && state != SegmentStates.Closed;
                row.ScanFrom = atFront ? segment + 1 : row.ScanFrom;
            }
        }

        private void Add(LedgerRecording row, int segment, int state, long nowUs)
        {
            SpoolSegment added = new SpoolSegment(row, segment);
            added.IsLost = state == SegmentStates.Lost;
            added.NeedsOffer = IsBacklog(row, segment);
            added.NeedsSeal = !added.NeedsOffer;
            added.SentAtUs = nowUs;
            _segments.Add(added);
        }
    }
}
