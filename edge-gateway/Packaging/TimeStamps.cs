using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.Packaging;

/// <summary>Time stamps on checkpoints by an authority from outside (RFC 3161): they say "not after", whoever holds the gateway's key.</summary>
public static class TimeStamps
{
    private const int AnswerBytesMax = 256 * 1024;
    private static readonly TimeSpan answerMax = TimeSpan.FromSeconds(30);

    /// <summary>What one stamp says.</summary>
    /// <param name="At">The authority's time.</param>
    /// <param name="Accuracy">Its own bound; null when it gives none.</param>
    /// <param name="Authority">Name in its certificate.</param>
    public sealed record Stamp(DateTimeOffset At, TimeSpan? Accuracy, string Authority);

    /// <summary>Asks an authority to stamp bytes.</summary>
    /// <returns>The token, DER; checked against the request.</returns>
    /// <exception cref="InvalidOperationException">No usable answer; the message says what to do.</exception>
    public static async Task<byte[]> AskAsync(HttpClient client, Uri authority, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(client);
        var nonce = RandomNumberGenerator.GetBytes(16);
        nonce[0] &= 0x7F;
        var request = Rfc3161TimestampRequest.CreateFromData(bytes.Span, HashAlgorithmName.SHA256, nonce: nonce, requestSignerCertificates: true);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(answerMax);
        try
        {
            using var content = new ByteArrayContent(request.Encode());
            content.Headers.ContentType = new("application/timestamp-query");
            using var message = new HttpRequestMessage(HttpMethod.Post, authority) { Content = content };
            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
            var stream = await answer.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var held = new MemoryStream();
                var block = new byte[16 * 1024];
                for (int read; (read = await stream.ReadAsync(block, limit.Token).ConfigureAwait(false)) > 0;)
                {
                    if (held.Length + read > AnswerBytesMax)
                        throw new InvalidOperationException($"{authority} answered more than {AnswerBytesMax} bytes: no time stamp. Look at its address.");
                    held.Write(block, 0, read);
                }

                // Fails when the answer is no token for this request and nonce.
                return request.ProcessResponse(held.ToArray(), out _).AsSignedCms().Encode();
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or CryptographicException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{authority} gave no time stamp ({failure.Message.TrimEnd('.')}). Look at its address and at the network; the checkpoint is stamped again later.", failure);
        }
    }

    /// <summary>True when a token stamps these bytes, whoever signed it.</summary>
    public static bool IsOf(ReadOnlyMemory<byte> token, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Rfc3161TimestampToken.TryDecode(token, out var decoded, out var used) && used == token.Length && decoded.VerifySignatureForData(bytes, out _);
        }
        catch (Exception broken) when (broken is CryptographicException or AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Checks a token offline: it stamps these bytes, and its certificate leads to one of the authorities given.</summary>
    /// <returns>What it says; null when it does not hold.</returns>
    public static Stamp? Check(ReadOnlyMemory<byte> token, ReadOnlySpan<byte> bytes, X509Certificate2Collection authorities)
    {
        ArgumentNullException.ThrowIfNull(authorities);
        try
        {
            if (!Rfc3161TimestampToken.TryDecode(token, out var decoded, out var used) || used != token.Length || !decoded.VerifySignatureForData(bytes, out var signer, new X509Certificate2Collection(authorities)) || signer is null)
                return null;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.ExtraStore.AddRange(decoded.AsSignedCms().Certificates);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            // Offline: an address in a certificate that came with the token is not asked.
            chain.ChainPolicy.DisableCertificateDownloads = true;
            // The certificate must have held when it stamped, not now.
            chain.ChainPolicy.VerificationTime = decoded.TokenInfo.Timestamp.LocalDateTime;
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.8"));
            return chain.Build(signer) ? new Stamp(decoded.TokenInfo.Timestamp, decoded.TokenInfo.AccuracyInMicroseconds is { } us ? TimeSpan.FromMicroseconds(us) : null, signer.GetNameInfo(X509NameType.SimpleName, forIssuer: false)) : null;
        }
        catch (Exception broken) when (broken is CryptographicException or AsnContentException)
        {
            return null;
        }
    }
}
