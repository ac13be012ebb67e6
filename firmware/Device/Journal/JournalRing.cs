using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>128 journal lines on <c>I:</c> (64 KB) for the time without a usable card; the oldest go first when it is full. Not thread-safe.</summary>
    internal sealed class JournalRing
    {
        internal const string FilePath = "I:\\journal.ring";
        internal const int SlotBytes = 512;
        internal const int SlotCount = 128;

        private const int TextOffset = 8;

        // No recorder comes near it, and whoever counts on from it stays within 32 bits.
        private const int NumberMax = 1 << 30;
        private const int CheckOffset = SlotBytes - 8;
        private static readonly byte[] s_checkLabel = Encoding.UTF8.GetBytes("bodycam/v1/ring");

        private readonly byte[] _slot = new byte[SlotBytes];
        private readonly byte[] _checked = new byte[CheckOffset];
        private int _first = 1;
        private int _next = 1;
        private bool _loaded;

        internal delegate bool LineHandler(byte[] line, int offset, int count);

        /// <summary>Lines held.</summary>
        internal int Count => _next - _first;

        /// <summary>Lines that were pushed out since the last transfer.</summary>
        internal int LostCount { get; private set; }

        /// <summary>Writes one line and flushes it.</summary>
        internal StoreResult Append(byte[] line, int count)
        {
            Load();
            Array.Clear(_slot, 0, SlotBytes);
            Bytes.Put32(_slot, 0, _next);
            Bytes.Put16(_slot, 4, count);
            Array.Copy(line, 0, _slot, TextOffset, count);
            StoreResult result = WriteSlot(_next % SlotCount);
            if (result == StoreResult.Ok)
            {
                _next++;
                if (_next - _first > SlotCount)
                {
                    _first = _next - SlotCount;
                    LostCount++;
                }
            }

            return result;
        }

        /// <summary>Hands over the lines in order, oldest first, until the handler refuses one.</summary>
        /// <returns>True when all were taken.</returns>
        internal bool ForEach(LineHandler handler)
        {
            Load();
            if (Count == 0)
            {
                return true;
            }

            FileStream file = null;
            try
            {
                file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read);
                for (int number = _first; number < _next; number++)
                {
                    file.Seek(number % SlotCount * SlotBytes, SeekOrigin.Begin);
                    if (ReadSlot(file) && Bytes.Get32(_slot, 0) == number && !handler(_slot, TextOffset, Bytes.Get16(_slot, 4)))
                    {
                        return false;
                    }
                }

                return true;
            }
            catch (Exception)
            {
                return false;
            }
            finally
            {
                Close(file);
            }
        }

        /// <summary>Empties the ring: the file is removed.</summary>
        internal void Clear()
        {
            try
            {
                if (File.Exists(FilePath))
                {
                    File.Delete(FilePath);
                }

                _first = 1;
                _next = 1;
                LostCount = 0;
            }
            catch (Exception)
            {
                // The lines stay and are moved once more: same numbers, so the copy shows as such.
                _loaded = true;
            }
        }

        internal void Load()
        {
            if (_loaded)
            {
                return;
            }

            _loaded = true;
            FileStream file = null;
            try
            {
                if (!File.Exists(FilePath))
                {
                    return;
                }

                file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read);
                int newest = 0;
                int oldest = 0;
                while (ReadSlot(file))
                {
                    int number = Bytes.Get32(_slot, 0);
                    newest = number > newest ? number : newest;
                    oldest = number > 0 && (oldest == 0 || number < oldest) ? number : oldest;
                }

                if (newest > 0)
                {
                    _next = newest + 1;
                    _first = oldest > _next - SlotCount ? oldest : _next - SlotCount;
                }
            }
            catch (Exception)
            {
                _next = _first;
            }
            finally
            {
                Close(file);
            }
        }

        // False at the end of the file; a slot with a wrong check, or with numbers that none was written with, comes out as number 0.
        private bool ReadSlot(FileStream file)
        {
            if (file.Read(_slot, 0, SlotBytes) != SlotBytes)
            {
                return false;
            }

            Array.Copy(_slot, 0, _checked, 0, CheckOffset);
            if (!Bytes.Same(HMACSHA256.HashData(s_checkLabel, _checked), 0, _slot, CheckOffset, 8)
                || Bytes.Get16(_slot, 4) > JournalLine.LineBytesMax || Bytes.Get32(_slot, 0) > NumberMax)
            {
                Bytes.Put32(_slot, 0, 0);
            }

            return true;
        }

        private StoreResult WriteSlot(int index)
        {
            Array.Copy(_slot, 0, _checked, 0, CheckOffset);
            Array.Copy(HMACSHA256.HashData(s_checkLabel, _checked), 0, _slot, CheckOffset, 8);
            FileStream file = null;
            try
            {
                file = new FileStream(FilePath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
                while (file.Length < index * SlotBytes)
                {
                    // Slots before the first one used: zeros have a wrong check and are skipped.
                    file.Seek(0, SeekOrigin.End);
                    file.Write(new byte[SlotBytes], 0, SlotBytes);
                }

                file.Seek(index * SlotBytes, SeekOrigin.Begin);
                file.Write(_slot, 0, SlotBytes);
                file.Flush();
                return StoreResult.Ok;
            }
            catch (Exception)
            {
                return StoreResult.WriteFailed;
            }
            finally
            {
                Close(file);
            }
        }

        private static void Close(FileStream file)
        {
            if (file == null)
            {
                return;
            }

            try
            {
                file.Close();
            }
            catch (Exception)
            {
                // What counts was flushed before, or has failed already.
            }
        }
    }
}
