using BodyCam.Custody.Store;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Acts;

/// <summary>An act in the making: what stands now, what shall stand afterwards, and why. Nothing is changed until the act is in the log.</summary>
public sealed class Draft
{
    private readonly ICustodyStore store;
    private readonly Dictionary<(string Kind, string Id), object> entities = [];
    private readonly Dictionary<(string Kind, string Id), Change> changes = [];
    private readonly List<string> cites = [];
    private readonly List<string> mentions = [];

    /// <summary>Begins.</summary>
    /// <param name="store">What stands now.</param>
    /// <param name="policies">Rules.</param>
    /// <param name="actor">Who acts.</param>
    /// <param name="name">What is done.</param>
    /// <param name="now">Gateway-wall time.</param>
    /// <param name="isClockHeld">True while the gateway's clock has stepped and nobody has confirmed it.</param>
    public Draft(ICustodyStore store, IPolicies policies, Actor actor, string name, DateTimeOffset now, bool isClockHeld = false)
    {
        this.store = store;
        Policies = policies;
        Actor = actor;
        Name = name;
        Now = now;
        IsClockHeld = isClockHeld;
    }

    /// <summary>Who acts.</summary>
    public Actor Actor { get; }

    /// <summary>What is done.</summary>
    public string Name { get; }

    /// <summary>Gateway-wall time of the act.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>True while the clock has stepped and nobody has confirmed it: nothing expires then (DESIGN D11).</summary>
    public bool IsClockHeld { get; }

    /// <summary>Rules.</summary>
    public IPolicies Policies { get; }

    /// <summary>What it is done to: <c>kind/id</c>; the first thing put unless set.</summary>
    public string? Subject { get; set; }

    /// <summary>Why, in words.</summary>
    public string Reason { get; set; } = "";

    /// <summary>The first thing that was looked up, which is what the act is about; null when nothing was found.</summary>
    public object? First { get; private set; }

    /// <summary>Kind of <see cref="First"/>.</summary>
    public string FirstKind { get; private set; } = "";

    /// <summary>Id of <see cref="First"/>.</summary>
    public string FirstId { get; private set; } = "";

    /// <summary>True when something would change.</summary>
    public bool HasChanges => changes.Count > 0;

    /// <summary>The entity as it would stand, or null.</summary>
    public T? Find<T>(string? id)
        where T : class, IEntity
    {
        if (id is null)
            return null;
        var found = entities.TryGetValue((T.Kind, id), out var put) ? (T)put : store.Find<T>(id);
        if (First is null && found is not null)
            (First, FirstKind, FirstId) = (found, T.Kind, id);
        return found;
    }

    /// <summary>Every entity with a key as it would stand, by id.</summary>
    public IReadOnlyList<T> List<T>(string key, string value)
        where T : class, IEntity
    {
        var found = entities.Where(static pair => pair.Key.Kind == T.Kind).Select(static pair => (T)pair.Value).Where(entity => entity.Keys.Contains(new EntityKey(key, value))).ToList();
        string? after = null;
        while (store.List<T>(new EntityQuery(key, value) { After = after, CountMax = EntityQuery.CountMost }) is { Count: > 0 } page)
        {
            found.AddRange(page.Where(entity => !entities.ContainsKey((T.Kind, entity.Id))));
            if (page.Count < EntityQuery.CountMost)
                break;
            after = page[^1].Id;
        }

        return [.. found.OrderBy(static entity => entity.Id, StringComparer.Ordinal)];
    }

    /// <summary>The first entities of a kind as they stand, by id.</summary>
    public IReadOnlyList<T> Some<T>(int countMax)
        where T : class, IEntity => store.List<T>(new EntityQuery { CountMax = countMax });

    /// <summary>When a thing (<c>kind/id</c>) was first spoken of; null when never.</summary>
    public DateTimeOffset? FirstAct(string thing) => store.Acts(thing, countMax: 1) is [var first] ? first.Act.At : null;

    /// <summary>Acts that speak of a thing (<c>kind/id</c>), oldest first, after a sequence; one page of them.</summary>
    public IReadOnlyList<LoggedAct> ActsOf(string thing, long afterSequence = -1) => store.Acts(thing, afterSequence);

    /// <summary>The entity shall stand so afterwards.</summary>
    public T Put<T>(T entity)
        where T : class, IEntity
    {
        ArgumentNullException.ThrowIfNull(entity);
        entities[(T.Kind, entity.Id)] = entity;
        changes[(T.Kind, entity.Id)] = ActJson.ToChange(entity);
        Subject ??= T.Kind + "/" + entity.Id;
        return entity;
    }

    /// <summary>A new id: the kind's prefix and a number that was never given.</summary>
    public string NewId(string kind) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{kind}-{Next(kind):D6}");

    /// <summary>Last number given under a name; 0 when none was.</summary>
    public long Last(string name) => (entities.TryGetValue((Counter.Kind, name), out var put) ? (Counter)put : store.Find<Counter>(name))?.Last ?? 0;

    /// <summary>The next number under a name, from 1, never given before.</summary>
    public long Next(string name)
    {
        var next = new Counter(name, Last(name) + 1);
        entities[(Counter.Kind, name)] = next;
        changes[(Counter.Kind, name)] = ActJson.ToChange(next);
        return next.Last;
    }

    /// <summary>The act rests on these articles of a policy.</summary>
    public void Cite(PolicySet policy, params IEnumerable<string> articles)
    {
        ArgumentNullException.ThrowIfNull(policy);
        foreach (var article in articles)
        {
            var cite = policy.Qualify(article);
            if (!cites.Contains(cite, StringComparer.Ordinal))
                cites.Add(cite);
        }
    }

    /// <summary>The act also speaks of this: it stands in that thing's custody report.</summary>
    public void Mention<T>(string id)
        where T : class, IEntity => mentions.Add(T.Kind + "/" + id);

    /// <summary>The act as it goes into the log.</summary>
    public Act ToAct() => new(Name, Subject ?? "", Actor.Id, Actor.Name, Actor.Rank.ToString(), Now, Reason, cites, [.. changes.Values]) { Mentions = mentions };
}

/// <summary>Last number given for ids of a kind.</summary>
/// <param name="Id">The kind.</param>
/// <param name="Last">Number.</param>
public sealed record Counter(string Id, long Last) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "counter";
}

/// <summary>Rules by agency and day.</summary>
public interface IPolicies
{
    /// <summary>The policy in force on a day, superior's rules merged in; null when there is none.</summary>
    PolicySet? At(string policyId, DateOnly day);
}
