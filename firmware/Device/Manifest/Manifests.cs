using System;
using System.Text;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Announcements (kind 3) and shift manifests (kind 4): short text segments of the journal chain. Thread-safe.</summary>
    public sealed class Manifests
    {
        private const int ChunksMax = 64;
        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Provisioning _provisioning;
        private readonly SegmentWriter _writer;
        private readonly object _gate = new object();

        internal Manifests(CardStore store, DeviceState state, Provisioning provisioning)
        {
            _store = store;
            _state = state;
            _provisioning = provisioning;
            _writer = new SegmentWriter(provisioning.ChunkBytes, ChunksMax);
        }

        /// <summary>Number of the segment that holds the newest manifest, 0 = none in this boot.</summary>
        public int ManifestSegment { get; private set; }

        /// <summary>Writes the manifest of the assignment: what was recorded since it began, what was erased after receipt, both heads (storage-format §5).</summary>
        /// <remarks>Call when no recording is under way and recovery is through; the journal segment before it is sealed here.</remarks>
        /// <returns>Ok when it is sealed.</returns>
        public StoreResult Write(ClockStamp now)
        {
            _store.Journal.Rotate(now);
            lock (_gate)
            {
                // Recordings are read before the segment is opened, so that heads and counts speak of what precedes it.
                string first = Header();
                StoreResult result = _store.OpenTextSegment(_writer, Kinds.Manifest, now);
                if (result != StoreResult.Ok)
                {
                    return result;
                }

                int lines = 1;
                result = Line(first, now);
                for (int number = _state.AssignmentFirstRecording; number <= _state.Recording && result == StoreResult.Ok; number++)
                {
                    LedgerRecording row = _store.Ledger.Find(_state.Epoch, number);
                    if (row != null)
                    {
                        result = RecordingLines(row, now, ref lines);
                    }
                }

                lines++;
                result = result == StoreResult.Ok ? Line("{\"end\":1,\"lines\":" + lines.ToString() + "}", now) : result;
                int segment = _writer.IsOpen ? _writer.Header.Segment : 0;
                StoreResult sealedResult = _store.CloseTextSegment(_writer, now);
                if (result == StoreResult.Ok && sealedResult == StoreResult.Ok)
                {
                    ManifestSegment = segment;
                    _store.IsReturned = true;
                    _state.AssignmentOpen = false;
                    _state.AssignmentFirstRecording = _state.Recording + 1;
                    _store.SaveState();
                }

                return result != StoreResult.Ok ? result : sealedResult;
            }
        }

        internal StoreResult WriteAnnouncement(JournalLine line, ClockStamp now)
        {
            lock (_gate)
            {
                StoreResult result = _store.OpenTextSegment(_writer, Kinds.Announcement, now);
                if (result != StoreResult.Ok)
                {
                    return result;
                }

                result = _store.Journal.WriteInto(_writer, line, now);
                StoreResult sealedResult = _store.CloseTextSegment(_writer, now);
                return result != StoreResult.Ok ? result : sealedResult;
            }
        }

        private string Header()
        {
            LedgerRecording journal = _store.Ledger.Find(_state.Epoch, 0);
            int journalSegments = 0;
            for (int segment = journal == null ? 0 : journal.LastSegment; segment > 0; segment--)
            {
                // The journal segment that is open beside this one is sealed after it.
                if (journal.State(segment) != SegmentStates.Opened)
                {
                    journalSegments = segment;
                    break;
                }
            }

            StringBuilder text = new StringBuilder(400);
            text.Append("{\"manifest\":1,\"device\":\"").Append(_provisioning.Device).Append("\",\"epoch\":").Append(_state.Epoch);
            text.Append(",\"firstRecording\":").Append(_state.AssignmentFirstRecording).Append(",\"lastRecording\":").Append(_state.Recording);
            text.Append(",\"journalSegments\":").Append(journalSegments);
            text.Append(",\"footageHead\":\"").Append(Bytes.ToHex(_state.FootageHead, 0, 32));
            text.Append("\",\"journalHead\":\"").Append(Bytes.ToHex(_state.JournalHead, 0, 32)).Append("\"}");
            return text.ToString();
        }

        private StoreResult RecordingLines(LedgerRecording row, ClockStamp now, ref int lines)
        {
            StringBuilder text = new StringBuilder(200);
            text.Append("{\"recording\":").Append(row.Recording).Append(",\"activity\":").Append(row.Activity);
            text.Append(",\"segments\":").Append(row.LastSegment).Append(",\"lastSeal\":\"");
            text.Append(Bytes.ToHex(row.Page(row.LastSegment), row.DigestOffset(row.LastSegment), 32));
            text.Append("\",\"stopReason\":").Append(row.StopReason(row.LastSegment)).Append('}');
            lines++;
            StoreResult result = Line(text.ToString(), now);
            int from = 0;
            for (int segment = row.FirstSegment; segment <= row.LastSegment + 1 && result == StoreResult.Ok; segment++)
            {
                bool erased = row.State(segment) == SegmentStates.Erased;
                if (erased && from == 0)
                {
                    from = segment;
                }
                else if (!erased && from != 0)
                {
                    lines++;
                    result = Line("{\"erased\":" + row.Recording.ToString() + ",\"from\":" + from.ToString() + ",\"to\":" + (segment - 1).ToString() + "}", now);
                    from = 0;
                }
            }

            return result;
        }

        private StoreResult Line(string text, ClockStamp now)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            return (StoreResult)_writer.WriteText(utf8, 0, utf8.Length, now.MonotonicUs);
        }
    }
}
