using System;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Storage
{
    /// <summary>A seal before its place in the chain is known: the first 288 bytes without the links, then the chunk digests.</summary>
    public sealed class SealDraft
    {
        /// <summary>Bytes of a seal under its digest.</summary>
        public const int HeadBytes = 288;

        /// <summary>Flag: made at start-up from what a power cut left.</summary>
        public const int Recovered = 1;

        /// <summary>Flag: last segment of its recording.</summary>
        public const int Final = 2;

        /// <summary>Flag: bytes did not match the running authenticator at recovery.</summary>
        public const int AuthenticatorMismatch = 4;

        /// <summary>Flag: the previous head was lost.</summary>
        public const int ChainRestarted = 8;

        /// <summary>Takes identity and start from the header.</summary>
        /// <param name="header">Of the segment.</param>
        /// <param name="chunkCount">Number of chunk digests that <see cref="Body"/> will hold.</param>
        public SealDraft(SegmentHeader header, int chunkCount)
        {
            Body = new byte[HeadBytes + (chunkCount * Bytes.DigestBytes)];
            Kind = header.Kind;
            Epoch = header.Epoch;
            Recording = header.Recording;
            Segment = header.Segment;
            Body[4] = 1;
            Body[5] = (byte)header.Kind;
            Bytes.PutAscii(Body, 0, 4, "BCS1");
            Bytes.PutAscii(Body, 8, 32, header.Device);
            Bytes.Put32(Body, 40, header.Epoch);
            Bytes.Put32(Body, 44, header.Recording);
            Bytes.Put32(Body, 48, header.Segment);
            Bytes.Put32(Body, 52, header.Activity);
            Bytes.Put32(Body, 56, header.ChunkBytes);
            Bytes.Put32(Body, 60, chunkCount);
            Bytes.Put64(Body, 88, header.Start.MonotonicUs);
            Bytes.Put64(Body, 104, header.Start.WallUs);
            Bytes.Put64(Body, 120, header.Start.ErrorBoundUs);
            Bytes.Put64(Body, 128, header.Start.LastSyncUs);
            Bytes.Put32(Body, 136, header.Boot);
            Body[140] = (byte)header.Start.Source;
        }

        /// <summary>Exact array that the seal digest is taken over.</summary>
        public byte[] Body { get; }

        /// <summary>Kind of the segment.</summary>
        public int Kind { get; }

        /// <summary>Epoch of the segment.</summary>
        public int Epoch { get; }

        /// <summary>Recording of the segment.</summary>
        public int Recording { get; }

        /// <summary>Segment number.</summary>
        public int Segment { get; }

        /// <summary>Seal flags.</summary>
        public int Flags => Body[6];

        /// <summary>Stop reason, 0 unless final.</summary>
        public int StopReason => Body[7];

        /// <summary>Length of the file as sealed.</summary>
        public int CoveredBytes => (int)Bytes.Get64(Body, 64);

        /// <summary>Device-monotonic length, ms.</summary>
        public int DurationMs => (int)((Bytes.Get64(Body, 96) - Bytes.Get64(Body, 88)) / 1000);

        /// <summary>Sets the lengths and the frame count.</summary>
        public void SetContent(long coveredBytes, long authenticatedBytes, long beyondBytes, int frameCount)
        {
            Bytes.Put64(Body, 64, coveredBytes);
            Bytes.Put64(Body, 72, authenticatedBytes);
            Bytes.Put64(Body, 80, beyondBytes);
            Bytes.Put32(Body, 144, frameCount);
        }

        /// <summary>Sets the end.</summary>
        public void SetEnd(long monotonicUs, long wallUs)
        {
            Bytes.Put64(Body, 96, monotonicUs);
            Bytes.Put64(Body, 112, wallUs);
        }

        /// <summary>Sets the flags; the final segment's number is the recording's segment count.</summary>
        public void SetFlags(int flags, int stopReason)
        {
            Body[6] = (byte)flags;
            Body[7] = (byte)stopReason;
            Bytes.Put32(Body, 148, (flags & Final) != 0 ? Segment : 0);
        }

        /// <summary>Puts the links in and makes the 352-byte seal.</summary>
        /// <param name="recordingKey">Key of the recording, or the journal key.</param>
        /// <param name="previous">Seal digest before this in the chain; zeros at its start.</param>
        /// <param name="otherHead">Head of the other chain.</param>
        /// <param name="checkpointSize">Newest checkpoint seen, 0 = none.</param>
        /// <param name="checkpointRoot">Its root.</param>
        /// <param name="restarted">True when the previous head was lost.</param>
        public byte[] Seal(byte[] recordingKey, byte[] previous, byte[] otherHead, long checkpointSize, byte[] checkpointRoot, bool restarted)
        {
            if (restarted)
            {
                Body[6] |= ChainRestarted;
            }

            Bytes.Put64(Body, 152, checkpointSize);
            Array.Copy(checkpointRoot, 0, Body, 160, 32);
            Array.Copy(otherHead, 0, Body, 192, 32);
            Array.Copy(previous, 0, Body, 224, 32);
            Array.Copy(Bytes.Mac(recordingKey, "BCK1"), 0, Body, 256, 32);

            byte[] digest = Bytes.SealDigest(Body);
            byte[] seal = new byte[UpMessages.SealBytes];
            Array.Copy(Body, 0, seal, 0, HeadBytes);
            Array.Copy(digest, 0, seal, 288, 32);
            Array.Copy(System.Security.Cryptography.HMACSHA256.HashData(recordingKey, digest), 0, seal, 320, 32);
            return seal;
        }
    }
}
