using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;

namespace BodyCam.Ingest;

/// <summary>How a recorder's certificate stands in the log.</summary>
public enum CertificateStanding
{
    /// <summary>It is the one that was issued for its epoch, and the epoch is not revoked.</summary>
    Valid,

    /// <summary>No such epoch was given.</summary>
    UnknownEpoch,

    /// <summary>No record of the log names it, whoever signed it.</summary>
    NotOnRecord,

    /// <summary>Its epoch is revoked.</summary>
    Revoked,
}

/// <summary>What a recorder is given with a new epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="File">Text of <c>I:\bodycam.cfg</c>; it holds keys.</param>
/// <param name="Certificate">The certificate for this epoch.</param>
public sealed record BoardGrant(uint Epoch, string File, IssuedCertificate Certificate);

/// <summary>On which terms a recorder gets a new epoch with a certificate.</summary>
public sealed record BoardTerms
{
    /// <summary>Makes the certificate; called once, when the epoch is known.</summary>
    public required Func<RecorderIdentity, IssuedCertificate> Issue { get; init; }

    /// <summary>Values for the file; the gateway's own when null.</summary>
    public ProvisioningValues? Values { get; init; }

    /// <summary>True when a recorder that has an epoch already gets none.</summary>
    public bool OnlyFirst { get; init; }

    /// <summary>Why all epochs before are revoked in the same moment; null when they stay.</summary>
    public string? RevokeOlder { get; init; }
}

/// <summary>A recorder with what it was given.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Newest epoch given.</param>
/// <param name="Certificate">Newest certificate, revoked or not; null when it has none.</param>
/// <param name="Revocation">Newest revocation; null when there is none.</param>
public sealed record BoardStatus(DeviceId Device, uint Epoch, CertificateRow? Certificate, RevocationRow? Revocation)
{
    /// <summary>True when nothing that it was given lets it in.</summary>
    public bool IsRevoked => Revocation?.Epoch >= Epoch;

    /// <summary>True when its newest certificate is revoked.</summary>
    public bool IsCertificateRevoked => Certificate is not null && Revocation?.Epoch >= Certificate.Epoch;
}
