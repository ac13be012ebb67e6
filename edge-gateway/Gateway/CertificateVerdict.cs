namespace BodyCam.Gateway;

/// <summary>What becomes of a recorder's certificate; the names stand in the metric <c>bodycam_certificate_refusals</c>.</summary>
internal enum CertificateVerdict
{
    /// <summary>It is the one of its recorder and epoch.</summary>
    Accepted,

    /// <summary>None was sent.</summary>
    Missing,

    /// <summary>No CA of this gateway signed it.</summary>
    UnknownAuthority,

    /// <summary>Its validity is over.</summary>
    Expired,

    /// <summary>Its validity has not begun.</summary>
    NotYetValid,

    /// <summary>It is not for a client's authentication.</summary>
    WrongUse,

    /// <summary>It breaks another rule of its form.</summary>
    Malformed,

    /// <summary>Its subject is not one recorder and one epoch.</summary>
    NoIdentity,

    /// <summary>It speaks of an epoch that was never given.</summary>
    UnknownEpoch,

    /// <summary>No record of the log names it.</summary>
    NotOnRecord,

    /// <summary>Its epoch is revoked.</summary>
    Revoked,

    /// <summary>The client logs in as somebody else than it says.</summary>
    OtherRecorder,
}
