using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>
    /// The device journal: lines go into the open journal segment on the card, or to the ring on <c>I:</c> while the card cannot take them.
    /// A copy waits for the text track of the open footage. Thread-safe; never throws.
    /// </summary>
    public sealed class Journal
    {
        private const long FlushAfterUs = 1000000;
        private const long AgainAfterUs = 5000000;
        private const long RotateAfterUs = 600000000;
        private const int RotateAfterBytes = 256 * 1024;
        private const int CopyBytesMax = 8192;
        private const int NumberDigitsMax = 9;

        private readonly object _gate = new object();
        private readonly object _copyGate = new object();
        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly JournalRing _ring = new JournalRing();
        private readonly SegmentWriter _writer;
        private readonly byte[] _line = new byte[JournalLine.LineBytesMax];
        private readonly byte[] _copies = new byte[CopyBytesMax];
        private readonly JournalLine _own = new JournalLine();
        private readonly JournalRing.LineHandler _moveLine;
        private readonly JournalRing.LineHandler _noteNumber;
        private int _lineCount;
        private int _copyBytes;
        private long _unflushedSinceUs;
        private long _newestUs;
        private bool _numbered;
        private bool _wanted;
        private long _againAtUs;

        internal Journal(CardStore store, DeviceState state, int chunkBytes)
        {
            _store = store;
            _state = state;
            _writer = new SegmentWriter(chunkBytes, (RotateAfterBytes / chunkBytes) + 16);
            _moveLine = MoveLine;
            _noteNumber = NoteNumber;
        }

        /// <summary>True while lines go to the ring on <c>I:</c>.</summary>
        public bool OnRing => !_writer.IsOpen;

        /// <summary>Lines that neither card nor ring took.</summary>
        public int LostLineCount { get; private set; }

        /// <summary>Copies left out of the text track because footage did not take them in time.</summary>
        public int DroppedCopyCount { get; private set; }

        /// <summary>Number of the journal segment being written, 0 when none.</summary>
        public int OpenSegment => _writer.IsOpen ? _writer.Header.Segment : 0;

        /// <summary>Whole chunks of it on the card.</summary>
        public int CommittedChunks => _writer.CommittedChunks;

        /// <summary>Numbers and writes one line.</summary>
        /// <param name="line">Reusable at once afterwards.</param>
        /// <param name="now">Clocks of the event.</param>
        /// <param name="critical">True for press, interruption, fault, boot: on the card when this returns. Others follow within 1 s by <see cref="Tick"/>.</param>
        /// <returns>Ok when the card or the ring has it.</returns>
        public StoreResult Write(JournalLine line, ClockStamp now, bool critical)
        {
            lock (_gate)
            {
                return WriteNeedsLock(line, now, critical);
            }
        }

        /// <summary>Flushes lines older than 1 s and rotates the segment every 10 minutes.</summary>
        public void Tick(ClockStamp now)
        {
            lock (_gate)
            {
                if (_wanted && now.MonotonicUs >= _againAtUs && (!_writer.IsOpen || _writer.Fault != StoreResult.Ok))
                {
                    ReopenNeedsLock(now);
                }

                if (!_writer.IsOpen)
                {
                    return;
                }

                if (_unflushedSinceUs >= 0 && now.MonotonicUs - _unflushedSinceUs >= FlushAfterUs)
                {
                    _writer.FlushPartial();
                    _unflushedSinceUs = -1;
                }

                if (_lineCount > 0 && (_writer.ElapsedUs(now.MonotonicUs) >= RotateAfterUs || _writer.LengthBytes >= RotateAfterBytes))
                {
                    RotateNeedsLock(now);
                }
            }
        }

        /// <summary>Seals the open segment, if it has lines, and opens the next: at the end of a recording, so that the gateway gets it.</summary>
        public void Rotate(ClockStamp now)
        {
            lock (_gate)
            {
                if (_writer.IsOpen && _lineCount > 0)
                {
                    RotateNeedsLock(now);
                }
            }
        }

        /// <summary>Seals the open segment; later lines go to the ring. Before power-off and before the card is taken out.</summary>
        public StoreResult Stop(ClockStamp now)
        {
            lock (_gate)
            {
                _wanted = false;
                return _writer.IsOpen ? SealNeedsLock(now) : StoreResult.Ok;
            }
        }

        /// <summary>Writes waiting lines into the text track of the open footage; capture thread, between frames.</summary>
        [FramePath]
        public void CopyPendingInto(SegmentWriter footage, long atUs)
        {
            if (_copyBytes == 0)
            {
                return;
            }

            lock (_copyGate)
            {
                int offset = 0;
                while (offset < _copyBytes)
                {
                    int count = _copies[offset] | (_copies[offset + 1] << 8);
                    footage.WriteText(_copies, offset + 2, count, atUs);
                    offset += 2 + count;
                }

                _copyBytes = 0;
            }
        }

        /// <summary>Writes an announcement or manifest line with the next line number into another text segment.</summary>
        internal StoreResult WriteInto(SegmentWriter writer, JournalLine line, ClockStamp now)
        {
            lock (_gate)
            {
                int count = ComposeNeedsLock(line, now);
                return (StoreResult)writer.WriteText(_line, 0, count, now.MonotonicUs);
            }
        }

        /// <summary>Opens a journal segment and moves the ring's lines into it.</summary>
        internal StoreResult Start(ClockStamp now, int newestNumberOnCard)
        {
            lock (_gate)
            {
                _wanted = true;
                _againAtUs = now.MonotonicUs + AgainAfterUs;
                NumberNeedsLock(newestNumberOnCard);
                StoreResult result = OpenNeedsLock(now);
                if (result != StoreResult.Ok || _ring.Count == 0)
                {
                    return result;
                }

                int moved = _ring.Count;
                int lost = _ring.LostCount;
                if (_ring.ForEach(_moveLine) && _writer.FlushPartial() == StoreResult.Ok)
                {
                    _ring.Clear();
                    _own.Start(Events.RingMoved).Add("lines", moved).Add("lost", lost);
                    return WriteNeedsLock(_own, now, true);
                }

                return _writer.Fault;
            }
        }

        internal void Abandon()
        {
            lock (_gate)
            {
                _wanted = false;
                _writer.Abandon();
            }
        }

        // The card refused a write, or had no room: what was written is recovered, later lines go into a new segment.
        private void ReopenNeedsLock(ClockStamp now)
        {
            if (_writer.IsOpen)
            {
                SealNeedsLock(now);
            }

            if (_store.Ledger.HasRoomForJournal)
            {
                Start(now, 0);
            }

            _againAtUs = now.MonotonicUs + AgainAfterUs;
        }

        private StoreResult WriteNeedsLock(JournalLine line, ClockStamp now, bool critical)
        {
            NumberNeedsLock(0);
            int count = ComposeNeedsLock(line, now);
            QueueCopy(count);
            StoreResult result = StoreResult.CardAbsent;
            if (_writer.IsOpen && _store.Ledger.HasRoomForJournal)
            {
                result = (StoreResult)_writer.WriteText(_line, 0, count, now.MonotonicUs);
                if (result == StoreResult.Ok && critical)
                {
                    result = _writer.FlushPartial();
                    _unflushedSinceUs = -1;
                }
                else if (result == StoreResult.Ok && _unflushedSinceUs < 0)
                {
                    _unflushedSinceUs = now.MonotonicUs;
                }
            }

            if (result == StoreResult.Ok)
            {
                _lineCount++;
                return result;
            }

            // A fault after the text was taken may leave the line on the card too: the same number shows it as a copy.
            result = _ring.Append(_line, count);
            LostLineCount += result == StoreResult.Ok ? 0 : 1;
            return result;
        }

        private int ComposeNeedsLock(JournalLine line, ClockStamp now)
        {
            _state.JournalLine++;
            _newestUs = now.MonotonicUs;
            int count = Ascii(0, "{\"n\":");
            count = Ascii(count, _state.JournalLine.ToString());
            count = Ascii(count, ",\"us\":");
            count = Ascii(count, now.MonotonicUs.ToString());
            count = Ascii(count, ",\"wall\":");
            count = Ascii(count, now.WallUs.ToString());
            Array.Copy(line.Body, 0, _line, count, line.Count);
            count += line.Count;
            _line[count] = (byte)'}';
            return count + 1;
        }

        private int Ascii(int offset, string text)
        {
            for (int i = 0; i < text.Length; i++)
            {
                _line[offset + i] = (byte)text[i];
            }

            return offset + text.Length;
        }

        // The last number used stands in the newest line on the card or in the ring; the state is older than both.
        private void NumberNeedsLock(int newestNumberOnCard)
        {
            if (newestNumberOnCard > _state.JournalLine)
            {
                _state.JournalLine = newestNumberOnCard;
            }

            if (_numbered)
            {
                return;
            }

            _numbered = true;
            int before = _state.JournalLine;
            _ring.ForEach(_noteNumber);
            if (newestNumberOnCard == 0 && _state.JournalLine == before && before > 0)
            {
                // Started without a card and with an empty ring: the newest number cannot be known, so some are skipped.
                _state.JournalLine += 1000;
            }
        }

        private bool NoteNumber(byte[] line, int offset, int count)
        {
            int number = LineNumber(line, offset, count);
            _state.JournalLine = number > _state.JournalLine ? number : _state.JournalLine;
            return true;
        }

        /// <summary>Number of the line that starts at <paramref name="offset"/>, 0 when it is none or has more digits than any recorder comes to: the numbers go on from it.</summary>
        internal static int LineNumber(byte[] text, int offset, int count)
        {
            if (count < 6 || text[offset] != '{' || text[offset + 1] != '"' || text[offset + 2] != 'n' || text[offset + 3] != '"' || text[offset + 4] != ':')
            {
                return 0;
            }

            int number = 0;
            int end = 5;
            for (; end < count && end <= 5 + NumberDigitsMax && text[offset + end] >= '0' && text[offset + end] <= '9'; end++)
            {
                number = end < 5 + NumberDigitsMax ? (number * 10) + text[offset + end] - '0' : 0;
            }

            return number;
        }

        private bool MoveLine(byte[] line, int offset, int count)
        {
            _lineCount++;
            return _writer.WriteText(line, offset, count, _newestUs) == 0;
        }

        private void QueueCopy(int count)
        {
            lock (_copyGate)
            {
                if (_store.Recordings == null || _store.Recordings.Writer == null)
                {
                    _copyBytes = 0;
                    return;
                }

                if (_copyBytes + 2 + count > CopyBytesMax)
                {
                    DroppedCopyCount++;
                    return;
                }

                Bytes.Put16(_copies, _copyBytes, count);
                Array.Copy(_line, 0, _copies, _copyBytes + 2, count);
                _copyBytes += 2 + count;
            }
        }

        private void RotateNeedsLock(ClockStamp now)
        {
            if (SealNeedsLock(now) == StoreResult.Ok)
            {
                OpenNeedsLock(now);
            }
        }

        private StoreResult OpenNeedsLock(ClockStamp now)
        {
            _lineCount = 0;
            _unflushedSinceUs = -1;
            _newestUs = now.MonotonicUs;
            return _store.OpenTextSegment(_writer, Kinds.Journal, now);
        }

        private StoreResult SealNeedsLock(ClockStamp now)
        {
            return _store.CloseTextSegment(_writer, now);
        }
    }
}
