using BodyCam.Accounts;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Intake;
using BodyCam.Custody.Store;
using BodyCam.Ingest;
using BodyCam.Rules.Policies.Reading;
using BodyCam.Web;
using Microsoft.Data.Sqlite;

namespace BodyCam.Gateway;

/// <summary>Custody as it runs in a gateway: policies, acts, what recorders tell, accounts.</summary>
internal sealed class CustodyRoom : IDisposable
{
    private readonly RecordingIntake intake;
    private readonly IngestService ingest;

    private CustodyRoom(Office office, RecordingIntake intake, IngestService ingest, WebServices services)
    {
        Office = office;
        this.intake = intake;
        this.ingest = ingest;
        Services = services;
    }

    /// <summary>Where acts are done.</summary>
    public Office Office { get; }

    /// <summary>What the API works with.</summary>
    public WebServices Services { get; }

    /// <summary>Reads the policies and opens store and accounts.</summary>
    /// <exception cref="InvalidOperationException">A policy file is bad or a database cannot be used; the message says what to do.</exception>
    public static CustodyRoom Open(GatewayOptions options, IngestService ingest, KeyRing ring)
    {
        var book = PolicyReader.ReadFolder(options.PoliciesFolder, out var problems)
            ?? throw new InvalidOperationException($"The policies cannot be used:\n{string.Join('\n', problems)}\nMend them, then try them with 'bodycam policy check --policies {options.PoliciesFolder}'.");
        var path = Path.Combine(options.DataFolder, "custody.db");
        Office? office = null;
        AccountStore? accounts = null;
        try
        {
            office = new Office(SqliteCustodyStore.Open(path), new IngestActLog(ingest, options.DataFolder), new BookPolicies(book), options.Time);
            accounts = AccountStore.Open(Path.Combine(options.KeysFolder, AccountStore.FileName));
            var services = new WebServices(office, ingest.Catalog, options.DataFolder, accounts, ring.AccountsKey(), new LoggedAccountEvents(ingest, options.Time), new StoredSound(ingest.Catalog, options.DataFolder), options.Time);
            return new CustodyRoom(office, new RecordingIntake(office, ingest.Catalog, options.DataFolder), ingest, services);
        }
        catch (SqliteException failure)
        {
            accounts?.Dispose();
            office?.Dispose();
            throw new InvalidOperationException($"{path} or {AccountStore.FileName} in the keys folder cannot be used ({failure.Message.TrimEnd('.')}): a damaged custody.db may be removed, the gateway makes it anew from the log; accounts.db is restored from its backup.", failure);
        }
    }

    /// <summary>Takes what recorders sent since the last time.</summary>
    public async ValueTask TickAsync(CancellationToken cancel)
    {
        if (!ingest.IsFaulted)
            await intake.RunOnceAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Closes store and accounts.</summary>
    public void Dispose()
    {
        Office.Dispose();
        Services.Accounts.Dispose();
    }
}
