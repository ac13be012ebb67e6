using BodyCam.Core;

namespace BodyCam.Ingest;

/// <summary>One segment that the reviewers looked at.</summary>
/// <param name="Segment">Number.</param>
/// <param name="SealDigest">Hex.</param>
/// <param name="Sha256">Of the file, hex.</param>
/// <param name="Bytes">Length.</param>
public sealed record PurgeSegment(uint Segment, string SealDigest, string Sha256, long Bytes);

/// <summary>A purge that two persons decided on (DESIGN §8); what it rests on stands in their acts.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="Recording">Recording, from 1: the journal is never purged.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Cites">Articles with the policy's id.</param>
/// <param name="ExpiredAtUs">When its retention ended, gateway-wall µs since 1970.</param>
/// <param name="Reviewer">User who reviewed.</param>
/// <param name="Approver">Another user, who approved.</param>
/// <param name="Segments">Every segment of the recording, as reviewed.</param>
public sealed record PurgeOrder(DeviceId Device, uint Epoch, uint Recording, string Reason, IReadOnlyList<string> Cites, long ExpiredAtUs, string Reviewer, string Approver, IReadOnlyList<PurgeSegment> Segments)
{
    /// <summary>What came of its segments before they came whole (<c>orphans/</c>), as reviewed: bytes of the same footage, which go with it.</summary>
    public IReadOnlyList<PurgeTail> Tails { get; init; } = [];
}

/// <summary>One orphaned tail.</summary>
/// <param name="Segment">Number.</param>
/// <param name="Sha256">Of the file, hex.</param>
/// <param name="Bytes">Length.</param>
public sealed record PurgeTail(uint Segment, string Sha256, long Bytes);

/// <summary>Why a purge was not done; nothing has changed then.</summary>
public enum PurgeOutcome
{
    /// <summary>The certificate is in the log; the bytes are gone, or go at the next round.</summary>
    Done,

    /// <summary>Two different persons, a reason and an end in the past are needed.</summary>
    NotDecided,

    /// <summary>What is stored is not what was reviewed.</summary>
    Changed,

    /// <summary>Nothing of it is stored, or it is the journal.</summary>
    NotFound,
}
