using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>One-way ratchet of recording keys (protocol §6): later keys follow from the one kept, earlier ones do not.</summary>
    public sealed class RecordingKeys
    {
        // A number beyond it would hold the caller for minutes. What a card says is believed up to half of it (Ledger); the rest is for recordings made while an older one waits for its seal.
        internal const int StepsMax = 1 << 17;

        private readonly DeviceState _state;
        private int _cachedNumber;
        private byte[] _cachedKey;

        /// <summary>Works on the key that <paramref name="state"/> holds.</summary>
        public RecordingKeys(DeviceState state)
        {
            _state = state;
        }

        /// <summary>Key of a recording, or null when it has been ratcheted away, was never provisioned, or is more than 131,072 steps away.</summary>
        public byte[] For(int recording)
        {
            lock (_state)
            {
                if (recording < _state.RecordingKeyNumber || recording - _state.RecordingKeyNumber > StepsMax || Bytes.IsZero(_state.RecordingKey, 0, 32))
                {
                    return null;
                }

                if (_cachedKey == null || _cachedNumber > recording || _cachedNumber < _state.RecordingKeyNumber)
                {
                    _cachedNumber = _state.RecordingKeyNumber;
                    _cachedKey = Bytes.Slice(_state.RecordingKey, 0, 32);
                }

                while (_cachedNumber < recording)
                {
                    _cachedKey = Bytes.Mac(_cachedKey, "ratchet");
                    _cachedNumber++;
                }

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
            }
        }
    }
}
