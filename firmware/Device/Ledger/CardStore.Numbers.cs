namespace BodyCam.Firmware.Storage
{
    /// <summary>Segments of the journal chain: their numbers, opening and closing.</summary>
    public sealed partial class CardStore
    {
        private readonly object _textGate = new object();

        // Number of the journal chain that I: counts as given and this card has not used yet, 0 = none.
        private int _reservedText;

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
