using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Decides whether a receipt is authentic and about what this card holds, and writes it into the ledger. Used under the spool's lock.</summary>
    internal sealed class ReceiptIntake
    {
        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly SpoolWindow _window;
        private readonly byte[] _deviceField = new byte[32];

        internal ReceiptIntake(CardStore store, Provisioning provisioning, DeviceState state, SpoolWindow window)
        {
            _store = store;
            _provisioning = provisioning;
            _state = state;
            _window = window;
            Bytes.PutAscii(_deviceField, 0, 32, provisioning.Device);
        }

        /// <summary>Takes it; anything but Accepted changes nothing on the card, but for LedgerFailed, after which some entries may stand.</summary>
        internal ReceiptOutcome Take(Receipt receipt)
        {
            ReceiptOutcome outcome = Check(receipt);
            if (outcome == ReceiptOutcome.Accepted)
            {
                outcome = Apply(receipt);
            }

            if (outcome == ReceiptOutcome.Accepted && receipt.CheckpointSize >= _state.CheckpointSize)
            {
                _state.KeepCheckpoint(receipt.CheckpointSize, receipt.Message, 60);
            }

            return outcome;
        }

        private ReceiptOutcome Check(Receipt receipt)
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

            // QoS 1 may bring a receipt again after later ones: what it says stands already, and nothing is taken from it.
            bool sameSize = receipt.CheckpointSize == _state.CheckpointSize && _state.CheckpointSize > 0;
            bool older = receipt.CheckpointSize < _state.CheckpointSize;
            if ((older && !Stands(receipt)) || (sameSize && !Bytes.Same(receipt.Message, 60, _state.CheckpointRoot, 0, 32)))
            {
                return ReceiptOutcome.CheckpointOlder;
            }

            for (int i = 0; i < receipt.Count; i++)
            {
                int segment = receipt.Segment(i);
                LedgerRecording row = _store.Ledger.Find(receipt.Epoch, receipt.Recording(i), segment);
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

        // True when every entry is about a segment of this card that has that state, or a later one, already.
        private bool Stands(Receipt receipt)
        {
            int target = receipt.State == 2 ? SegmentStates.Archived : SegmentStates.Receipted;
            for (int i = 0; i < receipt.Count; i++)
            {
                int segment = receipt.Segment(i);
                LedgerRecording row = _store.Ledger.Find(receipt.Epoch, receipt.Recording(i), segment);
                int state = row == null ? SegmentStates.None : row.State(segment);
                bool reached = state == SegmentStates.Erased || state == SegmentStates.Archived || state == target;
                if (!reached || !Bytes.Same(receipt.Message, receipt.DigestOffset(i), row.Page(segment), row.DigestOffset(segment), 32))
                {
                    return false;
                }
            }

            return receipt.Count > 0;
        }

        private ReceiptOutcome Apply(Receipt receipt)
        {
            int target = receipt.State == 2 ? SegmentStates.Archived : SegmentStates.Receipted;
            for (int i = 0; i < receipt.Count; i++)
            {
                int segment = receipt.Segment(i);
                LedgerRecording row = _store.Ledger.Find(receipt.Epoch, receipt.Recording(i), segment);
                int state = row.State(segment);
                bool advances = Ledger.IsUnreceipted(state) || (state == SegmentStates.Receipted && target == SegmentStates.Archived);
                if (advances && _store.Ledger.AppendState(row, segment, target, receipt.State == 3) != StoreResult.Ok)
                {
                    return ReceiptOutcome.LedgerFailed;
                }

                SpoolSegment inWindow = _window.Find(receipt.Epoch, receipt.Recording(i), segment);
                if (inWindow != null)
                {
                    _window.Remove(inWindow);
                }
            }

            return ReceiptOutcome.Accepted;
        }
    }
}
