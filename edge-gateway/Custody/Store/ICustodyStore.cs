using BodyCam.Custody.Acts;

namespace BodyCam.Custody.Store;

/// <summary>Which entities to list.</summary>
/// <param name="Key">Key's name; null for all of the kind.</param>
/// <param name="Value">Key's value.</param>
public sealed record EntityQuery(string? Key = null, string? Value = null)
{
    /// <summary>Most entities of one answer.</summary>
    public const int CountMost = 10_000;

    /// <summary>Only ids after this one, ordinal; null for the first page.</summary>
    public string? After { get; init; }

    /// <summary>At most so many.</summary>
    public int CountMax { get; init; } = 200;
}

/// <summary>What stands after all acts: entities by kind and id, and the acts by what they speak of. Derived from the log; one writer.</summary>
/// <remarks>A key-value shape on purpose: SQLite here, PostgreSQL (jsonb) behind the same five verbs.</remarks>
public interface ICustodyStore : IDisposable
{
    /// <summary>Sequence of the log from which on nothing is applied yet.</summary>
    long NextSequence { get; }

    /// <summary>The entity, or null.</summary>
    T? Find<T>(string id)
        where T : class, IEntity;

    /// <summary>Entities by id, ordinal.</summary>
    IReadOnlyList<T> List<T>(EntityQuery query)
        where T : class, IEntity;

    /// <summary>Acts that speak of a thing (<c>kind/id</c>), oldest first, after a sequence.</summary>
    IReadOnlyList<LoggedAct> Acts(string thing, long afterSequence = -1, int countMax = 1000);

    /// <summary>Applies acts in order, in one durable transaction.</summary>
    void Apply(IReadOnlyList<LoggedAct> acts, long nextSequence);
}
