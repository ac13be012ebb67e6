using System;
using System.Device.Gpio;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Checks;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using BodyCam.Firmware.Uplink;
using nanoFramework.Runtime.Native;

namespace BodyCam.Firmware
{
    /// <summary>Puts the recorder together and runs the control thread, which is the main thread.</summary>
    public static class Program
    {
        private const int TickMs = 20;
        private const int RestartDelayMs = 10000;
        private const int RestartsMax = 10;

        private static RecorderControl _control;
        private static Diary _pinDiary;
        private static int _restartsFailed;

        /// <summary>Entry; never returns while the power is on.</summary>
        public static void Main()
        {
            Diary diary = null;
            try
            {
                WroverArducam board = new WroverArducam();
                FactoryReset reset = new FactoryReset(board.Buttons, board.Panel);
                if (FlashEraser.IsUnfinished)
                {
                    FlashEraser.Erase();
                }

                bool resetHeld = reset.AwaitHold();
                Provisioning provisioning = Provisioning.Load();
                DeviceState state = DeviceState.Load(provisioning);
                CardStore store = new CardStore(provisioning, state);
                ClockKeeper clock = new ClockKeeper(board.Clock);
                diary = new Diary(store, clock);
                _pinDiary = new Diary(store, clock);
                if (resetHeld)
                {
                    clock.Begin();
                    if (reset.Carry(store, state, provisioning, board.Card, diary))
                    {
                        Restart();
                        return;
                    }
                }

                CaptureLoop capture = new CaptureLoop(store, board.Camera, board.Microphone, provisioning, clock);
                PreUseCheck check = new PreUseCheck(store, provisioning, capture, board.Gauge, board.Card, board.Wireless, diary);
                Signals.Signals signals = new Signals.Signals(board.Panel);
                LinkState link = new LinkState();
                SelfTestReport report = new SelfTestReport();
                _control = new RecorderControl(store, state, provisioning, capture, clock, check, signals, board.Card, board.Gauge, link, diary);
                SelfTest selfTest = new SelfTest(store, provisioning, capture, board.Clock, clock, board.Gauge, board.Card, board.Wireless, link, report, signals, _control.RecordButton, _control.NoteButton, board.Buttons, diary);
                board.RecordButton.ValueChanged += OnRecordButton;
                board.NoteButton.ValueChanged += OnNoteButton;
                capture.Start();
                _control.Begin(selfTest);
                Uplink.Uplink uplink = new Uplink.Uplink(store, state, provisioning, capture, _control, clock, board.Wireless, link, report);
                uplink.Start();
                Loop(diary, uplink);
            }
            catch (Exception failure)
            {
                if (diary != null)
                {
                    diary.Fault(StopReasons.DeviceFault, "main", failure.Message);
                }

                Restart();
            }
        }

        // Not at once: a recorder that cannot start must not spin through restarts.
        private static void Restart()
        {
            while (_restartsFailed < RestartsMax)
            {
                try
                {
                    SystemClock.Sleep(RestartDelayMs);
                    Power.RebootDevice();
                }
                catch (Exception)
                {
                    _restartsFailed++;
                }
            }
        }

        private static void Loop(Diary diary, Uplink.Uplink uplink)
        {
            while (!_control.Errands.RestartWanted)
            {
                try
                {
                    _control.Tick();
                    uplink.Watch();
                }
                catch (Exception failure)
                {
                    diary.Fault(StopReasons.DeviceFault, "control", failure.Message);
                    SystemClock.Sleep(1000);
                }

                SystemClock.Sleep(TickMs);
            }

            Power.RebootDevice();
        }

        private static void OnRecordButton(object sender, PinValueChangedEventArgs e)
        {
            try
            {
                _control.RecordButton.Edge(e.ChangeType == PinEventTypes.Falling, SystemClock.MonotonicUs);
            }
            catch (Exception failure)
            {
                _pinDiary.Fault(StopReasons.DeviceFault, "recordButton", failure.Message);
            }
        }

        private static void OnNoteButton(object sender, PinValueChangedEventArgs e)
        {
            try
            {
                _control.NoteButton.Edge(e.ChangeType == PinEventTypes.Falling, SystemClock.MonotonicUs);
            }
            catch (Exception failure)
            {
                _pinDiary.Fault(StopReasons.DeviceFault, "noteButton", failure.Message);
            }
        }
    }
}
