using System;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Time
{
    /// <summary>The last sync that the battery-backed clock was set at, kept in <c>I:\clock.bin</c>: wall time, bound, check word.</summary>
    public static class SyncRecord
    {
        private const string FilePath = "I:\\clock.bin";
        private const int RecordBytes = 24;
        private const long CheckWord = 0x42434C4B31;

        /// <summary>Reads it; false when there is none or it is torn.</summary>
        public static bool TryRead(out long wallUs, out long boundUs)
        {
            wallUs = 0;
            boundUs = -1;
            try
            {
                if (!File.Exists(FilePath))
                {
                    return false;
                }

                byte[] record = File.ReadAllBytes(FilePath);
                if (record.Length != RecordBytes)
                {
                    return false;
                }

                wallUs = Bytes.Get64(record, 0);
                boundUs = Bytes.Get64(record, 8);
                return Bytes.Get64(record, 16) == (wallUs ^ boundUs ^ CheckWord);
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <summary>Writes it; false when <c>I:</c> refuses, and then the bound after the next boot is unbounded.</summary>
        public static bool Write(long wallUs, long boundUs)
        {
            byte[] record = new byte[RecordBytes];
            Bytes.Put64(record, 0, wallUs);
            Bytes.Put64(record, 8, boundUs);
            Bytes.Put64(record, 16, wallUs ^ boundUs ^ CheckWord);
            try
            {
                File.WriteAllBytes(FilePath, record);
                return true;
            }
            catch (Exception)
            {
                return false;
            }
        }
    }
}
