using System;
using System.IO;

namespace BodyCam.Firmware.Storage
{
    /// <summary>The one reading file that uplink and recovery share, so that at most four files are open. Thread-safe.</summary>
    public sealed class CardReader
    {
        /// <summary>Answer of <see cref="Length"/> when the card does not tell.</summary>
        public const long LengthUnknown = -2;

        // A card can fail, or answer wrongly, for a moment: nothing and none is not believed at once.
        private const int LengthAsksMax = 3;

        private readonly object _gate = new object();
        private readonly byte[] _behind = new byte[1];
        private FileStream _file;
        private string _path;

        /// <summary>Reads up to <paramref name="count"/> bytes at <paramref name="offset"/>; keeps the file open for the next read.</summary>
        /// <returns>Bytes read (fewer at the end of the file), −1 when the file is missing or unreadable.</returns>
        public int Read(string path, long offset, byte[] target, int count)
        {
            lock (_gate)
            {
                try
                {
                    if (!OpenNeedsLock(path))
                    {
                        return -1;
                    }

                    _file.Seek(offset, SeekOrigin.Begin);
                    int total = 0;
                    while (total < count)
                    {
                        int read = _file.Read(target, total, count - total);
                        if (read <= 0)
                        {
                            break;
                        }

                        total += read;
                    }

                    return total;
                }
                catch (Exception)
                {
                    CloseNeedsLock();
                    return -1;
                }
            }
        }

        /// <summary>Length of the file; asked for up to three times, with the file opened anew, until the answer is above 0.</summary>
        /// <returns>The last answer: bytes, −1 when there is no such file, or <see cref="LengthUnknown"/>.</returns>
        public long Length(string path)
        {
            lock (_gate)
            {
                long length = 0;
                for (int i = 0; i < LengthAsksMax && length <= 0; i++)
                {
                    try
                    {
                        length = OpenNeedsLock(path) ? _file.Length : -1;
                        length = length >= 0 && HasMoreNeedsLock(length) ? LengthUnknown : length;
                    }
                    catch (Exception)
                    {
                        length = LengthUnknown;
                    }

                    if (length <= 0)
                    {
                        CloseNeedsLock();
                    }
                }

                return length;
            }
        }

        /// <summary>Closes whatever is open; needed before a file is deleted and before another writer needs the handle.</summary>
        public void Close()
        {
            lock (_gate)
            {
                CloseNeedsLock();
            }
        }

        // A length is not believed while there is a byte behind it. What cannot be read there says nothing.
        private bool HasMoreNeedsLock(long length)
        {
            try
            {
                _file.Seek(length, SeekOrigin.Begin);
                return _file.Read(_behind, 0, 1) > 0;
            }
            catch (Exception)
            {
                return false;
            }
        }

        private bool OpenNeedsLock(string path)
        {
            if (_path == path && _file != null)
            {
                return true;
            }

            CloseNeedsLock();
            if (!File.Exists(path))
            {
                return false;
            }

            // Share everything: the writer of an open segment stays open beside this reader.
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            _path = path;
            return true;
        }

        private void CloseNeedsLock()
        {
            FileStream file = _file;
            _file = null;
            _path = null;
            try
            {
                if (file != null)
                {
                    file.Close();
                }
            }
            catch (Exception)
            {
                // The card is gone; there is nothing to keep.
                _file = null;
            }
        }
    }
}
