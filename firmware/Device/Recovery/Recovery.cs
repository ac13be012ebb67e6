using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Seals, in slack time, the segments that a power cut or a card fault left open; later seals of a chain wait for it. Thread-safe.</summary>
    public sealed partial class Recovery
    {
        // A card that takes no seal is left alone for a while.
        private const int FailuresMax = 3;
        private const long RestUs = 30000000;

        private readonly object _gate = new object();
        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly RecordingKeys _keys;
        private readonly JournalLine _line = new JournalLine();
        private readonly UnfinishedRecordings _unfinished;
        private readonly SealChain _footageChain;
        private readonly SealChain _journalChain;
        private RecoveryJob _job;
        private SegmentHeader _headWritten;
        private SegmentHeader _headRefused;
        private bool _fileMissing;
        private int _failures;
        private long _restUntilUs;

        /// <summary>Recovers the segments of one epoch.</summary>
        /// <param name="store">The card.</param>
        /// <param name="provisioning">Device and picture size.</param>
        /// <param name="state">Of the epoch: the one in force, or what is kept of the one before.</param>
        /// <param name="keys">Recording keys of that epoch.</param>
        /// <param name="footageChain">Its footage chain.</param>
        /// <param name="journalChain">Its journal chain.</param>
        internal Recovery(CardStore store, Provisioning provisioning, DeviceState state, RecordingKeys keys, SealChain footageChain, SealChain journalChain)
        {
            _footageChain = footageChain;
            _journalChain = journalChain;
            _store = store;
            _provisioning = provisioning;
            _state = state;
            _keys = keys;
            _unfinished = new UnfinishedRecordings(store.Reader, store.Ledger, provisioning, state, keys);
        }

        /// <summary>True while segments, or seals that could not be written, wait.</summary>
        public bool IsPending => _queue.Count > 0 || _addedLeft > 0 || _footageChain.WaitingCount > 0 || _journalChain.WaitingCount > 0;

        /// <summary>True when three attempts to seal have failed: nothing more is done for 30 s.</summary>
        public bool IsResting => _failures >= FailuresMax;

        /// <summary>True while footage waits: the last recording was interrupted.</summary>
        public bool FootagePending => _footageLeft > 0;

        /// <summary>Number of the newest journal line in the last 1,024 bytes of a file, 0 when there is none.</summary>
        internal int NewestLineNumber(string path)
        {
            CardReader reader = _store.Reader;
            long length = reader.Length(path);
            byte[] tail = new byte[1024];
            long offset = length > tail.Length ? length - tail.Length : 0;
            int count = length <= 0 ? 0 : reader.Read(path, offset, tail, tail.Length);
            for (int i = count - 6; i >= 0; i--)
            {
                int number = Journal.LineNumber(tail, i, count - i);
                if (number > 0)
                {
                    return number;
                }
            }

            return 0;
        }

        /// <summary>Does at most one chunk of work.</summary>
        /// <param name="now">Clocks, for the journal lines.</param>
        /// <returns>True while more is left; false too while it rests.</returns>
        public bool Step(ClockStamp now)
        {
            lock (_gate)
            {
                TakeAdded();
                if (_failures >= FailuresMax && now.MonotonicUs >= _restUntilUs)
                {
                    _failures = 0;
                }

                if (!IsPending || _failures >= FailuresMax)
                {
                    return false;
                }

                if (_queue.Count == 0)
                {
                    bool sealedAll = _journalChain.Retry() == StoreResult.Ok && _footageChain.Retry() == StoreResult.Ok;
                    if (!sealedAll)
                    {
                        Failed(now);
                    }

                    return IsPending;
                }

                SegmentHeader header = (SegmentHeader)_queue[0];
                if (_job == null)
                {
                    if (!Begin(header, now))
                    {
                        return _queue.Count > 0;
                    }
                }
                else if (!_job.Step())
                {
                    Finish(header, now);
                }

                return _queue.Count > 0;
            }
        }

        private void Failed(ClockStamp now)
        {
            _failures++;
            _restUntilUs = now.MonotonicUs + RestUs;
        }

        private bool Begin(SegmentHeader header, ClockStamp now)
        {
            byte[] key = KeyOf(header);
            SealChain chain = ChainOf(header);
            if (key == null)
            {
                _line.Start(Events.RecoveryFailed).Add("recording", header.Recording).Add("segment", header.Segment).Add("code", (int)StoreResult.KeyGone);
                _store.Journal.Write(_line, now, true);
                chain.SkipRecovery();
                Dequeue(header);
                return false;
            }

            byte[] seal = StoredSeal.Read(_store.Reader, key, header.Epoch, header.Recording, header.Segment);
            if (seal != null && Bytes.Same(chain.Head, 0, seal, 224, 32))
            {
                long length = _store.Reader.Length(CardPaths.Segment(header.Epoch, header.Recording, header.Segment));
                _store.Reader.Close();
                // No segment of ours is longer; one whose length is not told, or too short, has what its seal covers.
                long covered = Bytes.Get64(seal, 64);
                // Why recovery sealed less than the file before the cut is not known any more: what is behind it stays.
                bool kept = length > covered || (length == CardReader.LengthUnknown && (seal[6] & SealDraft.Recovered) != 0);
                length = length < covered ? covered : length;
                if (chain.Adopt(seal, (int)(length > int.MaxValue ? int.MaxValue : length), kept) == StoreResult.Ok)
                {
                    Dequeue(header);
                }
                else
                {
                    Failed(now);
                }

                return false;
            }

            _job = new RecoveryJob(header, key, _store.Reader, _headRefused == header);
            return true;
        }

        // The cut came before the segment's head was on the card: the head is written now, so that an announced recording has a segment that can be sealed, sent and opened.
        private bool WriteHead(SegmentHeader header, ClockStamp now)
        {
            bool wasClosed = _store.Ledger.Find(header.Epoch, header.Recording, header.Segment).State(header.Segment) == SegmentStates.Closed;
            if (_job.FileBytes > 0 || !_job.IsMeasured || wasClosed || _headWritten == header || _headRefused == header)
            {
                return false;
            }

            _store.Reader.Close();
            header.WidthPx = _provisioning.WidthPx;
            header.HeightPx = _provisioning.HeightPx;
            byte[] key = KeyOf(header);
            SegmentWriter writer = new SegmentWriter(header.ChunkBytes, 1);
            if (writer.OpenWhereNothingIs(header, key, !_job.IsLost) != StoreResult.Ok)
            {
                // Something may stand there that the card did not tell of: it is asked for once more, and nothing is written over.
                _headRefused = header;
                _job = new RecoveryJob(header, key, _store.Reader, true);
                return true;
            }

            // A cut between the ledger's record and the file's creation looks like a file taken away: the journal says so either way.
            _headWritten = header;
            _fileMissing = _job.IsLost && !_unfinished.IsAdded(_store.Ledger.Find(header.Epoch, header.Recording, header.Segment));
            if (writer.Close(now, 0, 0) == null)
            {
                writer.Abandon();
            }

            // Also when the card refused it: what it then has of the head is looked at, and never called lost.
            _job = new RecoveryJob(header, key, _store.Reader, false);
            return true;
        }

        private void Finish(SegmentHeader header, ClockStamp now)
        {
            if (_job.IsLost)
            {
                // The folder may be gone with the file, and the seal needs it: without a seal every later one would wait.
                _store.MakeFolder(header.Epoch, header.Recording);
            }

            if (WriteHead(header, now))
            {
                return;
            }

            RecoveryJob job = _job;
            LedgerRecording row = _store.Ledger.Find(header.Epoch, header.Recording, header.Segment);
            bool wasClosed = row.State(header.Segment) == SegmentStates.Closed;
            int flags = wasClosed ? row.Flags(header.Segment) & SealDraft.Final : 0;
            int stopReason = wasClosed ? row.StopReason(header.Segment) : 0;
            if (!wasClosed && header.Recording != 0 && header.Segment == row.LastSegment)
            {
                flags = SealDraft.Final;
                stopReason = header.Boot == _state.Boot || WasFollowedInItsBoot(header) ? StopReasons.CardFault : StopReasons.PowerLost;
            }

            SealDraft draft = job.Draft(flags, stopReason);
            _store.Reader.Close();
            StoreResult result = draft == null ? StoreResult.ReadFailed
                : ChainOf(header).SubmitRecovered(draft, job.IsMeasured ? job.FileBytes : RecoveryJob.FileBytesMax, job.IsLost, job.IsKept);
            if (result == StoreResult.Ok)
            {
                Report(header, job, now);
                Dequeue(header);
            }
            else
            {
                // Tried again from the start; the caller sees a pending recovery and the fault in the journal.
                _job = null;
                Failed(now);
                _line.Start(Events.RecoveryFailed).Add("recording", header.Recording).Add("segment", header.Segment).Add("code", (int)result);
                _store.Journal.Write(_line, now, true);
            }
        }

        private void Report(SegmentHeader header, RecoveryJob job, ClockStamp now)
        {
            _line.Start(Events.RecoveredSegment).Add("kind", header.Kind).Add("epoch", header.Epoch).Add("recording", header.Recording).Add("segment", header.Segment)
                .Add("covered", job.CoveredBytes).Add("authenticated", job.AuthenticatedBytes).Add("beyond", job.FileBytes - job.CoveredBytes)
                .Add("frames", job.Frames).Add("lastMs", job.LastMs).Add("unreadable", job.IsUnreadable).Add("lost", job.IsLost || (_headWritten == header && _fileMissing));
            _store.Journal.Write(_line, now, true);
            if (job.IsTampered)
            {
                _line.Start(Events.TamperSuspected).Add("recording", header.Recording).Add("segment", header.Segment)
                    .Add("provenChunks", job.ProvenChunks).Add("covered", job.CoveredBytes).Add("beyond", job.FileBytes - job.CoveredBytes);
                _store.Journal.Write(_line, now, true);
            }
        }

        private SealChain ChainOf(SegmentHeader header)
        {
            return header.Recording == 0 ? _journalChain : _footageChain;
        }

        private byte[] KeyOf(SegmentHeader header)
        {
            return header.Recording == 0 ? _state.JournalKey : _keys.For(header.Recording);
        }
    }
}
