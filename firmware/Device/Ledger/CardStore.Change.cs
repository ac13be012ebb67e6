using System;
using System.IO;
using System.Security.Cryptography;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Which card it is, and what of its chains is taken up.</summary>
    public sealed partial class CardStore
    {
        // One answer that fails would make the card another one.
        private const int CardIdAsksMax = 3;

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
    }
}
