using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>
    /// Several Wi-Fi networks in the order of the provisioning file. The chip's configuration block holds one (the first), which it joins by itself from power-up on;
    /// while it is away each of the list is asked for by name, which writes no flash. Uplink thread only.
    /// </summary>
    internal sealed class Networks
    {
        /// <summary>Most networks in the file.</summary>
        internal const int CountMax = 4;

        // The chip's own attempt at boot, or its reconnection, goes first; after a round without success the radio rests.
        private const long PatienceUs = 15000000;
        private const long RestUs = 60000000;

        private readonly Provisioning _provisioning;
        private readonly IWireless _wireless;
        private readonly LinkState _link;
        private readonly Diary _diary;
        private long _awaySinceUs = -1;
        private long _restUntilUs;
        private int _next = 1;
        private bool _patienceOver;

        internal Networks(Provisioning provisioning, IWireless wireless, LinkState link, Diary diary)
        {
            _provisioning = provisioning;
            _wireless = wireless;
            _link = link;
            _diary = diary;
        }

        /// <summary>True once the chip's own attempt at joining has had its time.</summary>
        internal bool IsAway => _patienceOver;

        /// <summary>True while joined. Otherwise tries at most one listed network, which takes up to 20 s and lets other threads run.</summary>
        internal bool Follow()
        {
            if (_wireless.IsJoined)
            {
                _awaySinceUs = -1;
                _patienceOver = false;
                return true;
            }

            long nowUs = SystemClock.MonotonicUs;
            if (_awaySinceUs < 0)
            {
                _awaySinceUs = nowUs;
                _restUntilUs = nowUs + PatienceUs;
                _next = 1;
            }

            _patienceOver = nowUs - _awaySinceUs >= PatienceUs;
            if (nowUs < _restUntilUs || _provisioning.WifiSsid(1) == null)
            {
                return false;
            }

            return TryNext();
        }

        private bool TryNext()
        {
            int number = _next;
            string ssid = _provisioning.WifiSsid(number);
            _next = number == CountMax || _provisioning.WifiSsid(number + 1) == null ? 1 : number + 1;
            bool joined = _wireless.Join(ssid, _provisioning.WifiPassword(number));
            if (joined)
            {
                _awaySinceUs = -1;
                _link.Ssid = ssid;
                _diary.Line(Events.Wifi).Add("joined", true).Add("network", number);
                _diary.Write(false);
            }
            else if (_next == 1)
            {
                _restUntilUs = SystemClock.MonotonicUs + RestUs;
                _diary.Line(Events.Wifi).Add("joined", false).Add("tried", number);
                _diary.Write(false);
            }

            return joined;
        }
    }
}
