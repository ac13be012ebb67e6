using BodyCam.Custody.Acts;
using BodyCam.Custody.Activities;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Store;
using BodyCam.Log;
using BodyCam.Rules.Policies;
using BodyCam.TestKit;

namespace BodyCam.Custody.Tests;

/// <summary>A log in memory: what was appended, as records of the real form.</summary>
internal sealed class MemoryActLog : IActLog
{
    public List<LogRecord> Records { get; } = [];

    /// <summary>A log on disk that gets the same records; null for none.</summary>
    public LogWriter? OnDisk { get; init; }

    public long Size => Records.Count;

    public ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel)
    {
        var first = Records.Count;
        Records.AddRange(records);
        OnDisk?.AppendBatch([.. records]);
        return ValueTask.FromResult((long)first);
    }

    public IEnumerable<LoggedAct> ReadFrom(long sequence) =>
        Records.Skip((int)sequence).Select((record, index) => new LoggedAct(sequence + index, ActJson.FromRecord(record.Utf8Json) ?? throw new InvalidDataException("a record that cannot be read")));
}

/// <summary>Policies by id, whatever the day.</summary>
internal sealed class FixedPolicies(params PolicySet[] sets) : IPolicies
{
    public PolicySet? At(string policyId, DateOnly day) => sets.FirstOrDefault(set => set.Id == policyId && set.EffectiveFrom <= day);
}

/// <summary>One agency with two units and people of every kind, and an office over an SQLite store in memory.</summary>
internal sealed class World : IDisposable
{
    public World(PolicySet policy, MemoryActLog? log = null, string store = ":memory:")
    {
        Policy = policy;
        Log = log ?? new MemoryActLog();
        Office = new Office(SqliteCustodyStore.Open(store), Log, new FixedPolicies(policy), Time);
    }

    public PolicySet Policy { get; }

    public MemoryActLog Log { get; }

    public ManualTimeProvider Time { get; } = new();

    public Office Office { get; }

    public Actor Administrator { get; } = Person("u-admin", null, Rank.None, Role.Administrator);

    public Actor Custodian { get; } = Person("u-custodian", "o-custodian", Rank.None, Role.Custodian);

    public Actor Officer { get; } = Person("u-li", "o-li", Rank.None, Role.Officer);

    public Actor OtherOfficer { get; } = Person("u-wang", "o-wang", Rank.None, Role.Officer);

    public Actor Head { get; } = Person("u-head", "o-head", Rank.UnitHead);

    public Actor LeaderInCharge { get; } = Person("u-deputy", "o-deputy", Rank.LeaderInCharge);

    public Actor MainLeader { get; } = Person("u-main", "o-main", Rank.MainLeader);

    public Actor Legal { get; } = Person("u-legal", "o-legal", Rank.None, Role.Legal);

    public Actor Archivist { get; } = Person("u-archive", "o-archive", Rank.None, Role.Archivist);

    public Actor Collector { get; } = Person("u-collector", "o-collector", Rank.None, Role.Collector);

    public static Actor Person(string id, string? officer, Rank rank, params Role[] roles) => new(id, id, officer, officer is null ? null : "unit-1", new HashSet<Role>(roles), rank);

    /// <summary>Agency, units, officers and one recorder, as an administrator enters them.</summary>
    public async Task<World> FoundedAsync()
    {
        await Must(Administrator, "agency.register", draft => PeopleDesk.RegisterAgency(draft, new Agency("agency-1", Policy.Agency, Policy.Id)));
        foreach (var unit in new[] { "unit-1", "unit-2" })
            await Must(Administrator, "unit.register", draft => PeopleDesk.RegisterUnit(draft, new Unit(unit, "agency-1", unit)));
        foreach (var (id, rank) in new[] { ("o-li", Rank.None), ("o-wang", Rank.None), ("o-custodian", Rank.None), ("o-head", Rank.UnitHead), ("o-main", Rank.MainLeader) })
            await Must(Administrator, "officer.register", draft => PeopleDesk.RegisterOfficer(draft, new Officer(id, "姓名" + id, "证" + id, "unit-1", rank, true)));
        await Must(Administrator, "officer.register", draft => PeopleDesk.RegisterOfficer(draft, new Officer("o-other-unit", "外单位", "证-外", "unit-2", Rank.None, true)));
        await Must(Custodian, "recorder.register", draft => RecorderDesk.Register(draft, new Recorder("bc-01", "SN1", "BodyCam", "WROVER", "unit-1", false, false, true)));
        return this;
    }

    /// <summary>A recording of o-li that is stored and chained, with its activity.</summary>
    public async Task<Recording> StoredAsync(uint number = 1, DateTimeOffset? at = null)
    {
        var stored = at ?? Office.Now;
        return await Must(Actor.Gateway, "intake", draft =>
        {
            var activity = draft.Find<Activity>("activity-x") ?? draft.Put(new Activity("activity-x", "agency-1", "unit-1") { OfficerIds = ["o-li"], Arrived = new EndPoint(stored.AddMinutes(-30), "recorder/bc-01", "") });
            return (Outcome<Recording>)draft.Put(new Recording(Recording.IdOf("bc-01", 1, number), "bc-01", 1, number, "agency-1", "unit-1")
            {
                ActivityId = activity.Id, HolderId = "o-li", State = RecordingState.Verified, StartedAt = stored.AddMinutes(-30), EndedAt = stored.AddMinutes(-20), StoredAt = stored, SegmentCount = 3, SegmentsStored = 3,
            });
        });
    }

    public async Task<Recording> ClassifiedAsync(uint number = 1, DateTimeOffset? at = null)
    {
        var recording = await StoredAsync(number, at);
        return await Must(Officer, "recording.classify", draft => RecordingDesk.Classify(draft, recording.Id, "日常检查", "检查", 1, "县城", "内容"));
    }

    public Task<Outcome<T>> Try<T>(Actor actor, string act, Func<Draft, Outcome<T>> deed)
        where T : class => Office.DoAsync(actor, act, deed, TestContext.Current.CancellationToken);

    public async Task<T> Must<T>(Actor actor, string act, Func<Draft, Outcome<T>> deed)
        where T : class
    {
        var outcome = await Try(actor, act, deed);
        Assert.True(outcome.IsDone, outcome.Refusal?.Message);
        return outcome.Value;
    }

    public async Task<Refusal> Refused<T>(Actor actor, string act, Func<Draft, Outcome<T>> deed, string code)
        where T : class
    {
        var records = Log.Records.Count;
        var outcome = await Try(actor, act, deed);
        Assert.False(outcome.IsDone, $"{act} was done, and should have been refused with {code}");
        Assert.Equal(code, outcome.Refusal.Code);
        Assert.Equal(records, Log.Records.Count);
        return outcome.Refusal;
    }

    public void Dispose() => Office.Dispose();
}
