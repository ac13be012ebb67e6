using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>
    /// Both buttons held for 10 s from power-up on, and nothing less, takes identity, keys, certificates and configuration off <c>I:</c>. The card is not touched but for a last journal line.
    /// Unless the card shows that everything on it is sealed and has its receipt, a second hold of 10 s must follow within 30 s. Main thread, before anything else runs.
    /// </summary>
    public sealed class FactoryReset
    {
        private const int HoldMs = 10000;
        private const int AgainMs = 30000;
        private const int SettleMs = 100;
        private const int TickMs = 50;

        private readonly IButtons _buttons;
        private readonly IIndicators _panel;

        /// <summary>Takes buttons, lights and buzzer.</summary>
        public FactoryReset(IButtons buttons, IIndicators panel)
        {
            _buttons = buttons;
            _panel = panel;
        }

        /// <summary>True when both buttons are held for 10 s from now on; returns at once when they are not down, and as soon as one is let go.</summary>
        public bool AwaitHold()
        {
            SystemClock.Sleep(SettleMs);
            return HoldsBoth();
        }

        /// <summary>Erases <c>I:</c> where the card allows it or a second hold insists; call after <see cref="AwaitHold"/>, once the store was built and before anything is recorded. When refused the card stays open.</summary>
        /// <returns>True when <c>I:</c> is empty now: restart the chip.</returns>
        public bool Carry(CardStore store, DeviceState state, Provisioning provisioning, ICardSocket socket, Diary diary)
        {
            bool isOpen = provisioning.IsComplete && socket.Mount() && store.Open(diary.Now()) == StoreResult.Ok;
            int open = isOpen ? store.Ledger.OpenFootageCount : -1;
            int unreceipted = isOpen ? store.Ledger.UnreceiptedCount : -1;
            bool isOwed = !isOpen || open > 0 || unreceipted > 0 || state.FootageOpen || state.OwedRecording != 0 || state.Previous.Epoch != 0;

            // A recorder without a configuration has recorded nothing that its keys are needed for, unless state is left of one that had.
            isOwed = isOwed && !(!provisioning.IsComplete && state.WasLost);
            bool insisted = isOwed && Insists();
            if (isOwed && !insisted)
            {
                diary.Line(Events.FactoryReset).Add("refused", true).Add("open", open).Add("unreceipted", unreceipted);
                diary.Write(true);
                return false;
            }

            diary.Line(Events.FactoryReset).Add("epoch", state.Epoch).Add("insisted", insisted).Add("open", open).Add("unreceipted", unreceipted);
            diary.Write(true);
            if (isOpen)
            {
                store.Journal.Stop(diary.Now());
                store.Close();
            }

            bool erased = FlashEraser.Erase();
            Sound(erased ? 2500 : 400, 1500);
            return erased;
        }

        // An alarm, then the buttons must have been let go and be held again: a bag that presses them does not do that.
        private bool Insists()
        {
            long untilUs = SystemClock.MonotonicUs + (AgainMs * 1000L);
            Sound(1000, 400);
            Sound(600, 400);
            Sound(1000, 400);
            bool released = false;
            while (SystemClock.MonotonicUs < untilUs)
            {
                released = released || !(_buttons.IsRecordDown || _buttons.IsNoteDown);
                if (released && HoldsBoth())
                {
                    return true;
                }

                Show(SystemClock.MonotonicUs / 100000 % 2 == 0);
                SystemClock.Sleep(TickMs);
            }

            Dark();
            return false;
        }

        // Lights in turn, a tick each second.
        private bool HoldsBoth()
        {
            long startedUs = SystemClock.MonotonicUs;
            long elapsedMs = 0;
            while (_buttons.IsRecordDown && _buttons.IsNoteDown)
            {
                elapsedMs = (SystemClock.MonotonicUs - startedUs) / 1000;
                if (elapsedMs >= HoldMs)
                {
                    Dark();
                    return true;
                }

                Show(elapsedMs / 500 % 2 == 0);
                _panel.Tone(elapsedMs % 1000 < 100 ? 2000 : 0);
                SystemClock.Sleep(TickMs);
            }

            if (elapsedMs > 0)
            {
                Dark();
            }

            return false;
        }

        private void Sound(int frequencyHz, int elapsedMs)
        {
            _panel.Tone(frequencyHz);
            SystemClock.Sleep(elapsedMs);
            _panel.Tone(0);
            SystemClock.Sleep(100);
        }

        private void Show(bool record)
        {
            _panel.RecordLight(record);
            _panel.StatusLight(!record);
        }

        private void Dark()
        {
            _panel.RecordLight(false);
            _panel.StatusLight(false);
            _panel.Tone(0);
        }
    }
}
