namespace BodyCam.Core;

/// <summary>What a segment holds (protocol §3.1). Values only grow.</summary>
public enum SegmentKind : byte
{
    /// <summary>Picture and sound.</summary>
    Footage = 1,

    /// <summary>Lines of the device journal.</summary>
    Journal = 2,

    /// <summary>One line that says that a recording starts, sent ahead of it.</summary>
    Announcement = 3,

    /// <summary>The shift manifest.</summary>
    Manifest = 4,

    /// <summary>A spoken note without picture, part of a recording.</summary>
    SpokenNote = 5,
}

/// <summary>Why a recording ended (storage format §3). Values only grow.</summary>
public enum StopReason : byte
{
    /// <summary>Not the last segment of its recording.</summary>
    None = 0,

    /// <summary>activity_ended.</summary>
    ActivityEnded = 1,

    /// <summary>device_fault.</summary>
    DeviceFault = 2,

    /// <summary>low_battery.</summary>
    LowBattery = 3,

    /// <summary>low_storage.</summary>
    LowStorage = 4,

    /// <summary>weather.</summary>
    Weather = 5,

    /// <summary>site_change.</summary>
    SiteChange = 6,

    /// <summary>obstruction.</summary>
    Obstruction = 7,

    /// <summary>other_objective.</summary>
    OtherObjective = 8,

    /// <summary>power_lost, inferred at the next boot.</summary>
    PowerLost = 9,

    /// <summary>card_fault.</summary>
    CardFault = 10,

    /// <summary>camera_fault.</summary>
    CameraFault = 11,

    /// <summary>epoch_changed: not an interruption.</summary>
    EpochChanged = 12,
}

/// <summary>State that a storage receipt gives a segment (DESIGN D3).</summary>
public enum ReceiptState : byte
{
    /// <summary>Verified, durable, in the catalog and in the log.</summary>
    Stored = 1,

    /// <summary>Also in the central archive, read back.</summary>
    Archived = 2,

    /// <summary>Does not match its own seal after two re-sends, or lost on the card: kept as it is and marked.</summary>
    Damaged = 3,
}

/// <summary>Why the gateway refused something (protocol §4.3). Values only grow.</summary>
public enum RefusalReason : ushort
{
    /// <summary>Nothing was refused.</summary>
    None = 0,

    /// <summary>A protocol version this gateway does not speak.</summary>
    UnknownVersion = 1,

    /// <summary>A message type this gateway does not know.</summary>
    UnknownType = 2,

    /// <summary>The seal names another recorder than the topic.</summary>
    WrongDevice = 3,

    /// <summary>This epoch was never given to this recorder.</summary>
    UnknownEpoch = 4,

    /// <summary>The message is too short, too long, or a field is out of its range.</summary>
    BadLength = 5,

    /// <summary>The payload does not match its digest: send it again.</summary>
    ChunkDigest = 6,

    /// <summary>The seal's MAC is wrong.</summary>
    SealMac = 7,

    /// <summary>The seal's fields contradict each other.</summary>
    SealInvalid = 8,

    /// <summary>Other bytes stand there already.</summary>
    Conflict = 9,

    /// <summary>This recorder's parts, conflicts or offers are at their bound.</summary>
    Quota = 10,

    /// <summary>The gateway's disk has no room.</summary>
    StorageFull = 11,

    /// <summary>The gateway cannot vouch for its disk.</summary>
    StorageFault = 12,
}
