using BodyCam.Accounts;
using BodyCam.Core.Keys;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Clocks;
using BodyCam.Custody.Intake;
using BodyCam.Custody.Policies;
using BodyCam.Custody.Store;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;
using BodyCam.Web;
using BodyCam.Web.Api;
using Microsoft.Data.Sqlite;

namespace BodyCam.Gateway;

/// <summary>Custody as it runs in a gateway: policies, acts, what recorders tell, accounts.</summary>
internal sealed class CustodyRoom : IDisposable
{
    private static readonly TimeSpan sweepEvery = TimeSpan.FromMinutes(10);

    private readonly RecordingIntake intake;
    private readonly IngestService ingest;
    private readonly PurgeExecutor purges;
    private readonly CustodySweep sweep;
    private readonly PolicyBook book;
    private long sweptAt;
    private bool hasNotedPolicies;

    private CustodyRoom(Office office, PolicyBook book, RecordingIntake intake, IngestService ingest, WebServices services)
    {
        Office = office;
        this.book = book;
        this.intake = intake;
        this.ingest = ingest;
        Services = services;
        purges = new PurgeExecutor(office, ingest);
        sweep = new CustodySweep(office, services.Tasks);
    }

    /// <summary>Where acts are done.</summary>
    public Office Office { get; }

    /// <summary>What the API works with.</summary>
    public WebServices Services { get; }

    /// <summary>Reads the policies and opens store and accounts.</summary>
    /// <exception cref="InvalidOperationException">A policy file is bad or a database cannot be used; the message says what to do.</exception>
    public static CustodyRoom Open(GatewayOptions options, IngestService ingest, KeyRing ring, GatewayKey key)
    {
        var book = PolicyReader.ReadFolder(options.PoliciesFolder, out var problems)
            ?? throw new InvalidOperationException($"The policies cannot be used:\n{string.Join('\n', problems)}\nMend them, then try them with 'bodycam policy check --policies {options.PoliciesFolder}'.");
        var office = OpenOffice(options, ingest, book);
        AccountStore? accounts = null;
        try
        {
            accounts = OpenAccounts(options.KeysFolder);
            var guard = new ClockGuard(options.Time, new SystemBootClock(options.Time), new ClockGuardFile(Path.Combine(options.DataFolder, "clock.json")), NewestOnRecord(options.DataFolder, ingest));
            office.IsClockHeld = () => guard.Observe().IsHeld;
            var calendars = CalendarSet.Load(options.CalendarsFolder);
            if (calendars.Problems.Count > 0)
                throw new InvalidOperationException($"The calendars cannot be used:\n{string.Join('\n', calendars.Problems)}\nMend them, then try them with 'bodycam policy check --calendars {options.CalendarsFolder}'.");
            var services = new WebServices(
                office, ingest.Catalog, options.DataFolder, accounts, ring.AccountsKey(), new LoggedAccountEvents(ingest, options.Time), new TaskList(new WorkingDays(calendars)), guard, key, options.Time);
            return new CustodyRoom(office, book, new RecordingIntake(office, ingest.Catalog, options.DataFolder), ingest, services);
        }
        catch
        {
            accounts?.Dispose();
            office.Dispose();
            throw;
        }
    }

    private static Office OpenOffice(GatewayOptions options, IngestService ingest, PolicyBook book)
    {
        var path = Path.Combine(options.DataFolder, "custody.db");
        SqliteCustodyStore? store = null;
        try
        {
            store = SqliteCustodyStore.Open(path);
            var log = new LogReader(Path.Combine(options.DataFolder, "log"));
            if (!store.Follows(log, ingest.Checkpoint.Checkpoint))
                throw new InvalidOperationException($"What {path} followed is not the log: another log was put in the place of the one that it followed, or somebody wrote into it. Move custody.db, custody.db-wal and custody.db-shm away, keep them, and start the gateway again: it makes custody.db anew from the log.");
            var office = new Office(store, new IngestActLog(ingest, options.DataFolder), new BookPolicies(book), options.Time);
            store.NoteRoot(log);
            return office;
        }
        catch (Exception failure)
        {
            store?.Dispose();
            if (failure is SqliteException damaged)
                throw new InvalidOperationException(DatabaseWords.Of(path, damaged, DatabaseWords.Custody), damaged);
            throw;
        }
    }

    private static AccountStore OpenAccounts(string keysFolder)
    {
        var path = Path.Combine(keysFolder, AccountStore.FileName);
        AccountStore? accounts = null;
        try
        {
            accounts = AccountStore.Open(path);
            // All of it is read once: what is damaged shows at the start and not at somebody's sign-in.
            _ = accounts.All();
            _ = accounts.Setup();
            return accounts;
        }
        catch (SqliteException failure)
        {
            accounts?.Dispose();
            throw new InvalidOperationException(DatabaseWords.Of(path, failure, DatabaseWords.Accounts), failure);
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            accounts?.Dispose();
            throw new InvalidOperationException($"{path} is damaged (a row cannot be read: {failure.Message.Split('\n')[0].TrimEnd('.')}): {DatabaseWords.Accounts}", failure);
        }
    }

    /// <summary>Notes once which rules the gateway works by (DESIGN D9). Where the disk takes nothing it is noted at a later tick.</summary>
    public async ValueTask NoteRulesAsync(CancellationToken cancel)
    {
        if (hasNotedPolicies || ingest.IsFaulted)
            return;
        try
        {
            await Office.DoAsync(Actor.Gateway, "policy.read", draft => PolicyDesk.Read(draft, [.. book.All]), cancel).ConfigureAwait(false);
            hasNotedPolicies = true;
        }
        catch (IOException)
        {
            // The gateway itself says that its disk is full.
        }
    }

    /// <summary>Takes what recorders sent since the last time.</summary>
    public async ValueTask TickAsync(CancellationToken cancel)
    {
        if (ingest.IsFaulted)
            return;
        Services.Guard.Observe();
        await NoteRulesAsync(cancel).ConfigureAwait(false);
        await intake.RunOnceAsync(cancel).ConfigureAwait(false);
        await purges.RunOnceAsync(cancel).ConfigureAwait(false);
        PackageShelf.Clear(new Draft(Office.Store, Office.Policies, Actor.Gateway, "read", Office.Now), Services.DataFolder);
        if (sweptAt != 0 && Services.Time.GetElapsedTime(sweptAt) < sweepEvery)
            return;
        sweptAt = Services.Time.GetTimestamp();
        await sweep.RunOnceAsync(cancel).ConfigureAwait(false);
    }

    private static DateTimeOffset? NewestOnRecord(string dataFolder, IngestService ingest) =>
        new LogReader(Path.Combine(dataFolder, "log")).ReadRecord(ingest.Checkpoint.Checkpoint.Size - 1) is { } last ? DateTimeOffset.UnixEpoch.AddTicks(last.TimeUs * 10) : null;

    /// <summary>Closes store and accounts.</summary>
    public void Dispose()
    {
        Office.Dispose();
        Services.Accounts.Dispose();
    }
}
