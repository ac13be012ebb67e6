using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>What comes back: receipts, missing chunks, refusals and commands.</summary>
    public sealed partial class Spool
    {
        private const int ChunkRefusalsMax = 3;
        private const long LaterUs = 30000000;
        private const long ReplayLineEveryUs = 60000000;

        private readonly ReceiptIntake _receipts;
        private readonly RefusedReceipts _refused;
        private long _replayLineAtUs = -ReplayLineEveryUs;

        /// <summary>Takes a receipt in. Anything but Accepted changes nothing on the card and is journalled, at most once a minute for each reason.</summary>
        public ReceiptOutcome OnReceipt(byte[] message, ClockStamp now)
        {
            lock (_gate)
            {
                Receipt receipt = Receipt.Read(message);
                long checkpoint = _state.CheckpointSize;
                ReceiptOutcome outcome = _receipts.Take(receipt);
                if (_state.CheckpointSize > checkpoint)
                {
                    _store.SaveStateSoon(now);
                }

                if (outcome != ReceiptOutcome.Accepted)
                {
                    _refused.Note(receipt, outcome, now);
                    OlderCheckpointCount += outcome == ReceiptOutcome.CheckpointOlder ? 1 : 0;
                }

                return outcome;
            }
        }

        /// <summary>Takes a list of missing chunks in.</summary>
        public DownOutcome OnMissing(byte[] message, ClockStamp now)
        {
            lock (_gate)
            {
                MissingRanges missing;
                DownOutcome outcome = MissingRanges.Read(message, _provisioning.CommandKey, _state.CommandCounter, out missing);
                if (outcome != DownOutcome.Ok)
                {
                    NoteIgnoredNeedsLock(outcome, now);
                    return outcome;
                }

                _state.CommandCounter = missing.Counter;
                SpoolSegment segment = _window.Find(missing.Epoch, missing.Recording, missing.Segment);
                if (segment == null || segment.IsLost || !Bytes.Same(missing.Message, 24, segment.Row.Page(segment.Segment), segment.Row.DigestOffset(segment.Segment), 32))
                {
                    return outcome;
                }

                if (segment.ChunkCount < 0 && !_source.ReadSeal(segment, _nowUs))
                {
                    return outcome;
                }

                segment.NeedsOffer = false;
                segment.NeedsSeal = false;
                segment.SentAtUs = now.MonotonicUs;
                segment.ClearRanges();
                for (int i = 0; i < missing.Count; i++)
                {
                    int first = missing.First(i);
                    int count = missing.Length(i);
                    if (first >= 0 && first < segment.ChunkCount && count > 0)
                    {
                        segment.AddRange(first, count < segment.ChunkCount - first ? count : segment.ChunkCount - first);
                    }
                }

                return outcome;
            }
        }

        /// <summary>Takes a refusal in: a final one ends the conversation about the segment until the next start; nothing is erased.</summary>
        public DownOutcome OnRefusal(byte[] message, ClockStamp now)
        {
            lock (_gate)
            {
                Refusal refusal;
                DownOutcome outcome = Refusal.Read(message, _provisioning.CommandKey, _state.CommandCounter, out refusal);
                if (outcome != DownOutcome.Ok)
                {
                    NoteIgnoredNeedsLock(outcome, now);
                    return outcome;
                }

                _state.CommandCounter = refusal.Counter;
                SpoolSegment segment = _window.Find(refusal.Epoch, refusal.Recording, refusal.Segment);
                if (refusal.IsLater)
                {
                    _pausedUntilUs = now.MonotonicUs + LaterUs;
                    if (segment != null)
                    {
                        segment.NeedsOffer = true;
                    }
                }
                else if (refusal.IsFinal)
                {
                    // The counter must outlive a power cut: tapped and played back it would silence the segment in every boot.
                    _store.SaveStateSoon(now);
                    DropNeedsLock(segment);
                }
                else if (refusal.Reason == Refusal.ChunkDigest && segment != null && refusal.Detail >= 0 && refusal.Detail < segment.ChunkCount && segment.Refusals++ < ChunkRefusalsMax)
                {
                    segment.Requeue(refusal.Detail);
                }

                _line.Start(Events.Refused).Add("reason", refusal.Reason).Add("recording", refusal.Recording).Add("segment", refusal.Segment).Add("detail", refusal.Detail);
                _store.Journal.Write(_line, now, false);
                return outcome;
            }
        }

        /// <summary>Checks a command; an accepted counter is saved on <c>I:</c> before this returns.</summary>
        public DownOutcome OnCommand(byte[] message, ClockStamp now, out Command command)
        {
            lock (_gate)
            {
                DownOutcome outcome = Command.Read(message, _provisioning.CommandKey, _state.CommandCounter, out command);
                if (outcome == DownOutcome.Ok)
                {
                    _state.CommandCounter = command.Counter;
                    _store.SaveState();
                    _line.Start(Events.Command).Add("name", command.Name);
                    _store.Journal.Write(_line, now, false);
                }
                else
                {
                    NoteIgnoredNeedsLock(outcome, now);
                }

                return outcome;
            }
        }

        private void DropNeedsLock(SpoolSegment segment)
        {
            if (segment != null)
            {
                segment.Row.SetFlag(segment.Segment, LedgerRecording.RefusedFlag);
                _window.Remove(segment);
            }
        }

        private void NoteIgnoredNeedsLock(DownOutcome outcome, ClockStamp now)
        {
            if (now.MonotonicUs - _replayLineAtUs >= ReplayLineEveryUs)
            {
                _replayLineAtUs = now.MonotonicUs;
                _line.Start(Events.CounterReplayed).Add("outcome", (int)outcome);
                _store.Journal.Write(_line, now, false);
            }
        }
    }
}
