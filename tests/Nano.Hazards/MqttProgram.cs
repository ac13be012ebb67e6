using System;
using System.Text;
using nanoFramework.M2Mqtt;
using nanoFramework.M2Mqtt.Messages;

namespace BodyCam.Hazards
{
    /// <summary>Connects, subscribes and publishes twice with QoS 1; what the events said lies in Log.</summary>
    public class MqttProgram
    {
        public static readonly StringBuilder Log = new StringBuilder();
        public static MqttClient Client;

        public static void Main()
        {
            try
            {
                Client = new MqttClient("gateway");
                Client.MqttMsgPublishReceived += OnReceived;
                Client.MqttMsgPublished += OnPublished;
                Client.MqttMsgSubscribed += OnSubscribed;
                Client.ConnectionClosed += OnClosed;
                Note("connect " + ((int)Client.Connect("dev1", null, null, true, MqttQoSLevel.AtLeastOnce, true, "dev1/status", "offline", true, 60)).ToString());
                Client.Subscribe(new[] { "dev1/down" }, new[] { MqttQoSLevel.AtLeastOnce });
                Client.Publish("dev1/up", new byte[] { 1 }, null, null, MqttQoSLevel.AtLeastOnce, false);
                Client.Publish("dev1/up", new byte[] { 2 }, null, null, MqttQoSLevel.AtLeastOnce, false);
            }
            catch (Exception e)
            {
                MqttFailure.Text = e.Message;
            }
        }

        private static void Note(string text)
        {
            lock (Log)
            {
                Log.Append(text).Append(';');
            }
        }

        private static void OnReceived(object sender, MqttMsgPublishEventArgs e)
        {
            try
            {
                Note("received " + e.Topic + " " + e.Message.Length.ToString());
            }
            catch (Exception x)
            {
                MqttFailure.Text = x.Message;
            }
        }

        private static void OnPublished(object sender, MqttMsgPublishedEventArgs e)
        {
            try
            {
                Note("published " + e.MessageId.ToString() + " " + e.IsPublished.ToString());
            }
            catch (Exception x)
            {
                MqttFailure.Text = x.Message;
            }
        }

        private static void OnSubscribed(object sender, MqttMsgSubscribedEventArgs e)
        {
            try
            {
                Note("subscribed " + e.MessageId.ToString() + " " + ((int)e.GrantedQoSLevels[0]).ToString());
            }
            catch (Exception x)
            {
                MqttFailure.Text = x.Message;
            }
        }

        private static void OnClosed(object sender, EventArgs e)
        {
            try
            {
                Note("closed");
            }
            catch (Exception x)
            {
                MqttFailure.Text = x.Message;
            }
        }
    }

    /// <summary>Apart from the log, whose initialiser could throw.</summary>
    public static class MqttFailure
    {
        public static string Text;
    }
}
