using System;
using System.Net.Sockets;
using System.Threading;
using BodyCam.Firmware.Control;
using BodyCam.Firmware.Storage;
using nanoFramework.M2Mqtt;
using nanoFramework.M2Mqtt.Messages;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>One MQTT connection at a time (protocol §1): connects, publishes, queues what comes. Uplink thread, but for the client's handlers, which only queue.</summary>
    internal sealed class GatewayLink
    {
        private const int KeepAliveS = 60;

        // mbedtls/x509.h and ssl.h: the handshake's own code stands in the SocketException, negative; sockets' codes are positive or -1.
        private const int CertificateVerifyFailed = -0x2700;
        private const int FatalAlert = -0x7780;

        private readonly Provisioning _provisioning;
        private readonly LinkTrust _trust;
        private readonly Diary _handlerDiary;
        private readonly DownQueue _down = new DownQueue();
        private readonly AutoResetEvent _wake;
        private MqttClient _client;

        internal GatewayLink(Provisioning provisioning, LinkTrust trust, AutoResetEvent wake, Diary handlerDiary)
        {
            _provisioning = provisioning;
            _trust = trust;
            _wake = wake;
            _handlerDiary = handlerDiary;
        }

        /// <summary>True while connected.</summary>
        internal bool IsConnected => _client != null && _client.IsConnected;

        /// <summary>Outcomes of published messages.</summary>
        internal Confirmations Confirmed { get; } = new Confirmations();

        /// <summary>What the client said of the last failure.</summary>
        internal string Detail { get; private set; } = "";

        /// <summary>CONNACK code when the login was refused.</summary>
        internal int Answer { get; private set; }

        /// <summary>Connects and subscribes.</summary>
        /// <returns>None, or one of <see cref="LinkFaults"/>; <see cref="Leave"/> is called then.</returns>
        internal int Connect()
        {
            Detail = "";
            Answer = 0;
            try
            {
                string device = _provisioning.Device;
                _client = new MqttClient(_provisioning.GatewayHost, _provisioning.GatewayPort, _provisioning.Tls, _trust.Authority, _trust.Own, _trust.Version);
                _client.MqttMsgPublishReceived += OnDown;
                _client.MqttMsgPublished += OnConfirmed;
                _client.ConnectionClosed += OnClosed;
                MqttReasonCode answer = _client.Connect(device, device, _provisioning.LinkKeyHex, true, MqttQoSLevel.AtLeastOnce, true, Topic("status"), "{\"state\":\"offline\"}", true, KeepAliveS);
                if (answer == MqttReasonCode.Success)
                {
                    _client.Subscribe(new string[] { Topic("down") }, new MqttQoSLevel[] { MqttQoSLevel.AtLeastOnce });
                    return LinkFaults.None;
                }

                Answer = (int)answer;
                return LinkFaults.LoginRefused;
            }
            catch (Exception failure)
            {
                Detail = failure.Message;
                return FaultOf(failure);
            }
        }

        /// <summary>Publishes below the recorder's own prefix; the array belongs to the client afterwards.</summary>
        /// <returns>Message id.</returns>
        internal int Publish(string topic, byte[] message, MqttQoSLevel level, bool retain)
        {
            return _client.Publish(Topic(topic), message, null, null, level, retain);
        }

        /// <summary>The oldest message from the gateway, or null.</summary>
        internal byte[] TakeDown()
        {
            return _down.Take();
        }

        /// <summary>Ends the connection; what is queued is forgotten.</summary>
        internal void Leave()
        {
            _down.Clear();
            Confirmed.Clear();
            MqttClient client = _client;
            _client = null;
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

        private string Topic(string name)
        {
            return "bodycam/v1/" + _provisioning.Device + "/" + name;
        }

        private int FaultOf(Exception failure)
        {
            SocketException socket = failure.InnerException as SocketException;
            if (socket == null || socket.ErrorCode >= -1)
            {
                return LinkFaults.GatewayUnreachable;
            }

            _trust.HandshakeFailed();
            return socket.ErrorCode == CertificateVerifyFailed ? LinkFaults.GatewayUntrusted : socket.ErrorCode == FatalAlert ? LinkFaults.TlsRefused : LinkFaults.TlsFailed;
        }

        // The handlers run on the client's dispatch thread.
        private void OnDown(object sender, MqttMsgPublishEventArgs e)
        {
            try
            {
                _down.Add(e.Message);
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
                Confirmed.Add(e.MessageId, e.IsPublished);
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
