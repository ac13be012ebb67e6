using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Which segments wait to be sealed, and in which order.</summary>
    public sealed partial class Recovery
    {
        private readonly ArrayList _queue = new ArrayList();
        private readonly ArrayList _added = new ArrayList();
        private int _addedLeft;
        private int _footageLeft;

        /// <summary>Lowest recording that still needs its key, 0 when none.</summary>
        public int OldestRecording
        {
            get
            {
                lock (_gate)
                {
                    TakeAdded();
                    int oldest = 0;
                    for (int i = 0; i < _queue.Count; i++)
                    {
                        int recording = ((SegmentHeader)_queue[i]).Recording;
                        oldest = recording > 0 && (oldest == 0 || recording < oldest) ? recording : oldest;
                    }

                    return oldest;
                }
            }
        }

        internal void Clear()
        {
            lock (_gate)
            {
                lock (_added)
                {
                    _added.Clear();
                    _addedLeft = 0;
                }

                _queue.Clear();
                _job = null;
                _footageLeft = 0;
                _failures = 0;
            }
        }

        /// <summary>Lists what the ledger has as opened or closed, journal first because it is short.</summary>
        internal void Queue()
        {
            lock (_gate)
            {
                Clear();
                _unfinished.Add();
                int journals = Collect(true);
                _footageLeft = Collect(false);
                _journalChain.Reset(journals);
                _footageChain.Reset(_footageLeft);
            }
        }

        /// <summary>Takes in a segment that could not be closed while the card stays in use; later seals of its chain wait for it. Callers may hold the journal's lock.</summary>
        internal void Add(int recording, int segment)
        {
            LedgerRecording row = _store.Ledger.Find(_state.Epoch, recording, segment);
            SealChain chain = recording == 0 ? _journalChain : _footageChain;
            if (row == null || row.State(segment) != SegmentStates.Opened || chain.IsWaiting(recording, segment))
            {
                return;
            }

            lock (_added)
            {
                for (int i = 0; i < _added.Count; i++)
                {
                    SegmentHeader known = (SegmentHeader)_added[i];
                    if (known.Recording == recording && known.Segment == segment)
                    {
                        return;
                    }
                }

                _added.Add(HeaderOf(row, segment));
                _addedLeft++;
            }

            chain.AwaitRecovery();
        }

        // What was added stays listed until the card is opened again, so that it is taken once.
        private void TakeAdded()
        {
            lock (_added)
            {
                for (; _addedLeft > 0; _addedLeft--)
                {
                    SegmentHeader header = (SegmentHeader)_added[_added.Count - _addedLeft];
                    _queue.Add(header);
                    _footageLeft += header.Recording != 0 ? 1 : 0;
                }
            }
        }

        private int Collect(bool journal)
        {
            int found = 0;
            lock (_store.Ledger.Gate)
            {
                ArrayList recordings = _store.Ledger.Recordings;
                for (int i = 0; i < recordings.Count; i++)
                {
                    LedgerRecording row = (LedgerRecording)recordings[i];
                    if (row.Epoch != _state.Epoch || (row.Recording == 0) != journal)
                    {
                        continue;
                    }

                    for (int segment = row.FirstSegment; segment <= row.LastSegment; segment++)
                    {
                        int state = row.State(segment);
                        if (state == SegmentStates.Opened || state == SegmentStates.Closed)
                        {
                            _queue.Add(HeaderOf(row, segment));
                            found++;
                        }
                    }
                }
            }

            return found;
        }

        private SegmentHeader HeaderOf(LedgerRecording row, int segment)
        {
            byte[] page = row.Page(segment);
            int offset = row.DigestOffset(segment);
            int flags = row.Flags(segment);
            SegmentHeader header = new SegmentHeader();
            header.Kind = row.Kind(segment);
            header.Device = _provisioning.Device;
            header.Epoch = row.Epoch;
            header.Recording = row.Recording;
            header.Segment = segment;
            header.Activity = row.Activity;
            header.ChunkBytes = (flags & LedgerRecording.SmallChunksFlag) != 0 ? 4096 : 8192;
            header.Boot = row.SizeBytes(segment);
            header.Start.MonotonicUs = Bytes.Get64(page, offset);
            header.Start.WallUs = Bytes.Get64(page, offset + 8);
            header.Start.ErrorBoundUs = Bytes.Get64(page, offset + 16);
            header.Start.LastSyncUs = Bytes.Get64(page, offset + 24);
            header.Start.Source = flags >> LedgerRecording.SourceShift;
            return header;
        }

        // A later recording of the same boot shows that it was not the power that ended this one. Their seals wait for this, so they are in the queue.
        private bool WasFollowedInItsBoot(SegmentHeader header)
        {
            bool followed = false;
            for (int i = 1; i < _queue.Count; i++)
            {
                SegmentHeader later = (SegmentHeader)_queue[i];
                followed = followed || (later.Recording > header.Recording && later.Boot == header.Boot);
            }

            return followed;
        }

        private void Dequeue(SegmentHeader header)
        {
            _queue.RemoveAt(0);
            _job = null;
            _footageLeft -= header.Recording != 0 ? 1 : 0;
            _store.Reader.Close();
        }
    }
}
