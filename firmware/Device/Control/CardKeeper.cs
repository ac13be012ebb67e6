using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Control
{
    /// <summary>Takes the card in and lets it go, and notices one that holds its writer. Control thread only.</summary>
    public sealed class CardKeeper
    {
        private const long RemountEveryUs = 5000000;
        private const long HangsUs = 5000000;

        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly ICardSocket _socket;
        private readonly Diary _diary;
        private long _nextMountUs;
        private int _writesSeen;
        private long _writesMovedUs;

        /// <summary>Takes its parts.</summary>
        public CardKeeper(CardStore store, Provisioning provisioning, ICardSocket socket, Diary diary)
        {
            _store = store;
            _provisioning = provisioning;
            _socket = socket;
            _diary = diary;
        }

        /// <summary>True when the store is open and its card is no longer in the socket.</summary>
        public bool IsGone => _store.IsOpen && !_socket.IsPresent;

        /// <summary>Mounts and opens the card; true when the store is open afterwards.</summary>
        public bool Mount()
        {
            if (!_provisioning.IsComplete || !_socket.Mount())
            {
                return false;
            }

            StoreResult result = _store.Open(_diary.Now());
            if (result != StoreResult.Ok)
            {
                _diary.Fault((int)result, "card", "the card cannot be opened");
                _socket.Unmount();
            }

            return result == StoreResult.Ok;
        }

        /// <summary>Without a card, tries every 5 s; true when one was opened just now.</summary>
        public bool Remount(long nowUs)
        {
            if (_store.IsOpen || !_provisioning.IsComplete || nowUs < _nextMountUs)
            {
                return false;
            }

            _nextMountUs = nowUs + RemountEveryUs;
            return Mount();
        }

        /// <summary>Closes the store and lets go of the card.</summary>
        public void Lose()
        {
            _store.Close();
            _socket.Unmount();
            _diary.Fault((int)StoreResult.CardAbsent, "card", "the card is gone");
            _nextMountUs = SystemClock.MonotonicUs + RemountEveryUs;
        }

        /// <summary>True every 5 s while a write does not come back. A full or broken card can hold its writer for ever, without an exception; nothing is journalled, as that would hang too.</summary>
        public bool Hangs(long nowUs)
        {
            SegmentWriter writer = _store.Recordings.Writer;
            int writes = writer != null ? writer.WritesCompleted : -1;
            if (writer == null || writes != _writesSeen || !writer.WriteInProgress)
            {
                _writesSeen = writes;
                _writesMovedUs = nowUs;
                return false;
            }

            if (nowUs - _writesMovedUs <= HangsUs)
            {
                return false;
            }

            _writesMovedUs = nowUs;
            return true;
        }
    }
}
