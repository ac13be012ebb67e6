using System;
using System.IO;
using System.Security.Cryptography;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Checks
{
    /// <summary>Writes a file of its own, reads it back and compares; away from all footage, and gone afterwards. The caller has seen to it that there is room: a full card holds its writer for ever.</summary>
    public sealed class CardProbe
    {
        /// <summary>Room it takes, bytes.</summary>
        public const int FileBytes = 256 * 1024;

        private const string FilePath = "D:\\selftest.tmp";
        private const int BlockBytes = 8192;
        private const int BlockCount = FileBytes / BlockBytes;

        private static readonly byte[] s_key = new byte[32];
        private readonly byte[] _block = new byte[BlockBytes];
        private readonly byte[] _read = new byte[BlockBytes];

        /// <summary>Rate of write with flush, KB/s (1,000 bytes); 0 before or when it failed.</summary>
        public int WriteKbPerSecond { get; private set; }

        /// <summary>Rate of reading, KB/s; 0 before or when it failed.</summary>
        public int ReadKbPerSecond { get; private set; }

        /// <summary>What went wrong; empty when nothing did.</summary>
        public string Failure { get; private set; } = "";

        /// <summary>Writes; false when the card refused.</summary>
        public bool Write()
        {
            FillPattern();
            FileStream file = null;
            try
            {
                file = new FileStream(FilePath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
                long startedUs = SystemClock.MonotonicUs;
                for (int number = 0; number < BlockCount; number++)
                {
                    Bytes.Put32(_block, 0, number);
                    file.Write(_block, 0, BlockBytes);
                    file.Flush();
                }

                WriteKbPerSecond = Rate(SystemClock.MonotonicUs - startedUs);
                return true;
            }
            catch (Exception)
            {
                Failure = "the card refused a write";
                return false;
            }
            finally
            {
                Close(file);
            }
        }

        /// <summary>Reads back and compares; false when the card refused or gave other bytes.</summary>
        public bool Read()
        {
            FileStream file = null;
            try
            {
                long busyUs = 0;
                file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read);
                for (int number = 0; number < BlockCount; number++)
                {
                    long startedUs = SystemClock.MonotonicUs;
                    int count = file.Read(_read, 0, BlockBytes);
                    busyUs += SystemClock.MonotonicUs - startedUs;
                    Bytes.Put32(_block, 0, number);
                    if (count != BlockBytes || !Bytes.Same(HMACSHA256.HashData(s_key, _read), 0, HMACSHA256.HashData(s_key, _block), 0, 32))
                    {
                        Failure = "the card gave other bytes than were written";
                        return false;
                    }
                }

                ReadKbPerSecond = Rate(busyUs);
                return true;
            }
            catch (Exception)
            {
                Failure = "the card refused a read";
                return false;
            }
            finally
            {
                Close(file);
            }
        }

        /// <summary>Removes the file, also one that a power cut left.</summary>
        public void Remove()
        {
            try
            {
                if (File.Exists(FilePath))
                {
                    File.Delete(FilePath);
                }
            }
            catch (Exception)
            {
                // The card is gone or refuses: the next run removes it.
                Failure = "the test file could not be removed";
            }
        }

        private static void Close(FileStream file)
        {
            try
            {
                if (file != null)
                {
                    file.Close();
                }
            }
            catch (Exception)
            {
                // The card is gone; so is the file.
                file = null;
            }
        }

        private static int Rate(long elapsedUs)
        {
            return (int)(FileBytes * 1000L / (elapsedUs > 0 ? elapsedUs : 1));
        }

        private void FillPattern()
        {
            for (int offset = 0; offset < BlockBytes; offset++)
            {
                _block[offset] = (byte)((offset * 31) ^ (offset >> 8));
            }
        }
    }
}
