using System.Globalization;
using System.Text.Json;
using BodyCam.Custody.Acts;
using BodyCam.Log;

namespace BodyCam.Custody.Store;

/// <summary>A store that remembers what was read of it, so that it can be held against the log before it is quoted to somebody outside. For reading only; not for concurrent use.</summary>
/// <param name="store">What is read.</param>
public sealed class QuotedStore(ICustodyStore store) : ICustodyStore
{
    private readonly Dictionary<(string Thing, string What), Func<ICustodyStore, IReadOnlyList<string>>> quoted = [];

    /// <inheritdoc/>
    public long NextSequence => store.NextSequence;

    /// <inheritdoc/>
    public T? Find<T>(string id)
        where T : class, IEntity
    {
        var found = store.Find<T>(id);
        var text = JsonSerializer.Serialize(found, ActJson.Options);
        quoted[(T.Kind + "/" + id, "")] = log => JsonFields.Differing(text, JsonSerializer.Serialize(log.Find<T>(id), ActJson.Options));
        return found;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LoggedAct> Acts(string thing, long afterSequence = -1, int countMax = 1000)
    {
        var found = store.Acts(thing, afterSequence, countMax);
        quoted[(thing, string.Create(CultureInfo.InvariantCulture, $"{countMax} acts after {afterSequence}"))] = log => Differing(found, log.Acts(thing, afterSequence, countMax));
        return found;
    }

    /// <summary>Not offered: what a list leaves out could not be told.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public IReadOnlyList<T> List<T>(EntityQuery query)
        where T : class, IEntity => throw new NotSupportedException("Only single things and their acts can be quoted.");

    /// <summary>Not offered.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void Apply(IReadOnlyList<LoggedAct> acts, long nextSequence) => throw new NotSupportedException("What is quoted is not written.");

    /// <summary>What was read and is not what the acts of the log give; empty when all of it is.</summary>
    /// <param name="log">The log; all of it is read and held against its root.</param>
    /// <exception cref="InvalidDataException">The log is not what its checkpoint says; the message says what to do.</exception>
    public IReadOnlyList<string> Differences(LogReader log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var things = quoted.Keys.Select(static key => key.Thing).ToHashSet(StringComparer.Ordinal);
        var checkpoint = (log.ReadCheckpoint() ?? throw new InvalidDataException("The log has no checkpoint that can be read. Run 'bodycam verify' on the data folder and restore what it names.")).Checkpoint;
        var mark = store.NextSequence;
        using var rebuilt = SqliteCustodyStore.Open(":memory:");
        CustodyReplay.Run(rebuilt, LoggedActs.Read(log, 0, checkpoint).Where(act => act.Sequence < mark && act.Act.Things().Any(things.Contains)), mark);
        return [.. quoted.SelectMany(pair => pair.Value(rebuilt).Select(field => $"{pair.Key.Thing} differs ({field})")).Take(CustodyTables.ShownMax)];
    }

    /// <summary>Nothing: the store is its owner's.</summary>
    public void Dispose()
    {
        // The store is its owner's.
    }

    private static IReadOnlyList<string> Differing(IReadOnlyList<LoggedAct> have, IReadOnlyList<LoggedAct> want)
    {
        var (ours, theirs) = (have.ToDictionary(static act => act.Sequence, static act => act.Act), want.ToDictionary(static act => act.Sequence, static act => act.Act));
        return [.. ours.Keys.Union(theirs.Keys).Order().Select(sequence => (sequence, Fields: Fields(ours.GetValueOrDefault(sequence), theirs.GetValueOrDefault(sequence))))
            .Where(static row => row.Fields.Length > 0).Select(static row => string.Create(CultureInfo.InvariantCulture, $"act {row.sequence}{row.Fields}"))];
    }

    private static string Fields(Act? have, Act? want) =>
        want is null ? " is only in it" : have is null ? " is not in it"
        : JsonFields.Differing(JsonSerializer.Serialize(have, ActJson.Options), JsonSerializer.Serialize(want, ActJson.Options)) is { Count: > 0 } fields ? ": " + string.Join(", ", fields.Take(5)) : "";
}
