using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Firmware.Checks
{
    /// <summary>Result of one item.</summary>
    public static class CheckGrades
    {
        /// <summary>As it should be.</summary>
        public const int Passed = 0;

        /// <summary>Usable, but see to it.</summary>
        public const int Warned = 1;

        /// <summary>Does not work.</summary>
        public const int Failed = 2;
    }

    /// <summary>使用前检查 before the first recording of an assignment and on demand (000·7, 001·7, 002·7, 003·4, 004·19). Journals every item with its figure; never blocks a recording that the officer insists on.</summary>
    public sealed class PreUseCheck
    {
        // Clock bound above which the officer is warned: a minute.
        private const long ClockBoundWarnUs = 60000000;

        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly IGauge _gauge;
        private readonly ICardSocket _socket;
        private readonly IWireless _wireless;
        private readonly Diary _diary;
        private int _failed;
        private int _warned;
        private string _items = "";

        /// <summary>Takes what is examined.</summary>
        public PreUseCheck(CardStore store, Provisioning provisioning, CaptureLoop capture, IGauge gauge, ICardSocket socket, IWireless wireless, Diary diary)
        {
            _store = store;
            _provisioning = provisioning;
            _capture = capture;
            _gauge = gauge;
            _socket = socket;
            _wireless = wireless;
            _diary = diary;
        }

        /// <summary>Items that failed last time.</summary>
        public int FailedCount => _failed;

        /// <summary>Times it ran since power-up.</summary>
        public int Count { get; private set; }

        /// <summary>When it last ended, device-monotonic µs.</summary>
        public long EndedUs { get; private set; }

        /// <summary>Worst grade of the last time.</summary>
        public int Grade { get; private set; }

        /// <summary>One line for people: items of the last time with their figures.</summary>
        public string Summary { get; private set; } = "";

        /// <summary>Examines everything; while recording, the camera and microphone are taken as they work.</summary>
        /// <returns>The worst grade.</returns>
        public int Run()
        {
            _failed = 0;
            _warned = 0;
            _items = "";
            int percent = _gauge.ReadPercent();
            Item("battery", percent < 0 || percent <= _provisioning.BatteryStopPercent ? 2 : percent <= _provisioning.BatteryWarnPercent ? 1 : 0, percent, "percent");
            int spare = _provisioning.GetInt("spareBattery", -1);
            if (spare >= 0)
            {
                Item("spareBattery", spare == 1 ? 0 : 1, spare, "declared");
            }

            Item("card", _store.IsOpen && _socket.IsPresent ? 0 : 2, (int)_store.Change, "change");
            long roomMb = _store.IsOpen ? _store.Ledger.FootageRoomBytes / 1000000 : 0;
            Item("storage", roomMb <= 0 ? 2 : roomMb < 500 ? 1 : 0, roomMb, "MB");
            long boundUs = _diary.Now().ErrorBoundUs;
            Item("clock", _diary.Stamp.Source == ClockSources.None ? 2 : boundUs < 0 || boundUs > ClockBoundWarnUs ? 1 : 0, boundUs < 0 ? -1 : boundUs / 1000, "boundMs");
            int frameBytes = _capture.IsRecording ? (_capture.CameraWorks ? 1 : 0) : _capture.TestCamera();
            Item("camera", frameBytes > 0 ? 0 : 2, frameBytes, "bytes");

            // Last, and with everything before it on the card: a microphone can hold the whole chip.
            Item("link", _wireless.IsJoined ? 0 : 1, _wireless.IsJoined ? 1 : 0, "joined", true);
            bool sound = _capture.TestMicrophone();
            Item("microphone", sound ? 0 : _provisioning.Sound ? 2 : 1, _capture.MicrophoneLevel, "rms");
            Summary = _items;
            Grade = _failed > 0 ? CheckGrades.Failed : _warned > 0 ? CheckGrades.Warned : CheckGrades.Passed;
            _diary.Line(Events.CheckDone).Add("grade", Grade).Add("failed", _failed).Add("warned", _warned);
            _diary.Write(true);
            Count++;
            EndedUs = SystemClock.MonotonicUs;
            return Grade;
        }

        private void Item(string name, int grade, long figure, string unit)
        {
            Item(name, grade, figure, unit, false);
        }

        private void Item(string name, int grade, long figure, string unit, bool critical)
        {
            _failed += grade == CheckGrades.Failed ? 1 : 0;
            _warned += grade == CheckGrades.Warned ? 1 : 0;
            _diary.Line(Events.Check).Add("item", name).Add("grade", grade).Add("figure", figure).Add("unit", unit);
            _diary.Write(critical);
            _items += (_items.Length > 0 ? " " : "") + name + "=" + figure.ToString() + (grade == 0 ? "" : grade == 1 ? "(warned)" : "(failed)");
        }
    }
}
