using System;
using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>What became of a receipt.</summary>
    public enum ReceiptOutcome
    {
        /// <summary>The ledger has it.</summary>
        Accepted = 0,

        /// <summary>Wrong version, type, state or length.</summary>
        Malformed = 1,

        /// <summary>For another recorder.</summary>
        WrongDevice = 2,

        /// <summary>Made under the key of another epoch.</summary>
        WrongKeyEpoch = 3,

        /// <summary>The MAC does not match.</summary>
        BadMac = 4,

        /// <summary>A segment that this card does not hold.</summary>
        UnknownSegment = 5,

        /// <summary>A seal digest that is not the one on this card.</summary>
        WrongDigest = 6,

        /// <summary>The checkpoint is older than, or contradicts, the one kept.</summary>
        CheckpointOlder = 7,

        /// <summary>The ledger could not be written; the gateway will send it again.</summary>
        LedgerFailed = 8,
    }

    /// <summary>
    /// Decides what is sent next and takes the answers in; knows nothing of MQTT. Thread-safe.
    /// Segments older than the connection are offered first, newer ones are sent seal first; at most 64 are in conversation at a time.
    /// </summary>
    public sealed class Spool
    {
        /// <summary>Smallest buffer for <see cref="NextMessage"/>: an offer of 20 seals; a chunk message of 8,192 bytes needs 8,248.</summary>
        public const int BufferBytes = UpMessages.ChunkHeadBytes + 8192;

        private const int WindowSegments = 64;
        private const int TextSegmentsMax = 32;
        private const int ChunkRefusalsMax = 3;
        private const int ReadFailuresMax = 3;
        private const long AnswerWithinUs = 60000000;
        private const long LaterUs = 30000000;
        private const long ReplayLineEveryUs = 60000000;

        private readonly object _gate = new object();
        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly ArrayList _window = new ArrayList();
        private readonly ArrayList _lostUnreported = new ArrayList();
        private readonly JournalLine _line = new JournalLine();
        private readonly byte[] _deviceField = new byte[32];
        private readonly byte[] _seal = new byte[UpMessages.SealBytes];
        private readonly byte[] _chunk;
        private bool _connected;
        private bool _firstOfferDue;
        private bool _refillWanted;
        private long _pausedUntilUs;
        private long _replayLineAtUs = -ReplayLineEveryUs;
        private long _nowUs;
        private int _backlogRecording;
        private int _backlogSegment;
        private int _backlogJournal;
        private int _knownUnreceipted;
        private bool _liveWanted;
        private int _liveSharePercent;
        private int _liveRecording;
        private int _liveSegment;
        private int _liveNext;
        private long _liveBytes;
        private long _allBytes;

        internal Spool(CardStore store, Provisioning provisioning, DeviceState state)
        {
            _store = store;
            _provisioning = provisioning;
            _state = state;
            _chunk = new byte[provisioning.ChunkBytes];
            Bytes.PutAscii(_deviceField, 0, 32, provisioning.Device);
        }

        /// <summary>Seconds of sealed footage and notes not yet receipted; add what the open segment holds.</summary>
        public int UnsafeSeconds => _store.Ledger.UnsafeSeconds;

        /// <summary>Sealed segments not yet receipted.</summary>
        public int UnreceiptedCount => _store.Ledger.UnreceiptedCount;

        /// <summary>Segments in conversation.</summary>
        public int WindowCount => _window.Count;

        /// <summary>Starts a connection: everything unreceipted until now is offered. Call after subscribing to <c>down</c>.</summary>
        public void Connected(long nowUs)
        {
            lock (_gate)
            {
                _connected = true;
                _firstOfferDue = true;
                _refillWanted = true;
                _pausedUntilUs = 0;
                _nowUs = nowUs;
                _window.Clear();
                _liveSegment = 0;
                MarkBacklogNeedsLock();
            }
        }

        /// <summary>Ends it; messages in flight need not be given back.</summary>
        public void Disconnected()
        {
            lock (_gate)
            {
                _connected = false;
                _window.Clear();
            }
        }

        /// <summary>Lets chunks of the newest open segment go out between the others.</summary>
        /// <param name="wanted">True for live view or obstruction.</param>
        /// <param name="sharePercent">0…100 of the bytes sent.</param>
        public void LiveWanted(bool wanted, int sharePercent)
        {
            lock (_gate)
            {
                _liveWanted = wanted;
                _liveSharePercent = sharePercent;
                _liveBytes = 0;
                _allBytes = 0;
            }
        }

        /// <summary>Writes the next message into <paramref name="buffer"/>.</summary>
        /// <param name="buffer">At least <see cref="BufferBytes"/>.</param>
        /// <param name="nowUs">Device-monotonic time.</param>
        /// <param name="length">Length of the message.</param>
        /// <param name="item">To be given back.</param>
        /// <returns>False when there is nothing to send now.</returns>
        public bool NextMessage(byte[] buffer, long nowUs, out int length, out SpoolItem item)
        {
            lock (_gate)
            {
                _nowUs = nowUs;
                length = 0;
                item = null;
                if (!_connected || nowUs < _pausedUntilUs)
                {
                    return false;
                }

                if (!_store.IsOpen)
                {
                    return _firstOfferDue && OfferNeedsLock(buffer, out length, out item);
                }

                RefillNeedsLock();
                RenewOffersNeedsLock();
                bool found = (_firstOfferDue && OfferNeedsLock(buffer, out length, out item))
                    || NextOfNeedsLock(buffer, true, out length, out item)
                    || NextLiveNeedsLock(buffer, out length, out item)
                    || OfferNeedsLock(buffer, out length, out item)
                    || NextOfNeedsLock(buffer, false, out length, out item);
                _allBytes += length;
                return found;
            }
        }

        /// <summary>The gateway has the message (PUBACK). Custody has not passed.</summary>
        public void Acknowledged(SpoolItem item)
        {
            lock (_gate)
            {
                if (item.Segment != null)
                {
                    item.Segment.InFlight--;
                    item.Segment.SentAtUs = _nowUs;
                }
            }
        }

        /// <summary>The message was not delivered: it is sent again.</summary>
        public void Failed(SpoolItem item)
        {
            lock (_gate)
            {
                if (item.Type == SpoolItem.OfferItem)
                {
                    _firstOfferDue = _firstOfferDue || item.ChunkIndex == UpMessages.OfferFirst;
                    for (int i = 0; i < item.Offered.Count; i++)
                    {
                        ((SpoolSegment)item.Offered[i]).NeedsOffer = true;
                    }
                }
                else if (item.Segment == null)
                {
                    _liveNext = item.LiveSegment == _liveSegment && item.ChunkIndex < _liveNext ? item.ChunkIndex : _liveNext;
                }
                else
                {
                    item.Segment.InFlight--;
                    if (item.Type == SpoolItem.SealItem)
                    {
                        item.Segment.NeedsSeal = true;
                    }
                    else
                    {
                        item.Segment.Requeue(item.ChunkIndex);
                    }
                }
            }
        }

        /// <summary>Takes a receipt in. Anything but Accepted changes nothing on the card and is journalled.</summary>
        public ReceiptOutcome OnReceipt(byte[] message, ClockStamp now)
        {
            lock (_gate)
            {
                Receipt receipt = Receipt.Read(message);
                ReceiptOutcome outcome = CheckNeedsLock(receipt);
                if (outcome == ReceiptOutcome.Accepted)
                {
                    outcome = ApplyNeedsLock(receipt);
                }

                if (outcome == ReceiptOutcome.Accepted)
                {
                    _state.KeepCheckpoint(receipt.CheckpointSize, receipt.Message, 60);
                }
                else
                {
                    _line.Start(outcome == ReceiptOutcome.CheckpointOlder ? Events.CheckpointOlder : Events.ReceiptRefused).Add("outcome", (int)outcome);
                    if (receipt != null)
                    {
                        _line.Add("recording", receipt.Recording(0)).Add("segment", receipt.Segment(0)).Add("checkpoint", receipt.CheckpointSize);
                    }

                    _store.Journal.Write(_line, now, outcome == ReceiptOutcome.CheckpointOlder);
                }

                return outcome;
            }
        }

        /// <summary>Takes a list of missing chunks in.</summary>
        public DownOutcome OnMissing(byte[] message, ClockStamp now)
        {
            lock (_gate)
            {
                MissingRanges missing;
                DownOutcome outcome = MissingRanges.Read(message, _provisioning.CommandKey, _state.CommandCounter, out missing);
                if (outcome != DownOutcome.Ok)
                {
                    NoteIgnoredNeedsLock(outcome, now);
                    return outcome;
                }

                _state.CommandCounter = missing.Counter;
                SpoolSegment segment = FindNeedsLock(missing.Epoch, missing.Recording, missing.Segment);
                if (segment == null || segment.IsLost || !Bytes.Same(missing.Message, 24, segment.Row.Page(segment.Segment), segment.Row.DigestOffset(segment.Segment), 32))
                {
                    return outcome;
                }

                if (segment.ChunkCount < 0 && !ReadSealNeedsLock(segment))
                {
                    return outcome;
                }

                segment.NeedsOffer = false;
                segment.NeedsSeal = false;
                segment.SentAtUs = now.MonotonicUs;
                segment.ClearRanges();
                for (int i = 0; i < missing.Count; i++)
                {
                    int first = missing.First(i);
                    int count = missing.Length(i);
                    if (first >= 0 && first < segment.ChunkCount && count > 0)
                    {
                        segment.AddRange(first, count < segment.ChunkCount - first ? count : segment.ChunkCount - first);
                    }
                }

                return outcome;
            }
        }

        /// <summary>Takes a refusal in: a final one ends the conversation about the segment until the next start; nothing is erased.</summary>
        public DownOutcome OnRefusal(byte[] message, ClockStamp now)
        {
            lock (_gate)
            {
                Refusal refusal;
                DownOutcome outcome = Refusal.Read(message, _provisioning.CommandKey, _state.CommandCounter, out refusal);
                if (outcome != DownOutcome.Ok)
                {
                    NoteIgnoredNeedsLock(outcome, now);
                    return outcome;
                }

                _state.CommandCounter = refusal.Counter;
                SpoolSegment segment = FindNeedsLock(refusal.Epoch, refusal.Recording, refusal.Segment);
                if (refusal.IsLater)
                {
                    _pausedUntilUs = now.MonotonicUs + LaterUs;
                    if (segment != null)
                    {
                        segment.NeedsOffer = true;
                    }
                }
                else if (refusal.IsFinal)
                {
                    DropNeedsLock(segment);
                }
                else if (refusal.Reason == Refusal.ChunkDigest && segment != null && segment.Refusals++ < ChunkRefusalsMax)
                {
                    segment.Requeue(refusal.Detail);
                }

                _line.Start(Events.Refused).Add("reason", refusal.Reason).Add("recording", refusal.Recording).Add("segment", refusal.Segment).Add("detail", refusal.Detail);
                _store.Journal.Write(_line, now, false);
                return outcome;
            }
        }

        /// <summary>Checks a command; an accepted counter is saved on <c>I:</c> before this returns.</summary>
        public DownOutcome OnCommand(byte[] message, ClockStamp now, out Command command)
        {
            lock (_gate)
            {
                DownOutcome outcome = Command.Read(message, _provisioning.CommandKey, _state.CommandCounter, out command);
                if (outcome == DownOutcome.Ok)
                {
                    _state.CommandCounter = command.Counter;
                    _store.SaveState();
                    _line.Start(Events.Command).Add("name", command.Name);
                    _store.Journal.Write(_line, now, false);
                }
                else
                {
                    NoteIgnoredNeedsLock(outcome, now);
                }

                return outcome;
            }
        }

        /// <summary>Journals what was found lost while sending.</summary>
        internal void Tick(ClockStamp now)
        {
            lock (_gate)
            {
                while (_lostUnreported.Count > 0)
                {
                    SpoolSegment lost = (SpoolSegment)_lostUnreported[0];
                    _lostUnreported.RemoveAt(0);
                    _line.Start(Events.SegmentLost).Add("recording", lost.Row.Recording).Add("segment", lost.Segment).Add("bytes", lost.CoveredBytes);
                    _store.Journal.Write(_line, now, true);
                }
            }
        }

        internal void CardOpened()
        {
            lock (_gate)
            {
                _window.Clear();
                _refillWanted = true;
                _firstOfferDue = _connected;
                MarkBacklogNeedsLock();
            }
        }

        internal void CardClosed()
        {
            lock (_gate)
            {
                _window.Clear();
            }
        }

        private void MarkBacklogNeedsLock()
        {
            _backlogRecording = _store.Ledger.HighestRecording(_state.Epoch);
            LedgerRecording footage = _store.Ledger.Find(_state.Epoch, _backlogRecording);
            _backlogSegment = _backlogRecording == 0 ? 0 : NewestSealed(footage);
            _backlogJournal = NewestSealed(_store.Ledger.Find(_state.Epoch, 0));
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

        private void RefillNeedsLock()
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
                    int limit = pass == 0 ? TextSegmentsMax : WindowSegments;
                    for (int i = 0; i < recordings.Count && _window.Count < limit; i++)
                    {
                        LedgerRecording row = (LedgerRecording)recordings[i];
                        if ((row.Recording == 0) == (pass == 0) && row.UnreceiptedCount > 0)
                        {
                            RefillFromNeedsLock(row, limit);
                        }
                    }
                }
            }
        }

        private void RefillFromNeedsLock(LedgerRecording row, int limit)
        {
            int segment = row.ScanFrom > row.FirstSegment ? row.ScanFrom : row.FirstSegment;
            bool atFront = true;
            for (; segment <= row.LastSegment && _window.Count < limit; segment++)
            {
                int state = row.State(segment);
                bool waits = Ledger.IsUnreceipted(state);
                if (waits && (row.Flags(segment) & LedgerRecording.RefusedFlag) == 0 && FindNeedsLock(row.Epoch, row.Recording, segment) == null)
                {
                    AddNeedsLock(row, segment, state);
                }

                atFront = atFront && !waits && state != SegmentStates.Opened && state != SegmentStates.Closed;
                row.ScanFrom = atFront ? segment + 1 : row.ScanFrom;
            }
        }

        private void AddNeedsLock(LedgerRecording row, int segment, int state)
        {
            SpoolSegment added = new SpoolSegment(row, segment);
            added.IsLost = state == SegmentStates.Lost;
            added.NeedsOffer = IsBacklog(row, segment);
            added.NeedsSeal = !added.NeedsOffer;
            added.SentAtUs = _nowUs;
            _window.Add(added);
        }

        private SpoolSegment FindNeedsLock(int epoch, int recording, int segment)
        {
            for (int i = 0; i < _window.Count; i++)
            {
                SpoolSegment candidate = (SpoolSegment)_window[i];
                if (candidate.Segment == segment && candidate.Row.Recording == recording && candidate.Row.Epoch == epoch)
                {
                    return candidate;
                }
            }

            return null;
        }

        // What was sent whole and got no answer within 60 s is offered again.
        private void RenewOffersNeedsLock()
        {
            for (int i = 0; i < _window.Count; i++)
            {
                SpoolSegment segment = (SpoolSegment)_window[i];
                bool quiet = !segment.NeedsSeal && !segment.HasChunks && segment.InFlight <= 0;
                if (quiet && _nowUs - segment.SentAtUs >= AnswerWithinUs)
                {
                    segment.NeedsOffer = true;
                    segment.SentAtUs = _nowUs;
                }
            }
        }

        private bool OfferNeedsLock(byte[] buffer, out int length, out SpoolItem item)
        {
            int flags = (_firstOfferDue ? UpMessages.OfferFirst : 0) | (_state.NewEpochWanted ? UpMessages.OfferNewEpochWanted : 0);
            ArrayList offered = new ArrayList();
            for (int i = 0; i < _window.Count && offered.Count < UpMessages.OfferEntriesMax; i++)
            {
                SpoolSegment segment = (SpoolSegment)_window[i];
                if (segment.NeedsOffer && ReadSealNeedsLock(segment))
                {
                    UpMessages.OfferEntry(buffer, offered.Count, segment.IsLost, _seal);
                    offered.Add(segment);
                    segment.NeedsOffer = false;
                    segment.SentAtUs = _nowUs;
                }
            }

            length = 0;
            item = null;
            RemoveRefusedNeedsLock();
            if (offered.Count == 0 && !_firstOfferDue)
            {
                return false;
            }

            length = UpMessages.OfferHead(buffer, offered.Count, _state.Epoch, flags);
            item = new SpoolItem(SpoolItem.OfferItem, null, _firstOfferDue ? UpMessages.OfferFirst : 0);
            item.Offered = offered;
            _firstOfferDue = false;
            return true;
        }

        // Text segments whole; of footage first all seals, then chunks oldest first.
        private bool NextOfNeedsLock(byte[] buffer, bool urgent, out int length, out SpoolItem item)
        {
            length = 0;
            item = null;
            for (int kindPass = urgent ? 0 : 2; kindPass < (urgent ? 2 : 3); kindPass++)
            {
                for (int i = 0; i < _window.Count; i++)
                {
                    SpoolSegment segment = (SpoolSegment)_window[i];
                    bool isAnnouncement = segment.Kind == Kinds.Announcement;
                    if (kindPass == 2 || (kindPass == 0) == isAnnouncement)
                    {
                        bool chunks = segment.IsText || !urgent;
                        if (NextOfSegmentNeedsLock(buffer, segment, chunks, out length, out item))
                        {
                            return true;
                        }
                    }
                }
            }

            RemoveRefusedNeedsLock();
            return false;
        }

        private bool NextOfSegmentNeedsLock(byte[] buffer, SpoolSegment segment, bool chunks, out int length, out SpoolItem item)
        {
            length = 0;
            item = null;
            if (segment.NeedsSeal && ReadSealNeedsLock(segment))
            {
                segment.NeedsSeal = false;
                if (!segment.IsLost && !segment.HasChunks)
                {
                    // What went out live need not go twice; the gateway names what it lacks.
                    bool wasLive = segment.Row.Recording == _liveRecording && segment.Segment == _liveSegment && _liveNext <= segment.ChunkCount;
                    int first = wasLive ? _liveNext : 0;
                    segment.AddRange(first, segment.ChunkCount - first);
                }

                length = UpMessages.Seal(buffer, segment.IsLost, _seal);
                item = new SpoolItem(SpoolItem.SealItem, segment, 0);
            }
            else if (chunks && segment.HasChunks && !segment.NeedsSeal)
            {
                length = ChunkNeedsLock(buffer, segment, out item);
            }

            if (length > 0)
            {
                segment.InFlight++;
                segment.SentAtUs = _nowUs;
            }

            return length > 0;
        }

        private int ChunkNeedsLock(byte[] buffer, SpoolSegment segment, out SpoolItem item)
        {
            item = null;
            int index = segment.TakeChunk();
            long offset = (long)index * segment.ChunkBytes;
            int wanted = segment.CoveredBytes - offset < segment.ChunkBytes ? (int)(segment.CoveredBytes - offset) : segment.ChunkBytes;
            byte[] chunk = segment.ChunkBytes == _chunk.Length ? _chunk : new byte[segment.ChunkBytes];
            string path = CardPaths.Segment(segment.Row.Epoch, segment.Row.Recording, segment.Segment);
            if (wanted <= 0)
            {
                return 0;
            }

            if (_store.Reader.Read(path, offset, chunk, wanted) != wanted)
            {
                NoteUnreadableNeedsLock(segment, index);
                return 0;
            }

            segment.ReadFailures = 0;
            byte[] digest = Bytes.ChunkDigest(chunk, wanted);
            item = new SpoolItem(SpoolItem.ChunkItem, segment, index);
            return UpMessages.Chunk(buffer, false, segment.Kind, segment.Row.Epoch, segment.Row.Recording, segment.Segment, index, segment.ChunkBytes, digest, chunk, 0, wanted);
        }

        // Tried again twice: a read can fail once. After that the seal goes out once more and says that the bytes are lost.
        private void NoteUnreadableNeedsLock(SpoolSegment segment, int chunk)
        {
            segment.Requeue(chunk);
            _store.Reader.Close();
            if (++segment.ReadFailures < ReadFailuresMax)
            {
                return;
            }

            // A ledger that cannot be written means that the card is gone, not the segment.
            segment.ReadFailures = 0;
            if (_store.Ledger.AppendState(segment.Row, segment.Segment, SegmentStates.Lost, false) == StoreResult.Ok)
            {
                segment.ClearRanges();
                segment.IsLost = true;
                segment.NeedsSeal = true;
                _lostUnreported.Add(segment);
            }
        }

        private bool NextLiveNeedsLock(byte[] buffer, out int length, out SpoolItem item)
        {
            length = 0;
            item = null;
            SegmentWriter writer = _liveWanted ? _store.Recordings.Writer : null;
            SegmentHeader header = writer == null ? null : writer.Header;
            if (header == null || _liveBytes * 100 > _liveSharePercent * _allBytes)
            {
                return false;
            }

            if (header.Recording != _liveRecording || header.Segment != _liveSegment)
            {
                _liveRecording = header.Recording;
                _liveSegment = header.Segment;
                _liveNext = 0;
            }

            if (_liveNext >= writer.CommittedChunks)
            {
                return false;
            }

            string path = CardPaths.Segment(header.Epoch, header.Recording, header.Segment);
            if (header.ChunkBytes != _chunk.Length || _store.Reader.Read(path, (long)_liveNext * header.ChunkBytes, _chunk, header.ChunkBytes) != header.ChunkBytes)
            {
                return false;
            }

            length = UpMessages.Chunk(buffer, true, header.Kind, header.Epoch, header.Recording, header.Segment, _liveNext, header.ChunkBytes, Bytes.ChunkDigest(_chunk), _chunk, 0, header.ChunkBytes);
            item = new SpoolItem(SpoolItem.ChunkItem, null, _liveNext);
            item.LiveSegment = header.Segment;
            _liveNext++;
            _liveBytes += length;
            return true;
        }

        // Leaves the seal in _seal; without a readable seal there is nothing to talk about in this boot.
        private bool ReadSealNeedsLock(SpoolSegment segment)
        {
            LedgerRecording row = segment.Row;
            int read = _store.Reader.Read(CardPaths.Seal(row.Epoch, row.Recording, segment.Segment), 0, _seal, _seal.Length);
            if (read != _seal.Length || !Bytes.Same(_seal, 288, row.Page(segment.Segment), row.DigestOffset(segment.Segment), 32))
            {
                row.SetFlag(segment.Segment, LedgerRecording.RefusedFlag);
                segment.NeedsOffer = false;
                segment.NeedsSeal = false;
                segment.ClearRanges();
                return false;
            }

            segment.ChunkBytes = Bytes.Get32(_seal, 56);
            segment.ChunkCount = Bytes.Get32(_seal, 60);
            segment.CoveredBytes = (int)Bytes.Get64(_seal, 64);
            return true;
        }

        private void DropNeedsLock(SpoolSegment segment)
        {
            if (segment != null)
            {
                segment.Row.SetFlag(segment.Segment, LedgerRecording.RefusedFlag);
                _window.Remove(segment);
                _refillWanted = true;
            }
        }

        private void RemoveRefusedNeedsLock()
        {
            for (int i = _window.Count - 1; i >= 0; i--)
            {
                SpoolSegment segment = (SpoolSegment)_window[i];
                if ((segment.Row.Flags(segment.Segment) & LedgerRecording.RefusedFlag) != 0)
                {
                    _window.RemoveAt(i);
                    _refillWanted = true;
                }
            }
        }

        private ReceiptOutcome CheckNeedsLock(Receipt receipt)
        {
            if (receipt == null)
            {
                return ReceiptOutcome.Malformed;
            }

            if (!receipt.IsFor(_deviceField))
            {
                return ReceiptOutcome.WrongDevice;
            }

            if (receipt.KeyEpoch != _state.Epoch)
            {
                return ReceiptOutcome.WrongKeyEpoch;
            }

            if (!receipt.MacMatches(_provisioning.ReceiptKey))
            {
                return ReceiptOutcome.BadMac;
            }

            bool sameSize = receipt.CheckpointSize == _state.CheckpointSize && _state.CheckpointSize > 0;
            if (receipt.CheckpointSize < _state.CheckpointSize || (sameSize && !Bytes.Same(receipt.Message, 60, _state.CheckpointRoot, 0, 32)))
            {
                return ReceiptOutcome.CheckpointOlder;
            }

            for (int i = 0; i < receipt.Count; i++)
            {
                LedgerRecording row = _store.Ledger.Find(receipt.Epoch, receipt.Recording(i));
                int segment = receipt.Segment(i);
                int state = row == null ? SegmentStates.None : row.State(segment);
                if (state < SegmentStates.Sealed)
                {
                    return ReceiptOutcome.UnknownSegment;
                }

                if (!Bytes.Same(receipt.Message, receipt.DigestOffset(i), row.Page(segment), row.DigestOffset(segment), 32))
                {
                    return ReceiptOutcome.WrongDigest;
                }
            }

            return ReceiptOutcome.Accepted;
        }

        private ReceiptOutcome ApplyNeedsLock(Receipt receipt)
        {
            int target = receipt.State == 2 ? SegmentStates.Archived : SegmentStates.Receipted;
            for (int i = 0; i < receipt.Count; i++)
            {
                LedgerRecording row = _store.Ledger.Find(receipt.Epoch, receipt.Recording(i));
                int segment = receipt.Segment(i);
                int state = row.State(segment);
                bool advances = Ledger.IsUnreceipted(state) || (state == SegmentStates.Receipted && target == SegmentStates.Archived);
                if (advances && _store.Ledger.AppendState(row, segment, target, receipt.State == 3) != StoreResult.Ok)
                {
                    return ReceiptOutcome.LedgerFailed;
                }

                SpoolSegment inWindow = FindNeedsLock(receipt.Epoch, receipt.Recording(i), segment);
                if (inWindow != null)
                {
                    _window.Remove(inWindow);
                    _refillWanted = true;
                }
            }

            return ReceiptOutcome.Accepted;
        }

        private void NoteIgnoredNeedsLock(DownOutcome outcome, ClockStamp now)
        {
            if (now.MonotonicUs - _replayLineAtUs >= ReplayLineEveryUs)
            {
                _replayLineAtUs = now.MonotonicUs;
                _line.Start(Events.CounterReplayed).Add("outcome", (int)outcome);
                _store.Journal.Write(_line, now, false);
            }
        }
    }
}
