using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Finds recordings that a power cut ended between two segments: nothing is open, and nothing is final. Each gets one more segment, so that recovery can seal its end.</summary>
    internal sealed class UnfinishedRecordings
    {
        // A power cut leaves one; each takes some reads, or a write, of the start. What is older waits for a later start.
        private const int LooksMax = 64;

        private readonly CardReader _reader;
        private readonly Ledger _ledger;
        private readonly Provisioning _provisioning;
        private readonly DeviceState _state;
        private readonly RecordingKeys _keys;
        private readonly ArrayList _added = new ArrayList();

        internal UnfinishedRecordings(CardReader reader, Ledger ledger, Provisioning provisioning, DeviceState state, RecordingKeys keys)
        {
            _reader = reader;
            _ledger = ledger;
            _provisioning = provisioning;
            _state = state;
            _keys = keys;
        }

        /// <summary>Writes the added segments down as opened; call before the ledger is asked for what is open, and only while nothing is recorded.</summary>
        internal void Add()
        {
            _added.Clear();
            lock (_ledger.Gate)
            {
                ArrayList recordings = _ledger.Recordings;
                int from = recordings.Count;
                for (int looks = 0; from > 0 && looks < LooksMax; from--)
                {
                    looks += IsWithoutEnd((LedgerRecording)recordings[from - 1]) ? 1 : 0;
                }

                for (int i = from; i < recordings.Count; i++)
                {
                    LedgerRecording row = (LedgerRecording)recordings[i];
                    SegmentHeader header = IsWithoutEnd(row) ? HeaderAfter(row) : null;
                    if (header != null && _ledger.AppendOpened(header) == StoreResult.Ok)
                    {
                        _added.Add(row);
                    }
                }
            }
        }

        /// <summary>True when the newest segment of that recording was added here: that its file is missing means nothing.</summary>
        internal bool IsAdded(LedgerRecording row)
        {
            return _added.Contains(row);
        }

        private bool IsWithoutEnd(LedgerRecording row)
        {
            int last = row.LastSegment;
            return row.Recording != 0 && row.Epoch == _state.Epoch && (row.State(last) == SegmentStates.Opened || (row.Flags(last) & SealDraft.Final) == 0);
        }

        // Null when the recording will get its end from the segment that is open. The added segment starts where the last one ended.
        private SegmentHeader HeaderAfter(LedgerRecording row)
        {
            int last = row.LastSegment;
            int state = row.State(last);
            byte[] key = _keys.For(row.Recording);
            if (key == null)
            {
                return null;
            }

            SegmentHeader header = new SegmentHeader();
            header.Kind = row.Kind(last);
            header.Device = _provisioning.Device;
            header.Epoch = row.Epoch;
            header.Recording = row.Recording;
            header.Segment = last + 1;
            header.Activity = row.Activity;
            header.ChunkBytes = _provisioning.ChunkBytes;
            if (state == SegmentStates.Closed)
            {
                int offset = row.DigestOffset(last);
                header.Boot = row.SizeBytes(last);
                header.Start.Source = row.Flags(last) >> LedgerRecording.SourceShift;
                SetStart(header.Start, row.Page(last), offset, offset + 8, offset + 16, row.DurationMs(last) * 1000L);
                return header;
            }

            // An open segment may have its seal already, and the power went before the ledger knew.
            byte[] seal = StoredSeal.Read(_reader, key, row.Epoch, row.Recording, last);
            if (seal == null || (seal[6] & SealDraft.Final) != 0)
            {
                return null;
            }

            header.Boot = Bytes.Get32(seal, 136);
            header.Start.Source = seal[140];
            SetStart(header.Start, seal, 96, 112, 120, 0);
            return header;
        }

        private static void SetStart(ClockStamp start, byte[] from, int monotonic, int wall, int bound, long laterUs)
        {
            start.MonotonicUs = Bytes.Get64(from, monotonic) + laterUs;
            start.WallUs = Bytes.Get64(from, wall) + laterUs;
            start.ErrorBoundUs = Bytes.Get64(from, bound);
            start.LastSyncUs = Bytes.Get64(from, bound + 8);
        }
    }
}
