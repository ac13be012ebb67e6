using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Journals receipts that were refused: for each reason at once, then at most once a minute with the number passed over. Used under the spool's lock.</summary>
    internal sealed class RefusedReceipts
    {
        private const long LineEveryUs = 60000000;
        private const int OutcomesMax = 16;

        private readonly CardStore _store;
        private readonly JournalLine _line = new JournalLine();
        private readonly long[] _lineAtUs = new long[OutcomesMax];
        private readonly int[] _passedOver = new int[OutcomesMax];

        internal RefusedReceipts(CardStore store)
        {
            _store = store;
            for (int i = 0; i < OutcomesMax; i++)
            {
                _lineAtUs[i] = -LineEveryUs;
            }
        }

        /// <summary>Notes one; <paramref name="receipt"/> is null when it could not be read.</summary>
        internal void Note(Receipt receipt, ReceiptOutcome outcome, ClockStamp now)
        {
            int reason = (int)outcome;
            if (now.MonotonicUs - _lineAtUs[reason] < LineEveryUs)
            {
                _passedOver[reason]++;
                return;
            }

            bool older = outcome == ReceiptOutcome.CheckpointOlder;
            _line.Start(older ? Events.CheckpointOlder : Events.ReceiptRefused).Add("outcome", reason);
            if (receipt != null)
            {
                _line.Add("recording", receipt.Recording(0)).Add("segment", receipt.Segment(0)).Add("checkpoint", receipt.CheckpointSize);
            }

            if (_passedOver[reason] > 0)
            {
                _line.Add("more", _passedOver[reason]);
            }

            _lineAtUs[reason] = now.MonotonicUs;
            _passedOver[reason] = 0;
            _store.Journal.Write(_line, now, older);
        }
    }
}
