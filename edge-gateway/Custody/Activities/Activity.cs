using BodyCam.Custody.Acts;
using BodyCam.Rules.Policies;

namespace BodyCam.Custody.Activities;

/// <summary>An end point of an activity, and why it stands where it stands.</summary>
/// <param name="At">Moment.</param>
/// <param name="By">Who set it: a recorder by its first press, or a person.</param>
/// <param name="Reason">Why it was moved; empty while it stands as the recorder has it.</param>
public sealed record EndPoint(DateTimeOffset At, string By, string Reason);

/// <summary>An act that moved an end point.</summary>
/// <param name="Arrival">True for arrival.</param>
/// <param name="To">Where to.</param>
/// <param name="By">Who.</param>
/// <param name="At">When the act was done, gateway-wall.</param>
/// <param name="Reason">Why.</param>
public sealed record MovedEndPoint(bool Arrival, DateTimeOffset To, string By, DateTimeOffset At, string Reason);

/// <summary>事先告知: notice to the party (C1, C2).</summary>
/// <param name="Given">True when it was given.</param>
/// <param name="PhraseId">Phrase.</param>
/// <param name="Recording">Recording in which it is heard, or null.</param>
/// <param name="OffsetUs">Device-monotonic time, or null.</param>
/// <param name="By">Who says so.</param>
public sealed record Notice(bool Given, string PhraseId, string? Recording, long? OffsetUs, string By);

/// <summary>Something said or filmed at the opening (C3–C5), a key shot (D2) or a still (D3).</summary>
/// <param name="Id">Id of the rule: <c>purpose</c>, <c>site_sign</c>, <c>key_shot</c>, <c>warned</c> …</param>
/// <param name="Recording">Recording, or null.</param>
/// <param name="OffsetUs">Device-monotonic time, or null.</param>
/// <param name="Words">In words, such as the place's name; empty for none.</param>
/// <param name="By">Who says so.</param>
public sealed record Marker(string Id, string? Recording, long? OffsetUs, string Words, string By);

/// <summary>Exception declared for the upload clock (G1, G2, G4).</summary>
/// <param name="When">Which.</param>
/// <param name="Circumstance">Circumstance that the article names.</param>
/// <param name="Reason">In words.</param>
/// <param name="By">Who declared it.</param>
public sealed record UploadException(UploadCase When, string Circumstance, string Reason, string By);

/// <summary>执法活动.</summary>
/// <param name="Id">Id.</param>
/// <param name="AgencyId">Agency.</param>
/// <param name="UnitId">Unit.</param>
public sealed record Activity(string Id, string AgencyId, string UnitId) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "activity";

    /// <summary>What recorders call it: <c>device.epoch.number</c>, one for each recorder that took part.</summary>
    public IReadOnlyList<string> DeviceActivities { get; init; } = [];

    /// <summary>Officers who took part.</summary>
    public IReadOnlyList<string> OfficerIds { get; init; } = [];

    /// <summary>Type from the articles (D1); null until described.</summary>
    public string? Type { get; init; }

    /// <summary>Name of the activity or case, for labels.</summary>
    public string Title { get; init; } = "";

    /// <summary>Place in words.</summary>
    public string Place { get; init; } = "";

    /// <summary>当事人.</summary>
    public string Party { get; init; } = "";

    /// <summary>到达现场.</summary>
    public EndPoint? Arrived { get; init; }

    /// <summary>离开现场.</summary>
    public EndPoint? Left { get; init; }

    /// <summary>Every move of an end point, oldest first; the ledger shows them all.</summary>
    public IReadOnlyList<MovedEndPoint> Moves { get; init; } = [];

    /// <summary>执法活动结束.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>返回单位.</summary>
    public DateTimeOffset? ReturnedAt { get; init; }

    /// <summary>Exception of the upload clock.</summary>
    public UploadException? Exception { get; init; }

    /// <summary>Notice.</summary>
    public Notice? Notice { get; init; }

    /// <summary>Openings, key shots, warnings.</summary>
    public IReadOnlyList<Marker> Markers { get; init; } = [];

    /// <summary>Markers beyond those: the recorder's journal has them.</summary>
    public int MarkersBeyond { get; init; }

    /// <summary>Text records that belong to it (D7), by title.</summary>
    public IReadOnlyList<string> TextRecords { get; init; } = [];

    /// <summary>True when it took place at night or in poor light (D5).</summary>
    public bool IsNight { get; init; }

    /// <summary>Where the recorder was worn (D6): <c>left_shoulder</c>, <c>left_chest</c>, <c>shoulder</c>, <c>chest</c>, <c>hand</c>, <c>fixed</c>; null when not said.</summary>
    public string? WornAt { get; init; }

    /// <summary>True for a sensitive or major case, for which other sources record too (003·5(四)).</summary>
    public bool IsMajor { get; init; }

    /// <summary>Case it belongs to, or null.</summary>
    public string? CaseId { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys =>
    [
        new EntityKey("agency", AgencyId), new EntityKey("unit", UnitId), .. EntityKey.Of("case", CaseId), .. DeviceActivities.Select(static name => new EntityKey("device_activity", name)),
        .. OfficerIds.Select(static officer => new EntityKey("officer", officer)),
    ];
}

/// <summary>What became of an interruption.</summary>
public enum InterruptionState
{
    /// <summary>Nobody has confirmed its note yet.</summary>
    Open,

    /// <summary>A person heard the note and the rules admit the reason.</summary>
    Explained,

    /// <summary>Not explained: a written account is due.</summary>
    Unexplained,

    /// <summary>A written account is here.</summary>
    Accounted,
}

/// <summary>A gap on a recorder's clock.</summary>
/// <param name="Track">Recorder and epoch whose clock tells it: <c>device/epoch</c>.</param>
/// <param name="FromBoot">Boot in which it begins.</param>
/// <param name="FromUs">Device-monotonic start in that boot.</param>
/// <param name="ToBoot">Boot in which it ends.</param>
/// <param name="ToUs">Device-monotonic end in that boot.</param>
/// <param name="At">When the person decided.</param>
public sealed record GapSpan(string Track, uint FromBoot, long FromUs, uint ToBoot, long ToUs, DateTimeOffset At);

/// <summary>中断: a gap meant to resume.</summary>
/// <param name="Id"><c>device.epoch.line</c> of the journal line that says so, or a given id.</param>
/// <param name="ActivityId">Activity.</param>
/// <param name="Recorder">Device.</param>
/// <param name="Reason">InterruptionReason.</param>
/// <param name="FromUs">Device-monotonic start.</param>
public sealed record Interruption(string Id, string ActivityId, string Recorder, string Reason, long FromUs) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "interruption";

    /// <summary>Device-monotonic end; null while recording has not resumed.</summary>
    public long? ToUs { get; init; }

    /// <summary>Recording that holds the spoken note, or null.</summary>
    public string? NoteRecording { get; init; }

    /// <summary>Start of the spoken note, device-monotonic.</summary>
    public long? NoteFromUs { get; init; }

    /// <summary>End of the spoken note, device-monotonic.</summary>
    public long? NoteToUs { get; init; }

    /// <summary>State.</summary>
    public InterruptionState State { get; init; }

    /// <summary>The gap as the segments showed it when a person decided; what grows beyond it later is not covered.</summary>
    public GapSpan? Seen { get; init; }

    /// <summary>Who confirmed the note or decided.</summary>
    public string? ConfirmedBy { get; init; }

    /// <summary>What the person heard, or why it is so decided.</summary>
    public string Words { get; init; } = "";

    /// <summary>Written account (E5 and unexplained gaps).</summary>
    public string? Account { get; init; }

    /// <summary>True when the recorder could not resume: the head is told at once (E5).</summary>
    public bool CannotResume { get; init; }

    /// <summary>Head who acknowledged the report.</summary>
    public string? AcknowledgedBy { get; init; }

    /// <summary>When the report was made.</summary>
    public DateTimeOffset? ReportedAt { get; init; }

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("activity", ActivityId), new EntityKey("state", State.ToString()), new EntityKey("report", CannotResume ? AcknowledgedBy is null ? "waiting" : "acknowledged" : "none")];
}

/// <summary>Footage or papers of another source, linked to an activity (D4): stored beside, never an original of a recorder.</summary>
/// <param name="Id">Id.</param>
/// <param name="ActivityId">Activity.</param>
/// <param name="Source"><c>voice_recorder</c>, <c>video_camera</c>, <c>camera</c>, <c>vehicle</c>, <c>surveillance</c>, <c>text</c>.</param>
/// <param name="FileName">Name as it came, for people only; never a path.</param>
/// <param name="Sha256">Of the bytes, hex.</param>
/// <param name="Bytes">Length.</param>
/// <param name="TakenAt">When it was made, as the giver says.</param>
/// <param name="GivenBy">Who gave it in.</param>
/// <param name="StoredAt">When it was stored.</param>
public sealed record LinkedSource(string Id, string ActivityId, string Source, string FileName, string Sha256, long Bytes, DateTimeOffset TakenAt, string GivenBy, DateTimeOffset StoredAt) : IEntity
{
    /// <inheritdoc/>
    public static string Kind => "linked_source";

    /// <inheritdoc/>
    public IEnumerable<EntityKey> Keys => [new EntityKey("activity", ActivityId), new EntityKey("sha256", Sha256)];
}
