using BodyCam.Firmware.Parts;

namespace BodyCam.Firmware.Signals
{
    /// <summary>What lights and buzzer say. Called by the control thread only.</summary>
    public sealed class Signals
    {
        /// <summary>Dark.</summary>
        public const int Off = 0;

        /// <summary>On.</summary>
        public const int Steady = 1;

        /// <summary>1 s on, 1 s off.</summary>
        public const int Slow = 2;

        /// <summary>0.2 s on, 0.2 s off.</summary>
        public const int Fast = 3;

        /// <summary>Two flashes of 0.2 s every 2 s.</summary>
        public const int Attention = 4;

        /// <summary>One tone: recording started.</summary>
        public static readonly int[] Started = { 2000, 120 };

        /// <summary>Two tones: give the notice now.</summary>
        public static readonly int[] GiveNotice = { 2000, 120, 0, 120, 2000, 120 };

        /// <summary>Falling tones: recording stopped.</summary>
        public static readonly int[] Stopped = { 1500, 120, 1000, 200 };

        /// <summary>Three low tones: warning.</summary>
        public static readonly int[] Warning = { 800, 150, 0, 100, 800, 150, 0, 100, 800, 150 };

        /// <summary>Long tones: recording was interrupted.</summary>
        public static readonly int[] Alarm = { 1000, 400, 0, 200, 1000, 400 };

        /// <summary>Rising tones: say the reason now.</summary>
        public static readonly int[] SpeakNow = { 1000, 100, 1500, 100, 2000, 150 };

        /// <summary>One short tone: marked.</summary>
        public static readonly int[] Marked = { 2500, 60 };

        /// <summary>Low to high: the buzzer's own test.</summary>
        public static readonly int[] Sweep = { 800, 200, 1200, 200, 1800, 200, 2600, 200, 0, 300, 800, 200, 1200, 200, 1800, 200, 2600, 200 };

        private readonly IIndicators _indicators;
        private int[] _pattern;
        private int _step;
        private long _stepEndsUs;
        private long _locateUntilUs;

        /// <summary>Takes the lights and buzzer.</summary>
        public Signals(IIndicators indicators)
        {
            _indicators = indicators;
        }

        /// <summary>One of <see cref="Off"/> to <see cref="Attention"/>: steady while recording, slow while interrupted.</summary>
        public int RecordMode { get; set; }

        /// <summary>Steady = everything is stored; slow = something is not off the recorder yet; attention = a technician has to see to something; fast = fault or unprovisioned.</summary>
        public int StatusMode { get; set; }

        /// <summary>Plays pairs of frequency (Hz, 0 = silence) and length (ms); replaces what plays now.</summary>
        public void Play(int[] pattern, long nowUs)
        {
            _pattern = pattern;
            _step = 0;
            BeginStep(nowUs);
        }

        /// <summary>Light and sound for that long, so that the recorder is found.</summary>
        public void Locate(int seconds, long nowUs)
        {
            _locateUntilUs = nowUs + (seconds * 1000000L);
        }

        /// <summary>Moves lights and tones on; every 20 to 100 ms.</summary>
        public void Tick(long nowUs)
        {
            bool locating = nowUs < _locateUntilUs;
            _indicators.RecordLight(locating ? On(nowUs, 200) : Shows(RecordMode, nowUs));
            _indicators.StatusLight(locating ? !On(nowUs, 200) : Shows(StatusMode, nowUs));
            if (locating && _pattern == null)
            {
                Play(Marked, nowUs);
            }

            if (_pattern != null && nowUs >= _stepEndsUs)
            {
                _step += 2;
                BeginStep(nowUs);
            }
        }

        private static bool Shows(int mode, long nowUs)
        {
            return mode == Steady || (mode == Slow && On(nowUs, 1000)) || (mode == Fast && On(nowUs, 200)) || (mode == Attention && Flashes(nowUs));
        }

        private static bool Flashes(long nowUs)
        {
            long atMs = nowUs / 1000 % 2000;
            return atMs < 200 || (atMs >= 400 && atMs < 600);
        }

        private static bool On(long nowUs, int halfPeriodMs)
        {
            return (nowUs / 1000 / halfPeriodMs) % 2 == 0;
        }

        private void BeginStep(long nowUs)
        {
            if (_pattern == null || _step >= _pattern.Length)
            {
                _pattern = null;
                _indicators.Tone(0);
                return;
            }

            _indicators.Tone(_pattern[_step]);
            _stepEndsUs = nowUs + (_pattern[_step + 1] * 1000L);
        }
    }
}
