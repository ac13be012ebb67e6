namespace BodyCam.VirtualBoard;

/// <summary>A TLS handshake failed.</summary>
/// <param name="code">The code that mbedTLS gives for it, negative (mbedtls/ssl.h, x509.h, pk.h).</param>
/// <param name="message">What happened and what to do.</param>
/// <param name="inner">The cause.</param>
public sealed class TlsFailureException(int code, string message, Exception inner) : IOException(message, inner)
{
    /// <summary>MBEDTLS_ERR_X509_CERT_VERIFY_FAILED: the server's certificate is not from the CA, for another name, or out of date.</summary>
    public const int NotTrusted = -0x2700;

    /// <summary>MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: the server ended the handshake; it takes neither the version nor the certificate.</summary>
    public const int FatalAlert = -0x7780;

    /// <summary>MBEDTLS_ERR_PK_KEY_INVALID_FORMAT: a certificate or key cannot be read.</summary>
    public const int BadOwnKey = -0x3D00;

    /// <summary>The code.</summary>
    public int Code => code;
}
