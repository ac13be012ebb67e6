namespace BodyCam.Firmware.Storage
{
    /// <summary>Outcome of a storage call. The numbers are stable fault codes: they stand in the journal and only grow.</summary>
    public enum StoreResult
    {
        /// <summary>Done, and flushed where the call says so.</summary>
        Ok = 0,

        /// <summary>No card is open: put one in, or go on with the ring on <c>I:</c>.</summary>
        CardAbsent = 101,

        /// <summary>The card refused a write.</summary>
        WriteFailed = 102,

        /// <summary>The card did not confirm a sync; the block does not count as written.</summary>
        SyncFailed = 103,

        /// <summary>The hard stop is reached: nothing without a receipt is overwritten. Upload, or put in an empty card.</summary>
        CardFull = 104,

        /// <summary>A file could not be opened.</summary>
        OpenFailed = 105,

        /// <summary>The segment holds all it can: cut it.</summary>
        SegmentFull = 106,

        /// <summary>There is no open segment.</summary>
        NotOpen = 107,

        /// <summary>A frame ended before its announced length; it was filled with zeros and is not counted.</summary>
        FrameShort = 108,

        /// <summary>The seal file could not be written.</summary>
        SealFailed = 109,

        /// <summary>The ledger could not be written.</summary>
        LedgerFailed = 110,

        /// <summary>The provisioning file lacks a required key.</summary>
        Unprovisioned = 111,

        /// <summary>A file could not be read.</summary>
        ReadFailed = 112,

        /// <summary><c>I:\state.bin</c> could not be written.</summary>
        StateFailed = 113,

        /// <summary>The key of this recording is no longer on the recorder.</summary>
        KeyGone = 114,
    }

    /// <summary>Kinds of segments (protocol §3.1).</summary>
    public static class Kinds
    {
        /// <summary>Picture, sound and a copy of the journal.</summary>
        public const int Footage = 1;

        /// <summary>Device journal.</summary>
        public const int Journal = 2;

        /// <summary>Announcement that a recording starts.</summary>
        public const int Announcement = 3;

        /// <summary>Shift manifest.</summary>
        public const int Manifest = 4;

        /// <summary>Spoken note without picture.</summary>
        public const int SpokenNote = 5;

        /// <summary>True for kinds in the journal chain (recording 0).</summary>
        public static bool IsText(int kind)
        {
            return kind == Journal || kind == Announcement || kind == Manifest;
        }
    }

    /// <summary>Stop reasons of a recording (storage-format §3).</summary>
    public static class StopReasons
    {
        /// <summary>Not the last segment.</summary>
        public const int None = 0;

        /// <summary>The activity ended.</summary>
        public const int ActivityEnded = 1;

        /// <summary>Some device fault.</summary>
        public const int DeviceFault = 2;

        /// <summary>Battery low.</summary>
        public const int LowBattery = 3;

        /// <summary>Storage low.</summary>
        public const int LowStorage = 4;

        /// <summary>Weather.</summary>
        public const int Weather = 5;

        /// <summary>Change of site.</summary>
        public const int SiteChange = 6;

        /// <summary>Obstruction by persons present.</summary>
        public const int Obstruction = 7;

        /// <summary>Another objective reason.</summary>
        public const int OtherObjective = 8;

        /// <summary>Power was lost; found at the next start-up.</summary>
        public const int PowerLost = 9;

        /// <summary>The card failed.</summary>
        public const int CardFault = 10;

        /// <summary>The camera failed.</summary>
        public const int CameraFault = 11;

        /// <summary>A new epoch began; not an interruption.</summary>
        public const int EpochChanged = 12;
    }

    /// <summary>Sources of the wall clock (storage-format §3).</summary>
    public static class ClockSources
    {
        /// <summary>Never set.</summary>
        public const int None = 0;

        /// <summary>Battery-backed clock.</summary>
        public const int Rtc = 1;

        /// <summary>SNTP.</summary>
        public const int Sntp = 2;
    }

    /// <summary>Both clocks and their error at one moment. Filled by the caller, copied by the callee, never retained.</summary>
    public sealed class ClockStamp
    {
        /// <summary>Device-monotonic time since power-up, µs.</summary>
        public long MonotonicUs;

        /// <summary>Device-wall time since 1970-01-01 UTC, µs.</summary>
        public long WallUs;

        /// <summary>One of <see cref="ClockSources"/>.</summary>
        public int Source;

        /// <summary>Error bound of <see cref="WallUs"/>, µs; −1 = unbounded.</summary>
        public long ErrorBoundUs = -1;

        /// <summary>Device-wall time of the last sync, µs; 0 = never.</summary>
        public long LastSyncUs;

        /// <summary>Takes over all fields.</summary>
        public void CopyFrom(ClockStamp other)
        {
            MonotonicUs = other.MonotonicUs;
            WallUs = other.WallUs;
            Source = other.Source;
            ErrorBoundUs = other.ErrorBoundUs;
            LastSyncUs = other.LastSyncUs;
        }
    }

    /// <summary>Paths on the card (storage-format §4).</summary>
    public static class CardPaths
    {
        /// <summary>Top folder.</summary>
        public const string Root = "D:\\bodycam";

        /// <summary>Ledger.</summary>
        public const string Ledger = Root + "\\ledger.bin";

        /// <summary>Random card number.</summary>
        public const string CardId = Root + "\\card.id";

        /// <summary>Folder of one recording.</summary>
        public static string Folder(int epoch, int recording)
        {
            return Root + "\\e" + epoch.ToString() + "\\r" + recording.ToString();
        }

        /// <summary>Container of a segment.</summary>
        public static string Segment(int epoch, int recording, int segment)
        {
            return Folder(epoch, recording) + "\\" + segment.ToString() + ".mkv";
        }

        /// <summary>Seal of a segment.</summary>
        public static string Seal(int epoch, int recording, int segment)
        {
            return Folder(epoch, recording) + "\\" + segment.ToString() + ".sea";
        }
    }
}
