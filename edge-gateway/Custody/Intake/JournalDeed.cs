using System.Globalization;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Activities;
using BodyCam.Custody.People;
using BodyCam.Custody.Recorders;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.StopUses;
using BodyCam.Custody.Supervision;

namespace BodyCam.Custody.Intake;

/// <summary>What one journal segment says, as changes (firmware/docs/journal.md): checks, activities, notices, markers, interruptions, obstruction, signs of tampering.</summary>
/// <remarks>One instance per act; lines come in order.</remarks>
internal sealed class JournalDeed(Draft draft, DeviceId device, uint epoch)
{
    // 2020-01-01: a wall clock before that was never set.
    private const long WallSetUs = 1_577_836_800_000_000;

    // 2200-01-01: nor was one beyond.
    private const long WallMostUs = 7_258_118_400_000_000;

    // An activity stands whole in each act about it; what is beyond stands in the journal, and is counted.
    private const int MarkersMax = 200;

    private static readonly string[] grades = ["passed", "warned", "failed"];

    private readonly string markId = string.Create(CultureInfo.InvariantCulture, $"{device.Text}.{epoch}");

    /// <summary>Takes all lines of a segment.</summary>
    public void Take(uint segment, IReadOnlyList<JsonElement> lines) => Take(segment, lines, 0, lines.Count);

    /// <summary>Takes some lines of a segment; with the last of them the segment is done.</summary>
    public void Take(uint segment, IReadOnlyList<JsonElement> lines, int from, int count)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var mark = draft.Find<IntakeMark>(markId) ?? new IntakeMark(markId, 1);
        for (var index = from; index < from + count; index++)
            mark = Take(lines[index], mark);
        Put(mark, segment, lines.Count, from + count);
    }

    /// <summary>Passes over one line that no act can hold; a lead says so, and the segment itself stays.</summary>
    public void Skip(uint segment, IReadOnlyList<JsonElement> lines, int index)
    {
        ArgumentNullException.ThrowIfNull(lines);
        Lead("journal_not_taken", string.Create(CultureInfo.InvariantCulture, $"recorder/{device.Text}"), string.Create(CultureInfo.InvariantCulture, $"执法记录仪日志 {markId} 第 {segment} 段第 {index + 1} 行过长，未能登记；原件仍在。请核查执法记录仪。"));
        Put(draft.Find<IntakeMark>(markId) ?? new IntakeMark(markId, 1), segment, lines.Count, index + 1);
    }

    private void Put(IntakeMark mark, uint segment, int lines, int taken) => draft.Put(taken < lines ? mark with { Next = segment, Line = taken } : mark with { Next = segment + 1, Line = 0 });

    private IntakeMark Take(JsonElement line, IntakeMark mark)
    {
        switch (line.Text("event"))
        {
            case "check":
                var grade = grades[Math.Clamp(line.Number("grade"), 0, 2)];
                return mark with { CheckItems = [.. mark.CheckItems, new CheckItem(Word(line.Text("item")), grade, line.Number("figure"), line.Text("unit"))] };
            case "checkDone":
                RecorderDesk.Check(draft, device.Text, Wall(line), mark.CheckItems);
                return mark with { CheckItems = [] };
            case "activityStarted":
                Started(line.Number("activity"), Wall(line));
                return mark with { DeviceActivity = line.Number("activity") };
            case "activityEnded":
                if (Activity(line.Number("activity")) is { } ended)
                    draft.Put(ended with { Left = ended.Left ?? new EndPoint(Wall(line), "recorder/" + device.Text, ""), EndedAt = ended.EndedAt > Wall(line) ? ended.EndedAt : Wall(line) });
                return mark;
            case "noticeGiven":
                Notice(mark, true, line);
                return mark;
            case "noticeNotMarked":
                Notice(mark, false, line);
                return mark;
            case "keyShot":
                Mark(mark, "key_shot", line);
                return mark;
            case "warned":
                Mark(mark, "warned", line);
                return mark;
            case "obstruction":
                Obstructed(mark, line);
                return mark;
            case "interrupted":
                Interrupted(line);
                return mark;
            case "recordingStarted":
                Resumed(line);
                return mark;
            case "recordingStopped":
                Stopped(line);
                return mark;
            case "noteStarted":
                Note(mark, line);
                return mark;
            case "noteEnded":
                if (LastNoted(mark) is { NoteToUs: null } noted)
                    draft.Put(noted with { NoteToUs = line.Number("us") });
                return mark;
            case "tamperSuspected":
                Lead("tampering", string.Create(CultureInfo.InvariantCulture, $"recording/{Recording.IdOf(device.Text, epoch, (uint)line.Number("recording"))}"), "存储卡上的内容与执法记录仪的连续校验不符。请核查。");
                return mark;
            case "card" when line.Number("change") is 2 or 3:
                Lead("card_swapped", $"recorder/{device.Text}", "存储卡被更换，或装回了较早的副本。请核查。");
                return mark;
            case "checkpointOlder":
                Lead("log_rolled_back", $"recorder/{device.Text}", "网关出示的存证检查点比执法记录仪以前见过的更早。请用 bodycam verify 核查日志。");
                return mark;
            default:
                return mark;
        }
    }

    private void Started(long number, DateTimeOffset at)
    {
        if (Activity(number) is not null)
            return;
        var recorder = draft.Find<Recorder>(device.Text);
        var holder = Holders.At(draft, device.Text, epoch, at)?.HolderId;
        var activity = draft.Put(new Activity(draft.NewId(Activities.Activity.Kind), AgencyOf(recorder), recorder?.UnitId ?? "")
        {
            DeviceActivities = [Name(number)],
            OfficerIds = holder is null ? [] : [holder],
            Arrived = new EndPoint(at, "recorder/" + device.Text, ""),
        });
        // Footage goes ahead of the journal segment that tells of its activity.
        foreach (var recording in draft.List<Recording>("device_activity", Name(number)))
            draft.Put(recording with { ActivityId = activity.Id });
    }

    private void Notice(IntakeMark mark, bool given, JsonElement line)
    {
        if (Activity(mark.DeviceActivity) is { Notice: not { Given: true } } activity)
            draft.Put(activity with { Notice = new Notice(given, line.Text("text"), RecordingOf(line), line.Number("us"), "recorder/" + device.Text) });
    }

    private void Mark(IntakeMark mark, string id, JsonElement line)
    {
        if (Activity(mark.DeviceActivity) is { } activity)
            draft.Put(activity.Markers.Count >= MarkersMax ? activity with { MarkersBeyond = activity.MarkersBeyond + 1 } : activity with { Markers = [.. activity.Markers, new Marker(id, RecordingOf(line), line.Number("us"), "", "recorder/" + device.Text)] });
    }

    // One press sets the marker that later gives stop and interruption their reason, and the hold (REQUIREMENTS, notes).
    private void Obstructed(IntakeMark mark, JsonElement line)
    {
        Mark(mark, "obstruction", line);
        if (Activity(mark.DeviceActivity) is { } activity && !draft.List<Hold>("activity", activity.Id).Any(static hold => hold.Stands && hold.Trigger == "evade_refuse_obstruct_abuse"))
            RetentionDesk.SetHold(draft, activity.Id, null, "evade_refuse_obstruct_abuse", "执法人员在现场按下阻碍执法标记");
    }

    private void Interrupted(JsonElement line)
    {
        if (Activity(line.Number("activity")) is not { } activity)
            return;
        var id = string.Create(CultureInfo.InvariantCulture, $"{markId}.{line.Number("n")}");
        var reason = BodyCam.Rules.Continuity.InterruptionReasons.Of((StopReason)line.Number("reason")) ?? "other_objective";
        // An obstruction that was marked gives its reason to what follows.
        if (reason == "other_objective" && activity.Markers.Any(static marker => marker.Id == "obstruction"))
            reason = "obstruction";
        if (draft.Find<Interruption>(id) is null)
            draft.Put(new Interruption(id, activity.Id, device.Text, reason, line.Number("us")));
    }

    private void Resumed(JsonElement line)
    {
        foreach (var open in OpenInterruptions(line.Number("activity")))
            draft.Put(open with { ToUs = line.Number("us"), NoteRecording = RecordingOf(line) });
        if (Activity(line.Number("activity")) is { } activity)
        {
            foreach (var stop in draft.List<StopUse>("activity", activity.Id).Where(stop => stop.By == draft.Actor.Id && stop.From < Wall(line) && stop.To is null))
                draft.Put(stop with { To = Wall(line) });
        }
    }

    private void Stopped(JsonElement line)
    {
        if (line.Number("reason") == (long)StopReason.Obstruction && Activity(line.Number("activity")) is { } activity && !draft.List<StopUse>("activity", activity.Id).Any(static stop => stop.Reason == "obstruction"))
            StopUseDesk.Declare(draft, activity.Id, "obstruction", "执法人员标记阻碍执法后停止记录", from: Wall(line));
    }

    private void Note(IntakeMark mark, JsonElement line)
    {
        var activity = Activity(mark.DeviceActivity);
        var interruption = activity is null ? null : Of(activity).LastOrDefault(static interruption => interruption.NoteFromUs is null);
        if (interruption is not null)
            draft.Put(interruption with { NoteFromUs = line.Number("us") });
    }

    private Interruption? LastNoted(IntakeMark mark) => Activity(mark.DeviceActivity) is { } activity ? Of(activity).LastOrDefault(static interruption => interruption.NoteFromUs is not null) : null;

    private IEnumerable<Interruption> OpenInterruptions(long number) => Activity(number) is { } activity ? Of(activity).Where(static interruption => interruption.ToUs is null) : [];

    private IEnumerable<Interruption> Of(Activity activity) => draft.List<Interruption>("activity", activity.Id).Where(interruption => interruption.Recorder == device.Text).OrderBy(LineOf);

    private static long LineOf(Interruption interruption) => long.TryParse(interruption.Id.Split('.')[^1], CultureInfo.InvariantCulture, out var line) ? line : 0;

    private Activity? Activity(long number) => number == 0 ? null : draft.List<Activity>("device_activity", Name(number)).FirstOrDefault();

    private string Name(long number) => string.Create(CultureInfo.InvariantCulture, $"{markId}.{number}");

    private string? RecordingOf(JsonElement line) => line.Number("recording") is > 0 and var number ? Recording.IdOf(device.Text, epoch, (uint)number) : null;

    private string AgencyOf(Recorder? recorder) => recorder is null ? "" : draft.Find<Unit>(recorder.UnitId)?.AgencyId ?? "";

    private DateTimeOffset Wall(JsonElement line) => line.Number("wall") is > WallSetUs and < WallMostUs and var us ? DateTimeOffset.UnixEpoch.AddTicks(us * 10) : draft.Now;

    private void Lead(string type, string about, string words) => SupervisionDesk.Raise(draft, type, draft.Find<Recorder>(device.Text)?.UnitId ?? "", about, words);

    private static string Word(string item) => item switch { "spareBattery" => "spare_battery", _ => item };
}
