using System;
using System.Collections;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using BodyCam.Firmware.Wire;
using nanoFramework.M2Mqtt;
using nanoFramework.M2Mqtt.Messages;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>The uplink thread: joins, asks the time, connects with backoff, sends what the spool gives, takes the answers in. The card is the truth; nothing here survives a restart, and nothing has to.</summary>
    public sealed class Uplink
    {
        private const int DownMax = 64;
        private const int KeepAliveS = 60;
        private const int BackoffMaxS = 60;
        private const long StatusEveryUs = 10000000;
        private const long TimeEveryUs = 3600L * 1000000;
        private const long TimeAgainUs = 120L * 1000000;
        private const long LiveEveryUs = 1000000;

        // The client sends on a thread of its own, and TLS spins in there: 50 KB/s (planning rate).
        private const long SendUsPerByte = 20;

        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly RecorderControl _control;
        private readonly ClockKeeper _clock;
        private readonly IWireless _wireless;
        private readonly Diary _diary;
        private readonly Diary _handlerDiary;
        private readonly byte[] _buffer = new byte[Spool.BufferBytes];
        private readonly Inflight _inflight = new Inflight();
        private readonly LinkRate _rate = new LinkRate();
        private readonly Queue _down = new Queue();
        private readonly Confirmations _confirmed = new Confirmations();
        private readonly StatusText _text;
        private readonly AutoResetEvent _wake = new AutoResetEvent(false);
        private readonly object _gate = new object();
        private bool _threadLost;
        private MqttClient _client;
        private string _prefix;
        private long _nextStatusUs;
        private long _nextTimeUs;
        private int _toldState = -1;
        private long _liveUntilUs;
        private int _liveShare;
        private long _nextLiveUs;
        private int _toldChecks;

        /// <summary>Takes its parts; the thread is started by <see cref="Start"/>.</summary>
        public Uplink(CardStore store, DeviceState state, Provisioning provisioning, CaptureLoop capture, RecorderControl control, ClockKeeper clock, IWireless wireless)
        {
            _store = store;
            _provisioning = provisioning;
            _capture = capture;
            _control = control;
            _clock = clock;
            _wireless = wireless;
            _diary = new Diary(store, clock);
            _handlerDiary = new Diary(store, clock);
            _text = new StatusText(store, state, control, clock, _diary);
        }

        /// <summary>True while connected to the gateway.</summary>
        public bool IsConnected => _client != null && _client.IsConnected;

        /// <summary>Starts the thread.</summary>
        public void Start()
        {
            _threadLost = false;
            new Thread(Run).Start();
        }

        /// <summary>Starts a fresh thread when the one before has ended. Called by the control thread.</summary>
        public void Watch()
        {
            if (_threadLost)
            {
                Start();
            }
        }

        private void Run()
        {
            try
            {
                Loop();
            }
            catch (Exception)
            {
                // Even the handler in the loop failed; the control thread starts a fresh one, and the status light shows what is not off the recorder.
                _threadLost = true;
            }
        }

        private void Loop()
        {
            int backoffS = 1;
            while (true)
            {
                try
                {
                    if (!_provisioning.IsComplete || !_wireless.IsJoined)
                    {
                        SystemClock.Wait(_wake, 1000);
                        continue;
                    }

                    AskTime();
                    if (Connect())
                    {
                        backoffS = 1;
                        Converse();
                        Leave();
                    }
                }
                catch (Exception failure)
                {
                    Leave();
                    _diary.Line(Events.Link).Add("up", false).Add("detail", failure.Message);
                    _diary.Write(false);
                }

                Backoff(backoffS);
                backoffS = backoffS * 2 > BackoffMaxS ? BackoffMaxS : backoffS * 2;
            }
        }

        private void Backoff(int seconds)
        {
            long untilUs = SystemClock.MonotonicUs + (seconds * 1000000L);
            while (SystemClock.MonotonicUs < untilUs)
            {
                SystemClock.Wait(_wake, 250);
            }
        }

        private void AskTime()
        {
            long nowUs = SystemClock.MonotonicUs;
            if (nowUs < _nextTimeUs)
            {
                return;
            }

            // The control thread journals what became of it.
            bool answered = _clock.Sync(_wireless, _provisioning.Sntp);
            _nextTimeUs = nowUs + (answered ? TimeEveryUs : TimeAgainUs);
        }

        private bool Connect()
        {
            string device = _provisioning.Device;
            _prefix = "bodycam/v1/" + device + "/";
            X509Certificate ca = null;
            X509Certificate2 own = null;
            if (_provisioning.Tls)
            {
                ca = new X509Certificate(System.IO.File.ReadAllText("I:\\ca.pem"));
                if (System.IO.File.Exists("I:\\client.pem"))
                {
                    own = new X509Certificate2(System.IO.File.ReadAllText("I:\\client.pem"), System.IO.File.ReadAllText("I:\\client.key"), "");
                }
            }

            _client = new MqttClient(_provisioning.GatewayHost, _provisioning.GatewayPort, _provisioning.Tls, ca, own, _provisioning.Tls ? MqttSslProtocols.TLSv1_2 : MqttSslProtocols.None);
            _client.MqttMsgPublishReceived += OnDown;
            _client.MqttMsgPublished += OnConfirmed;
            _client.ConnectionClosed += OnClosed;
            MqttReasonCode answer = _client.Connect(device, device, _provisioning.LinkKeyHex, true, MqttQoSLevel.AtLeastOnce, true, _prefix + "status", "{\"state\":\"offline\"}", true, KeepAliveS);
            if (answer != MqttReasonCode.Success)
            {
                _diary.Line(Events.Link).Add("up", false).Add("answer", (int)answer);
                _diary.Write(false);
                Leave();
                return false;
            }

            _client.Subscribe(new string[] { _prefix + "down" }, new MqttQoSLevel[] { MqttQoSLevel.AtLeastOnce });
            _diary.Line(Events.Link).Add("up", true);
            _diary.Write(false);
            _store.Spool.Connected(SystemClock.MonotonicUs);
            _nextStatusUs = 0;
            return true;
        }

        private void Converse()
        {
            bool cardWasOpen = _store.IsOpen;
            while (_client.IsConnected && _wireless.IsJoined)
            {
                TakeConfirmed();
                TakeDown();
                if (_store.IsOpen && !cardWasOpen)
                {
                    _store.Spool.Connected(SystemClock.MonotonicUs);
                }

                cardWasOpen = _store.IsOpen;
                FollowLive();
                bool sent = Send();
                TellStatus();
                AskTime();
                if (!sent)
                {
                    SystemClock.Wait(_wake, _capture.IsRecording ? 20 : 50);
                }
            }
        }

        // While recording one message or live frame follows each stored frame, and only with slack; otherwise as the rate allows.
        private bool Send()
        {
            if (_inflight.Count >= Inflight.CountMax || (_inflight.Count > 0 && _inflight.ByteCount + _provisioning.ChunkBytes > _rate.InflightBytesMax))
            {
                return false;
            }

            if (!MayCall())
            {
                return false;
            }

            int length;
            SpoolItem item;
            long nowUs = SystemClock.MonotonicUs;
            if (!_store.Spool.NextMessage(_buffer, nowUs, out length, out item))
            {
                return false;
            }

            byte[] message = new byte[length];
            Array.Copy(_buffer, 0, message, 0, length);
            int id = _client.Publish(_prefix + "up", message, null, null, MqttQoSLevel.AtLeastOnce, false);
            _inflight.Add(id, item, length, nowUs);
            _capture.UseSlack(SystemClock.MonotonicUs - nowUs + (length * SendUsPerByte));
            return true;
        }

        // Right behind a stored frame: a long write in the middle of one would count as the frame's own time and cost the next one.
        private bool MayCall()
        {
            return !_capture.IsRecording || (_capture.HasSlack && SystemClock.Wait(_capture.FrameStored, 0));
        }

        private void TakeConfirmed()
        {
            int id;
            bool ok;
            while (_confirmed.Take(out id, out ok))
            {
                int inflightBytes = _inflight.ByteCount;
                int bytes;
                long sentUs;
                SpoolItem item = _inflight.Take(id, out bytes, out sentUs);
                if (item == null)
                {
                    continue;
                }

                if (ok)
                {
                    _rate.Confirmed(inflightBytes, SystemClock.MonotonicUs - sentUs);
                    _store.Spool.Acknowledged(item);
                }
                else
                {
                    _rate.Lost();
                    _store.Spool.Failed(item);
                }
            }
        }

        private void TakeDown()
        {
            while (true)
            {
                byte[] message = null;
                lock (_gate)
                {
                    if (_down.Count == 0)
                    {
                        return;
                    }

                    message = (byte[])_down.Dequeue();
                }

                int type = DownMessages.TypeOf(message);
                if (type == DownMessages.ReceiptType)
                {
                    _store.Spool.OnReceipt(message, _diary.Now());
                }
                else if (type == DownMessages.MissingType)
                {
                    _store.Spool.OnMissing(message, _diary.Now());
                }
                else if (type == DownMessages.RefusalType)
                {
                    _store.Spool.OnRefusal(message, _diary.Now());
                }
                else if (type == DownMessages.CommandType)
                {
                    Command command;
                    if (_store.Spool.OnCommand(message, _diary.Now(), out command) == DownOutcome.Ok)
                    {
                        Carry(command);
                    }
                }
            }
        }

        private void Carry(Command command)
        {
            if (command.Name == "live")
            {
                _liveUntilUs = SystemClock.MonotonicUs + (command.GetInt("seconds", 0, 600, 60) * 1000000L);
                _liveShare = command.GetInt("share", 0, 100, _provisioning.UplinkSharePercent);
            }
            else if (command.Name == "time")
            {
                bool answered = _clock.Sync(_wireless, _provisioning.Sntp);
                _diary.Line(Events.Command).Add("name", "time").Add("answered", answered);
                _diary.Write(true);
            }
            else
            {
                _control.Errands.Enqueue(command);
            }
        }

        private void FollowLive()
        {
            bool live = SystemClock.MonotonicUs < _liveUntilUs;
            bool wanted = live || _control.Obstructed;
            _store.Spool.LiveWanted(wanted, live ? _liveShare : _provisioning.UplinkSharePercent);
            _capture.Live.IsWanted = live;
            if (live)
            {
                SendLiveFrame();
            }
            else
            {
                // A later live view begins with a picture of its own time.
                _capture.Live.Taken();
            }
        }

        // At most one frame a second, and no more of the measured rate than the share; never evidence (protocol §3.4).
        private void SendLiveFrame()
        {
            long nowUs = SystemClock.MonotonicUs;
            int lengthBytes = _capture.Live.LengthBytes;
            if (lengthBytes == 0 || nowUs < _nextLiveUs || _inflight.Count >= Inflight.CountMax || !MayCall())
            {
                return;
            }

            byte[] message = new byte[UpMessages.LiveHeadBytes + lengthBytes];
            UpMessages.LiveHead(message, _store.Recordings.Recording, _capture.Live.AtUs);
            Array.Copy(_capture.Live.Frame, 0, message, UpMessages.LiveHeadBytes, lengthBytes);
            _capture.Live.Taken();
            _client.Publish(_prefix + "live", message, null, null, MqttQoSLevel.AtMostOnce, false);
            _capture.UseSlack(message.Length * SendUsPerByte);
            long share = _liveShare > 0 ? _liveShare : 1;
            long dueUs = message.Length * 100000000L / (_rate.BytesPerSecond * share);
            _nextLiveUs = nowUs + (dueUs > LiveEveryUs ? dueUs : LiveEveryUs);
        }

        private void TellStatus()
        {
            long nowUs = SystemClock.MonotonicUs;
            if (_toldChecks != _control.Check.Count)
            {
                _toldChecks = _control.Check.Count;
                _client.Publish(_prefix + "event", _text.Check(nowUs), null, null, MqttQoSLevel.AtMostOnce, false);
            }

            if (nowUs < _nextStatusUs && _toldState == _control.State)
            {
                return;
            }

            _nextStatusUs = nowUs + StatusEveryUs;
            if (_toldState != _control.State)
            {
                _toldState = _control.State;
                _client.Publish(_prefix + "event", _text.Change(_toldState, nowUs), null, null, MqttQoSLevel.AtMostOnce, false);
            }

            _client.Publish(_prefix + "status", _text.Status(_toldState, _rate.BytesPerSecond, nowUs), null, null, MqttQoSLevel.AtLeastOnce, true);
        }

        private void Leave()
        {
            SpoolItem item = _inflight.TakeAny();
            while (item != null)
            {
                _store.Spool.Failed(item);
                item = _inflight.TakeAny();
            }

            _store.Spool.Disconnected();

            // Nobody can see it: the recording gets its whole time back until the link is there again.
            _capture.Live.IsWanted = false;
            _capture.Live.Taken();
            lock (_gate)
            {
                _down.Clear();
            }

            _confirmed.Clear();

            MqttClient client = _client;
            _client = null;
            _toldState = -1;
            if (client == null)
            {
                return;
            }

            client.MqttMsgPublishReceived -= OnDown;
            client.MqttMsgPublished -= OnConfirmed;
            client.ConnectionClosed -= OnClosed;
            try
            {
                client.Close();
            }
            catch (Exception)
            {
                // The socket was gone already.
                _wake.Set();
            }
        }

        // The handlers run on the client's dispatch thread: they only queue.
        private void OnDown(object sender, MqttMsgPublishEventArgs e)
        {
            try
            {
                lock (_gate)
                {
                    if (_down.Count < DownMax)
                    {
                        _down.Enqueue(e.Message);
                    }
                }

                _wake.Set();
            }
            catch (Exception failure)
            {
                _handlerDiary.Fault(StopReasons.DeviceFault, "down", failure.Message);
            }
        }

        private void OnConfirmed(object sender, MqttMsgPublishedEventArgs e)
        {
            try
            {
                _confirmed.Add(e.MessageId, e.IsPublished);
                _wake.Set();
            }
            catch (Exception failure)
            {
                _handlerDiary.Fault(StopReasons.DeviceFault, "confirmed", failure.Message);
            }
        }

        private void OnClosed(object sender, EventArgs e)
        {
            try
            {
                _wake.Set();
            }
            catch (Exception failure)
            {
                _handlerDiary.Fault(StopReasons.DeviceFault, "closed", failure.Message);
            }
        }
    }
}
