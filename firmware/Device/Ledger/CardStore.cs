using System;
using System.IO;
using System.Security.Cryptography;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>How the card relates to what <c>I:</c> remembers.</summary>
    public enum CardChange
    {
        /// <summary>The card last used.</summary>
        Same = 0,

        /// <summary>An empty card, and no other was used in this epoch.</summary>
        New = 1,

        /// <summary>Another card than the one last used.</summary>
        Swapped = 2,

        /// <summary>The card last used, in an older state: a copy was put back.</summary>
        Older = 3,

        /// <summary><c>I:</c> was lost while the card already holds recordings of this epoch.</summary>
        StateLost = 4,
    }

    /// <summary>Owns everything on <c>D:</c> and the state on <c>I:</c> that belongs to it. Thread-safe unless a part says otherwise.</summary>
    public sealed class CardStore
    {
        // One answer that fails would make the card another one.
        private const int CardIdAsksMax = 3;

        // Freed per tick, so that the tick stays short.
        // Deleting takes the card's time: while something is recorded one segment goes in two seconds.
        private const int FreedPerTick = 4;
        private const long FreeEveryUs = 2000000;

        // Room kept ready for footage by freeing what is receipted: about 2 minutes.
        private const long WantedRoomBytes = 16L * 1024 * 1024;

        // Between saves for counters and checkpoints alone.
        private const long SaveEveryUs = 60000000;

        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly object _textGate = new object();
        private readonly JournalLine _line = new JournalLine();
        private long _freeAgainUs;
        private bool _saveWanted;

        // Number of the journal chain that I: counts as given and this card has not used yet, 0 = none.
        private int _reservedText;
        private long _savedUs = -SaveEveryUs;

        /// <summary>Builds the store; nothing is read before <see cref="Open"/>. Lines written until then go to the ring.</summary>
        public CardStore(Provisioning provisioning, DeviceState state)
        {
            _provisioning = provisioning;
            _state = state;
            Reader = new CardReader();
            Ledger = new Ledger(provisioning, Reader);
            RecordingKeys keys = new RecordingKeys(state);
            object chainGate = new object();
            FootageChain = new SealChain(Ledger, state, keys, provisioning.JournalKey, false, chainGate);
            JournalChain = new SealChain(Ledger, state, keys, provisioning.JournalKey, true, chainGate);
            Journal = new Journal(this, state, provisioning.ChunkBytes);
            Recovery = new Recovery(this, provisioning, state, keys, FootageChain, JournalChain);
            RecordingKeys previousKeys = new RecordingKeys(state.Previous);
            PreviousRecovery = new Recovery(this, provisioning, state.Previous, previousKeys,
                new SealChain(Ledger, state.Previous, previousKeys, state.Previous.JournalKey, false, chainGate),
                new SealChain(Ledger, state.Previous, previousKeys, state.Previous.JournalKey, true, chainGate));
            Manifests = new Manifests(this, state, provisioning);
            Recordings = new Recordings(this, provisioning, state, keys);
            Spool = new Spool(this, provisioning, state);
        }

        /// <summary>True between a successful <see cref="Open"/> and <see cref="Close"/>.</summary>
        public bool IsOpen { get; private set; }

        /// <summary>Result of the comparison made by <see cref="Open"/>.</summary>
        public CardChange Change { get; private set; }

        /// <summary>What lies on the card.</summary>
        public Ledger Ledger { get; }

        /// <summary>The device journal.</summary>
        public Journal Journal { get; }

        /// <summary>Sealing of what a power cut left.</summary>
        public Recovery Recovery { get; }

        /// <summary>The same for what the epoch before left open, under its own keys and chains.</summary>
        public Recovery PreviousRecovery { get; }

        /// <summary>True while one of the two has work to do.</summary>
        public bool RecoveryPending => (Recovery.IsPending && !Recovery.IsResting) || (PreviousRecovery.IsPending && !PreviousRecovery.IsResting);

        /// <summary>What is sent next.</summary>
        public Spool Spool { get; }

        /// <summary>The recording under way.</summary>
        public Recordings Recordings { get; }

        /// <summary>Announcements and shift manifests.</summary>
        public Manifests Manifests { get; }

        /// <summary>True from a sealed shift manifest to the next recording: once everything has its receipt the card is emptied (DESIGN D3).</summary>
        internal bool IsReturned { get; set; }

        /// <summary>Journal segments that recovery has yet to seal; an announcement waits for them.</summary>
        public int JournalRecoveriesLeft => JournalChain.RecoveriesLeft;

        internal CardReader Reader { get; }

        internal SealChain FootageChain { get; }

        internal SealChain JournalChain { get; }

        /// <summary>Opens a mounted card: ledger, card id, chain heads, list of segments to recover, journal segment. Walks no folder.</summary>
        /// <param name="now">Clocks.</param>
        /// <returns>Ok, or why the card cannot be used; then lines go on to the ring.</returns>
        public StoreResult Open(ClockStamp now)
        {
            if (IsOpen)
            {
                return StoreResult.Ok;
            }

            if (!_provisioning.IsComplete)
            {
                return StoreResult.Unprovisioned;
            }

            StoreResult result = MakeFolder(_state.Epoch, 0);
            if (result == StoreResult.Ok)
            {
                _reservedText = 0;
                Ledger.KeepFrom = _state.AssignmentFirstRecording;
                Ledger.Expect(_state.Epoch, _state.Recording, _state.JournalSegment, _state.RecordingKeyNumber);
                result = Ledger.Open();
            }

            if (result != StoreResult.Ok)
            {
                Ledger.Close();
                return result;
            }

            byte[] cardId = ReadOrMakeCardId(now);
            Change = Compare(cardId);
            RememberOwed(cardId);
            TakeHeads();
            TakePreviousHeads(cardId);
            Recovery.Queue();
            PreviousRecovery.Queue();
            if (Recovery.FootagePending && _state.ActivityOpen && _state.PendingReason == 0)
            {
                _state.PendingReason = StopReasons.PowerLost;
            }

            result = Ledger.AppendBoot(_state.Boot);
            if (result != StoreResult.Ok)
            {
                Ledger.Close();
                return result;
            }

            Array.Copy(cardId, 0, _state.CardId, 0, 32);
            _state.CardBoot = _state.Boot;
            IsOpen = true;
            // Without room, or when its segment cannot be opened, the journal is on the ring and tries again by itself: the card can still be emptied.
            Journal.Start(now, NewestLineNumber());
            _line.Start(Events.Card).Add("change", (int)Change).AddHex("id", cardId, 0, 8).Add("freeBytes", Ledger.FreeBytes)
                .Add("unreceipted", Ledger.UnreceiptedCount).Add("badRecords", Ledger.BadRecordCount);
            Journal.Write(_line, now, true);
            Spool.CardOpened();
            return StoreResult.Ok;
        }

        /// <summary>Lets go of a card that was pulled or failed. A recording under way must have been ended or abandoned before.</summary>
        public void Close()
        {
            IsOpen = false;
            Journal.Abandon();
            Recovery.Clear();
            PreviousRecovery.Clear();
            Spool.CardClosed();
            Reader.Close();
            Ledger.Close();
        }

        /// <summary>Housekeeping; at least every 500 ms, not from the frame path.</summary>
        public void Tick(ClockStamp now)
        {
            Journal.Tick(now);
            SaveIfDue(now);
            if (!IsOpen)
            {
                return;
            }

            Spool.Tick(now);
            ReleasePrevious(now);
            bool isRecording = Recordings.Writer != null;
            if (isRecording && now.MonotonicUs < _freeAgainUs)
            {
                return;
            }

            _freeAgainUs = now.MonotonicUs + FreeEveryUs;
            int freed = Ledger.MakeRoom(WantedRoomBytes, isRecording ? 1 : FreedPerTick);
            if (IsReturned && Ledger.UnreceiptedCount == 0)
            {
                freed += Ledger.FreeAllReceipted(FreedPerTick);
            }

            if (freed > 0)
            {
                _line.Start(Events.Freed).Add("segments", freed).Add("freeBytes", Ledger.FreeBytes);
                Journal.Write(_line, now, false);
            }
        }

        /// <summary>Saves <c>I:\state.bin</c> soon: at once, or with the first <see cref="Tick"/> a minute after the last save asked for here, as each save wears the flash.</summary>
        public void SaveStateSoon(ClockStamp now)
        {
            _saveWanted = true;
            SaveIfDue(now);
        }

        private void SaveIfDue(ClockStamp now)
        {
            if (_saveWanted && now.MonotonicUs - _savedUs >= SaveEveryUs)
            {
                _savedUs = now.MonotonicUs;
                SaveState();
            }
        }

        /// <summary>Saves <c>I:\state.bin</c> with the ledger's sequence.</summary>
        public StoreResult SaveState()
        {
            _saveWanted = false;
            if (IsOpen)
            {
                _state.CardSequence = Ledger.Sequence;
                bool sealedUp = Ledger.IsFootageSealed;
                _state.FootageOpen = _state.FootageOpen && !(sealedUp && Recordings.Recording == 0);
                if (_state.OwedRecording != 0 && sealedUp && Bytes.Same(_state.CardId, 0, _state.OwedCardId, 0, 32))
                {
                    _state.OwedRecording = 0;
                    Array.Clear(_state.OwedCardId, 0, 32);
                }
            }

            return _state.Save();
        }

        /// <summary>Does one step of recovery, of the epoch in force first.</summary>
        /// <returns>True while more is left.</returns>
        public bool StepRecovery(ClockStamp now)
        {
            return Recovery.Step(now) || PreviousRecovery.Step(now);
        }

        internal SegmentHeader NewHeader(int kind, ClockStamp now)
        {
            SegmentHeader header = new SegmentHeader();
            header.Kind = kind;
            header.Device = _provisioning.Device;
            header.Epoch = _state.Epoch;
            header.ChunkBytes = _provisioning.ChunkBytes;
            header.Boot = _state.Boot;
            header.Start.CopyFrom(now);
            return header;
        }

        internal StoreResult MakeFolder(int epoch, int recording)
        {
            try
            {
                Directory.CreateDirectory(CardPaths.Root);
                Directory.CreateDirectory(CardPaths.Root + "\\e" + epoch.ToString());
                Directory.CreateDirectory(CardPaths.Folder(epoch, recording));
                return StoreResult.Ok;
            }
            catch (Exception)
            {
                return StoreResult.WriteFailed;
            }
        }

        /// <summary>Reserves the number of the journal chain's next segment; durable with the next <see cref="SaveState"/>.</summary>
        /// <returns>True when a number was reserved, false when the one reserved before is not used yet.</returns>
        internal bool ReserveTextSegment()
        {
            lock (_textGate)
            {
                if (_reservedText != 0)
                {
                    return false;
                }

                LedgerRecording row = Ledger.Find(_state.Epoch, 0);
                int onCard = row == null ? 0 : row.LastSegment;
                _reservedText = (onCard > _state.JournalSegment ? onCard : _state.JournalSegment) + 1;
                _state.JournalSegment = _reservedText;
                return true;
            }
        }

        /// <summary>Opens the next segment of the journal chain. What fails is tried again with the same number on this card, and never on another: the card may have kept what it refused.</summary>
        internal StoreResult OpenTextSegment(SegmentWriter writer, int kind, ClockStamp now)
        {
            if (!IsOpen)
            {
                return StoreResult.CardAbsent;
            }

            if (!Ledger.HasRoomForJournal)
            {
                return StoreResult.CardFull;
            }

            lock (_textGate)
            {
                if (ReserveTextSegment())
                {
                    SaveState();
                }

                SegmentHeader header = NewHeader(kind, now);
                header.Segment = _reservedText;
                StoreResult result = Ledger.AppendOpened(header);
                if (result != StoreResult.Ok)
                {
                    return result;
                }

                result = writer.Open(header, _provisioning.JournalKey);
                _reservedText = writer.IsOpen ? 0 : _reservedText;
                return result;
            }
        }

        internal StoreResult CloseTextSegment(SegmentWriter writer, ClockStamp now)
        {
            int segment = writer.IsOpen ? writer.Header.Segment : 0;
            SealDraft draft = writer.Close(now, 0, 0);
            if (draft == null)
            {
                StoreResult fault = writer.Fault;
                writer.Abandon();
                Recovery.Add(0, segment);
                return fault;
            }

            return JournalChain.Submit(draft);
        }

        private CardChange Compare(byte[] cardId)
        {
            bool knownCard = !Bytes.IsZero(_state.CardId, 0, 32);
            bool holdsEpoch = Ledger.Find(_state.Epoch, 0) != null || Ledger.HighestRecording(_state.Epoch) > 0;
            CardChange change = CardChange.Same;
            if (knownCard && !Bytes.Same(cardId, 0, _state.CardId, 0, 32))
            {
                change = CardChange.Swapped;
            }
            else if (knownCard && (Ledger.Sequence < _state.CardSequence || Ledger.LastBoot < _state.CardBoot))
            {
                change = CardChange.Older;
            }
            else if (!knownCard)
            {
                change = holdsEpoch ? CardChange.StateLost : CardChange.New;
            }

            if (change != CardChange.Same && change != CardChange.New)
            {
                _state.NewEpochWanted = true;
            }

            return change;
        }

        // The card is newer than I: when they belong together; otherwise what I: remembers stands and the seal says so.
        private void TakeHeads()
        {
            bool cardHasHeads = Ledger.HeadEpoch == _state.Epoch;
            if (cardHasHeads && (Change == CardChange.Same || Change == CardChange.StateLost))
            {
                TakeHead(Ledger.FootageHead, _state.FootageHead);
                TakeHead(Ledger.JournalHead, _state.JournalHead);
            }
            else if (Change == CardChange.Swapped || Change == CardChange.Older)
            {
                _state.FootageRestart = true;
                _state.JournalRestart = true;
            }
        }

        // The card that goes may hold footage without its seal: the key stays here until the card has been back. One card; the one it is swapped for takes its place when that one owes too.
        private void RememberOwed(byte[] cardId)
        {
            if (Change != CardChange.Swapped || !_state.FootageOpen || (_state.OwedRecording != 0 && !Bytes.Same(cardId, 0, _state.OwedCardId, 0, 32)))
            {
                return;
            }

            _state.OwedRecording = _state.OwedRecording != 0 ? _state.OwedRecording : _state.RecordingKeyNumber;
            Array.Copy(_state.CardId, 0, _state.OwedCardId, 0, 32);
        }

        // The card's own heads are newer than what was kept; on another card of that epoch the chain starts again.
        private void TakePreviousHeads(byte[] cardId)
        {
            DeviceState previous = _state.Previous;
            if (previous.Epoch == 0)
            {
                return;
            }

            previous.KeepCheckpoint(_state.CheckpointSize, _state.CheckpointRoot, 0);
            bool isNewest = Ledger.HeadEpoch == previous.Epoch;
            if (isNewest || Ledger.PreviousHeadEpoch == previous.Epoch)
            {
                TakeHead(isNewest ? Ledger.FootageHead : Ledger.PreviousFootageHead, previous.FootageHead);
                TakeHead(isNewest ? Ledger.JournalHead : Ledger.PreviousJournalHead, previous.JournalHead);
            }
            else if (!Bytes.Same(cardId, 0, previous.CardId, 0, 32))
            {
                previous.FootageRestart = true;
                previous.JournalRestart = true;
            }
        }

        private void ReleasePrevious(ClockStamp now)
        {
            DeviceState previous = _state.Previous;
            bool isThere = Bytes.IsZero(previous.CardId, 0, 32) || Bytes.Same(_state.CardId, 0, previous.CardId, 0, 32);
            if (previous.Epoch == 0 || !isThere || PreviousRecovery.IsPending)
            {
                return;
            }

            _line.Start(Events.EpochClosed).Add("epoch", previous.Epoch);
            Journal.Write(_line, now, true);
            _state.ReleasePrevious();
        }

        private static void TakeHead(byte[] onCard, byte[] head)
        {
            if (!Bytes.IsZero(onCard, 0, 32))
            {
                Array.Copy(onCard, 0, head, 0, 32);
            }
        }

        private byte[] ReadOrMakeCardId(ClockStamp now)
        {
            byte[] id = new byte[32];
            for (int i = 0; i < CardIdAsksMax; i++)
            {
                int read = Reader.Read(CardPaths.CardId, 0, id, 32);
                Reader.Close();
                if (read == 32)
                {
                    return id;
                }
            }

            // The clocks and the boot number under a key that never leaves the recorder: no two cards get the same.
            byte[] seed = new byte[24];
            Bytes.Put64(seed, 0, now.MonotonicUs);
            Bytes.Put64(seed, 8, now.WallUs);
            Bytes.Put32(seed, 16, _state.Boot);
            Bytes.Put32(seed, 20, _state.Epoch);
            id = HMACSHA256.HashData(_provisioning.CommandKey, seed);
            try
            {
                FileStream file = new FileStream(CardPaths.CardId, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
                file.Write(id, 0, 32);
                file.Flush();
                file.Close();
            }
            catch (Exception)
            {
                // Without the file the card looks swapped at the next start, which is the safe side.
                Reader.Close();
            }

            return id;
        }

        private int NewestLineNumber()
        {
            LedgerRecording row = Ledger.Find(_state.Epoch, 0);
            int newest = 0;
            for (int segment = row == null ? 0 : row.LastSegment; row != null && segment >= row.FirstSegment && segment > row.LastSegment - 4; segment--)
            {
                // An announcement is a later segment than the journal that was open around it, but not the later line.
                int number = Recovery.NewestLineNumber(CardPaths.Segment(_state.Epoch, 0, segment));
                newest = number > newest ? number : newest;
            }

            return newest;
        }
    }
}
