using System;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Firmware.Control
{
    /// <summary>Writes journal lines with the clocks of the moment. One per thread, as its line and stamp are reused.</summary>
    public sealed class Diary
    {
        private readonly CardStore _store;
        private readonly ClockKeeper _clock;
        private readonly JournalLine _line = new JournalLine();

        /// <summary>Writes to the store's journal.</summary>
        public Diary(CardStore store, ClockKeeper clock)
        {
            _store = store;
            _clock = clock;
        }

        /// <summary>The stamp filled last.</summary>
        public ClockStamp Stamp { get; } = new ClockStamp();

        /// <summary>Fills and returns <see cref="Stamp"/>.</summary>
        public ClockStamp Now()
        {
            _clock.Stamp(Stamp);
            return Stamp;
        }

        /// <summary>Starts a line; add fields, then <see cref="Write"/>.</summary>
        public JournalLine Line(string eventName)
        {
            return _line.Start(eventName);
        }

        /// <summary>Writes the line started last; a critical one is on the card, or in the ring, when this returns.</summary>
        public void Write(bool critical)
        {
            _store.Journal.Write(_line, Now(), critical);
        }

        /// <summary>Fault lines that could not be written.</summary>
        public int LostFaultCount { get; private set; }

        /// <summary>A fault line with its stable code and where it happened. Never throws: the last handler of a thread calls it.</summary>
        public void Fault(int code, string where, string detail)
        {
            try
            {
                Line(Events.Fault).Add("code", code).Add("where", where).Add("detail", detail ?? "");
                Write(true);
            }
            catch (Exception)
            {
                LostFaultCount++;
            }
        }
    }
}
