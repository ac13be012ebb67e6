using System.Globalization;
using BodyCam.Core;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using BodyCam.Timeline;

namespace BodyCam.Web.Api;

/// <summary>The continuity ledger of an activity: what recorders stored, judged with what people decided (DESIGN §7).</summary>
/// <param name="dataFolder">Where the segments lie.</param>
public sealed class ActivityLedger(string dataFolder)
{
    // How far the journal's line of a resume may lie from the first picture after it.
    private const long ResumeSlackUs = 10_000_000;

    /// <summary>The ledger by the rules of the activity's day; null while nothing of it is stored or no rules are in force.</summary>
    public ContinuityReport? Of(Draft draft, Activity activity) => Input(draft, activity, null) is { } input ? ContinuityLedger.Compute(input) : null;

    /// <summary>What the ledger is computed from: every recorder that took part, and what people decided.</summary>
    /// <param name="draft">What stands.</param>
    /// <param name="activity">Activity.</param>
    /// <param name="rules">Rules to judge by; null for those of the unit's agency on the activity's day.</param>
    public ContinuityInput? Input(Draft draft, Activity activity, PolicySet? rules)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(activity);
        if (Tracks(activity) is not { Count: > 0 } tracks || (rules ?? PolicyOf(draft, activity)) is not { } policy)
            return null;
        var article = policy.Rules.Continuity.Cites.Count > 0 ? policy.Rules.Continuity.Cites[0] : null;
        var decisions = new LedgerDecisions(draft, activity, tracks[0]);
        return new ContinuityInput
        {
            Policy = policy,
            Recorders = tracks,
            Moves = [.. decisions.Moves()],
            Confirmations = [.. draft.List<BodyCam.Custody.Activities.Interruption>("activity", activity.Id).Select(interruption => Confirmation(interruption, article)).OfType<GapConfirmation>()],
            StopUses = [.. decisions.StopUses()],
            Sites = [.. decisions.Sites()],
        };
    }

    /// <summary>The gap of an interruption as the segments show it now; null when they do not.</summary>
    public GapSpan? Seen(Draft draft, string interruptionId)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return Gap(draft, interruptionId) is (var track, { To: { } until } gap) ? new GapSpan(track.Id, gap.From.Boot, gap.From.MonotonicUs, until.Boot, until.MonotonicUs, draft.Now) : null;
    }

    /// <summary>True when nothing in the spoken note reaches the level of speech, or the segments hold no note.</summary>
    public bool IsSilent(Draft draft, string interruptionId) => Gap(draft, interruptionId)?.Gap.Note is not { IsSilent: false };

    private (RecorderTrack Track, Rules.Continuity.Interruption Gap)? Gap(Draft draft, string interruptionId)
    {
        if (draft.Find<BodyCam.Custody.Activities.Interruption>(interruptionId) is not { ToUs: { } resumedUs } interruption || draft.Find<Activity>(interruption.ActivityId) is not { } activity)
            return null;
        foreach (var track in activity.DeviceActivities.Where(name => name.StartsWith(interruption.Recorder + ".", StringComparison.Ordinal)).Select(Read).OfType<ActivityTimeline>().Select(static timeline => timeline.Track))
        {
            if (track.Interruptions.Where(gap => gap.To is { } to && Math.Abs(to.MonotonicUs - resumedUs) <= ResumeSlackUs).MinBy(gap => Math.Abs(gap.To!.Value.MonotonicUs - resumedUs)) is { } found)
                return (track, found);
        }

        return null;
    }

    // One track for each recorder and epoch. The one with the fewest boots goes first: its clock carries the ledger.
    private List<RecorderTrack> Tracks(Activity activity) =>
        [.. activity.DeviceActivities.Select(Read).OfType<ActivityTimeline>().Select(static timeline => timeline.Track).GroupBy(static track => track.Id, StringComparer.Ordinal).Select(static tracks => RecorderTracks.Join([.. tracks])).OrderBy(static track => track.Boots.Count)];

    private ActivityTimeline? Read(string name) =>
        name.Split('.') is [var id, var epoch, var number] && DeviceId.TryParse(id, out var device) ? TimelineReader.Read(dataFolder, device, uint.Parse(epoch, CultureInfo.InvariantCulture), uint.Parse(number, CultureInfo.InvariantCulture)) : null;

    // The rules of the activity's day; today's when its recorder's clock was never set.
    private static PolicySet? PolicyOf(Draft draft, Activity activity) =>
        (activity.Arrived is { } arrived && draft.Find<Unit>(activity.UnitId) is { } unit && draft.Find<Agency>(unit.AgencyId) is { } agency ? draft.Policies.At(agency.PolicyId, Text.Day(arrived.At)) : null) ?? Text.PolicyOf(draft, activity.UnitId);

    private static GapConfirmation? Confirmation(BodyCam.Custody.Activities.Interruption interruption, string? article) => interruption.Seen is not { } seen || interruption.ConfirmedBy is null
        ? null
        : new GapConfirmation
        {
            Recorder = seen.Track,
            From = new Moment(seen.FromBoot, seen.FromUs),
            To = new Moment(seen.ToBoot, seen.ToUs),
            Reason = interruption.Reason,
            Note = interruption.Account is null ? NoteKind.Spoken : NoteKind.Written,
            Account = interruption.Account,
            Article = article,
            Accepted = interruption.State == InterruptionState.Explained,
            By = interruption.ConfirmedBy,
            At = seen.At,
        };
}
