using System.Text;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>Writes what the recorder says of itself (protocol §3): status and events. Uplink thread only.</summary>
    internal sealed class StatusText
    {
        private readonly CardStore _store;
        private readonly DeviceState _state;
        private readonly RecorderControl _control;
        private readonly ClockKeeper _clock;
        private readonly Diary _diary;
        private readonly LinkState _link;

        internal StatusText(CardStore store, DeviceState state, RecorderControl control, ClockKeeper clock, LinkState link, Diary diary)
        {
            _link = link;
            _store = store;
            _state = state;
            _control = control;
            _clock = clock;
            _diary = diary;
        }

        /// <summary>The newest check.</summary>
        internal byte[] Check(long nowUs)
        {
            return Encoding.UTF8.GetBytes("{\"event\":\"check\",\"grade\":" + _control.Checks.Check.Grade.ToString() + ",\"items\":\"" + _control.Checks.Check.Summary + "\",\"us\":" + nowUs.ToString() + "}");
        }

        /// <summary>A change of state.</summary>
        internal byte[] Change(int state, long nowUs)
        {
            return Encoding.UTF8.GetBytes("{\"event\":\"state\",\"state\":\"" + RecorderStates.Name(state) + "\",\"us\":" + nowUs.ToString() + "}");
        }

        /// <summary>The status. What is not off the recorder yet: sealed seconds without a receipt and what the open segment holds.</summary>
        internal byte[] Status(int state, long linkBytesPerSecond, long nowUs)
        {
            SegmentWriter writer = _store.Recordings.Writer;
            long openUs = writer != null ? writer.ElapsedUs(nowUs) : 0;
            string status = "{\"state\":\"" + RecorderStates.Name(state) + "\",\"epoch\":" + _state.Epoch.ToString() + ",\"boot\":" + _state.Boot.ToString()
                + ",\"recording\":" + _store.Recordings.Recording.ToString() + ",\"activity\":" + _state.Activity.ToString()
                + ",\"unsafeSeconds\":" + (_store.Spool.UnsafeSeconds + (int)(openUs / 1000000)).ToString() + ",\"unreceipted\":" + _store.Spool.UnreceiptedCount.ToString()
                + ",\"batteryPercent\":" + _control.BatteryPercent.ToString() + ",\"freeMb\":" + (_store.IsOpen ? _store.Ledger.FreeBytes / 1000000 : 0).ToString()
                + ",\"clock\":" + _clock.Source.ToString() + ",\"boundUs\":" + _diary.Now().ErrorBoundUs.ToString()
                + ",\"linkBytesPerSecond\":" + linkBytesPerSecond.ToString() + ",\"certificateDays\":" + _link.CertificateDays.ToString()
                + ",\"lastLinkFault\":" + _link.LastFault.ToString() + "}";
            return Encoding.UTF8.GetBytes(status);
        }
    }
}
