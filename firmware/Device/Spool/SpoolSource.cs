using System;
using System.Collections;
using System.IO;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Reads seals and chunks of sealed segments from the card into messages. Used under the spool's lock.</summary>
    internal sealed class SpoolSource
    {
        // A read can fail for a moment: what is not given up at once is asked for again a minute later.
        private const int ReadFailuresMax = 3;
        private const long AgainAfterUs = 60000000;

        private readonly CardStore _store;
        private readonly ArrayList _lost = new ArrayList();
        private readonly byte[] _chunk;

        internal SpoolSource(CardStore store, byte[] chunk)
        {
            _store = store;
            _chunk = chunk;
        }

        /// <summary>The seal read last.</summary>
        internal byte[] Seal { get; } = new byte[UpMessages.SealBytes];

        /// <summary>Found lost since they were last taken from here; each is to be journalled.</summary>
        internal ArrayList Lost => _lost;

        // Leaves the seal in Seal; without a readable seal there is nothing to talk about in this boot.
        internal bool ReadSeal(SpoolSegment segment, long nowUs)
        {
            if (nowUs < segment.QuietUntilUs)
            {
                return false;
            }

            LedgerRecording row = segment.Row;
            int read = _store.Reader.Read(CardPaths.Seal(row.Epoch, row.Recording, segment.Segment), 0, Seal, Seal.Length);
            if (read != Seal.Length || !Bytes.Same(Seal, 288, row.Page(segment.Segment), row.DigestOffset(segment.Segment), 32) || !HasSaneLengths(row.SizeBytes(segment.Segment)))
            {
                _store.Reader.Close();
                if (++segment.ReadFailures < ReadFailuresMax)
                {
                    segment.QuietUntilUs = nowUs + AgainAfterUs;
                    return false;
                }

                row.SetFlag(segment.Segment, LedgerRecording.RefusedFlag);
                segment.NeedsOffer = false;
                segment.NeedsSeal = false;
                segment.ClearRanges();
                return false;
            }

            segment.ChunkBytes = Bytes.Get32(Seal, 56);
            segment.ChunkCount = Bytes.Get32(Seal, 60);
            segment.CoveredBytes = (int)Bytes.Get64(Seal, 64);
            return true;
        }

        // The digest is compared, not made again, so the rest of the file may be anything: buffers are sized by these, and bytes that the ledger never had are not looked for, and found lost.
        private bool HasSaneLengths(int sizeBytes)
        {
            int chunkBytes = Bytes.Get32(Seal, 56);
            long covered = Bytes.Get64(Seal, 64);
            return (chunkBytes == 4096 || chunkBytes == 8192) && covered >= 0 && covered <= sizeBytes
                && Bytes.Get32(Seal, 60) == (covered + chunkBytes - 1) / chunkBytes;
        }

        internal int Chunk(byte[] buffer, SpoolSegment segment, long nowUs, out SpoolItem item)
        {
            item = null;
            int index = segment.TakeChunk();
            long offset = (long)index * segment.ChunkBytes;
            int wanted = segment.CoveredBytes - offset < segment.ChunkBytes ? (int)(segment.CoveredBytes - offset) : segment.ChunkBytes;
            byte[] chunk = segment.ChunkBytes == _chunk.Length ? _chunk : new byte[segment.ChunkBytes];
            string path = CardPaths.Segment(segment.Row.Epoch, segment.Row.Recording, segment.Segment);
            if (wanted <= 0)
            {
                return 0;
            }

            if (_store.Reader.Read(path, offset, chunk, wanted) != wanted)
            {
                NoteUnreadable(segment, index, path, nowUs);
                return 0;
            }

            segment.ReadFailures = 0;
            byte[] digest = Bytes.ChunkDigest(chunk, wanted);
            item = new SpoolItem(SpoolItem.ChunkItem, segment, index);
            return UpMessages.Chunk(buffer, false, segment.Kind, segment.Row.Epoch, segment.Row.Recording, segment.Segment, index, segment.ChunkBytes, digest, chunk, 0, wanted);
        }

        private static bool IsThere(string path)
        {
            try
            {
                return File.Exists(path);
            }
            catch (Exception)
            {
                return true; // a card that cannot tell may still have it
            }
        }

        // A file that is gone is lost at once; after the last attempt the seal goes out once more and says that the bytes are lost.
        private void NoteUnreadable(SpoolSegment segment, int chunk, string path, long nowUs)
        {
            segment.Requeue(chunk);
            _store.Reader.Close();
            if (IsThere(path) && ++segment.ReadFailures < ReadFailuresMax)
            {
                segment.QuietUntilUs = nowUs + AgainAfterUs;
                return;
            }

            // A ledger that cannot be written means that the card is gone, not the segment.
            segment.ReadFailures = 0;
            if (_store.Ledger.AppendState(segment.Row, segment.Segment, SegmentStates.Lost, false) == StoreResult.Ok)
            {
                segment.ClearRanges();
                segment.IsLost = true;
                segment.NeedsSeal = true;
                _lost.Add(segment);
            }
        }
    }
}
