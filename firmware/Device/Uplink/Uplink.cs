using System;
using System.Threading;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Capture;
using BodyCam.Firmware.Checks;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Parts;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;
using BodyCam.Firmware.Wire;
using nanoFramework.M2Mqtt.Messages;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>The uplink thread: joins, asks the time, connects with backoff, sends what the spool gives, takes the answers in. The card is the truth; nothing here survives a restart, and nothing has to.</summary>
    public sealed class Uplink
    {
        private const int BackoffMaxS = 60;
        private const long StatusEveryUs = 10000000;
        private const long TimeEveryUs = 3600L * 1000000;
        private const long TimeAgainUs = 120L * 1000000;
        private const long TrustEveryUs = 3600L * 1000000;

        // The client sends on a thread of its own, and TLS spins in there: 50 KB/s (planning rate).
        internal const long SendUsPerByte = 20;

        private readonly CardStore _store;
        private readonly Provisioning _provisioning;
        private readonly CaptureLoop _capture;
        private readonly RecorderControl _control;
        private readonly ClockKeeper _clock;
        private readonly IWireless _wireless;
        private readonly LinkState _state;
        private readonly SelfTestReport _report;
        private readonly Diary _diary;
        private readonly byte[] _buffer = new byte[Spool.BufferBytes];
        private readonly Inflight _inflight = new Inflight();
        private readonly LinkRate _rate = new LinkRate();
        private readonly StatusText _text;
        private readonly AutoResetEvent _wake = new AutoResetEvent(false);
        private readonly Networks _networks;
        private readonly LinkTrust _trust;
        private readonly GatewayLink _link;
        private readonly LiveSender _live;
        private readonly LinkTeller _teller;
        private bool _threadLost;
        private long _nextStatusUs;
        private long _nextTimeUs;
        private long _nextTrustUs;
        private int _toldState = -1;
        private int _toldChecks;

        /// <summary>Takes its parts; the thread is started by <see cref="Start"/>.</summary>
        public Uplink(CardStore store, DeviceState state, Provisioning provisioning, CaptureLoop capture, RecorderControl control, ClockKeeper clock, IWireless wireless, LinkState link, SelfTestReport report)
        {
            _store = store;
            _provisioning = provisioning;
            _capture = capture;
            _control = control;
            _clock = clock;
            _wireless = wireless;
            _state = link;
            _report = report;
            _diary = new Diary(store, clock);
            _text = new StatusText(store, state, control, clock, link, _diary);
            _networks = new Networks(provisioning, wireless, link, _diary);
            _trust = new LinkTrust(provisioning, clock, link, _diary);
            _link = new GatewayLink(provisioning, _trust, _wake, new Diary(store, clock));
            _teller = new LinkTeller(link, _link, _diary);
            _live = new LiveSender(store, provisioning, capture, control, _link, _inflight, _rate);
        }

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
                    if (!_provisioning.IsComplete)
                    {
                        SystemClock.Wait(_wake, 1000);
                        continue;
                    }

                    if (!_networks.Follow())
                    {
                        if (_networks.IsAway)
                        {
                            _teller.Tell(LinkFaults.WifiAway);
                        }

                        SystemClock.Wait(_wake, 1000);
                        continue;
                    }

                    AskTime(!_clock.IsTrusted);
                    int fault = _trust.Check();
                    fault = fault != LinkFaults.None ? fault : _link.Connect();
                    if (fault == LinkFaults.None)
                    {
                        backoffS = 1;
                        Begin();
                        Converse();
                        fault = _wireless.IsJoined ? LinkFaults.Lost : LinkFaults.WifiAway;
                    }

                    Leave();
                    _teller.Tell(fault);
                }
                catch (Exception failure)
                {
                    Leave();
                    _diary.Fault(LinkFaults.Lost, "uplink", failure.Message);
                    _teller.Tell(LinkFaults.Lost);
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

        private void AskTime(bool atOnce)
        {
            long nowUs = SystemClock.MonotonicUs;
            if (nowUs < _nextTimeUs && !atOnce)
            {
                return;
            }

            // The control thread journals what became of it.
            bool answered = _clock.Sync(_wireless, _provisioning.Sntp);
            _nextTimeUs = nowUs + (answered ? TimeEveryUs : TimeAgainUs);
        }

        private void Begin()
        {
            _teller.Tell(LinkFaults.None);
            _store.Spool.Connected(SystemClock.MonotonicUs);
            _report.Connected();
            _nextStatusUs = 0;
            _nextTrustUs = SystemClock.MonotonicUs + TrustEveryUs;
        }

        private void Converse()
        {
            bool cardWasOpen = _store.IsOpen;
            while (_link.IsConnected && _wireless.IsJoined)
            {
                TakeConfirmed();
                TakeDown();
                if (_store.IsOpen && !cardWasOpen)
                {
                    _store.Spool.Connected(SystemClock.MonotonicUs);
                }

                cardWasOpen = _store.IsOpen;
                _live.Follow();
                bool sent = SendReport() || Send();
                TellStatus();
                AskTime(false);
                FollowTrust();
                if (!sent)
                {
                    SystemClock.Wait(_wake, _capture.IsRecording ? 20 : 50);
                }
            }
        }

        // The days go by while a connection holds for weeks; the connection itself is left alone.
        private void FollowTrust()
        {
            long nowUs = SystemClock.MonotonicUs;
            if (nowUs >= _nextTrustUs)
            {
                _nextTrustUs = nowUs + TrustEveryUs;
                _trust.Check();
            }
        }

        private bool SendReport()
        {
            int index;
            byte[] line = _report.Next(out index);
            if (line == null)
            {
                return false;
            }

            _report.Sent(index, _link.Publish("event", line, MqttQoSLevel.AtLeastOnce, false));
            return true;
        }

        // While recording one message or live frame follows each stored frame, and only with slack; otherwise as the rate allows.
        private bool Send()
        {
            if (_inflight.Count >= Inflight.CountMax || (_inflight.Count > 0 && _inflight.ByteCount + _provisioning.ChunkBytes > _rate.InflightBytesMax))
            {
                return false;
            }

            if (!_live.MayCall())
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
            int id = _link.Publish("up", message, MqttQoSLevel.AtLeastOnce, false);
            _inflight.Add(id, item, length, nowUs);
            _capture.UseSlack(SystemClock.MonotonicUs - nowUs + (length * SendUsPerByte));
            return true;
        }

        private void TakeConfirmed()
        {
            int id;
            bool ok;
            while (_link.Confirmed.Take(out id, out ok))
            {
                _state.HasAnswered = _state.HasAnswered || ok;
                int inflightBytes = _inflight.ByteCount;
                int bytes;
                long sentUs;
                SpoolItem item = _inflight.Take(id, out bytes, out sentUs);
                if (item == null)
                {
                    _report.Confirmed(id, ok);
                }
                else if (ok)
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
            for (byte[] message = _link.TakeDown(); message != null; message = _link.TakeDown())
            {
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
                _live.Begin(command);
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

        private void TellStatus()
        {
            long nowUs = SystemClock.MonotonicUs;
            if (_toldChecks != _control.Checks.Check.Count)
            {
                _toldChecks = _control.Checks.Check.Count;
                _link.Publish("event", _text.Check(nowUs), MqttQoSLevel.AtMostOnce, false);
            }

            if (nowUs < _nextStatusUs && _toldState == _control.State)
            {
                return;
            }

            _nextStatusUs = nowUs + StatusEveryUs;
            if (_toldState != _control.State)
            {
                _toldState = _control.State;
                _link.Publish("event", _text.Change(_toldState, nowUs), MqttQoSLevel.AtMostOnce, false);
            }

            _link.Publish("status", _text.Status(_toldState, _rate.BytesPerSecond, nowUs), MqttQoSLevel.AtLeastOnce, true);
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
            _live.End();
            _toldState = -1;
            _link.Leave();
        }
    }
}
