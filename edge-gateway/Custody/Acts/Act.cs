using System.Text.Json;

namespace BodyCam.Custody.Acts;

/// <summary>One custody event (保管链事件): who did what to what, when, why, by which article, and what it changed. One leaf of the log.</summary>
/// <param name="Name">What was done, such as <c>recorder.issue</c>.</param>
/// <param name="Subject">What it was done to: <c>kind/id</c>.</param>
/// <param name="ActorId">Who.</param>
/// <param name="ActorName">Name for people.</param>
/// <param name="ActorRank">Rank at that time.</param>
/// <param name="At">Gateway-wall time.</param>
/// <param name="Reason">Why, in words; empty when the act says it all.</param>
/// <param name="Cites">Articles with the policy's id.</param>
/// <param name="Changes">What stands afterwards, whole.</param>
public sealed record Act(string Name, string Subject, string ActorId, string ActorName, string ActorRank, DateTimeOffset At, string Reason, IReadOnlyList<string> Cites, IReadOnlyList<Change> Changes)
{
    /// <summary>Which part of the act it is, such as <c>2/3</c>, when what stands afterwards is more than one record holds; null when it is whole. Parts stand together or not at all.</summary>
    public string? Part { get; init; }

    /// <summary>Other things it speaks of, as <c>kind/id</c>; they find it in their custody report.</summary>
    public IReadOnlyList<string> Mentions { get; init; } = [];

    /// <summary>Every <c>kind/id</c> that it speaks of.</summary>
    public IEnumerable<string> Things() => Changes.Select(static change => change.Kind + "/" + change.Id).Append(Subject).Concat(Mentions).Distinct(StringComparer.Ordinal);
}

/// <summary>An entity as it stands after an act.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Id">Id.</param>
/// <param name="Keys">What it is found by.</param>
/// <param name="Body">The entity as JSON.</param>
public sealed record Change(string Kind, string Id, IReadOnlyList<EntityKey> Keys, JsonElement Body);

/// <summary>An act with its place in the log.</summary>
/// <param name="Sequence">Leaf of the log.</param>
/// <param name="Act">The act.</param>
public sealed record LoggedAct(long Sequence, Act Act);
