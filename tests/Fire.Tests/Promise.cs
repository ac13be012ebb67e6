using BodyCam.Core;

namespace BodyCam.Fire.Tests;

/// <summary>What a receipt promised, and what the recorder knows of the segment: the oracle's only source.</summary>
/// <param name="Key">Segment.</param>
/// <param name="SealDigest">32 bytes.</param>
/// <param name="Sha256">Of the segment's bytes as the recorder made them.</param>
/// <param name="Bytes">Their number.</param>
/// <param name="StoredAtUs">Gateway-wall time in the receipt.</param>
/// <param name="CheckpointSize">Leaves of the checkpoint in the receipt.</param>
/// <param name="CheckpointRoot">Its root.</param>
internal sealed record Promise(SegmentKey Key, byte[] SealDigest, byte[] Sha256, long Bytes, ulong StoredAtUs, long CheckpointSize, byte[] CheckpointRoot);
