using System;
using System.Security.Cryptography;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Blocks of chunkBytes: filled, digested, written and flushed.</summary>
    public sealed partial class SegmentWriter
    {
        private const int AuthenticatorBytes = 32;

        private readonly byte[] _block;
        private readonly byte[] _digests;
        private readonly byte[] _authenticatorAndDigest = new byte[64];
        private int _fill;
        private int _fillOnCard;

        /// <summary>Flushes what is in the block buffer without closing the chunk; the rest of the chunk follows behind it.</summary>
        /// <returns>Ok when everything given so far is on the card.</returns>
        public StoreResult FlushPartial()
        {
            if (_fault != StoreResult.Ok || _fill == _fillOnCard)
            {
                return _fault;
            }

            WriteToCard(_fill);
            return _fault;
        }

        [FramePath]
        private int Append(byte[] source, int offset, int count)
        {
            while (count > 0 && _fault == StoreResult.Ok)
            {
                int room = _chunkBytes - _fill;
                int taken = count < room ? count : room;
                Array.Copy(source, offset, _block, _fill, taken);
                _fill += taken;
                offset += taken;
                count -= taken;
                if (_fill == _chunkBytes)
                {
                    CommitBlock();
                }
            }

            return (int)_fault;
        }

        [FramePath]
        private void CommitBlock()
        {
            byte[] digest = Bytes.ChunkDigest(_block);
            Array.Copy(digest, 0, _digests, CommittedChunks * Bytes.DigestBytes, Bytes.DigestBytes);
            Array.Copy(digest, 0, _authenticatorAndDigest, AuthenticatorBytes, Bytes.DigestBytes);
            byte[] authenticator = HMACSHA256.HashData(_key, _authenticatorAndDigest);
            Array.Copy(authenticator, 0, _authenticatorAndDigest, 0, AuthenticatorBytes);
            WriteToCard(_chunkBytes);
            if (_fault == StoreResult.Ok)
            {
                CommittedChunks++;
                _fill = 0;
                _fillOnCard = 0;
            }
        }

        [FramePath]
        private void WriteToCard(int fill)
        {
            StoreResult failure = StoreResult.WriteFailed;
            WriteInProgress = true;
            try
            {
                if (fill > _fillOnCard)
                {
                    _file.Write(_block, _fillOnCard, fill - _fillOnCard);
                }

                // Write hides a failed sync; only Flush reports it.
                failure = StoreResult.SyncFailed;
                _file.Flush();
                _fillOnCard = fill;
                WritesCompleted++;
            }
            catch (Exception cause)
            {
                Fail(failure, cause);
            }

            WriteInProgress = false;
        }
    }
}
