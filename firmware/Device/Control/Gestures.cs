namespace BodyCam.Firmware.Control
{
    /// <summary>What the officer did with one button.</summary>
    public enum Gesture
    {
        /// <summary>Nothing yet.</summary>
        None = 0,

        /// <summary>One short press.</summary>
        Short = 1,

        /// <summary>Held for <see cref="Gestures.HoldUs"/>.</summary>
        Hold = 2,

        /// <summary>Two short presses.</summary>
        Double = 3,

        /// <summary>Three short presses.</summary>
        Triple = 4,
    }

    /// <summary>Recognises gestures of one button from its edges. Edges come from the pin's event, gestures are taken by the control thread.</summary>
    public sealed class Gestures
    {
        /// <summary>A hold, µs.</summary>
        public const long HoldUs = 2000000;

        /// <summary>Longest pause between presses that belong together, µs.</summary>
        public const long PauseUs = 500000;

        private const int EdgesMax = 16;

        private readonly object _gate = new object();
        private readonly bool[] _edgeDown = new bool[EdgesMax];
        private readonly long[] _edgeUs = new long[EdgesMax];
        private int _edgeCount;
        private bool _down;
        private bool _holdTold;
        private long _downUs;
        private long _upUs;
        private int _presses;

        /// <summary>Takes an edge; beyond 16 waiting ones it is dropped.</summary>
        public void Edge(bool down, long atUs)
        {
            lock (_gate)
            {
                if (_edgeCount < EdgesMax)
                {
                    _edgeDown[_edgeCount] = down;
                    _edgeUs[_edgeCount] = atUs;
                    _edgeCount++;
                }
            }
        }

        /// <summary>The next gesture that is certain by now.</summary>
        /// <param name="nowUs">Device-monotonic time.</param>
        /// <param name="waitForMore">True when a short press may be the first of two or three; false gives it at once.</param>
        public Gesture Take(long nowUs, bool waitForMore)
        {
            lock (_gate)
            {
                for (int index = 0; index < _edgeCount; index++)
                {
                    Apply(_edgeDown[index], _edgeUs[index]);
                }

                _edgeCount = 0;
            }

            if (_down && !_holdTold && nowUs - _downUs >= HoldUs)
            {
                _holdTold = true;
                _presses = 0;
                return Gesture.Hold;
            }

            if (_presses == 0 || _down || (waitForMore && nowUs - _upUs < PauseUs && _presses < 3))
            {
                return Gesture.None;
            }

            int presses = _presses;
            _presses = 0;
            return presses == 1 ? Gesture.Short : presses == 2 ? Gesture.Double : Gesture.Triple;
        }

        private void Apply(bool down, long atUs)
        {
            if (down == _down)
            {
                return;
            }

            _down = down;
            if (down)
            {
                _downUs = atUs;
                _holdTold = false;
                return;
            }

            _upUs = atUs;
            if (!_holdTold)
            {
                _presses++;
            }
        }
    }
}
