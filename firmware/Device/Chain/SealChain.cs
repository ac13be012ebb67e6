using System;
using System.Collections;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>One of the two chains of seals. While segments left by a power cut wait for recovery, later seals wait behind them. Thread-safe.</summary>
    public sealed class SealChain
    {
        private readonly Ledger _ledger;
        private readonly DeviceState _state;
        private readonly RecordingKeys _keys;
        private readonly byte[] _journalKey;
        private readonly bool _isJournal;
        private readonly ArrayList _waiting = new ArrayList();
        private readonly object _gate;

        /// <summary>A chain over the heads that <paramref name="state"/> holds.</summary>
        /// <param name="ledger">Where seals are written down.</param>
        /// <param name="state">Heads and newest checkpoint.</param>
        /// <param name="keys">Recording keys.</param>
        /// <param name="journalKey">Key of the journal chain.</param>
        /// <param name="isJournal">True for the journal chain.</param>
        /// <param name="gate">One lock for both chains: each seal names the other's head.</param>
        public SealChain(Ledger ledger, DeviceState state, RecordingKeys keys, byte[] journalKey, bool isJournal, object gate)
        {
            _ledger = ledger;
            _state = state;
            _keys = keys;
            _journalKey = journalKey;
            _isJournal = isJournal;
            _gate = gate;
        }

        /// <summary>Segments that recovery has yet to seal before later ones may be.</summary>
        public int RecoveriesLeft { get; private set; }

        /// <summary>Seals that wait for recovery.</summary>
        public int WaitingCount => _waiting.Count;

        /// <summary>Last seal digest of this chain.</summary>
        public byte[] Head => _isJournal ? _state.JournalHead : _state.FootageHead;

        internal void Reset(int recoveriesLeft)
        {
            lock (_gate)
            {
                _waiting.Clear();
                RecoveriesLeft = recoveriesLeft;
            }
        }

        /// <summary>Seals now, or keeps the draft until recovery is through; then the ledger says <c>closed</c>.</summary>
        /// <returns>Ok in both cases, or why nothing was written.</returns>
        public StoreResult Submit(SealDraft draft)
        {
            lock (_gate)
            {
                _waiting.Add(draft);
                return RecoveriesLeft == 0 ? DrainNeedsLock() : _ledger.AppendClosed(draft);
            }
        }

        /// <summary>One more segment is recovered before later ones are sealed.</summary>
        internal void AwaitRecovery()
        {
            lock (_gate)
            {
                RecoveriesLeft++;
            }
        }

        /// <summary>Tries the waiting seals again.</summary>
        internal StoreResult Retry()
        {
            lock (_gate)
            {
                return DrainNeedsLock();
            }
        }

        /// <summary>True when the seal of that segment waits.</summary>
        internal bool IsWaiting(int recording, int segment)
        {
            lock (_gate)
            {
                bool found = false;
                for (int i = 0; i < _waiting.Count; i++)
                {
                    SealDraft draft = (SealDraft)_waiting[i];
                    found = found || (draft.Recording == recording && draft.Segment == segment);
                }

                return found;
            }
        }

        /// <summary>Lowest recording whose seal waits, 0 when none.</summary>
        internal int OldestWaiting
        {
            get
            {
                lock (_gate)
                {
                    int oldest = 0;
                    for (int i = 0; i < _waiting.Count; i++)
                    {
                        int recording = ((SealDraft)_waiting[i]).Recording;
                        oldest = oldest == 0 || recording < oldest ? recording : oldest;
                    }

                    return oldest;
                }
            }
        }

        /// <summary>Seals the recovered segment that is next in order; after the last one the waiting seals follow.</summary>
        /// <param name="draft">Of the recovered segment.</param>
        /// <param name="sizeBytes">Bytes of its file.</param>
        /// <param name="lost">True when the file is gone.</param>
        /// <param name="kept">True when its bytes are not freed to make room, whatever the receipt says.</param>
        public StoreResult SubmitRecovered(SealDraft draft, int sizeBytes, bool lost, bool kept)
        {
            lock (_gate)
            {
                StoreResult result = SealNeedsLock(draft, sizeBytes, lost, kept);
                if (result == StoreResult.Ok)
                {
                    RecoveryDoneNeedsLock();
                }

                return result;
            }
        }

        /// <summary>Takes over a seal that was written before the power went and is missing in the ledger only.</summary>
        /// <param name="seal">352 bytes, on the card.</param>
        /// <param name="sizeBytes">Bytes of the file.</param>
        /// <param name="kept">True when its bytes are not freed, whatever the receipt says.</param>
        public StoreResult Adopt(byte[] seal, int sizeBytes, bool kept)
        {
            lock (_gate)
            {
                StoreResult result = _ledger.AppendSealed(seal, sizeBytes, false, kept);
                if (result != StoreResult.Ok)
                {
                    return result;
                }

                Array.Copy(seal, 288, Head, 0, 32);
                RecoveryDoneNeedsLock();
                return StoreResult.Ok;
            }
        }

        /// <summary>Gives up one recovery (its key is gone): later seals no longer wait for it and say that the chain was restarted.</summary>
        public void SkipRecovery()
        {
            lock (_gate)
            {
                SetRestart(true);
                RecoveryDoneNeedsLock();
            }
        }

        // A waiting seal that cannot be written now is tried again with the next one, before it.
        private void RecoveryDoneNeedsLock()
        {
            RecoveriesLeft--;
            DrainNeedsLock();
        }

        private StoreResult DrainNeedsLock()
        {
            StoreResult result = StoreResult.Ok;
            while (RecoveriesLeft == 0 && _waiting.Count > 0 && result == StoreResult.Ok)
            {
                SealDraft draft = (SealDraft)_waiting[0];
                result = SealNeedsLock(draft, draft.CoveredBytes, false, false);
                if (result == StoreResult.Ok)
                {
                    _waiting.RemoveAt(0);
                }
            }

            return result;
        }

        private StoreResult SealNeedsLock(SealDraft draft, int sizeBytes, bool lost, bool kept)
        {
            byte[] key = _isJournal ? _journalKey : _keys.For(draft.Recording);
            if (key == null)
            {
                return StoreResult.KeyGone;
            }

            bool restarted = _isJournal ? _state.JournalRestart : _state.FootageRestart;
            byte[] other = _isJournal ? _state.FootageHead : _state.JournalHead;
            byte[] seal = draft.Seal(key, Head, other, _state.CheckpointSize, _state.CheckpointRoot, restarted);
            StoreResult result = WriteSeal(draft, seal);
            if (result != StoreResult.Ok)
            {
                return result;
            }

            // The seal file is on the card: a cut before the ledger knows is found by recovery, which adopts it.
            result = _ledger.AppendSealed(seal, sizeBytes, lost, kept);
            if (result == StoreResult.Ok)
            {
                Array.Copy(seal, 288, Head, 0, 32);
                SetRestart(false);
            }

            return result;
        }

        private void SetRestart(bool restarted)
        {
            if (_isJournal)
            {
                _state.JournalRestart = restarted;
            }
            else
            {
                _state.FootageRestart = restarted;
            }
        }

        private static StoreResult WriteSeal(SealDraft draft, byte[] seal)
        {
            FileStream file = null;
            StoreResult result = StoreResult.SealFailed;
            try
            {
                file = new FileStream(CardPaths.Seal(draft.Epoch, draft.Recording, draft.Segment), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
                file.Write(seal, 0, seal.Length);
                file.Flush();
                result = StoreResult.Ok;
            }
            catch (Exception)
            {
                result = StoreResult.SealFailed;
            }

            try
            {
                if (file != null)
                {
                    file.Close();
                }
            }
            catch (Exception)
            {
                result = StoreResult.SealFailed;
            }

            return result;
        }
    }
}
