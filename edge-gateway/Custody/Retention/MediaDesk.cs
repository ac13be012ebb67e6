using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Custody.Recordings;

namespace BodyCam.Custody.Retention;

/// <summary>Discs and disks of long-term preservation (K3, K4): each copy is a custody matter of its own.</summary>
public static class MediaDesk
{
    /// <summary>Enters a medium that was made.</summary>
    public static Outcome<Media> Make(Draft draft, string packageId, IReadOnlyList<string> recordingIds, string medium, string number, int copy, string sha256, string title)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(recordingIds);
        if (Text.Missing(packageId, number, title) is { } missing)
            return missing;
        if (sha256 is not { Length: 64 } || copy < 1 || recordingIds.Count == 0)
            return Refusal.Invalid("media", "须有 SHA-256（64 位十六进制）、份次（从 1 起）和所含记录。请补全。");
        if (recordingIds.FirstOrDefault(id => draft.Find<Recording>(id) is null) is { } unknown)
            return Refusal.NotFound(Recording.Kind, unknown);
        var first = draft.Find<Recording>(recordingIds[0])!;
        var policy = Text.PolicyOf(draft, first.UnitId);
        if (policy?.Rules.Media is { } rule)
        {
            if (!rule.Kinds.Contains("any", StringComparer.Ordinal) && !rule.Kinds.Contains(medium, StringComparer.Ordinal))
                return Refusal.ByRule("medium", $"制度规定的介质为 {string.Join("、", rule.Kinds)}。请改用其中之一。", Text.Cites(policy, rule));
            draft.Cite(policy, rule.Cites);
        }

        foreach (var id in recordingIds)
            draft.Mention<Recording>(id);
        var unit = draft.Find<Unit>(first.UnitId);
        return draft.Put(new Media(draft.NewId(Media.Kind), packageId, recordingIds, medium, number, copy, sha256, unit?.Name ?? "", draft.Actor.Name, draft.Now, title));
    }

    /// <summary>It was read back: the digest must be the one it was made with.</summary>
    public static Outcome<Media> ReadBack(Draft draft, string mediaId, string sha256)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Media>(mediaId) is not { } media)
            return Refusal.NotFound(Media.Kind, mediaId);
        return string.Equals(media.Sha256, sha256, StringComparison.OrdinalIgnoreCase)
            ? draft.Put(media with { ReadBackBy = draft.Actor.Id })
            : Refusal.Conflict("read_back_differs", "回读的 SHA-256 与制作时不同，此介质不可用。请重新制作。");
    }

    /// <summary>It was handed over; only after it was read back.</summary>
    public static Outcome<Media> HandOver(Draft draft, string mediaId, string to)
    {
        ArgumentNullException.ThrowIfNull(draft);
        if (draft.Find<Media>(mediaId) is not { } media)
            return Refusal.NotFound(Media.Kind, mediaId);
        if (Text.Missing(to) is { } missing)
            return missing;
        return media.ReadBackBy is null ? Refusal.Conflict("not_read_back", "尚未回读校验，不能移交。请先回读。") : draft.Put(media with { HandedTo = to });
    }
}
