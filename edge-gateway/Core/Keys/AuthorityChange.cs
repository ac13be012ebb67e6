using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace BodyCam.Core.Keys;

/// <summary>Outcome of a change of the CA.</summary>
/// <param name="OldSha256">The CA until now; null when it was lost and nothing of it is left.</param>
/// <param name="NewSha256">The CA from now on.</param>
/// <param name="IsVouchedFor">True when the old CA signed the new one: boards that trust the old one go on without being touched.</param>
/// <param name="RetiredFile">File of the old CA's certificate, which keeps its boards' certificates accepted; null when it is not trusted any more.</param>
public sealed record AuthorityChangeResult(string? OldSha256, string NewSha256, bool IsVouchedFor, string? RetiredFile);

/// <summary>Gives a gateway that does not run a new CA. Broken off at any point it is finished by running it again.</summary>
/// <remarks>Order: new CA under a name of its own → the new one signed by the old one (<see cref="CertificateAuthority.CrossFile"/>) → old certificate under its retired name → new CA in the place of the old one, whose key is gone then.</remarks>
public static class AuthorityChange
{
    private const string NextFile = "ca-key.next.pem";

    // Of its own: whoever has the old key may have the next one of a planned change that was broken off.
    private const string NextAfterLossFile = "ca-key.lost.pem";

    /// <summary>Changes the CA.</summary>
    /// <param name="folder">The keys folder.</param>
    /// <param name="lost">True when the old key is lost or in wrong hands: then nothing vouches for the new CA, no old CA is trusted, and every board is made anew.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="InvalidOperationException">It cannot be done; the message says what to do. Nothing was changed.</exception>
    public static AuthorityChangeResult Run(string folder, bool lost, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var path = Path.Combine(folder, CertificateAuthority.PrivateFile);
        if (!lost && !File.Exists(path))
            throw new InvalidOperationException($"{folder} has no {CertificateAuthority.PrivateFile}: name the gateway's keys folder with --keys. If the CA's key is lost, add --lost.");
        var nextPath = Path.Combine(folder, lost ? NextAfterLossFile : NextFile);
        File.Delete(Path.Combine(folder, lost ? NextFile : NextAfterLossFile));
        var text = Encoding.ASCII.GetString(KeyFolder.ReadOrCreate(nextPath, () => Encoding.ASCII.GetBytes(CertificateAuthority.CreatePem(time.GetUtcNow()))));
        var (next, nextKey) = CertificateAuthority.Read(nextPath, text);
        using (next)
        using (nextKey)
        {
            var change = lost ? Forget(folder, next) : Vouch(folder, next, time);
            File.Move(nextPath, path, overwrite: true);
            KeyFolder.SyncEntries(folder);
            using var opened = CertificateAuthority.Open(folder, time, mayCreate: false);
            return change;
        }
    }

    private static AuthorityChangeResult Vouch(string folder, X509Certificate2 next, TimeProvider time)
    {
        using var old = CertificateAuthority.Open(folder, time, mayCreate: false);
        var crossPath = Path.Combine(folder, CertificateAuthority.CrossFile);
        // One for this change; what vouched for the old one stays, for boards that trust only a CA before it.
        var before = File.Exists(crossPath) ? File.ReadAllText(crossPath, Encoding.ASCII) : "";
        if (!old.Cross.Any(standing => standing.SubjectName.RawData.AsSpan().SequenceEqual(next.SubjectName.RawData)))
        {
            using var cross = old.Vouch(next);
            KeyFolder.Replace(crossPath, Encoding.ASCII.GetBytes(cross.ExportCertificatePem() + "\n" + before));
        }

        var retired = CertificateAuthority.RetiredName(old.Sha256);
        KeyFolder.Replace(Path.Combine(folder, retired), Encoding.ASCII.GetBytes(old.Pem));
        return new AuthorityChangeResult(old.Sha256, IssuedCertificate.Sha256Of(next), IsVouchedFor: true, retired);
    }

    private static AuthorityChangeResult Forget(string folder, X509Certificate2 next)
    {
        string? old = null;
        var shown = Path.Combine(folder, CertificateAuthority.PublicFile);
        if (File.Exists(shown))
        {
            using var standing = X509Certificate2.CreateFromPem(File.ReadAllText(shown, Encoding.ASCII));
            old = IssuedCertificate.Sha256Of(standing);
        }

        foreach (var file in CertificateAuthority.RetiredFiles(folder).Append(Path.Combine(folder, CertificateAuthority.CrossFile)).ToList())
            File.Delete(file);
        return new AuthorityChangeResult(old, IssuedCertificate.Sha256Of(next), IsVouchedFor: false, RetiredFile: null);
    }
}
