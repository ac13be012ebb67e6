using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>The two slots: how one is laid out, which is read and which is written.</summary>
    public sealed partial class DeviceState
    {
        private const int CheckOffset = SlotBytes - 32;
        private static readonly byte[] s_checkLabel = Encoding.UTF8.GetBytes("bodycam/v1/state");

        /// <summary>Writes the slot that is not the newest and flushes it.</summary>
        /// <returns>Ok or StateFailed; then the previous save still stands.</returns>
        public StoreResult Save()
        {
            lock (_gate)
            {
                _generation++;
                byte[] slot = Pack();
                try
                {
                    FileStream file = new FileStream(FilePath, FileMode.OpenOrCreate, FileAccess.ReadWrite);
                    try
                    {
                        if (file.Length < 2 * SlotBytes)
                        {
                            file.Write(new byte[2 * SlotBytes], 0, 2 * SlotBytes);
                        }

                        file.Seek((_generation & 1) * SlotBytes, SeekOrigin.Begin);
                        file.Write(slot, 0, SlotBytes);
                        file.Flush();
                    }
                    finally
                    {
                        file.Close();
                    }

                    return StoreResult.Ok;
                }
                catch (Exception)
                {
                    _generation--;
                    return StoreResult.StateFailed;
                }
            }
        }

        private static byte[] ReadNewestSlot()
        {
            byte[] best = null;
            try
            {
                if (!File.Exists(FilePath))
                {
                    return null;
                }

                byte[] all = File.ReadAllBytes(FilePath);
                for (int offset = 0; offset + SlotBytes <= all.Length && offset < 2 * SlotBytes; offset += SlotBytes)
                {
                    byte[] slot = Bytes.Slice(all, offset, SlotBytes);
                    byte[] check = HMACSHA256.HashData(s_checkLabel, Bytes.Slice(slot, 0, CheckOffset));
                    bool good = Bytes.Get32(slot, 0) == 0x31544342 && Bytes.Same(check, 0, slot, CheckOffset, 32);
                    if (good && (best == null || Bytes.Get32(slot, 4) > Bytes.Get32(best, 4)))
                    {
                        best = slot;
                    }
                }
            }
            catch (Exception)
            {
                // Unreadable counts as lost; without a recording key a new epoch is asked for.
                return best;
            }

            return best;
        }

        private byte[] Pack()
        {
            byte[] slot = new byte[SlotBytes];
            Bytes.PutAscii(slot, 0, 4, "BCT1");
            Bytes.Put32(slot, 4, _generation);
            Bytes.Put32(slot, 8, Epoch);
            Bytes.Put32(slot, 12, Boot);
            Bytes.Put32(slot, 16, Recording);
            Bytes.Put32(slot, 20, JournalSegment);
            Bytes.Put32(slot, 24, JournalLine);
            Bytes.Put32(slot, 28, Activity);
            slot[32] = (byte)((ActivityOpen ? 1 : 0) | (AssignmentOpen ? 2 : 0) | (NewEpochWanted ? 4 : 0) | (FootageRestart ? 8 : 0) | (JournalRestart ? 16 : 0)
                | (FootageOpen ? 32 : 0) | (NothingOpen ? 64 : 0));
            slot[33] = (byte)PendingReason;
            Bytes.Put32(slot, 36, AssignmentFirstRecording);
            Bytes.Put32(slot, 40, RecordingKeyNumber);
            Bytes.Put32(slot, 44, CardSequence);
            Bytes.Put32(slot, 48, CardBoot);
            Bytes.Put32(slot, 52, OwedRecording);
            Bytes.Put64(slot, 56, InterruptedWallUs);
            Bytes.Put64(slot, 64, CommandCounter);
            Bytes.Put64(slot, 72, CheckpointSize);
            Array.Copy(CheckpointRoot, 0, slot, 80, 32);
            Array.Copy(FootageHead, 0, slot, 112, 32);
            Array.Copy(JournalHead, 0, slot, 144, 32);
            Array.Copy(RecordingKey, 0, slot, 176, 32);
            Array.Copy(CardId, 0, slot, 208, 32);
            Bytes.Put32(slot, 240, Previous.Epoch);
            Bytes.Put32(slot, 244, Previous.RecordingKeyNumber);
            slot[248] = (byte)((Previous.FootageRestart ? 8 : 0) | (Previous.JournalRestart ? 16 : 0));
            Array.Copy(Previous.RecordingKey, 0, slot, 256, 32);
            Array.Copy(Previous.JournalKey, 0, slot, 288, 32);
            Array.Copy(Previous.FootageHead, 0, slot, 320, 32);
            Array.Copy(Previous.JournalHead, 0, slot, 352, 32);
            Array.Copy(Previous.CardId, 0, slot, 384, 32);
            Array.Copy(JournalKey, 0, slot, 416, 32);
            Array.Copy(OwedCardId, 0, slot, 448, 32);
            Array.Copy(HMACSHA256.HashData(s_checkLabel, Bytes.Slice(slot, 0, CheckOffset)), 0, slot, CheckOffset, 32);
            return slot;
        }

        private void Unpack(byte[] slot)
        {
            _generation = Bytes.Get32(slot, 4);
            Epoch = Bytes.Get32(slot, 8);
            Boot = Bytes.Get32(slot, 12);
            Recording = Bytes.Get32(slot, 16);
            JournalSegment = Bytes.Get32(slot, 20);
            JournalLine = Bytes.Get32(slot, 24);
            Activity = Bytes.Get32(slot, 28);
            ActivityOpen = (slot[32] & 1) != 0;
            AssignmentOpen = (slot[32] & 2) != 0;
            NewEpochWanted = (slot[32] & 4) != 0;
            FootageRestart = (slot[32] & 8) != 0;
            JournalRestart = (slot[32] & 16) != 0;
            FootageOpen = (slot[32] & 32) != 0;
            NothingOpen = (slot[32] & 64) != 0;
            PendingReason = slot[33];
            AssignmentFirstRecording = Bytes.Get32(slot, 36);
            RecordingKeyNumber = Bytes.Get32(slot, 40);
            CardSequence = Bytes.Get32(slot, 44);
            CardBoot = Bytes.Get32(slot, 48);
            OwedRecording = Bytes.Get32(slot, 52);
            InterruptedWallUs = Bytes.Get64(slot, 56);
            CommandCounter = Bytes.Get64(slot, 64);
            CheckpointSize = Bytes.Get64(slot, 72);
            Array.Copy(slot, 80, CheckpointRoot, 0, 32);
            Array.Copy(slot, 112, FootageHead, 0, 32);
            Array.Copy(slot, 144, JournalHead, 0, 32);
            Array.Copy(slot, 176, RecordingKey, 0, 32);
            Array.Copy(slot, 208, CardId, 0, 32);
            Previous.Epoch = Bytes.Get32(slot, 240);
            Previous.RecordingKeyNumber = Bytes.Get32(slot, 244);
            Previous.FootageRestart = (slot[248] & 8) != 0;
            Previous.JournalRestart = (slot[248] & 16) != 0;
            Array.Copy(slot, 256, Previous.RecordingKey, 0, 32);
            Array.Copy(slot, 288, Previous.JournalKey, 0, 32);
            Array.Copy(slot, 320, Previous.FootageHead, 0, 32);
            Array.Copy(slot, 352, Previous.JournalHead, 0, 32);
            Array.Copy(slot, 384, Previous.CardId, 0, 32);
            Array.Copy(slot, 416, JournalKey, 0, 32);
            Array.Copy(slot, 448, OwedCardId, 0, 32);
        }
    }
}
