using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>The append-only file of 64-byte records below the ledger (firmware/docs/storage-on-card.md). Not thread-safe.</summary>
    internal sealed class LedgerFile
    {
        internal const int RecordBytes = 64;
        private const int CheckOffset = 60;
        private const int RecordsPerRead = 64;

        // A new ledger that is not seen once would take the place of what was written meanwhile.
        private const int ExistsAsksMax = 3;

        // Records read a second time at a start: eight sectors of them. Each takes a read, and on a doctored card every record may be bad.
        private const int SecondReadsMax = 64;

        private static readonly byte[] s_checkLabel = Encoding.UTF8.GetBytes("bodycam/v1/ledger");

        private readonly byte[] _record = new byte[RecordBytes];
        private readonly byte[] _checked = new byte[CheckOffset];
        private readonly byte[] _again = new byte[RecordBytes];
        private int _secondReads;
        private FileStream _file;

        // Of the replacement: each write ends in a sync, so records go in blocks.
        private byte[] _block;
        private int _blockBytes;

        internal delegate void RecordHandler(byte[] buffer, int offset);

        /// <summary>Records in the file.</summary>
        internal int Count { get; private set; }

        /// <summary>Records whose check word is wrong, at a second read too; skipped.</summary>
        internal int BadCount { get; private set; }

        /// <summary>True when a bad record was not the same at the second read, or had none: it may read well at a later start.</summary>
        internal bool IsUnsteady { get; private set; }

        /// <summary>True from the moment at which the replacement may have the name that the next start believes: what is appended to the old file from then on would be dropped.</summary>
        internal bool IsReplaced { get; private set; }

        /// <summary>Scratch record for the next <see cref="Append"/>; cleared by it.</summary>
        internal byte[] Record => _record;

        /// <summary>Opens or creates the file and hands over every good record; a torn tail is overwritten by the next append.</summary>
        internal StoreResult Open(RecordHandler handler)
        {
            Count = 0;
            BadCount = 0;
            IsUnsteady = false;
            _secondReads = 0;
            try
            {
                FinishReplacement();
                _file = new FileStream(CardPaths.Ledger, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
                byte[] buffer = new byte[RecordsPerRead * RecordBytes];
                int whole = (int)(_file.Length / RecordBytes);
                while (Count < whole)
                {
                    int records = whole - Count < RecordsPerRead ? whole - Count : RecordsPerRead;
                    _file.Seek((long)Count * RecordBytes, SeekOrigin.Begin);
                    if (_file.Read(buffer, 0, records * RecordBytes) != records * RecordBytes)
                    {
                        return StoreResult.ReadFailed;
                    }

                    for (int i = 0; i < records; i++)
                    {
                        Deliver(buffer, i * RecordBytes, Count + i, handler);
                    }

                    Count += records;
                }

                _file.Seek((long)Count * RecordBytes, SeekOrigin.Begin);
                // A card that told too short a length would have its records written over: it is opened at a later try.
                return _file.Read(buffer, 0, RecordBytes) == RecordBytes ? StoreResult.ReadFailed : StoreResult.Ok;
            }
            catch (Exception)
            {
                Close();
                return StoreResult.OpenFailed;
            }
        }

        /// <summary>Appends <see cref="Record"/> and flushes it; afterwards it is durable.</summary>
        internal StoreResult Append()
        {
            StoreResult result = StoreResult.LedgerFailed;
            if (_file != null)
            {
                try
                {
                    Sign();
                    _file.Seek((long)Count * RecordBytes, SeekOrigin.Begin);
                    _file.Write(_record, 0, RecordBytes);
                    _file.Flush();
                    Count++;
                    result = StoreResult.Ok;
                }
                catch (Exception)
                {
                    result = StoreResult.LedgerFailed;
                }
            }

            Array.Clear(_record, 0, RecordBytes);
            return result;
        }

        /// <summary>Starts a replacement file; records go to it through <see cref="AppendReplacement"/>.</summary>
        internal FileStream BeginReplacement()
        {
            IsReplaced = false;
            _block = new byte[RecordsPerRead * RecordBytes];
            _blockBytes = 0;
            return new FileStream(CardPaths.Ledger + ".tmp", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        }

        /// <summary>Appends <see cref="Record"/> to the replacement.</summary>
        internal void AppendReplacement(FileStream replacement)
        {
            Sign();
            Array.Copy(_record, 0, _block, _blockBytes, RecordBytes);
            _blockBytes += RecordBytes;
            Array.Clear(_record, 0, RecordBytes);
            if (_blockBytes == _block.Length)
            {
                WriteBlock(replacement);
            }
        }

        /// <summary>Puts the replacement in place: flush, rename to .new (complete from here on), delete the old, rename.</summary>
        internal void EndReplacement(FileStream replacement)
        {
            WriteBlock(replacement);
            _block = null;
            replacement.Flush();
            replacement.Close();
            IsReplaced = true;
            File.Move(CardPaths.Ledger + ".tmp", CardPaths.Ledger + ".new");
            Close();
            FinishReplacement();
        }

        /// <summary>Lets go of a replacement that failed, so that the next try can make it anew. The old file stays open unless <see cref="IsReplaced"/>.</summary>
        internal void AbandonReplacement(FileStream replacement)
        {
            _block = null;
            Array.Clear(_record, 0, RecordBytes);
            CloseFile(replacement);
        }

        internal void Close()
        {
            FileStream file = _file;
            _file = null;
            CloseFile(file);
        }

        private static void CloseFile(FileStream file)
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
                // The card is gone; every record that counts was flushed.
                return;
            }
        }

        private void WriteBlock(FileStream replacement)
        {
            if (_blockBytes > 0)
            {
                replacement.Write(_block, 0, _blockBytes);
                _blockBytes = 0;
            }
        }

        private static void FinishReplacement()
        {
            string complete = CardPaths.Ledger + ".new";
            bool isThere = false;
            for (int i = 0; i < ExistsAsksMax && !isThere; i++)
            {
                isThere = File.Exists(complete);
            }

            if (!isThere)
            {
                return;
            }

            if (File.Exists(CardPaths.Ledger))
            {
                File.Delete(CardPaths.Ledger);
            }

            File.Move(complete, CardPaths.Ledger);
        }

        private void Sign()
        {
            _record[0] = (byte)'L';
            Array.Copy(_record, 0, _checked, 0, CheckOffset);
            Array.Copy(HMACSHA256.HashData(s_checkLabel, _checked), 0, _record, CheckOffset, 4);
        }

        private void Deliver(byte[] buffer, int offset, int index, RecordHandler handler)
        {
            if (IsGood(buffer, offset) || ReadsWellAgain(buffer, offset, index))
            {
                handler(buffer, offset);
            }
            else
            {
                BadCount++;
            }
        }

        // In its place, as records follow each other: what the card gave wrongly for a moment counts like any other. What it gives wrongly in the same way twice stands there so.
        private bool ReadsWellAgain(byte[] buffer, int offset, int index)
        {
            if (_secondReads >= SecondReadsMax)
            {
                IsUnsteady = true;
                return false;
            }

            _secondReads++;
            _file.Seek((long)index * RecordBytes, SeekOrigin.Begin);
            bool isRead = _file.Read(_again, 0, RecordBytes) == RecordBytes;
            if (isRead && IsGood(_again, 0))
            {
                Array.Copy(_again, 0, buffer, offset, RecordBytes);
                return true;
            }

            IsUnsteady = IsUnsteady || !isRead || !Bytes.Same(_again, 0, buffer, offset, RecordBytes);
            return false;
        }

        private bool IsGood(byte[] buffer, int offset)
        {
            Array.Copy(buffer, offset, _checked, 0, CheckOffset);
            byte[] check = HMACSHA256.HashData(s_checkLabel, _checked);
            return buffer[offset] == 'L' && Bytes.Same(check, 0, buffer, offset + CheckOffset, 4);
        }
    }
}
