using System;

namespace BodyCam.Firmware.Storage
{
    /// <summary>
    /// What the recorder must know without a card: <c>I:\state.bin</c>, two slots of 512 bytes, written in turn, each with a check word.
    /// A torn write leaves the other slot, which is one save older.
    /// </summary>
    public sealed partial class DeviceState
    {
        /// <summary>Where it lies.</summary>
        public const string FilePath = "I:\\state.bin";

        /// <summary>Bytes of one slot.</summary>
        public const int SlotBytes = 512;

        private readonly object _gate = new object();
        private int _generation;

        private DeviceState()
        {
        }

        /// <summary>
        /// What the epoch before still owes: its number (0 = nothing), heads, keys and the card that holds its open segments. Kept until they are sealed; one epoch, no more.
        /// Only <see cref="Epoch"/>, heads, restart flags, keys and <see cref="CardId"/> of it are kept.
        /// </summary>
        public DeviceState Previous { get; private set; }

        /// <summary>Epoch that ended at this boot, 0 = none did.</summary>
        public int EndedEpoch { get; private set; }

        /// <summary>Epoch whose open segments can no longer be sealed since this boot, because a later one took its place in <see cref="Previous"/>; 0 = none.</summary>
        public int DroppedEpoch { get; private set; }

        /// <summary>Epoch that everything below belongs to.</summary>
        public int Epoch { get; private set; }

        /// <summary>Number of this boot, ≥ 1, rising over all epochs.</summary>
        public int Boot { get; private set; }

        /// <summary>True when neither slot could be read: <c>I:</c> is new or was lost.</summary>
        public bool WasLost { get; private set; }

        /// <summary>Highest recording number reserved in this epoch.</summary>
        public int Recording;

        /// <summary>Highest journal segment number reserved in this epoch.</summary>
        public int JournalSegment;

        /// <summary>Highest journal line number that may have been used.</summary>
        public int JournalLine;

        /// <summary>Number of the current or last activity.</summary>
        public int Activity;

        /// <summary>True between the start and the end of an activity.</summary>
        public bool ActivityOpen;

        /// <summary>Stop reason that still wants a spoken note, 0 = none.</summary>
        public int PendingReason;

        /// <summary>Device-wall time of that interruption, µs.</summary>
        public long InterruptedWallUs;

        /// <summary>True between issue and return.</summary>
        public bool AssignmentOpen;

        /// <summary>First recording of the assignment.</summary>
        public int AssignmentFirstRecording;

        /// <summary>True when the card was found swapped or older: ask for a new epoch.</summary>
        public bool NewEpochWanted;

        /// <summary>True while footage on the card may be without its seal: the key of <see cref="RecordingKeyNumber"/> is still needed.</summary>
        public bool FootageOpen;

        /// <summary>True when the last boot left nothing open on the card before the chip restarted.</summary>
        public bool NothingOpen;

        /// <summary>Lowest recording whose key a card that was swapped out may still need, 0 = none.</summary>
        public int OwedRecording;

        /// <summary>True when the head of the footage chain was lost.</summary>
        public bool FootageRestart;

        /// <summary>True when the head of the journal chain was lost.</summary>
        public bool JournalRestart;

        /// <summary>Last counter accepted from the gateway.</summary>
        public long CommandCounter;

        /// <summary>Recording that <see cref="RecordingKey"/> is for.</summary>
        public int RecordingKeyNumber;

        /// <summary>Ledger sequence at the last save.</summary>
        public int CardSequence;

        /// <summary>Newest boot number written on the card.</summary>
        public int CardBoot;

        /// <summary>Newest checkpoint kept, 0 = none.</summary>
        public long CheckpointSize { get; private set; }

        /// <summary>Its root, 32 bytes.</summary>
        public byte[] CheckpointRoot { get; } = new byte[32];

        /// <summary>Last seal digest of the footage chain.</summary>
        public byte[] FootageHead { get; } = new byte[32];

        /// <summary>Last seal digest of the journal chain.</summary>
        public byte[] JournalHead { get; } = new byte[32];

        /// <summary>Key of recording <see cref="RecordingKeyNumber"/>; use <see cref="RecordingKeys"/>.</summary>
        internal byte[] RecordingKey { get; } = new byte[32];

        /// <summary>Key of the journal chain in <see cref="Epoch"/>.</summary>
        internal byte[] JournalKey { get; } = new byte[32];

        /// <summary>Id of the card that <see cref="OwedRecording"/> speaks of.</summary>
        internal byte[] OwedCardId { get; } = new byte[32];

        /// <summary>Id of the card last written to; zeros = none.</summary>
        internal byte[] CardId { get; } = new byte[32];

        /// <summary>Reads the newer good slot and counts the boot up; a new epoch in the provisioning file starts its numbers afresh. Saves once.</summary>
        public static DeviceState Load(Provisioning provisioning)
        {
            DeviceState state = new DeviceState();
            state.Previous = new DeviceState();
            byte[] best = ReadNewestSlot();
            state.WasLost = best == null;
            if (best != null)
            {
                state.Unpack(best);
            }

            // A file that cannot be read ends no epoch.
            if (provisioning.IsComplete && state.Epoch != provisioning.Epoch)
            {
                state.StartEpoch(provisioning);
            }

            if (provisioning.JournalKey != null)
            {
                Array.Copy(provisioning.JournalKey, 0, state.JournalKey, 0, 32);
            }

            if (state.WasLost && provisioning.IsComplete && provisioning.RecordingKey == null)
            {
                // The key went with the state: nothing can be recorded in this epoch any more, on whatever card.
                state.NewEpochWanted = true;
            }

            state.Boot++;
            state.NothingOpen = false;
            bool fresh = state.WasLost || (provisioning.IsComplete && provisioning.RecordingKey != null);
            bool saved = state.Save() == StoreResult.Ok;
            if (saved && fresh && provisioning.IsComplete && state.Save() == StoreResult.Ok)
            {
                // Both slots hold the key now: the file may lose it.
                provisioning.ForgetRecordingKey();
            }

            return state;
        }

        /// <summary>Keeps a newer checkpoint; written with the next save.</summary>
        public void KeepCheckpoint(long size, byte[] source, int rootOffset)
        {
            lock (_gate)
            {
                CheckpointSize = size;
                Array.Copy(source, rootOffset, CheckpointRoot, 0, 32);
            }
        }

        /// <summary>Forgets <see cref="Previous"/>, in both slots.</summary>
        public StoreResult ReleasePrevious()
        {
            lock (_gate)
            {
                Previous.Clear();
            }

            StoreResult result = Save();
            return result == StoreResult.Ok ? Save() : result;
        }

        // An activity that is open goes on in the new epoch, with its number and the reason that wants a spoken note.
        private void StartEpoch(Provisioning provisioning)
        {
            KeepPrevious();
            EndedEpoch = Epoch;
            Epoch = provisioning.Epoch;
            Recording = provisioning.RecordingNumber - 1;
            JournalSegment = 0;
            JournalLine = 0;
            Activity = ActivityOpen ? Activity : 0;
            FootageOpen = false;
            OwedRecording = 0;
            Array.Clear(OwedCardId, 0, 32);
            NewEpochWanted = false;
            FootageRestart = false;
            JournalRestart = false;
            CommandCounter = 0;
            AssignmentFirstRecording = provisioning.RecordingNumber;
            RecordingKeyNumber = provisioning.RecordingNumber;
            Array.Clear(FootageHead, 0, 32);
            Array.Clear(JournalHead, 0, 32);
            Array.Clear(CardId, 0, 32);
            CardSequence = 0;
            CardBoot = 0;
            byte[] key = provisioning.RecordingKey;
            Array.Clear(RecordingKey, 0, 32);
            if (key != null)
            {
                Array.Copy(key, 0, RecordingKey, 0, 32);
            }
        }

        // After an orderly end nothing is owed, and what an epoch before that owes stays; otherwise the epoch that ends takes its place.
        private void KeepPrevious()
        {
            if (Epoch == 0 || (NothingOpen && OwedRecording == 0))
            {
                return;
            }

            DroppedEpoch = Previous.Epoch;
            Previous.Clear();
            Previous.Epoch = Epoch;
            Previous.FootageRestart = FootageRestart;
            Previous.JournalRestart = JournalRestart;
            Array.Copy(FootageHead, 0, Previous.FootageHead, 0, 32);
            Array.Copy(JournalHead, 0, Previous.JournalHead, 0, 32);
            Array.Copy(JournalKey, 0, Previous.JournalKey, 0, 32);
            Array.Copy(OwedRecording != 0 ? OwedCardId : CardId, 0, Previous.CardId, 0, 32);
            if (FootageOpen || OwedRecording != 0)
            {
                Previous.RecordingKeyNumber = RecordingKeyNumber;
                Array.Copy(RecordingKey, 0, Previous.RecordingKey, 0, 32);
            }
        }

        private void Clear()
        {
            Epoch = 0;
            FootageRestart = false;
            JournalRestart = false;
            RecordingKeyNumber = 0;
            Array.Clear(FootageHead, 0, 32);
            Array.Clear(JournalHead, 0, 32);
            Array.Clear(JournalKey, 0, 32);
            Array.Clear(RecordingKey, 0, 32);
            Array.Clear(CardId, 0, 32);
        }
    }
}
