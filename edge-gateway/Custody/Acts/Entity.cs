namespace BodyCam.Custody.Acts;

/// <summary>A thing that acts change: stored whole, by kind and id.</summary>
public interface IEntity
{
    /// <summary>Kind, <c>snake_case</c>; stands in acts and in the store, so it never changes.</summary>
    static abstract string Kind { get; }

    /// <summary>Id, unique within the kind.</summary>
    string Id { get; }

    /// <summary>What it is looked up by besides its id.</summary>
    IEnumerable<EntityKey> Keys => [];
}

/// <summary>A look-up key of an entity.</summary>
/// <param name="Name">Name, such as <c>unit</c>.</param>
/// <param name="Value">Value; ordinal comparison.</param>
public readonly record struct EntityKey(string Name, string Value)
{
    /// <summary>Key for a value that may be absent: none then.</summary>
    public static IEnumerable<EntityKey> Of(string name, string? value) => value is null ? [] : [new EntityKey(name, value)];
}
