using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Log;

namespace BodyCam.Ingest;

/// <summary>Who may come in: link keys, certificates and revocations, all by the log.</summary>
public sealed partial class IngestService
{
    /// <summary>Before the end of a certificate by so much it is an alert: a new one needs the board on the bench.</summary>
    public static readonly TimeSpan CertificateNotice = TimeSpan.FromDays(30);

    private static readonly TimeSpan certificatesLookedAtEvery = TimeSpan.FromHours(1);
    private long certificatesLookedAt;

    /// <summary>Raised when epochs of a recorder were revoked and the log has it; handlers must not block.</summary>
    public event Action<DeviceId>? Revoked;

    /// <summary>Gives a recorder its next epoch with a certificate for it; both, and the revocation of older ones when wished, are in the log when this returns.</summary>
    /// <returns>What the recorder is given; null when it has an epoch already and the terms say only the first: then nothing was done.</returns>
    public async ValueTask<BoardGrant?> GiveBoardAsync(DeviceId device, BoardTerms terms, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(terms);
        IssuedCertificate? issued = null;
        var epoch = await GiveEpochAsync(
            device,
            terms.RevokeOlder is null ? "provisioned" : "reissued",
            terms.OnlyFirst ? 0u : null,
            cancel,
            epoch => Beside(device, epoch, issued = terms.Issue(new RecorderIdentity(device, epoch)), terms.RevokeOlder)).ConfigureAwait(false);
        return issued is null ? null : new BoardGrant(epoch, FileOf(device, epoch, terms.Values), issued);
    }

    /// <summary>Revokes every epoch that the recorder was given so far: its link keys and certificates let it in no more, and its session ends. What it sent stands.</summary>
    /// <param name="device">The recorder.</param>
    /// <param name="reason">Why, in words; entered in the log.</param>
    /// <param name="cancel">Ends the wait before anything is queued.</param>
    /// <returns>False when it was never given one; true also when all of them were revoked before, and then nothing is entered.</returns>
    public async ValueTask<bool> RevokeAsync(DeviceId device, string reason, CancellationToken cancel)
    {
        await epochGate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (registry.Find(device) is not { } state)
                return false;
            var epoch = state.NewestEpoch();
            if (state.IsRevoked(epoch))
                return true;
            var atUs = NowUs();
            await committer.CommitAsync(new CommitWork(
                [Records.Revoked(device, epoch, reason, atUs)],
                (batch, sequence) => batch.Revocations.Add(new RevocationRow(device, epoch, reason, atUs, sequence)),
                _ => Revoke(device, epoch))).ConfigureAwait(false);
            return true;
        }
        finally
        {
            epochGate.Release();
        }
    }

    /// <summary>Epoch whose link key this is, of the recorder's two newest (while it changes over, both hold) and not revoked; 0 when none.</summary>
    public uint EpochOfKey(DeviceId device, ReadOnlySpan<byte> linkKey)
    {
        if (registry.Find(device) is not { } state)
            return 0;
        uint[] epochs;
        lock (state.Epochs)
            epochs = [.. state.Epochs.TakeLast(2)];
        var found = 0u;
        foreach (var epoch in epochs)
        {
            if (System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(options.Keys.LinkKey(device, epoch), linkKey) && !state.IsRevoked(epoch))
                found = epoch;
        }

        return found;
    }

    /// <summary>True when the epoch is revoked, or the recorder was never given one.</summary>
    public bool IsRevoked(DeviceId device, uint epoch) => registry.Find(device)?.IsRevoked(epoch) ?? true;

    /// <summary>The recorder's epoch as its last offer said, the newest given before that; 0 when it was never given one.</summary>
    public uint EpochInForceOf(DeviceId device) => registry.Find(device)?.EpochInForce ?? 0;

    /// <summary>How a certificate stands that says this; by whom it was signed is not looked at here.</summary>
    /// <param name="identity">What it says.</param>
    /// <param name="sha256">Of its DER, lower-case hex.</param>
    public CertificateStanding StandingOf(RecorderIdentity identity, string sha256)
    {
        if (registry.Find(identity.Device) is not { } state || !state.Knows(identity.Epoch))
            return CertificateStanding.UnknownEpoch;
        if (state.CertificateOf(identity.Epoch) is not { } row || !string.Equals(row, sha256, StringComparison.Ordinal))
            return CertificateStanding.NotOnRecord;
        return state.IsRevoked(identity.Epoch) ? CertificateStanding.Revoked : CertificateStanding.Valid;
    }

    /// <summary>Every recorder with what it was given, by device id.</summary>
    public IReadOnlyList<BoardStatus> Boards()
    {
        var certificates = catalog.Certificates().ToLookup(static row => row.Device);
        var revocations = catalog.Revocations().ToLookup(static row => row.Device);
        return [.. registry.All.Select(state => new BoardStatus(state.Device, state.NewestEpoch(), certificates[state.Device].LastOrDefault(), revocations[state.Device].LastOrDefault()))];
    }

    private EpochCompany Beside(DeviceId device, uint epoch, IssuedCertificate issued, string? revokeOlder)
    {
        var atUs = NowUs();
        var records = new List<LogRecord> { Records.Certificate(device, epoch, issued, atUs) };
        var revokes = revokeOlder is not null && epoch > 1;
        if (revokes)
            records.Add(Records.Revoked(device, epoch - 1, revokeOlder!, atUs));
        return new EpochCompany(
            records,
            (batch, sequence) =>
            {
                batch.Certificates.Add(new CertificateRow(device, epoch, issued.Serial, issued.Sha256, issued.Authority, issued.NotAfter.ToUnixTimeMilliseconds() * 1000, sequence));
                if (revokes)
                    batch.Revocations.Add(new RevocationRow(device, epoch - 1, revokeOlder!, atUs, sequence + 1));
            },
            () =>
            {
                registry.Find(device)!.AddCertificate(epoch, issued.Sha256);
                if (revokes)
                    Revoke(device, epoch - 1);
            });
    }

    private void Revoke(DeviceId device, uint epoch)
    {
        registry.Find(device)!.RevokeUpTo(epoch);
        Log.Revoked(logger, device.Text, epoch);
        Revoked?.Invoke(device);
    }

    private void NoteCertificates()
    {
        var now = options.Time.GetTimestamp();
        if (certificatesLookedAt != 0 && options.Time.GetElapsedTime(certificatesLookedAt, now) < certificatesLookedAtEvery)
            return;
        certificatesLookedAt = now;
        alerts.Clear("certificate_expiring");
        var until = (options.Time.GetUtcNow() + CertificateNotice).ToUnixTimeMilliseconds() * 1000;
        foreach (var board in Boards().Where(board => board.Certificate?.NotAfterUs < until && !board.IsCertificateRevoked))
        {
            var end = DateTimeOffset.FromUnixTimeMilliseconds(board.Certificate!.NotAfterUs / 1000);
            alerts.Raise("certificate_expiring", board.Device.Text, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Its certificate ends at {end:yyyy-MM-dd HH:mm} UTC; after that it does not come in. Run 'bodycam board new {board.Device} --again' and flash it."));
        }
    }

    /// <summary>What is entered together with an epoch.</summary>
    private sealed record EpochCompany(IReadOnlyList<LogRecord> Records, Action<CatalogBatch, long> ToCatalog, Action Done);
}
