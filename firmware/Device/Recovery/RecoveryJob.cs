using System;
using System.Security.Cryptography;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Recovers one segment, a chunk at a time: digests, running authenticators, last complete element.</summary>
    internal sealed class RecoveryJob
    {
        // A chunk that cannot be read, or a length that is not told, is asked for again, a step each, before it is given up.
        private const int ReadAttemptsMax = 25;

        // A cluster begins each second: at the card's rate and with the largest picture no more than this can stand unproven behind the last authenticator.
        private const int UnprovenBytesMax = 512 * 1024;

        // Longest file that is written: the writer has no room for more chunks. What is longer is read as far as this.
        internal const int FileBytesMax = SegmentWriter.CutAfterBytes + UnprovenBytesMax;

        private readonly CardReader _reader;
        private readonly string _path;
        private readonly byte[] _key;
        private readonly byte[] _chunk;
        private readonly byte[] _authenticatorAndDigest = new byte[64];
        private readonly byte[] _previousAuthenticator = new byte[32];
        private readonly ElementScanner.VoidHandler _onVoid;
        private readonly SegmentHeader _header;
        private readonly bool _hasBytes;
        private byte[] _digests;
        private ElementScanner _scanner;
        private int _readBytes;
        private bool _isTooLong;

        // Where the scan stood at the start of this chunk and of the one before: what a Void in them proves.
        private long _endHere;
        private long _endBefore;
        private int _framesHere;
        private int _framesBefore;
        private long _msHere;
        private long _msBefore;
        private int _index;
        private int _readAttempts;

        /// <summary>Asks for the length of the file.</summary>
        /// <param name="header">Of the segment.</param>
        /// <param name="key">Its key.</param>
        /// <param name="reader">Of the card.</param>
        /// <param name="hasBytes">True when something is known to stand there: that it is missing, or empty, is not believed.</param>
        internal RecoveryJob(SegmentHeader header, byte[] key, CardReader reader, bool hasBytes)
        {
            _header = header;
            _key = key;
            _reader = reader;
            _hasBytes = hasBytes;
            _path = CardPaths.Segment(header.Epoch, header.Recording, header.Segment);
            _chunk = new byte[header.ChunkBytes];
            _onVoid = CheckVoid;
            Array.Copy(header.FirstAuthenticator(key), 0, _authenticatorAndDigest, 0, 32);
            Measure();
        }

        /// <summary>Length of the file, at most 2³¹−1; 0 while <see cref="IsMeasured"/> is false.</summary>
        internal int FileBytes { get; private set; }

        /// <summary>False when the card does not tell the length of the file: nothing may be written into it.</summary>
        internal bool IsMeasured { get; private set; }

        /// <summary>True when the file is gone or became unreadable.</summary>
        internal bool IsLost { get; private set; }

        /// <summary>True when a chunk could not be read, or the length was not told: what precedes it is covered.</summary>
        internal bool IsUnreadable { get; private set; }

        /// <summary>True when bytes do not match.</summary>
        internal bool IsTampered { get; private set; }

        /// <summary>True when the file has bytes that it was written with and that no receipt will be about: it is never freed.</summary>
        internal bool IsKept => IsUnreadable || (IsTampered && FileBytes > CoveredBytes);

        /// <summary>Chunks proven by the last good authenticator.</summary>
        internal int ProvenChunks { get; private set; }

        /// <summary>Length to be sealed; valid after the last <see cref="Step"/>.</summary>
        internal int CoveredBytes { get; private set; }

        /// <summary>Complete pictures in it.</summary>
        internal int Frames { get; private set; }

        /// <summary>Time of its newest block since the start, ms.</summary>
        internal long LastMs { get; private set; }

        /// <summary>Bytes that an authenticator proves.</summary>
        internal int AuthenticatedBytes => ProvenChunks * _header.ChunkBytes < CoveredBytes ? ProvenChunks * _header.ChunkBytes : CoveredBytes;

        /// <summary>Does one chunk; false when through.</summary>
        internal bool Step()
        {
            if (!IsMeasured && !IsUnreadable)
            {
                Measure();
                IsUnreadable = !IsMeasured && ++_readAttempts >= ReadAttemptsMax;
                _readAttempts = IsMeasured ? 0 : _readAttempts;
                return !IsUnreadable || Conclude();
            }

            long offset = (long)_index * _header.ChunkBytes;
            if (IsLost || IsTampered || offset >= _readBytes)
            {
                return Conclude();
            }

            int count = _reader.Read(_path, offset, _chunk, _header.ChunkBytes);
            if (count <= 0 || (count < _header.ChunkBytes && offset + count < _readBytes))
            {
                _reader.Close();
                if (++_readAttempts < ReadAttemptsMax)
                {
                    return true;
                }

                // An unreadable chunk: what comes before it is kept, and the file stays as it is.
                IsUnreadable = true;
                return Conclude();
            }

            _readAttempts = 0;

            Remember();
            _scanner.Feed(_chunk, count, offset, _onVoid);
            if (_scanner.IsRefused || BreaksBeforeTheTail())
            {
                IsTampered = true;
                return true;
            }

            byte[] digest = Bytes.ChunkDigest(_chunk, count);
            Array.Copy(digest, 0, _digests, _index * Bytes.DigestBytes, 32);
            Array.Copy(_authenticatorAndDigest, 0, _previousAuthenticator, 0, 32);
            Array.Copy(digest, 0, _authenticatorAndDigest, 32, 32);
            Array.Copy(HMACSHA256.HashData(_key, _authenticatorAndDigest), 0, _authenticatorAndDigest, 0, 32);
            _index++;
            return true;
        }

        /// <summary>The seal's content, or null when the bytes of its last chunk cannot be read now.</summary>
        internal SealDraft Draft(int flags, int stopReason)
        {
            int whole = CoveredBytes / _header.ChunkBytes;
            int rest = CoveredBytes - (whole * _header.ChunkBytes);
            SealDraft draft = new SealDraft(_header, whole + (rest > 0 ? 1 : 0));
            Array.Copy(_digests, 0, draft.Body, SealDraft.HeadBytes, whole * Bytes.DigestBytes);
            if (rest > 0)
            {
                byte[] last = new byte[rest];
                if (_reader.Read(_path, (long)whole * _header.ChunkBytes, last, rest) != rest)
                {
                    return null;
                }

                Array.Copy(Bytes.ChunkDigest(last), 0, draft.Body, SealDraft.HeadBytes + (whole * Bytes.DigestBytes), 32);
            }

            draft.SetContent(CoveredBytes, AuthenticatedBytes, FileBytes - CoveredBytes, Frames);
            draft.SetEnd(_header.Start.MonotonicUs + (LastMs * 1000), _header.Start.WallUs + (LastMs * 1000));
            draft.SetFlags(flags | SealDraft.Recovered | (IsTampered ? SealDraft.AuthenticatorMismatch : 0), stopReason);
            return draft;
        }

        private void Measure()
        {
            long length = _reader.Length(_path);
            IsMeasured = length > 0 || (length != CardReader.LengthUnknown && !_hasBytes);
            IsLost = IsMeasured && length < 0;
            FileBytes = length <= 0 ? 0 : (int)(length < int.MaxValue ? length : int.MaxValue);
            _isTooLong = FileBytes > FileBytesMax;
            _readBytes = _isTooLong ? FileBytesMax : FileBytes;
            _digests = new byte[((_readBytes / _header.ChunkBytes) + 1) * Bytes.DigestBytes];
            _scanner = new ElementScanner(_readBytes);
        }

        // Blocks reach the card in order: only the last two chunks can be torn. A break before them was made later.
        private bool BreaksBeforeTheTail()
        {
            return _scanner.IsBroken && (_scanner.Next / _header.ChunkBytes) + 2 < (FileBytes + _header.ChunkBytes - 1) / _header.ChunkBytes;
        }

        private void Remember()
        {
            _endBefore = _endHere;
            _framesBefore = _framesHere;
            _msBefore = _msHere;
            _endHere = _scanner.LastEnd;
            _framesHere = _scanner.Frames;
            _msHere = _scanner.LastMs;
        }

        private bool CheckVoid(long voidOffset, byte[] window)
        {
            int chunks = (int)(voidOffset / _header.ChunkBytes);
            bool isHere = chunks == _index;
            byte[] expected = isHere ? _authenticatorAndDigest : _previousAuthenticator;
            if (Bytes.Get32(window, 6) != chunks || !Bytes.Same(expected, 0, window, 10, 32))
            {
                return false;
            }

            ProvenChunks = chunks;
            CoveredBytes = (int)(isHere ? _endHere : _endBefore);
            Frames = isHere ? _framesHere : _framesBefore;
            LastMs = isHere ? _msHere : _msBefore;
            return true;
        }

        private bool Conclude()
        {
            if (IsLost)
            {
                CoveredBytes = 0;
            }
            else if (!IsTampered)
            {
                // Without a complete element the file had no head when it was looked at, and yet bytes; too much behind the last authenticator was never written so.
                bool hasNoHead = FileBytes > 0 && _scanner.LastEnd == 0 && !IsUnreadable;
                IsTampered = hasNoHead || _isTooLong || _scanner.LastEnd - ((long)ProvenChunks * _header.ChunkBytes) > UnprovenBytesMax;
                if (!IsTampered)
                {
                    CoveredBytes = (int)_scanner.LastEnd;
                    Frames = _scanner.Frames;
                    LastMs = _scanner.LastMs;
                }
            }

            return false;
        }
    }
}
