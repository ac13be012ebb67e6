namespace BodyCam.Rules.Retention;

/// <summary>How a recording is kept. Kept in records: values are only added.</summary>
public enum RetentionStatus
{
    /// <summary>Its period has not begun: it still runs, or is not wholly stored.</summary>
    NotStarted = 1,

    /// <summary>Its period runs.</summary>
    Retained = 2,

    /// <summary>It is not classified; whatever its period, it does not expire.</summary>
    KeptUnclassified = 3,

    /// <summary>It is kept with a case file.</summary>
    KeptWithCase = 4,

    /// <summary>A hold stands.</summary>
    Held = 5,

    /// <summary>Its time is over: a review is due. Nothing else follows of itself.</summary>
    ReviewDue = 6,
}

/// <summary>Kind of a reason.</summary>
public enum RetentionReasonKind
{
    /// <summary>The period of a rule.</summary>
    Period = 1,

    /// <summary>The period has not begun.</summary>
    NotStarted = 2,

    /// <summary>Not classified.</summary>
    Unclassified = 3,

    /// <summary>Evidence in a case.</summary>
    Evidence = 4,

    /// <summary>A hold.</summary>
    Hold = 5,

    /// <summary>An end promised before.</summary>
    Promise = 6,
}

/// <summary>One reason why a recording is kept, or was.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Until">Its end; null when none is in sight.</param>
/// <param name="Cites">Articles with the policy's id, such as <c>qidong 18(一)</c>.</param>
/// <param name="Words">In Chinese, with the article.</param>
public sealed record RetentionReason(RetentionReasonKind Kind, DateTimeOffset? Until, IReadOnlyList<string> Cites, string Words);

/// <summary>How a recording is kept at a time, with every reason.</summary>
/// <param name="Status">Status.</param>
/// <param name="End">When the review falls due; null while no end is in sight.</param>
/// <param name="Period">The period that wins; null before it has begun.</param>
/// <param name="Reasons">Every reason, the one that decides first; never empty.</param>
public sealed record RetentionState(RetentionStatus Status, DateTimeOffset? End, RetentionSpan? Period, IReadOnlyList<RetentionReason> Reasons)
{
    /// <summary>The reasons in one sentence of Chinese; ends with what to do when a review is due.</summary>
    public string Words => string.Join("；", Reasons.Select(static reason => reason.Words)) + (Status == RetentionStatus.ReviewDue ? "。保存期限已满，只开启到期审查，不自动清除。请由管理人员审查。" : "。");
}
