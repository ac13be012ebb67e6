using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Checks
{
    /// <summary>The person in front of the recorder during a self-test: presses what is asked for, record button = yes, note button = no. Control thread only.</summary>
    internal sealed class Technician
    {
        // For each question; a board on the bench without anybody is through in about half a minute.
        private const int AnswerMs = 15000;
        private const int ShowMs = 2000;
        private const int TickMs = 20;

        private readonly Signals.Signals _signals;
        private readonly Gestures _record;
        private readonly Gestures _note;
        private readonly IButtons _buttons;
        private readonly CardStore _store;
        private readonly Diary _diary;
        private int _silentCount;

        internal Technician(Signals.Signals signals, Gestures record, Gestures note, IButtons buttons, CardStore store, Diary diary)
        {
            _signals = signals;
            _record = record;
            _note = note;
            _buttons = buttons;
            _store = store;
            _diary = diary;
        }

        /// <summary>True when two questions in a row had no answer: nobody is there, the rest is only shown.</summary>
        internal bool IsAway => _silentCount >= 2;

        /// <summary>A run begins.</summary>
        internal void Begin()
        {
            _silentCount = 0;
            Forget();
        }

        /// <summary>Lets that much time pass with lights, tones and journal going on.</summary>
        internal void Wait(int elapsedMs)
        {
            long untilUs = SystemClock.MonotonicUs + (elapsedMs * 1000L);
            while (SystemClock.MonotonicUs < untilUs)
            {
                Tick();
            }
        }

        /// <summary>Waits for a press of one button.</summary>
        /// <param name="isRecord">The record button, or the note button.</param>
        /// <param name="sticks">True when it was down from the start and never came up.</param>
        /// <returns>True when it was pressed and let go.</returns>
        internal bool AwaitPress(bool isRecord, out bool sticks)
        {
            Forget();
            sticks = isRecord ? _buttons.IsRecordDown : _buttons.IsNoteDown;
            long untilUs = SystemClock.MonotonicUs + ((IsAway ? ShowMs : AnswerMs) * 1000L);
            while (SystemClock.MonotonicUs < untilUs)
            {
                Tick();
                bool isDown = isRecord ? _buttons.IsRecordDown : _buttons.IsNoteDown;
                sticks = sticks && isDown;
                if ((isRecord ? _record : _note).Take(SystemClock.MonotonicUs, false) != Gesture.None)
                {
                    _silentCount = 0;
                    return true;
                }
            }

            _silentCount++;
            return false;
        }

        /// <summary>Waits for the word on what lights or sounds now.</summary>
        /// <returns>1 seen or heard, 0 not, −1 nobody answered.</returns>
        internal int Confirm()
        {
            Forget();
            long untilUs = SystemClock.MonotonicUs + ((IsAway ? ShowMs : AnswerMs) * 1000L);
            while (SystemClock.MonotonicUs < untilUs)
            {
                Tick();
                if (_record.Take(SystemClock.MonotonicUs, false) != Gesture.None)
                {
                    _silentCount = 0;
                    return 1;
                }

                if (_note.Take(SystemClock.MonotonicUs, false) != Gesture.None)
                {
                    _silentCount = 0;
                    return 0;
                }
            }

            _silentCount++;
            return -1;
        }

        private void Forget()
        {
            while (_record.Take(SystemClock.MonotonicUs, false) != Gesture.None || _note.Take(SystemClock.MonotonicUs, false) != Gesture.None)
            {
            }
        }

        private void Tick()
        {
            _signals.Tick(SystemClock.MonotonicUs);
            _store.Tick(_diary.Now());
            SystemClock.Sleep(TickMs);
        }
    }
}
