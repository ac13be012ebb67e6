using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.StopUses;
using BodyCam.Rules.Continuity;

namespace BodyCam.Web.Api;

/// <summary>What people said of an activity in wall time, on the clock of the recorder that carries the ledger.</summary>
internal sealed class LedgerDecisions(Draft draft, Activity activity, RecorderTrack track)
{
    /// <summary>Every move of an end point in the order of the acts.</summary>
    public IEnumerable<EndPointMove> Moves()
    {
        foreach (var move in activity.Moves)
        {
            if (RecorderTracks.MomentOf(track, move.To) is { } to)
                yield return new EndPointMove(move.Arrival ? Rules.Continuity.EndPoint.Arrival : Rules.Continuity.EndPoint.Leaving, track.Id, to, move.By, move.At, move.Reason);
        }
    }

    /// <summary>Stops of use whose time is known; reviewed once the work record is filed.</summary>
    public IEnumerable<StopUseDecision> StopUses()
    {
        foreach (var stop in draft.List<StopUse>("activity", activity.Id))
        {
            if (Span(stop.From, stop.To) is not var (from, to))
                continue;
            var record = draft.Find<WorkRecord>(stop.WorkRecordId);
            yield return new StopUseDecision { Recorder = track.Id, From = from, To = to, Reason = stop.Reason, By = stop.By, At = stop.At, ReviewedBy = record is { State: WorkRecordState.Filed } ? record.Reviewer : null };
        }
    }

    /// <summary>Visits in the order of time. One that was corrected says so, and so does one before which another was withdrawn: both make the way that leads to it.</summary>
    public IEnumerable<Rules.Continuity.SiteVisit> Sites()
    {
        var visits = draft.List<BodyCam.Custody.Activities.SiteVisit>("activity", activity.Id).OrderBy(static visit => visit.ArrivedAt).ToList();
        VisitCorrection? withdrawn = null;
        foreach (var visit in visits)
        {
            if (visit.IsWithdrawn)
            {
                withdrawn = visit.Corrections[^1];
                continue;
            }

            var correction = visit.Corrections.Count > 0 ? visit.Corrections[^1] : withdrawn;
            withdrawn = null;
            if (Span(visit.ArrivedAt, visit.LeftAt) is var (from, to))
                yield return new Rules.Continuity.SiteVisit(visit.Site, track.Id, from, to, correction?.By ?? visit.By) { At = correction?.At ?? visit.At, Correction = correction?.Reason };
        }
    }

    // An open end is the activity's leaving; while that is not known either, it is still going on and explains nothing.
    private (Moment From, Moment To)? Span(DateTimeOffset? fromAt, DateTimeOffset? toAt) =>
        fromAt is { } start && (toAt ?? activity.Left?.At) is { } end && end > start && RecorderTracks.MomentOf(track, start) is { } from && RecorderTracks.MomentOf(track, end) is { } to ? (from, to) : null;
}
