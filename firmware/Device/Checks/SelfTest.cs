using System;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using BodyCam.Firmware.Uplink;

namespace BodyCam.Firmware.Checks
{
    /// <summary>Every part of the board in turn, for the technician: one line each on the serial console and to the gateway. Nothing is recorded meanwhile. Control thread only.</summary>
    /// <remarks>The microphone comes last: one whose clock does not run holds the chip, and everything else has been told by then.</remarks>
    public sealed class SelfTest
    {
        // Published 150 to 250 KB/s for FileStream writes; recording VGA with sound takes 94 KB/s (budget.md).
        private const int WriteGoodKbps = 100;
        private const int WriteLeastKbps = 60;
        private const int ReadGoodKbps = 400;
        private const int ReadLeastKbps = 150;

        private const int CellGoodMv = 3500;
        private const int CellLeastMv = 3300;
        private const int LevelGoodDbm = -75;
        private const int LevelLeastDbm = -85;
        private const int PictureLeastBytes = 2000;

        // A TLS connection takes about 40 kB of the chip's own memory; the stock image maps 4 MB of PSRAM.
        private const int HeapGoodBytes = 50000;
        private const int HeapLeastBytes = 30000;
        private const int PsramLeastBytes = 3500000;
        private const int PsramFreeBytes = 1000000;

        private const int ClockSeconds = 3;
        private const int LinkWaitMs = 60000;
        private const int LinkLookMs = 200;

        // By the first line that each gives.
        private static readonly string[] s_items = { "camera", "cardWrite", "gauge", "recordButton", "noteButton", "recordLed", "buzzer", "wifi", "clock", "heap", "microphone" };

        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly IKeptClock _kept;
        private readonly ClockKeeper _clock;
        private readonly IGauge _gauge;
        private readonly ICardSocket _socket;
        private readonly IWireless _wireless;
        private readonly LinkState _link;
        private readonly Signals.Signals _signals;
        private readonly Diary _diary;
        private readonly Technician _technician;
        private int _worst;
        private int _count;

        /// <summary>Takes what is tested.</summary>
        public SelfTest(CardStore store, Provisioning provisioning, CaptureLoop capture, IKeptClock kept, ClockKeeper clock, IGauge gauge, ICardSocket socket, IWireless wireless, LinkState link,
            SelfTestReport report, Signals.Signals signals, Gestures record, Gestures note, IButtons buttons, Diary diary)
        {
            _store = store;
            _provisioning = provisioning;
            _capture = capture;
            _kept = kept;
            _clock = clock;
            _gauge = gauge;
            _socket = socket;
            _wireless = wireless;
            _link = link;
            Report = report;
            _signals = signals;
            _diary = diary;
            _technician = new Technician(signals, record, note, buttons, store, diary);
        }

        /// <summary>Lines of the newest run.</summary>
        public SelfTestReport Report { get; }

        /// <summary>Runs it: 15 to 75 s with a technician, about a minute without.</summary>
        /// <returns>The worst grade.</returns>
        public int Run()
        {
            _worst = CheckGrades.Passed;
            _count = 0;
            Report.Begin();
            _technician.Begin();
            _signals.RecordMode = Signals.Signals.Off;
            _signals.StatusMode = Signals.Signals.Attention;
            for (int item = 0; item < s_items.Length; item++)
            {
                try
                {
                    Test(s_items[item]);
                }
                catch (Exception failure)
                {
                    // One part that breaks off must not take the rest and the end with it.
                    _diary.Fault(StopReasons.DeviceFault, s_items[item], failure.Message);
                    Tell(s_items[item], CheckGrades.Failed, 0, "", "broke off with an error");
                }
            }

            Report.Add("end", _worst, _count, "items", "");
            Journal("end", _worst, _count, "items", true);
            _signals.RecordMode = Signals.Signals.Off;
            _signals.StatusMode = _worst == CheckGrades.Passed ? Signals.Signals.Steady : _worst == CheckGrades.Warned ? Signals.Signals.Slow : Signals.Signals.Fast;
            _signals.Play(_worst == CheckGrades.Passed ? Signals.Signals.SpeakNow : _worst == CheckGrades.Warned ? Signals.Signals.Warning : Signals.Signals.Alarm, SystemClock.MonotonicUs);
            return _worst;
        }

        private void Test(string item)
        {
            switch (item)
            {
                case "camera": TestCamera(); break;
                case "cardWrite": TestCard(); break;
                case "gauge": TestGauge(); break;
                case "recordButton": TestButton(item, true); break;
                case "noteButton": TestButton(item, false); break;
                case "recordLed": TestLights(); break;
                case "buzzer": TestBuzzer(); break;
                case "wifi": TestLink(); break;
                case "clock": TestClock(); break;
                case "heap": TestMemory(); break;
                default: TestMicrophone(); break;
            }
        }

        private void TestCamera()
        {
            int bytes = _capture.TestCamera();
            Tell("camera", bytes <= 0 ? CheckGrades.Failed : bytes < PictureLeastBytes ? CheckGrades.Warned : CheckGrades.Passed, bytes, "bytes",
                _provisioning.WidthPx.ToString() + "x" + _provisioning.HeightPx.ToString());
        }

        private void TestCard()
        {
            if (!_store.IsOpen || !_socket.IsPresent)
            {
                Tell("cardWrite", CheckGrades.Failed, 0, "KB/s", "no card");
                Tell("cardRead", CheckGrades.Failed, 0, "KB/s", "no card");
                return;
            }

            if (_store.Ledger.FootageRoomBytes < 2 * CardProbe.FileBytes)
            {
                Tell("cardWrite", CheckGrades.Warned, 0, "KB/s", "no room to try it");
                Tell("cardRead", CheckGrades.Warned, 0, "KB/s", "no room to try it");
                return;
            }

            CardProbe probe = new CardProbe();
            probe.Remove();
            bool written = probe.Write();
            Tell("cardWrite", !written ? CheckGrades.Failed : Grade(probe.WriteKbPerSecond, WriteGoodKbps, WriteLeastKbps), probe.WriteKbPerSecond, "KB/s", probe.Failure);
            bool read = written && probe.Read();
            Tell("cardRead", !read ? CheckGrades.Failed : Grade(probe.ReadKbPerSecond, ReadGoodKbps, ReadLeastKbps), probe.ReadKbPerSecond, "KB/s", probe.Failure);
            probe.Remove();
        }

        private void TestGauge()
        {
            int cellMv = _gauge.ReadMillivolts();
            Tell("gauge", Grade(cellMv, CellGoodMv, CellLeastMv), cellMv, "mV", cellMv < 0 ? "no answer" : _gauge.ReadPercent().ToString() + " percent");
        }

        // The light of the button that is asked for flashes.
        private void TestButton(string item, bool isRecord)
        {
            _signals.RecordMode = isRecord ? Signals.Signals.Fast : Signals.Signals.Off;
            _signals.StatusMode = isRecord ? Signals.Signals.Off : Signals.Signals.Fast;
            bool sticks;
            bool pressed = _technician.AwaitPress(isRecord, out sticks);
            Tell(item, pressed ? CheckGrades.Passed : sticks ? CheckGrades.Failed : CheckGrades.Warned, pressed ? 1 : 0, "presses", pressed ? "" : sticks ? "sticks" : "not confirmed");
        }

        private void TestLights()
        {
            _signals.RecordMode = Signals.Signals.Steady;
            _signals.StatusMode = Signals.Signals.Off;
            TellWord("recordLed", _technician.Confirm());
            _signals.RecordMode = Signals.Signals.Off;
            _signals.StatusMode = Signals.Signals.Steady;
            TellWord("statusLed", _technician.Confirm());
        }

        private void TestBuzzer()
        {
            _signals.RecordMode = Signals.Signals.Steady;
            _signals.StatusMode = Signals.Signals.Steady;
            _signals.Play(Signals.Signals.Sweep, SystemClock.MonotonicUs);
            TellWord("buzzer", _technician.Confirm());
            _signals.RecordMode = Signals.Signals.Off;
            _signals.StatusMode = Signals.Signals.Attention;
        }

        private void TestLink()
        {
            for (int waitedMs = 0; waitedMs < LinkWaitMs && !(_link.IsUp && _link.HasAnswered) && !LinkFaults.WantsTechnician(_link.Fault); waitedMs += LinkLookMs)
            {
                _technician.Wait(LinkLookMs);
            }

            bool joined = _wireless.IsJoined;
            bool answered = _link.IsUp && _link.HasAnswered;
            int fault = _link.Fault;
            int levelDbm = joined ? _wireless.LevelDbm(_link.Ssid.Length > 0 ? _link.Ssid : _provisioning.WifiSsid(1) ?? "") : 0;
            Tell("wifi", !joined ? CheckGrades.Failed : levelDbm == 0 ? CheckGrades.Warned : Grade(levelDbm, LevelGoodDbm, LevelLeastDbm), levelDbm, "dBm",
                !joined ? LinkFaults.Text(LinkFaults.WifiAway) : levelDbm == 0 ? "level not known" : "");
            Tell("gateway", answered ? CheckGrades.Passed : CheckGrades.Failed, answered ? 1 : 0, "reachable", answered ? "" : fault == LinkFaults.None ? "no answer" : LinkFaults.Text(fault));
        }

        // After the link: a board that is powered for the first time gets its time from there.
        private void TestClock()
        {
            long beforeS = _kept.ReadUnixSeconds();
            if (beforeS < 0)
            {
                Tell("clock", CheckGrades.Failed, 0, "s", "no answer, or its oscillator has stopped");
                return;
            }

            long startedUs = SystemClock.MonotonicUs;
            _technician.Wait(ClockSeconds * 1000);
            long countedS = _kept.ReadUnixSeconds() - beforeS;
            long passedS = (SystemClock.MonotonicUs - startedUs) / 1000000;
            bool runs = countedS >= passedS - 1 && countedS <= passedS + 1;
            Tell("clock", !runs ? CheckGrades.Failed : _clock.IsTrusted ? CheckGrades.Passed : CheckGrades.Warned, countedS, "s", !runs ? "does not count seconds" : _clock.IsTrusted ? "" : "was never set");
        }

        private void TestMemory()
        {
            int heapBytes = ChipMemory.InternalFreeBytes();
            Tell("heap", Grade(heapBytes, HeapGoodBytes, HeapLeastBytes), heapBytes, "bytes", "");
            int freeBytes;
            int psramBytes = ChipMemory.PsramBytes(out freeBytes);
            Tell("psram", psramBytes < PsramLeastBytes ? CheckGrades.Failed : freeBytes < PsramFreeBytes ? CheckGrades.Warned : CheckGrades.Passed, freeBytes, "bytes",
                psramBytes == 0 ? "no PSRAM" : psramBytes.ToString() + " mapped");
        }

        private void TestMicrophone()
        {
            if (!_provisioning.Sound)
            {
                Tell("microphone", CheckGrades.Warned, 0, "rms", "sound is switched off");
                return;
            }

            bool hungBefore = _capture.MicrophoneHung;
            _capture.ForgiveMicrophone();

            // What is told so far must not wait behind a read that may not come back.
            _technician.Wait(1500);
            _capture.TestMicrophone();
            int level = _capture.MicrophoneLevel;
            Tell("microphone", !_capture.MicrophoneWorks || level <= 0 ? CheckGrades.Failed : CheckGrades.Passed, level, "rms",
                level < 0 ? "not opened" : level == 0 ? "silent to the last bit, or stuck" : hungBefore ? "held the chip before, works now" : "");
        }

        private static int Grade(int figure, int good, int least)
        {
            return figure >= good ? CheckGrades.Passed : figure >= least ? CheckGrades.Warned : CheckGrades.Failed;
        }

        private void TellWord(string item, int word)
        {
            Tell(item, word == 1 ? CheckGrades.Passed : word == 0 ? CheckGrades.Failed : CheckGrades.Warned, word == 1 ? 1 : 0, "confirmed", word == 1 ? "" : word == 0 ? "denied" : "not confirmed");
        }

        private void Tell(string item, int grade, long figure, string unit, string text)
        {
            _worst = grade > _worst ? grade : _worst;
            _count++;
            Report.Add(item, grade, figure, unit, text);
            Journal(item, grade, figure, unit, false);
        }

        private void Journal(string item, int grade, long figure, string unit, bool critical)
        {
            _diary.Line(Events.SelfTest).Add("run", Report.Run).Add("item", item).Add("grade", grade).Add("figure", figure).Add("unit", unit);
            _diary.Write(critical);
        }
    }
}
