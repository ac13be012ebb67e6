using System;
using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>One-way ratchet of recording keys (protocol §6): later keys follow from the one kept, earlier ones do not.</summary>
    public sealed class RecordingKeys
    {
        // A number beyond it would hold the caller for minutes. What a card says is believed up to half of it (Ledger); the rest is for recordings made while an older one waits for its seal.
        internal const int StepsMax = 1 << 17;

        // Every 512th key is kept in memory, 256 at most, so that numbers in any order are climbed to once and then reached in fewer steps.
        private const int RungSteps = 512;

        private readonly DeviceState _state;
        private readonly ArrayList _rungs = new ArrayList();
        private int _firstRung;
        private int _cachedNumber;
        private byte[] _cachedKey;

        /// <summary>Works on the key that <paramref name="state"/> holds.</summary>
        public RecordingKeys(DeviceState state)
        {
            _state = state;
        }

        /// <summary>Steps made since power-up; each is one HMAC.</summary>
        public int StepCount { get; private set; }

        /// <summary>Key of a recording, or null when it has been ratcheted away, was never provisioned, or is more than 131,072 steps away.</summary>
        public byte[] For(int recording)
        {
            lock (_state)
            {
                if (recording < _state.RecordingKeyNumber || recording - _state.RecordingKeyNumber > StepsMax || Bytes.IsZero(_state.RecordingKey, 0, 32))
                {
                    return null;
                }

                if (_rungs.Count == 0 || _firstRung != _state.RecordingKeyNumber)
                {
                    _rungs.Clear();
                    _rungs.Add(Bytes.Slice(_state.RecordingKey, 0, 32));
                    _firstRung = _state.RecordingKeyNumber;
                }

                int rung = (recording - _firstRung) / RungSteps;
                while (_rungs.Count <= rung)
                {
                    _rungs.Add(Climb((byte[])_rungs[_rungs.Count - 1], RungSteps));
                }

                int rungNumber = _firstRung + (rung * RungSteps);
                if (_cachedKey == null || _cachedNumber > recording || _cachedNumber < rungNumber)
                {
                    _cachedNumber = rungNumber;
                    _cachedKey = (byte[])_rungs[rung];
                }

                _cachedKey = Climb(_cachedKey, recording - _cachedNumber);
                _cachedNumber = recording;
                return _cachedKey;
            }
        }

        /// <summary>Forgets the keys before <paramref name="oldestNeeded"/>; durable with the next save of the state.</summary>
        public void Retire(int oldestNeeded)
        {
            byte[] key = For(oldestNeeded);
            if (key == null || oldestNeeded == _state.RecordingKeyNumber)
            {
                return;
            }

            lock (_state)
            {
                Array.Copy(key, 0, _state.RecordingKey, 0, 32);
                _state.RecordingKeyNumber = oldestNeeded;
                _rungs.Clear();
            }
        }

        private byte[] Climb(byte[] key, int steps)
        {
            StepCount += steps;
            for (int i = 0; i < steps; i++)
            {
                key = Bytes.Mac(key, "ratchet");
            }

            return key;
        }
    }
}
