using System;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Owns everything on <c>D:</c> and the state on <c>I:</c> that belongs to it. Thread-safe unless a part says otherwise.</summary>
    public sealed partial class CardStore
    {
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
        private readonly JournalLine _line = new JournalLine();
        private long _freeAgainUs;
        private bool _saveWanted;
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
    }
}
