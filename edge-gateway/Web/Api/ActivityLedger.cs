using System.Globalization;
using BodyCam.Core;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Rules.Continuity;
using BodyCam.Timeline;

namespace BodyCam.Web.Api;

/// <summary>The continuity ledger of an activity: what recorders stored, judged with what people decided (DESIGN §7).</summary>
/// <param name="dataFolder">Where the segments lie.</param>
internal sealed class ActivityLedger(string dataFolder)
{
    // How far the journal's line of a resume may lie from the first picture after it.
    private const long ResumeSlackUs = 10_000_000;

    /// <summary>The ledger; null while nothing of it is stored or no rules are in force.</summary>
    public ContinuityReport? Of(Draft draft, Activity activity)
    {
        var tracks = activity.DeviceActivities.Select(Read).OfType<ActivityTimeline>().Select(static timeline => timeline.Track).ToList();
        if (tracks.Count == 0 || Text.PolicyOf(draft, activity.UnitId) is not { } policy)
            return null;
        var article = policy.Rules.Continuity.Cites.Count > 0 ? policy.Rules.Continuity.Cites[0] : null;
        return ContinuityLedger.Compute(new ContinuityInput
        {
            Policy = policy,
            Recorders = tracks,
            Moves = [.. Moves(activity, tracks[0])],
            Confirmations = [.. draft.List<BodyCam.Custody.Activities.Interruption>("activity", activity.Id).Select(interruption => Confirmation(interruption, article)).OfType<GapConfirmation>()],
        });
    }

    /// <summary>The gap of an interruption as the segments show it now; null when they do not.</summary>
    public GapSpan? Seen(Draft draft, string interruptionId) => Gap(draft, interruptionId) is (var track, { To: { } until } gap) ? new GapSpan(track.Id, gap.From.Boot, gap.From.MonotonicUs, until.Boot, until.MonotonicUs, draft.Now) : null;

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

    private ActivityTimeline? Read(string name) =>
        name.Split('.') is [var id, var epoch, var number] && DeviceId.TryParse(id, out var device) ? TimelineReader.Read(dataFolder, device, uint.Parse(epoch, CultureInfo.InvariantCulture), uint.Parse(number, CultureInfo.InvariantCulture)) : null;

    // A move is told in wall time: the first reading of the recorder's clock says which moment of its boot that is.
    private static IEnumerable<EndPointMove> Moves(Activity activity, RecorderTrack track)
    {
        foreach (var (end, point) in new[] { (Rules.Continuity.EndPoint.Arrival, activity.Arrived), (Rules.Continuity.EndPoint.Leaving, activity.Left) })
        {
            var boot = end == Rules.Continuity.EndPoint.Arrival ? track.Boots.FirstOrDefault(static boot => boot.Clock.Count > 0) : track.Boots.LastOrDefault(static boot => boot.Clock.Count > 0);
            if (point is { Reason.Length: > 0 } && boot is not null)
                yield return new EndPointMove(end, track.Id, new Moment(boot.Number, boot.Clock[0].MonotonicUs + (((point.At - DateTimeOffset.UnixEpoch).Ticks / 10) - boot.Clock[0].WallUs)), point.By, point.At, point.Reason);
        }
    }

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
