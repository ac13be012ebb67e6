using System;

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
        /// <summary>A hold, µs: the 2 s that officers are told, less what native calls may delay the stamp of the first edge.</summary>
        public const long HoldUs = 1800000;

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

        /// <summary>Takes an edge; beyond 16 waiting ones it is dropped, a press always together with its release.</summary>
        public void Edge(bool down, long atUs)
        {
            lock (_gate)
            {
                if (_edgeCount < (down ? EdgesMax - 1 : EdgesMax))
                {
                    _edgeDown[_edgeCount] = down;
                    _edgeUs[_edgeCount] = atUs;
                    _edgeCount++;
                }
            }
        }

        /// <summary>The next gesture that is certain by now. Holds and pauses are measured between edges, so it does not matter how late this is called; edges behind the gesture stay for the next call.</summary>
        /// <param name="nowUs">Device-monotonic time.</param>
        /// <param name="waitForMore">True when a short press may be the first of two or three; false gives it at once.</param>
        public Gesture Take(long nowUs, bool waitForMore)
        {
            lock (_gate)
            {
                while (_edgeCount > 0)
                {
                    bool down = _edgeDown[0];
                    long atUs = _edgeUs[0];
                    Gesture before = Certain(atUs, waitForMore);
                    if (before != Gesture.None)
                    {
                        return before;
                    }

                    _edgeCount--;
                    Array.Copy(_edgeDown, 1, _edgeDown, 0, _edgeCount);
                    Array.Copy(_edgeUs, 1, _edgeUs, 0, _edgeCount);
                    Apply(down, atUs);
                }

                return Certain(nowUs, waitForMore);
            }
        }

        // What is certain when nothing else happens until that moment.
        private Gesture Certain(long atUs, bool waitForMore)
        {
            if (_down)
            {
                if (_holdTold || atUs - _downUs < HoldUs)
                {
                    return Gesture.None;
                }

                _holdTold = true;
                _presses = 0;
                return Gesture.Hold;
            }

            if (_presses == 0 || (waitForMore && atUs - _upUs < PauseUs && _presses < 3))
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
