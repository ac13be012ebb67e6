using System.Buffers;
using BodyCam.Archive;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Simulation.Tests;

/// <summary>The gateway of one seed: the shipped ingest, store, log, catalog and archive over a simulated disk, all on the caller's thread. It can be cut, killed, stopped and opened again.</summary>
internal sealed class SimGateway : IDownlink, IDisposable
{
    public static readonly DeviceId Device = DeviceId.Parse("unit-7");
    private static readonly byte[] master = [.. Enumerable.Range(1, 32).Select(static number => (byte)number)];
    private static readonly string keyPem = GatewayKey.Create().ExportPrivatePem();
    private static long catalogs;

    // Each seed is one thread, and so is each of its connections: SQLite needs no lock around a call, nor one count of memory for all.
    static SimGateway()
    {
        SqliteLibrary.Load();
        SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
        SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private readonly Random dice;
    private readonly Tally tally;
    private readonly Action<byte[]> sent;
    private SqliteConnection keeper;
    private string catalogName;
    private readonly bool hasStoreTasks;
    private TaskCompletionSource? turn;
    private TaskCompletionSource? storeTurn;
    private bool isFree;
    private IngestService? ingest;
    private ArchiveForwarder? forwarder;
    private Task? archiving;

    /// <param name="dice">Decides; one for the whole seed.</param>
    /// <param name="tally">Told what happened.</param>
    /// <param name="sent">Given each message down.</param>
    /// <param name="hasStoreTasks">True when seals and complete segments wait for a task of their own, as they do in the host; false when the connection does it.</param>
    public SimGateway(Random dice, Tally tally, Action<byte[]> sent, bool hasStoreTasks)
    {
        (this.dice, this.tally, this.sent, this.hasStoreTasks) = (dice, tally, sent, hasStoreTasks);
        Disk = new SimDisk(dice, tally.Fault);
        (keeper, catalogName) = NewCatalog();
        Key = GatewayKey.FromPem(keyPem);
        Keys = new KeyRing(master);
    }

    public SimDisk Disk { get; }

    public SimClock Clock { get; } = new();

    public GatewayKey Key { get; }

    public KeyRing Keys { get; }

    public string Folder => Disk.Root + "/data";

    public string ArchiveFolder => Disk.Root + "/archive";

    public IngestService Ingest => ingest ?? throw new InvalidOperationException("The gateway is not open.");

    public bool IsOpen => ingest is not null;

    public IDisk Verbs { get; private set; } = null!;

    public LogReader Reader { get; private set; } = null!;

    public ILogFiles LogFiles { get; private set; } = null!;

    /// <summary>The recorder's message that the gateway has not given back: it waits for the log, or for room.</summary>
    public Task? Call
    {
        get => field is { IsCompleted: false } ? field : null; // the clock may have ended it too: room came back
        private set;
    }

    void IDownlink.Send(DeviceId device, byte[] message)
    {
        if (device == Device)
            sent(message);
    }

    /// <summary>Opens it.</summary>
    /// <returns>Null, or why it could not be opened: a planned fault, or something to be told.</returns>
    public Exception? Open()
    {
        (isFree, Call, archiving, turn, storeTurn) = (true, null, null, null, null);
        Clock.AtOnce = RoomComes;
        try
        {
            Verbs = GatewayVerbs.Disk(Folder);
            LogFiles = GatewayVerbs.Log(Folder + "/log");
            Reader = new LogReader(Folder + "/log", LogFiles);
            ingest = IngestService.Open(
                new IngestOptions { DataFolder = Folder, Keys = Keys, GatewayKey = Key, Time = Clock, Disk = Verbs, LogFiles = LogFiles, CatalogPath = catalogName, CommitTurn = Turn, StoreWorkers = hasStoreTasks ? 1 : 0, StoreTurn = StoreTurn, OrphanAfter = TimeSpan.FromDays(3) },
                this, NullLogger<IngestService>.Instance);
            forwarder = new ArchiveForwarder(ingest, GatewayVerbs.Archive(Folder, ArchiveFolder, () => ingest.HasArchived), NullLogger<ArchiveForwarder>.Instance);
            return null;
        }
        catch (Exception failure) when (failure is IOException or LogBrokenException or InvalidDataException or InvalidOperationException or AggregateException)
        {
            ingest = null;
            return failure;
        }
        finally
        {
            isFree = false;
            Clock.AtOnce = null;
        }
    }

    /// <summary>Takes a message from the recorder; see <see cref="Call"/>.</summary>
    public void Up(byte[] message) => Call = Started(Ingest.HandleUpAsync(Device, new ReadOnlySequence<byte>(message), CancellationToken.None).AsTask());

    /// <summary>The upkeep that is due every 5 s.</summary>
    public void Tick() => Await(Ingest.TickAsync(CancellationToken.None).AsTask());

    /// <summary>The committer takes what waits: one group.</summary>
    public void GiveTurn()
    {
        if (turn is not { } waiting || Ingest.IsFaulted)
            return;
        turn = null;
        waiting.SetResult();
    }

    /// <summary>The task beside the connections does what waits longest: one seal, or one complete segment.</summary>
    public void GiveStoreTurn()
    {
        if (storeTurn is not { } waiting || Ingest.IsFaulted)
            return; // one that is faulted ends first
        storeTurn = null;
        waiting.SetResult();
    }

    /// <summary>True while a group waits for its turn.</summary>
    public bool HasTurn => turn is not null;

    /// <summary>Works that wait in the committer's queue.</summary>
    public int Waiting => Ingest.CommitsWaiting;

    /// <summary>True while a group waits on the clock for room.</summary>
    public bool IsWaitingForRoom => Clock.HasTimer;

    /// <summary>Gives turns until nothing waits; false when something waits on for room.</summary>
    public bool Settle()
    {
        for (var round = 0; round < 600 && (turn is not null || storeTurn is not null || Call is not null || archiving is { IsCompleted: false }); round++)
        {
            GiveStoreTurn();
            GiveTurn();
            if (Ingest.IsFaulted)
                return true;
        }

        return turn is null && storeTurn is null && Call is null && archiving is not { IsCompleted: false };
    }

    /// <summary>Starts a round of the archive, unless one is under way.</summary>
    public bool Archive()
    {
        if (archiving is { IsCompleted: false })
            return false;
        var round = forwarder!.RunOnceAsync(CancellationToken.None).AsTask();
        // A gateway that broke under it says so itself, and ends.
        archiving = round.IsFaulted && Ingest.IsFaulted ? null : Started(round);
        return true;
    }

    /// <summary>Gives the recorder its next epoch; returns the text of its file.</summary>
    public string Provision(ProvisioningValues values)
    {
        isFree = true;
        var given = Ingest.ProvisionAsync(Device, "provisioned", values, CancellationToken.None).AsTask();
        GiveTurn();
        isFree = false;
        return given.GetAwaiter().GetResult().File;
    }

    /// <summary>Closes what came of the recorder's unfinished segments, as the custodian does for one that is given up.</summary>
    public void GiveUp()
    {
        try
        {
            Await(Ingest.CloseOrphansAsync(Device, CancellationToken.None).AsTask());
        }
        catch (InvalidOperationException failure) when (failure.InnerException is IOException)
        {
            // Told to the one who asked; what the disk has is for ingest to judge.
        }
    }

    /// <summary>Ends the process.</summary>
    /// <param name="how">power, kill or stop.</param>
    public void End(string how)
    {
        if (how != "stop")
            Disk.Die();
        isFree = true;
        Clock.AtOnce = RoomComes;
        if (ingest is { } ending)
        {
            storeTurn?.TrySetResult();
            turn?.TrySetResult();
            (storeTurn, turn) = (null, null);
            ingest = null;
            try
            {
                ending.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
            catch (IOException)
            {
                // A process that is dead writes nothing.
            }
        }

        Clock.AtOnce = null;
        isFree = false;
        Call = null;
        if (how == "power")
            Disk.PowerOn();
        else
            Disk.Restart();
    }

    /// <summary>The catalog is gone: the next start makes it anew.</summary>
    public void LoseCatalog()
    {
        keeper.Dispose();
        (keeper, catalogName) = NewCatalog();
    }

    /// <summary>What an ended run left: a segment in its place whose seal waits, record lines beyond the checkpoint, a catalog with fewer leaves than the log.</summary>
    public (bool Unlogged, bool Beyond, bool Behind) Left()
    {
        if (Disk.Find(Folder + "/log/checkpoint")?.File is not { } note || CheckpointNote.Parse(note.Seen) is not { } checkpoint)
            return default;
        var unlogged = Verbs.Files("parts").Any(path => path.EndsWith(".seal", StringComparison.Ordinal) && SegmentKey.TryParsePath(path["parts/".Length..], out var key) && Verbs.Exists(SegmentStore.SegmentPath(key)));
        var lines = Disk.Find($"{Folder}/log/records/{checkpoint.Size / 256:D3}.jsonl")?.File is { } records ? records.Seen.Count((byte)'\n') : 0;
        using var ask = keeper.CreateCommand();
        ask.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'meta'";
        var isMade = (long)ask.ExecuteScalar()! > 0;
        ask.CommandText = "SELECT value FROM meta WHERE name = 'log_size'";
        return (unlogged, lines > checkpoint.Size % 256, isMade && Convert.ToInt64(ask.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) < checkpoint.Size);
    }

    public void Dispose()
    {
        if (ingest is not null)
            End("kill");
        keeper.Dispose();
        Key.Dispose();
        Disk.Dispose();
    }

    private static (SqliteConnection Keeper, string Name) NewCatalog()
    {
        // Shared memory of this process: it stays from start to start of the gateway as long as one connection is open, and holds what was committed.
        var name = $"file:simulation{Interlocked.Increment(ref catalogs)}?mode=memory&cache=shared";
        var keeper = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = name, Pooling = false }.ToString());
        keeper.Open();
        return (keeper, name);
    }

    private Task Turn()
    {
        if (isFree)
            return Task.CompletedTask;
        turn = new TaskCompletionSource();
        return turn.Task;
    }

    private Task StoreTurn()
    {
        if (isFree)
            return Task.CompletedTask;
        storeTurn = new TaskCompletionSource();
        return storeTurn.Task;
    }

    // Whoever waits for room while nothing else can happen gets it in the end.
    private void RoomComes()
    {
        if (!Disk.IsFull)
            return;
        tally.State("start without room");
        Disk.IsFull = dice.Next(3) > 0;
    }

    private static Task? Started(Task task) => task.IsCompletedSuccessfully ? null : task.IsFaulted ? throw new InvalidOperationException(task.Exception.InnerException!.Message, task.Exception.InnerException) : task;

    private void Await(Task task)
    {
        for (var round = 0; !task.IsCompleted && round < 100; round++)
            GiveTurn();
        if (task.IsFaulted)
            throw new InvalidOperationException(task.Exception!.InnerException!.Message, task.Exception.InnerException);
    }
}
