using System;

namespace BodyCam.Firmware.Wire
{
    /// <summary>Writers of what a recorder sends (protocol §3). Each fills the caller's buffer from offset 0 and returns the message length.</summary>
    public static class UpMessages
    {
        /// <summary>Bytes before a chunk's payload.</summary>
        public const int ChunkHeadBytes = 56;

        /// <summary>Length of a seal message.</summary>
        public const int SealMessageBytes = 360;

        /// <summary>Bytes before an offer's entries.</summary>
        public const int OfferHeadBytes = 12;

        /// <summary>Bytes of one offer entry.</summary>
        public const int OfferEntryBytes = 356;

        /// <summary>Entries one offer can carry.</summary>
        public const int OfferEntriesMax = 20;

        /// <summary>Bytes before a live frame's JPEG.</summary>
        public const int LiveHeadBytes = 16;

        /// <summary>Length of a seal.</summary>
        public const int SealBytes = 352;

        /// <summary>Offer flag: the card was swapped or is older than <c>I:</c>, a new epoch is wanted.</summary>
        public const int OfferNewEpochWanted = 1;

        /// <summary>Offer flag: first offer of this connection.</summary>
        public const int OfferFirst = 2;

        /// <summary>Writes a chunk message; the payload may already stand at offset 56 of <paramref name="target"/> (pass it as its own source).</summary>
        /// <param name="target">At least 56 + <paramref name="payloadCount"/> bytes.</param>
        /// <param name="open">True before the segment is sealed.</param>
        /// <param name="kind">1…5, protocol §3.1.</param>
        /// <param name="epoch">≥ 1.</param>
        /// <param name="recording">0 for the journal chain.</param>
        /// <param name="segment">≥ 1.</param>
        /// <param name="chunkIndex">From 0.</param>
        /// <param name="chunkBytes">4,096 or 8,192.</param>
        /// <param name="digest">Chunk digest of the payload.</param>
        /// <param name="payload">The chunk.</param>
        /// <param name="payloadOffset">Where it starts.</param>
        /// <param name="payloadCount">1…chunkBytes.</param>
        /// <returns>Length of the message.</returns>
        public static int Chunk(byte[] target, bool open, int kind, int epoch, int recording, int segment, int chunkIndex, int chunkBytes, byte[] digest, byte[] payload, int payloadOffset, int payloadCount)
        {
            target[0] = 1;
            target[1] = 1;
            target[2] = (byte)(open ? 1 : 0);
            target[3] = (byte)kind;
            Bytes.Put32(target, 4, epoch);
            Bytes.Put32(target, 8, recording);
            Bytes.Put32(target, 12, segment);
            Bytes.Put32(target, 16, chunkIndex);
            Bytes.Put32(target, 20, chunkBytes);
            Array.Copy(digest, 0, target, 24, Bytes.DigestBytes);
            if (payload != target || payloadOffset != ChunkHeadBytes)
            {
                Array.Copy(payload, payloadOffset, target, ChunkHeadBytes, payloadCount);
            }

            return ChunkHeadBytes + payloadCount;
        }

        /// <summary>Writes a seal message.</summary>
        /// <param name="target">At least 360 bytes.</param>
        /// <param name="lost">True when the bytes are lost on the card.</param>
        /// <param name="seal">352 bytes.</param>
        /// <returns>360.</returns>
        public static int Seal(byte[] target, bool lost, byte[] seal)
        {
            Array.Clear(target, 0, 8);
            target[0] = 1;
            target[1] = 2;
            target[2] = (byte)(lost ? 1 : 0);
            Array.Copy(seal, 0, target, 8, SealBytes);
            return SealMessageBytes;
        }

        /// <summary>Writes the head of an offer; the entries follow through <see cref="OfferEntry"/>.</summary>
        /// <param name="target">At least 12 + count × 356 bytes.</param>
        /// <param name="count">0…20.</param>
        /// <param name="epoch">Epoch in force.</param>
        /// <param name="flags">Sum of the offer flags.</param>
        /// <returns>Length of the whole offer.</returns>
        public static int OfferHead(byte[] target, int count, int epoch, int flags)
        {
            target[0] = 1;
            target[1] = 3;
            Bytes.Put16(target, 2, count);
            Bytes.Put32(target, 4, epoch);
            Bytes.Put32(target, 8, flags);
            return OfferHeadBytes + (count * OfferEntryBytes);
        }

        /// <summary>Writes one offer entry.</summary>
        /// <param name="target">The offer's buffer.</param>
        /// <param name="index">From 0.</param>
        /// <param name="lost">True when the bytes are lost on the card.</param>
        /// <param name="seal">352 bytes.</param>
        public static void OfferEntry(byte[] target, int index, bool lost, byte[] seal)
        {
            int offset = OfferHeadBytes + (index * OfferEntryBytes);
            Bytes.Put32(target, offset, lost ? 1 : 0);
            Array.Copy(seal, 0, target, offset + 4, SealBytes);
        }

        /// <summary>Writes the 16 bytes before a live frame's JPEG.</summary>
        /// <param name="target">At least 16 bytes.</param>
        /// <param name="recording">The recording in progress.</param>
        /// <param name="monotonicUs">Device-monotonic time of the frame.</param>
        /// <returns>16, where the JPEG starts.</returns>
        [FramePath]
        public static int LiveHead(byte[] target, int recording, long monotonicUs)
        {
            target[0] = 1;
            target[1] = 4;
            target[2] = 0;
            target[3] = 0;
            Bytes.Put32(target, 4, recording);
            Bytes.Put64(target, 8, monotonicUs);
            return LiveHeadBytes;
        }
    }
}
