using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Core.Seals;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Activities;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Supervision;

namespace BodyCam.Custody.Intake;

/// <summary>What the catalog says of a recording, as the recording's state: recording → closed → uploading → stored → verified.</summary>
internal static class FootageDeed
{
    /// <summary>Brings a recording up to what is stored; nothing is put when nothing changed.</summary>
    /// <param name="draft">The act.</param>
    /// <param name="device">Recorder.</param>
    /// <param name="epoch">Epoch.</param>
    /// <param name="number">Recording.</param>
    /// <param name="deviceActivity">Activity within the epoch.</param>
    /// <param name="segments">Its segments as the catalog has them, in order.</param>
    public static void Take(Draft draft, DeviceId device, uint epoch, uint number, long deviceActivity, IReadOnlyList<SegmentRow> segments)
    {
        var id = Recording.IdOf(device.Text, epoch, number);
        var standing = draft.Find<Recording>(id);
        var final = segments.FirstOrDefault(static row => row.Flags.HasFlag(SealFlags.Final));
        var stored = segments.Count(static row => row.State is ReceiptState.Stored or ReceiptState.Archived);
        var isComplete = final is not null && stored == final.SegmentCount;
        var isDamaged = segments.Any(static row => row.State == ReceiptState.Damaged);
        var state = isDamaged ? RecordingState.Rejected
            : isComplete ? (IsChained(segments) ? RecordingState.Verified : RecordingState.Stored)
            : final is not null ? (stored == 1 ? RecordingState.Closed : RecordingState.Uploading)
            : RecordingState.Recording;
        if (standing is not null && (standing.State == state || (standing.State > RecordingState.Verified && state != RecordingState.Rejected)))
            return;

        var startedAt = segments.FirstOrDefault(static row => IsWall(row.StartDeviceWallUs)) is { } first ? Wall(first.StartDeviceWallUs) : (DateTimeOffset?)null;
        var recording = standing ?? New(draft, id, device.Text, epoch, number, deviceActivity, startedAt);
        var last = segments.Count > 0 ? segments[^1] : null;
        draft.Put(recording with
        {
            State = recording.State > RecordingState.Verified ? recording.State : state,
            StartedAt = startedAt ?? recording.StartedAt,
            EndedAt = last is not null && IsWall(last.StartDeviceWallUs) ? Wall(last.StartDeviceWallUs + SpanUs(last)) : recording.EndedAt,
            SegmentCount = final?.SegmentCount ?? 0,
            SegmentsStored = stored,
            Bytes = segments.Sum(static row => row.Bytes),
            Frames = segments.Sum(static row => row.FrameCount),
            RecordedUs = segments.Sum(SpanUs),
            StopReason = final is null ? "" : final.StopReason.ToString(),
            StoredAt = isComplete || isDamaged ? recording.StoredAt ?? Wall(segments.Max(static row => row.StoredAtUs)) : null,
            StoredOrder = (isComplete || isDamaged) && recording.StoredAt is null && recording.StoredOrder == 0 ? draft.Next(SupervisionDesk.StoredCounter) : recording.StoredOrder,
        });
        Promise(draft, id);
        if (isDamaged)
            SupervisionDesk.Raise(draft, "loss_or_damage", recording.UnitId, Recording.Kind + "/" + id, "有分段与其封签不符，或在存储卡上丢失。请核查原因并书面说明。");
    }

    // What the rules promise at storage is kept, whatever rules come later.
    private static void Promise(Draft draft, string id)
    {
        if (draft.Find<Recording>(id) is { StoredAt: not null, KeepUntil: null } stored && KeptUntil.PeriodEnd(stored, Text.PolicyOf(draft, stored.UnitId)) is { } end)
            draft.Put(stored with { KeepUntil = end });
    }

    private static Recording New(Draft draft, string id, string device, uint epoch, uint number, long deviceActivity, DateTimeOffset? startedAt)
    {
        var recorder = draft.Find<Recorder>(device);
        var assignment = Holders.At(draft, device, epoch, startedAt ?? draft.Now);
        var unitId = assignment?.UnitId ?? recorder?.UnitId ?? "";
        var name = deviceActivity == 0 ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{device}.{epoch}.{deviceActivity}");
        var activity = name.Length == 0 ? null : draft.List<Activity>("device_activity", name).FirstOrDefault();
        if (assignment is null)
            SupervisionDesk.Raise(draft, "no_assignment", unitId, Recording.Kind + "/" + id, $"执法记录仪 {device} 在没有领用登记时进行了记录。请核查由谁使用，是否转借。");
        return new Recording(id, device, epoch, number, draft.Find<Unit>(unitId)?.AgencyId ?? "", unitId)
        {
            HolderId = assignment?.HolderId,
            AssignmentId = assignment?.Id,
            DeviceActivity = name,
            ActivityId = activity?.Id,
            HoldIds = activity is null ? [] : [.. draft.List<Hold>("activity", activity.Id).Where(static hold => hold.Stands).Select(static hold => hold.Id)],
        };
    }

    // Seals and MACs were checked at ingest; here the chain: each names the one before, numbers without a gap.
    private static bool IsChained(IReadOnlyList<SegmentRow> segments)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i].Key.Segment != i + 1 || (i > 0 && !segments[i].PreviousDigest.AsSpan().SequenceEqual(segments[i - 1].SealDigest)))
                return false;
        }

        return true;
    }

    // What a recorder says is bounded before anything is reckoned with it: a date up to 2200, a day for a segment of some seconds.
    private static bool IsWall(long us) => us is > 0 and < 7_258_118_400_000_000;

    private static long SpanUs(SegmentRow row) => row.EndUs <= row.StartUs ? 0 : Math.Min(row.EndUs - Math.Max(0, row.StartUs), 86_400_000_000);

    private static DateTimeOffset Wall(long us) => DateTimeOffset.UnixEpoch.AddTicks(us * 10);
}
