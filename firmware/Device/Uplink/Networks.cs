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
            if (nowUs < _restUntilUs || Listed(1) == 0)
            {
                return false;
            }

            return TryNext();
        }

        // The first number from that one on, round and round, that has a name; 0 when none has.
        private int Listed(int from)
        {
            for (int step = 0; step < CountMax; step++)
            {
                int number = ((from - 1 + step) % CountMax) + 1;
                if (_provisioning.WifiSsid(number) != null)
                {
                    return number;
                }
            }

            return 0;
        }

        private bool TryNext()
        {
            int number = Listed(_next);
            string ssid = _provisioning.WifiSsid(number);
            _next = Listed((number % CountMax) + 1);
            bool joined = _wireless.Join(ssid, _provisioning.WifiPassword(number));
            if (joined)
            {
                _awaySinceUs = -1;
                _link.Ssid = ssid;
                _diary.Line(Events.Wifi).Add("joined", true).Add("network", number);
                _diary.Write(false);
            }
            else if (_next <= number)
            {
                _restUntilUs = SystemClock.MonotonicUs + RestUs;
                _diary.Line(Events.Wifi).Add("joined", false).Add("tried", number);
                _diary.Write(false);
            }

            return joined;
        }
    }
}
