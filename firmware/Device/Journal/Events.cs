namespace BodyCam.Firmware.Storage
{
    /// <summary>Names of journal events; their fields stand in firmware/docs/journal.md. Names are never changed, only added.</summary>
    public static class Events
    {
        /// <summary>The recorder started.</summary>
        public const string Boot = "boot";

        /// <summary>A new epoch is in force.</summary>
        public const string EpochChanged = "epochChanged";

        /// <summary>The epoch before owes nothing any more; its keys are gone.</summary>
        public const string EpochClosed = "epochClosed";

        /// <summary>A button gesture.</summary>
        public const string Press = "press";

        /// <summary>One item of the pre-use check.</summary>
        public const string Check = "check";

        /// <summary>The pre-use check as a whole.</summary>
        public const string CheckDone = "checkDone";

        /// <summary>An activity began.</summary>
        public const string ActivityStarted = "activityStarted";

        /// <summary>An activity ended.</summary>
        public const string ActivityEnded = "activityEnded";

        /// <summary>A recording is announced.</summary>
        public const string Announced = "announced";

        /// <summary>A recording started.</summary>
        public const string RecordingStarted = "recordingStarted";

        /// <summary>A recording stopped.</summary>
        public const string RecordingStopped = "recordingStopped";

        /// <summary>A recording was interrupted.</summary>
        public const string Interrupted = "interrupted";

        /// <summary>The spoken note window opened.</summary>
        public const string NoteStarted = "noteStarted";

        /// <summary>The spoken note window ended.</summary>
        public const string NoteEnded = "noteEnded";

        /// <summary>The notice window opened.</summary>
        public const string NoticeOpened = "noticeOpened";

        /// <summary>The officer marked the notice as given.</summary>
        public const string NoticeGiven = "noticeGiven";

        /// <summary>The notice window ended without a mark.</summary>
        public const string NoticeNotMarked = "noticeNotMarked";

        /// <summary>Key-shot marker.</summary>
        public const string KeyShot = "keyShot";

        /// <summary>Obstruction by persons present.</summary>
        public const string Obstruction = "obstruction";

        /// <summary>An uncooperative party was warned.</summary>
        public const string Warned = "warned";

        /// <summary>Battery level.</summary>
        public const string Battery = "battery";

        /// <summary>Room on the card.</summary>
        public const string Storage = "storage";

        /// <summary>The wall clock was synchronised.</summary>
        public const string ClockSync = "clockSync";

        /// <summary>The wall clock stepped by more than its bound.</summary>
        public const string ClockStep = "clockStep";

        /// <summary>A fault, with its stable code.</summary>
        public const string Fault = "fault";

        /// <summary>The card was put in, pulled, swapped or found older.</summary>
        public const string Card = "card";

        /// <summary>Lines went to the ring on <c>I:</c> and came back.</summary>
        public const string RingMoved = "ringMoved";

        /// <summary>A segment left open was sealed at start-up.</summary>
        public const string RecoveredSegment = "recovered";

        /// <summary>Bytes on the card do not match the running authenticator.</summary>
        public const string TamperSuspected = "tamperSuspected";

        /// <summary>A segment left open cannot be sealed.</summary>
        public const string RecoveryFailed = "recoveryFailed";

        /// <summary>The link came or went.</summary>
        public const string Link = "link";

        /// <summary>A receipt was refused by the recorder.</summary>
        public const string ReceiptRefused = "receiptRefused";

        /// <summary>The gateway showed an older checkpoint than before.</summary>
        public const string CheckpointOlder = "checkpointOlder";

        /// <summary>The gateway refused something.</summary>
        public const string Refused = "refused";

        /// <summary>Messages with an old counter were ignored.</summary>
        public const string CounterReplayed = "counterReplayed";

        /// <summary>A command was carried out.</summary>
        public const string Command = "command";

        /// <summary>A sealed segment's bytes are gone.</summary>
        public const string SegmentLost = "segmentLost";

        /// <summary>Receipted segments were freed.</summary>
        public const string Freed = "freed";

        /// <summary>A shift manifest was written.</summary>
        public const string Manifest = "manifest";

        /// <summary>A certificate of the link ends soon, has ended or is not valid yet.</summary>
        public const string Certificate = "certificate";

        /// <summary>A listed network was joined, or a round over all of them failed.</summary>
        public const string Wifi = "wifi";

        /// <summary>One item of the self-test, or its end.</summary>
        public const string SelfTest = "selfTest";

        /// <summary>Keys, certificates, configuration and state on <c>I:</c> are erased next; the last line of this recorder.</summary>
        public const string FactoryReset = "factoryReset";

        /// <summary>An assignment began or ended.</summary>
        public const string Assignment = "assignment";
    }
}
