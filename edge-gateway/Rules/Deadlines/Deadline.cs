using BodyCam.Rules.Calendars;
using BodyCam.Rules.Policies;

namespace BodyCam.Rules.Deadlines;

/// <summary>One deadline of one thing: what it is due, from when it is warned and overdue, and why. Moments are in the agency's time.</summary>
public sealed record Deadline
{
    /// <summary>What counting came to.</summary>
    public required DeadlineOutcome Outcome { get; init; }

    /// <summary>The rule; null when the text sets none.</summary>
    public DeadlineRule? Rule { get; init; }

    /// <summary>When it started; null while that is not known.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Its end; null unless counted. 24:00 of a day is 00:00 of the next one.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>From when it is shown as warned; never before the start, never after the end.</summary>
    public DateTimeOffset? WarnFrom { get; init; }

    /// <summary>After this moment it is overdue: the end, or with <see cref="LimitUnit.AtOnce"/> the end of the grace.</summary>
    public DateTimeOffset? OverdueFrom { get; init; }

    /// <summary>What it waits for; null when it does not wait.</summary>
    public ClockStart? WaitsFor { get; init; }

    /// <summary>The alarm; null when no calendar is missing.</summary>
    public CalendarMissing? Alarm { get; init; }

    /// <summary>The reason in Chinese with the article: how it was counted, what it waits for, or what is missing; ends with what to do where something is to be done.</summary>
    public required string Words { get; init; }

    /// <summary>The end as people write it, such as 2026-02-24（周二）24:00; empty unless counted.</summary>
    public string DueWords => Due is { } due ? AgencyTime.Words(due, Rule!.Limit.Unit is LimitUnit.WorkingDays or LimitUnit.EndOfDay or LimitUnit.NextMonday) : "";

    /// <summary>Where it stands.</summary>
    /// <param name="now">Gateway-wall time; to be judged by <see cref="ClockGuard"/> before anything fires.</param>
    /// <param name="metAt">When what it asks for was done; null while it is not.</param>
    public DeadlineState StateAt(DateTimeOffset now, DateTimeOffset? metAt = null) => Outcome switch
    {
        DeadlineOutcome.NoneInText => DeadlineState.None,
        DeadlineOutcome.CalendarMissing => DeadlineState.CalendarMissing,
        DeadlineOutcome.WaitsForStart => metAt is null ? DeadlineState.NotStarted : DeadlineState.MetInTime,
        _ when metAt is { } met => met <= OverdueFrom ? DeadlineState.MetInTime : DeadlineState.MetLate,
        _ when now > OverdueFrom => DeadlineState.Overdue,
        _ when now < Start => DeadlineState.NotStarted,
        _ when now >= Due => DeadlineState.Due,
        _ when now >= WarnFrom => DeadlineState.Warned,
        _ => DeadlineState.Running,
    };
}
