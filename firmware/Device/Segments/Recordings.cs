namespace BodyCam.Firmware.Storage
{
    /// <summary>The recording under way: numbers, keys, announcement, segments. Called by the capture thread only.</summary>
    public sealed class Recordings
    {
        // Above this many waiting seals the capture thread helps recovery along, so that they stay bounded.
        private const int WaitingSealsMax = 16;

        // Two whole segments of the smallest chunks: one cut never takes longer.
        private const int RecoveryStepsMax = 2 * SegmentWriter.CutAfterBytes / 4096;

        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly Provisioning _provisioning;
        private readonly RecordingKeys _keys;
        private readonly SegmentWriter _writer;
        private readonly JournalLine _line = new JournalLine();
        private int _kind;

        internal Recordings(CardStore store, Provisioning provisioning, DeviceState state, RecordingKeys keys)
        {
            _store = store;
            _provisioning = provisioning;
            _state = state;
            _keys = keys;
            _writer = new SegmentWriter(provisioning.ChunkBytes, (SegmentWriter.CutAfterBytes / provisioning.ChunkBytes) + (512 * 1024 / provisioning.ChunkBytes));
        }

        /// <summary>The open segment's writer, null when none is open.</summary>
        public SegmentWriter Writer => _writer.IsOpen ? _writer : null;

        /// <summary>Number of the recording under way, 0 when none.</summary>
        public int Recording { get; private set; }

        /// <summary>Number of its newest segment.</summary>
        public int Segment { get; private set; }

        /// <summary>Activity in force or last.</summary>
        public int Activity => _state.Activity;

        /// <summary>Highest recording number that the gateway has seen (command <c>state</c>); the next one is above it.</summary>
        public int GatewayRecording { get; set; }

        /// <summary>Opens the next activity; durable with the recording that follows.</summary>
        public int BeginActivity()
        {
            if (!_state.ActivityOpen)
            {
                _state.Activity++;
                _state.ActivityOpen = true;
            }

            return _state.Activity;
        }

        /// <summary>Closes the activity; durable with <see cref="End"/>.</summary>
        public void EndActivity()
        {
            _state.ActivityOpen = false;
            _state.PendingReason = 0;
        }

        /// <summary>Reserves the next number, saves <c>I:</c>, ratchets the key and writes the sealed announcement.</summary>
        /// <param name="kind">Footage, or SpokenNote when the camera is dead.</param>
        /// <param name="now">Clocks.</param>
        /// <returns>Ok; StateFailed when only <c>I:</c> could not be written (recording goes on); else why there is no recording.</returns>
        public StoreResult Begin(int kind, ClockStamp now)
        {
            if (!_store.IsOpen)
            {
                return StoreResult.CardAbsent;
            }

            if (kind == Kinds.Footage ? !_store.Ledger.HasRoomForFootage : !_store.Ledger.HasRoomForJournal)
            {
                return StoreResult.CardFull;
            }

            int number = _state.Recording;
            int onCard = _store.Ledger.HighestRecording(_state.Epoch);
            number = onCard > number ? onCard : number;
            number = (GatewayRecording > number ? GatewayRecording : number) + 1;
            if (_keys.For(number) == null)
            {
                return StoreResult.KeyGone;
            }

            _kind = kind;
            _state.Recording = number;
            if (_state.AssignmentFirstRecording == 0)
            {
                _state.AssignmentFirstRecording = number;
            }

            int oldestNeeded = number;
            oldestNeeded = _store.Recovery.OldestRecording > 0 && _store.Recovery.OldestRecording < oldestNeeded ? _store.Recovery.OldestRecording : oldestNeeded;
            int oldestWaiting = _store.FootageChain.OldestWaiting;
            oldestNeeded = oldestWaiting > 0 && oldestWaiting < oldestNeeded ? oldestWaiting : oldestNeeded;
            oldestNeeded = _state.OwedRecording > 0 && _state.OwedRecording < oldestNeeded ? _state.OwedRecording : oldestNeeded;
            if (!_store.Ledger.IsFootageRefused)
            {
                _keys.Retire(oldestNeeded);
            }

            // In this order: a save from another thread takes open footage without a recording for sealed.
            Recording = number;
            _state.FootageOpen = true;
            Segment = 0;
            _store.IsReturned = false;
            // The announcement's number goes into the same save.
            _store.ReserveTextSegment();
            StoreResult saved = _store.SaveState();
            StoreResult made = _store.MakeFolder(_state.Epoch, number);
            if (made != StoreResult.Ok)
            {
                return made;
            }

            _line.Start(Events.Announced).Add("recording", number).Add("activity", _state.Activity).Add("kind", kind);
            StoreResult announced = _store.Manifests.WriteAnnouncement(_line, now);
            return announced != StoreResult.Ok ? announced : saved;
        }

        /// <summary>Opens the next segment of the recording.</summary>
        public StoreResult OpenSegment(ClockStamp now)
        {
            if (Recording == 0)
            {
                return StoreResult.NotOpen;
            }

            if (_kind == Kinds.Footage ? !_store.Ledger.HasRoomForFootage : !_store.Ledger.HasRoomForJournal)
            {
                return StoreResult.CardFull;
            }

            SegmentHeader header = _store.NewHeader(_kind, now);
            header.Recording = Recording;
            header.Segment = Segment + 1;
            header.Activity = _state.Activity;
            header.WidthPx = _provisioning.WidthPx;
            header.HeightPx = _provisioning.HeightPx;
            StoreResult result = _store.Ledger.AppendOpened(header);
            if (result == StoreResult.Ok)
            {
                Segment++;
                result = _writer.Open(header, _keys.For(Recording));
            }

            return result;
        }

        /// <summary>Closes and seals the open segment; behind a recovery its seal waits.</summary>
        /// <param name="now">Clocks at the end.</param>
        /// <param name="final">True for the last segment of the recording.</param>
        /// <param name="stopReason">One of <see cref="StopReasons"/>; 0 unless final.</param>
        public StoreResult CloseSegment(ClockStamp now, bool final, int stopReason)
        {
            if (!_writer.IsOpen)
            {
                return StoreResult.NotOpen;
            }

            for (int i = 0; i < RecoveryStepsMax && _store.FootageChain.WaitingCount >= WaitingSealsMax && _store.Recovery.Step(now); i++)
            {
            }

            SealDraft draft = _writer.Close(now, final ? SealDraft.Final : 0, final ? stopReason : 0);
            if (draft == null)
            {
                StoreResult fault = _writer.Fault;
                _writer.Abandon();
                _store.Recovery.Add(Recording, Segment);
                return fault;
            }

            return _store.FootageChain.Submit(draft);
        }

        /// <summary>Seals the open segment and goes on in the next.</summary>
        public StoreResult Cut(ClockStamp now)
        {
            StoreResult result = CloseSegment(now, false, 0);
            return result == StoreResult.Ok ? OpenSegment(now) : result;
        }

        /// <summary>Ends the recording: final seal, state on <c>I:</c>, journal sealed too.</summary>
        /// <param name="now">Clocks.</param>
        /// <param name="stopReason">One of <see cref="StopReasons"/>. Anything but ActivityEnded and EpochChanged leaves a pending reason that wants a spoken note.</param>
        public StoreResult End(ClockStamp now, int stopReason)
        {
            if (Recording == 0)
            {
                return StoreResult.NotOpen;
            }

            StoreResult result = _writer.IsOpen ? CloseSegment(now, true, stopReason) : StoreResult.NotOpen;
            RememberStop(now, stopReason);
            StoreResult saved = _store.SaveState();
            _store.Journal.Rotate(now);
            return result != StoreResult.Ok ? result : saved;
        }

        /// <summary>Ends the recording without the card: its open segment is sealed by recovery when the card is opened again.</summary>
        public void Abandon(ClockStamp now, int stopReason)
        {
            _writer.Abandon();
            if (Recording != 0)
            {
                if (_store.IsOpen)
                {
                    _store.Recovery.Add(Recording, Segment);
                }

                RememberStop(now, stopReason);
                _store.SaveState();
            }
        }

        private void RememberStop(ClockStamp now, int stopReason)
        {
            Recording = 0;
            Segment = 0;
            bool explained = stopReason == StopReasons.ActivityEnded || stopReason == StopReasons.EpochChanged;
            _state.PendingReason = explained ? 0 : stopReason;
            _state.InterruptedWallUs = explained ? 0 : now.WallUs;
        }
    }
}
