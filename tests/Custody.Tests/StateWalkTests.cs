using System.Collections.Immutable;
using System.Text.Json;
using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Cases;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Tests;

/// <summary>Every state that acts can reach, by every person: none leads to a purge without its end, two persons and no hold.</summary>
public sealed class StateWalkTests
{
    private const int HoldsMax = 2;
    private static readonly DateTimeOffset storedAt = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    // Before the end, after it, after a first extension.
    private static readonly DateTimeOffset[] times = [storedAt, storedAt.AddMonths(7), storedAt.AddMonths(14)];

    private static readonly Actor[] actors =
    [
        World.Person("u-custodian", "o-custodian", Rank.None, Role.Custodian), World.Person("u-archive", "o-archive", Rank.None, Role.Archivist), World.Person("u-li", "o-li", Rank.None, Role.Officer),
        World.Person("u-head", "o-head", Rank.UnitHead), World.Person("u-main", "o-main", Rank.MainLeader), World.Person("u-both", "o-both", Rank.MainLeader, Role.Custodian, Role.Officer), Actor.Gateway,
        World.Person("u-admin", null, Rank.None, Role.Administrator), World.Person("u-legal", "o-legal", Rank.None, Role.Legal),
    ];

    private static readonly (string Act, Action<Draft> Deed)[] deeds =
    [
        ("recording.classify", static draft => RecordingDesk.Classify(draft, "bc-01.1.1", "检查", "名", 1, "地", "容")),
        ("recording.add_to_case", static draft => RecordingDesk.AddToCase(draft, "bc-01.1.1", "case-000001")),
        ("case.close", static draft => CaseDesk.Close(draft, "case-000001", draft.Now)),
        ("case.compile", static draft => CaseDesk.Compile(draft, "case-000001", times[1].AddDays(1), false)),
        ("hold.set", static draft => SetHold(draft, null, "bc-01.1.1")),
        ("hold.set", static draft => SetHold(draft, "activity-x", null)),
        ("hold.lift", static draft => RetentionDesk.LiftHold(draft, "hold-000001", "解除")),
        ("hold.lift", static draft => RetentionDesk.LiftHold(draft, "hold-000002", "解除")),
        ("retention.review", static draft => RetentionDesk.OpenReview(draft, "bc-01.1.1")),
        ("retention.extend", static draft => RetentionDesk.Extend(draft, "bc-01.1.1", times[1].AddDays(30), "延长")),
        ("retention.propose", static draft => RetentionDesk.Propose(draft, "bc-01.1.1", "无保存意义")),
        ("retention.approve", static draft => RetentionDesk.Approve(draft, "bc-01.1.1")),
        ("retention.purge", static draft => RetentionDesk.Purge(draft, "bc-01.1.1")),
        ("recording.secrecy", static draft => RecordingDesk.MarkSecrecy(draft, "bc-01.1.1", Secrecy.Privacy, "隐私")),
        ("access.open", static draft => AccessDesk.Open(draft, "bc-01.1.1", AccessAction.View, "看", null)),
    ];

    [Fact]
    public void No_path_leads_to_a_purge_without_its_end_two_persons_and_no_hold()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<State>();
        var purges = 0;
        Enter(new State(Founded(), 0, IsClockHeld: false));
        while (queue.TryDequeue(out var state))
        {
            // Time goes on and the clock may step and be confirmed, whatever people do.
            if (state.Time + 1 < times.Length)
                Enter(state with { Time = state.Time + 1 });
            Enter(state with { IsClockHeld = !state.IsClockHeld });
            foreach (var actor in actors)
            {
                foreach (var (act, deed) in deeds)
                {
                    if (!Permissions.May(actor, act))
                        continue;
                    var draft = new Draft(state.Store, new FixedPolicies(Texts.Full), actor, act, times[state.Time], state.IsClockHeld);
                    deed(draft);
                    if (!draft.HasChanges)
                        continue;
                    var after = state with { Store = state.Store.With(draft.ToAct()) };
                    if (state.Recording.State != RecordingState.Purged && after.Recording.State == RecordingState.Purged)
                    {
                        purges++;
                        AssertMayGo(state);
                        Assert.Equal("retention.purge", act);
                        Assert.Same(Actor.Gateway, actor);
                    }

                    Assert.True(state.Recording.State != RecordingState.Purged || after.Recording.State == RecordingState.Purged, $"{act} brought a purged recording back");
                    Enter(after);
                }
            }
        }

        Assert.InRange(seen.Count, 500, 200_000);
        Assert.True(purges > 0, "the walk never reached a purge, so it shows nothing");
        TestContext.Current.SendDiagnosticMessage($"{seen.Count} states, {purges} ways into a purge");

        void Enter(State state)
        {
            if (seen.Add(state.Name))
                queue.Enqueue(state);
        }
    }

    // Written from the rules, not from the desk's code.
    private static void AssertMayGo(State state)
    {
        var (recording, now) = (state.Recording, times[state.Time]);
        Assert.False(state.IsClockHeld);
        Assert.NotNull(recording.Classification);
        Assert.True(storedAt.AddMonths(6).AddDays(1) <= now);
        Assert.True(recording.KeepUntil is null || recording.KeepUntil <= now);
        Assert.DoesNotContain(state.Store.List<Hold>(new EntityQuery()), static hold => hold.Stands);
        if (recording.CaseId is { } caseId)
        {
            var file = state.Store.Find<Case>(caseId)!;
            Assert.True(!file.IsPermanent && file.FileKeptUntil <= now);
        }

        Assert.NotNull(recording.Review?.Reviewer);
        Assert.NotNull(recording.Review.Approver);
        Assert.NotEqual(recording.Review.Reviewer, recording.Review.Approver);
        Assert.Contains(recording.Review.Approver, new[] { "u-head", "u-main", "u-both" });
    }

    private static void SetHold(Draft draft, string? activity, string? recording)
    {
        if ((draft.Find<Counter>(Hold.Kind)?.Last ?? 0) < HoldsMax)
            RetentionDesk.SetHold(draft, activity, recording, "complaint_or_petition", "投诉");
    }

    private static MapStore Founded()
    {
        var draft = new Draft(new MapStore(ImmutableSortedDictionary<string, object>.Empty), new FixedPolicies(Texts.Full), Actor.Gateway, "intake", storedAt);
        draft.Put(new Agency("agency-1", "局", "full"));
        draft.Put(new Unit("unit-1", "agency-1", "大队"));
        draft.Put(new Activity("activity-x", "agency-1", "unit-1"));
        draft.Put(new Case("case-000001", "1", "案由", "unit-1", storedAt));
        draft.Put(new Recording("bc-01.1.1", "bc-01", 1, 1, "agency-1", "unit-1") { ActivityId = "activity-x", HolderId = "o-li", State = RecordingState.Verified, EndedAt = storedAt, StoredAt = storedAt });
        return new MapStore(ImmutableSortedDictionary<string, object>.Empty).With(draft.ToAct());
    }

    private sealed record State(MapStore Store, int Time, bool IsClockHeld)
    {
        public Recording Recording => Store.Find<Recording>("bc-01.1.1")!;

        // Texts of who classified, looked or marked last do not matter to what may follow; counters of the register neither.
        public string Name => $"{Time} {IsClockHeld} " + string.Join('\n', Store.Entities
            .Where(static pair => !pair.Key.StartsWith("register", StringComparison.Ordinal) && pair.Key != "counter/register")
            .Select(static pair => pair.Key + "=" + JsonSerializer.Serialize(Normal(pair.Value), pair.Value.GetType(), ActJson.Options)));

        private static object Normal(object entity) => entity switch
        {
            Recording recording => recording with { Classification = recording.Classification is { } made ? made with { By = "", At = default } : null, Secrecy = Secrecy.None, Review = recording.Review is { } review ? review with { OpenedAt = default } : null },
            Hold hold => hold with { SetBy = "", SetAt = default, LiftedBy = hold.LiftedBy is null ? null : "" },
            Case file => file with { ClosedAt = file.ClosedAt is null ? null : DateTimeOffset.MinValue, FiledAt = file.FiledAt is null ? null : DateTimeOffset.MinValue },
            _ => entity,
        };
    }

    private sealed class MapStore(ImmutableSortedDictionary<string, object> entities) : ICustodyStore
    {
        public ImmutableSortedDictionary<string, object> Entities => entities;

        public long NextSequence => 0;

        public T? Find<T>(string id)
            where T : class, IEntity => (T?)entities.GetValueOrDefault(T.Kind + "/" + id);

        public IReadOnlyList<T> List<T>(EntityQuery query)
            where T : class, IEntity => [.. entities.Values.OfType<T>().Where(entity => query.Key is null || entity.Keys.Contains(new EntityKey(query.Key, query.Value!)))];

        public IReadOnlyList<LoggedAct> Acts(string thing, long afterSequence = -1, int countMax = 1000) => [];

        public void Apply(IReadOnlyList<LoggedAct> acts, long nextSequence) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        public MapStore With(Act act) => new(entities.SetItems(act.Changes.Select(static change => KeyValuePair.Create(change.Kind + "/" + change.Id, Read(change)))));

        private static object Read(Change change) => change.Kind switch
        {
            "recording" => change.Body.Deserialize<Recording>(ActJson.Options)!,
            "hold" => change.Body.Deserialize<Hold>(ActJson.Options)!,
            "case" => change.Body.Deserialize<Case>(ActJson.Options)!,
            "counter" => change.Body.Deserialize<Counter>(ActJson.Options)!,
            "agency" => change.Body.Deserialize<Agency>(ActJson.Options)!,
            "unit" => change.Body.Deserialize<Unit>(ActJson.Options)!,
            "activity" => change.Body.Deserialize<Activity>(ActJson.Options)!,
            "register_entry" => change.Body.Deserialize<RegisterEntry>(ActJson.Options)!,
            _ => throw new NotSupportedException(change.Kind),
        };
    }
}
