using System;
using System.Collections;
using System.IO;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Nano.Hosting;
using BodyCam.Nano.Support;
using BodyCam.VirtualBoard;
using nanoFramework.M2Mqtt.Exceptions;
using nanoFramework.M2Mqtt.Messages;

namespace nanoFramework.M2Mqtt
{
    public enum MqttProtocolVersion { Version_3_1 = 3, Version_3_1_1 = 4, Version_5 = 5 }

    public enum MqttSslProtocols { None, SSLv3, TLSv1_0, TLSv1_1, TLSv1_2, TLSv1_3 }

    public class MqttSettings
    {
        internal MqttSettings() { }

        public static MqttSettings Instance { get; } = new MqttSettings();

        public int InflightQueueSize { get; set; } = int.MaxValue;

        public bool ValidateServerCertificate { get; set; } = true;
    }

    public interface IMqttClient
    {
        public delegate void MqttMsgPublishEventHandler(object sender, MqttMsgPublishEventArgs e);

        public delegate void MqttMsgPublishedEventHandler(object sender, MqttMsgPublishedEventArgs e);

        public delegate void MqttMsgSubscribedEventHandler(object sender, MqttMsgSubscribedEventArgs e);

        public delegate void ConnectionClosedEventHandler(object sender, EventArgs e);
    }

    /// <summary>The board's MQTT client; queue, retry and event rules live in MqttEngine.</summary>
    public class MqttClient : IMqttClient, IDisposable
    {
        private const ushort KeepAliveDefaultS = 60;

        private readonly string _host;
        private readonly int _port;
        private readonly TlsOptions _tls;
        private readonly MqttEngine _engine;

        public MqttClient(string brokerHostName) : this(brokerHostName, 1883, false, null, null, MqttSslProtocols.None) { }

        public MqttClient(string brokerHostName, int brokerPort, bool secure, X509Certificate caCert, X509Certificate clientCert, MqttSslProtocols sslProtocol)
        {
            if (secure && sslProtocol != MqttSslProtocols.TLSv1_2 && sslProtocol != MqttSslProtocols.TLSv1_3)
            {
                throw new ArgumentException("Only TLS 1.2 and 1.3 are accepted.");
            }

            // The real constructor resolves the name at once.
            if (!HostBoard.Native.Network.IsAvailable)
            {
                throw new IOException("The link is down: the name cannot be resolved. Wait for the network, then make the client.");
            }

            _host = brokerHostName;
            _port = brokerPort;
            _tls = secure ? new TlsOptions(caCert?.Pem, clientCert?.Pem, clientCert?.KeyPem, sslProtocol == MqttSslProtocols.TLSv1_3 ? 13 : 12) : null;
            _engine = new MqttEngine(HostBoard.Native, new MqttEvents
            {
                Received = (topic, payload, dup, qos, retain) =>
                    MqttMsgPublishReceived?.Invoke(this, new MqttMsgPublishEventArgs(topic, payload, dup, (MqttQoSLevel)qos, retain)),
                Published = (id, done) => MqttMsgPublished?.Invoke(this, new MqttMsgPublishedEventArgs(id, done)),
                Subscribed = (id, granted) => MqttMsgSubscribed?.Invoke(this, new MqttMsgSubscribedEventArgs(id, Levels(granted))),
                Closed = () => ConnectionClosed?.Invoke(this, EventArgs.Empty),
            });
        }

        public event IMqttClient.MqttMsgPublishEventHandler MqttMsgPublishReceived;

        public event IMqttClient.MqttMsgPublishedEventHandler MqttMsgPublished;

        public event IMqttClient.MqttMsgSubscribedEventHandler MqttMsgSubscribed;

        public event IMqttClient.ConnectionClosedEventHandler ConnectionClosed;

        public bool IsConnected => _engine.IsConnected;

        public string ClientId { get; private set; }

        public MqttProtocolVersion ProtocolVersion { get; set; } = MqttProtocolVersion.Version_3_1_1;

        public uint MaximumPacketSize { get; set; }

        public MqttSettings Settings => MqttSettings.Instance;

        public MqttReasonCode Connect(string clientId) =>
            Connect(clientId, null, null, false, MqttQoSLevel.AtMostOnce, false, null, null, true, KeepAliveDefaultS);

        public MqttReasonCode Connect(
            string clientId,
            string username,
            string password,
            bool willRetain,
            MqttQoSLevel willQosLevel,
            bool willFlag,
            string willTopic,
            string willMessage,
            bool cleanSession,
            ushort keepAlivePeriod)
        {
            var options = new MqttConnectOptions(
                clientId,
                username,
                password,
                willFlag ? willTopic : null,
                willMessage,
                (byte)willQosLevel,
                willRetain,
                cleanSession,
                keepAlivePeriod,
                (byte)ProtocolVersion,
                ProtocolVersion == MqttProtocolVersion.Version_5 ? MaximumPacketSize : 0);
            try
            {
                var reason = (MqttReasonCode)_engine.Connect(_host, _port, _tls, options);
                if (reason == MqttReasonCode.Success)
                {
                    ClientId = clientId;
                }

                return reason;
            }
            catch (TlsFailureException e)
            {
                // The native side gives the handshake's own code to the SocketException (SslNative.ThrowOnError).
                throw new MqttConnectionException("Socket exception connecting to the broker: " + e.Code, new SocketException(e.Code));
            }
            catch (IOException e)
            {
                throw new MqttConnectionException("Exception connecting to the broker", e);
            }
        }

        public ushort Publish(string topic, byte[] message) => Publish(topic, message, null, null, MqttQoSLevel.AtMostOnce, false);

        public ushort Publish(string topic, byte[] message, string contentType, ArrayList userProperties, MqttQoSLevel qosLevel, bool retain)
        {
            if (string.IsNullOrEmpty(topic) || topic.IndexOf('#') >= 0 || topic.IndexOf('+') >= 0)
            {
                throw new MqttClientException("A topic to publish to has no wildcard and is not empty.");
            }

            _engine.InflightQueueSize = Settings.InflightQueueSize;
            ushort id = _engine.Publish(topic, message ?? new byte[0], (byte)qosLevel, retain);
            return id != 0 ? id : throw new MqttClientException("The in-flight queue is full; wait for MqttMsgPublished.");
        }

        public ushort Subscribe(string[] topics, MqttQoSLevel[] qosLevels)
        {
            if (topics.Length == 0 || topics.Length != qosLevels.Length)
            {
                throw new MqttClientException("One QoS level for each topic.");
            }

            var levels = new byte[qosLevels.Length];
            for (int i = 0; i < levels.Length; i++)
            {
                levels[i] = (byte)qosLevels[i];
            }

            _engine.InflightQueueSize = Settings.InflightQueueSize;
            return _engine.Subscribe(topics, levels);
        }

        public void Disconnect() => _engine.Disconnect();

        public void Close() => _engine.Close();

        public void Dispose() => Close();

        private static MqttQoSLevel[] Levels(byte[] granted)
        {
            var levels = new MqttQoSLevel[granted.Length];
            for (int i = 0; i < levels.Length; i++)
            {
                levels[i] = granted[i] < 3 ? (MqttQoSLevel)granted[i] : MqttQoSLevel.GrantedFailure;
            }

            return levels;
        }
    }
}

namespace nanoFramework.M2Mqtt.Messages
{
    public enum MqttQoSLevel { AtMostOnce = 0, AtLeastOnce = 1, ExactlyOnce = 2, GrantedFailure = 0x80 }

    public enum MqttReasonCode
    {
        Success = 0,
        ConnectionRefusedUnacceptableProtocolVersion = 1,
        ConnectionRefusedIdentifierRejected = 2,
        ConnectionRefusedServerUnavailable = 3,
        ConnectionRefusedBadUserNameOrPassword = 4,
        ConnectionRefusedNotAuthorized = 5,
        UnspecifiedError = 0x80,
    }

    public class MqttMsgPublishEventArgs : EventArgs
    {
        public MqttMsgPublishEventArgs(string topic, byte[] message, bool dupFlag, MqttQoSLevel qosLevel, bool retain)
        {
            Topic = topic;
            Message = message;
            DupFlag = dupFlag;
            QosLevel = qosLevel;
            Retain = retain;
        }

        public string Topic { get; }

        public byte[] Message { get; }

        public bool DupFlag { get; }

        public MqttQoSLevel QosLevel { get; }

        public bool Retain { get; }
    }

    public class MqttMsgPublishedEventArgs : EventArgs
    {
        public MqttMsgPublishedEventArgs(ushort messageId) : this(messageId, true) { }

        public MqttMsgPublishedEventArgs(ushort messageId, bool isPublished)
        {
            MessageId = messageId;
            IsPublished = isPublished;
        }

        public ushort MessageId { get; set; }

        public bool IsPublished { get; set; }
    }

    public class MqttMsgSubscribedEventArgs : EventArgs
    {
        public MqttMsgSubscribedEventArgs(ushort messageId, MqttQoSLevel[] grantedQosLevels)
        {
            MessageId = messageId;
            GrantedQoSLevels = grantedQosLevels;
        }

        public ushort MessageId { get; }

        public MqttQoSLevel[] GrantedQoSLevels { get; }
    }
}

namespace nanoFramework.M2Mqtt.Exceptions
{
    public class MqttCommunicationException : Exception
    {
        public MqttCommunicationException() { }

        public MqttCommunicationException(Exception e) : base(string.Empty, e) { }
    }

    public class MqttConnectionException : Exception
    {
        public MqttConnectionException(string message, Exception innerException) : base(message, innerException) { }
    }

    public class MqttClientException : Exception
    {
        internal MqttClientException(string message) : base(message) { }
    }
}
