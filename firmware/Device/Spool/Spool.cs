using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>
    /// Decides what is sent next and takes the answers in; knows nothing of MQTT. Thread-safe.
    /// Segments older than the connection are offered first, newer ones are sent seal first; at most 64 are in conversation at a time.
    /// </summary>
    public sealed partial class Spool
    {
        /// <summary>Smallest buffer for <see cref="NextMessage"/>: an offer of 20 seals; a chunk message of 8,192 bytes needs 8,248.</summary>
        public const int BufferBytes = UpMessages.ChunkHeadBytes + 8192;

        private readonly object _gate = new object();
        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly SpoolWindow _window;
        private readonly SpoolSource _source;
        private readonly SpoolLive _live;
        private readonly JournalLine _line = new JournalLine();
        private bool _connected;
        private bool _firstOfferDue;
        private long _pausedUntilUs;
        private long _nowUs;

        internal Spool(CardStore store, Provisioning provisioning, DeviceState state)
        {
            _store = store;
            _provisioning = provisioning;
            _state = state;
            _window = new SpoolWindow(store, state);
            byte[] chunk = new byte[provisioning.ChunkBytes];
            _source = new SpoolSource(store, chunk);
            _live = new SpoolLive(store, chunk);
            _receipts = new ReceiptIntake(store, provisioning, state, _window);
            _refused = new RefusedReceipts(store);
        }

        /// <summary>Seconds of sealed footage and notes not yet receipted; add what the open segment holds.</summary>
        public int UnsafeSeconds => _store.Ledger.UnsafeSeconds;

        /// <summary>Sealed segments not yet receipted.</summary>
        public int UnreceiptedCount => _store.Ledger.UnreceiptedCount;

        /// <summary>Segments in conversation.</summary>
        public int WindowCount => _window.Count;

        /// <summary>Receipts with an older or contradicting checkpoint since power-up; each is an alarm.</summary>
        public int OlderCheckpointCount { get; private set; }

        /// <summary>Starts a connection: everything unreceipted until now is offered. Call after subscribing to <c>down</c>.</summary>
        public void Connected(long nowUs)
        {
            lock (_gate)
            {
                _connected = true;
                _firstOfferDue = true;
                _pausedUntilUs = 0;
                _nowUs = nowUs;
                _window.Restart();
                _live.Restart();
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
                _live.Want(wanted, sharePercent);
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
                    // Without a card there is nothing to offer but the word that a new epoch is wanted.
                    return _firstOfferDue && OfferNeedsLock(buffer, out length, out item);
                }

                _window.Refill(nowUs);
                _window.RenewOffers(nowUs);
                bool found = (_firstOfferDue && OfferNeedsLock(buffer, out length, out item))
                    || NextOfNeedsLock(buffer, true, out length, out item)
                    || _live.Next(buffer, out length, out item)
                    || OfferNeedsLock(buffer, out length, out item)
                    || NextOfNeedsLock(buffer, false, out length, out item);
                _live.Sent(length);
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
                    _live.Failed(item);
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

        /// <summary>Journals what was found lost while sending.</summary>
        internal void Tick(ClockStamp now)
        {
            lock (_gate)
            {
                while (_source.Lost.Count > 0)
                {
                    SpoolSegment lost = (SpoolSegment)_source.Lost[0];
                    _source.Lost.RemoveAt(0);
                    _line.Start(Events.SegmentLost).Add("recording", lost.Row.Recording).Add("segment", lost.Segment).Add("bytes", lost.CoveredBytes);
                    _store.Journal.Write(_line, now, true);
                }
            }
        }

        internal void CardOpened()
        {
            lock (_gate)
            {
                _window.Restart();
                _firstOfferDue = _connected;
            }
        }

        internal void CardClosed()
        {
            lock (_gate)
            {
                _window.Clear();
            }
        }

        private bool OfferNeedsLock(byte[] buffer, out int length, out SpoolItem item)
        {
            int flags = (_firstOfferDue ? UpMessages.OfferFirst : 0) | (_state.NewEpochWanted ? UpMessages.OfferNewEpochWanted : 0);
            ArrayList offered = new ArrayList();
            for (int i = 0; i < _window.Count && offered.Count < UpMessages.OfferEntriesMax; i++)
            {
                SpoolSegment segment = _window.At(i);
                if (segment.NeedsOffer && _source.ReadSeal(segment, _nowUs))
                {
                    UpMessages.OfferEntry(buffer, offered.Count, segment.IsLost, _source.Seal);
                    offered.Add(segment);
                    segment.NeedsOffer = false;
                    segment.SentAtUs = _nowUs;
                }
            }

            length = 0;
            item = null;
            _window.RemoveRefused();
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
                    SpoolSegment segment = _window.At(i);
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

            _window.RemoveRefused();
            return false;
        }

        private bool NextOfSegmentNeedsLock(byte[] buffer, SpoolSegment segment, bool chunks, out int length, out SpoolItem item)
        {
            length = 0;
            item = null;
            if (segment.NeedsSeal && _source.ReadSeal(segment, _nowUs))
            {
                segment.NeedsSeal = false;
                if (!segment.IsLost && !segment.HasChunks)
                {
                    // What went out live need not go twice; the gateway names what it lacks.
                    int first = _live.SentOf(segment);
                    segment.AddRange(first, segment.ChunkCount - first);
                }

                length = UpMessages.Seal(buffer, segment.IsLost, _source.Seal);
                item = new SpoolItem(SpoolItem.SealItem, segment, 0);
            }
            else if (chunks && segment.HasChunks && !segment.NeedsSeal && _nowUs >= segment.QuietUntilUs)
            {
                length = _source.Chunk(buffer, segment, _nowUs, out item);
            }

            if (length > 0)
            {
                segment.InFlight++;
                segment.SentAtUs = _nowUs;
            }

            return length > 0;
        }
    }
}
