using BodyCam.Nano.Hosting;

namespace System.Net.NetworkInformation
{
    public enum NetworkInterfaceType { Unknown = 1, Ethernet = 6, Wireless80211 = 71, WirelessAP = 72 }

    public class NetworkInterface
    {
        internal NetworkInterface() { }

        public string IPv4Address => HostBoard.Native.Network.IsAvailable ? "127.0.0.1" : "0.0.0.0";

        public byte[] PhysicalAddress { get; set; } = { 0x02, 0, 0, 0, 0, 1 };

        public NetworkInterfaceType NetworkInterfaceType => NetworkInterfaceType.Wireless80211;

        public static bool GetIsNetworkAvailable() => HostBoard.Native.Network.IsAvailable;

        public static NetworkInterface[] GetAllNetworkInterfaces() => new[] { new NetworkInterface() };

        public void EnableDhcp() { }
    }
}

namespace System.Device.Wifi
{
    public enum WifiReconnectionKind { Automatic, Manual }

    public sealed class WifiAdapter : IDisposable
    {
        internal WifiAdapter() { }

        public int NetworkInterface => 0;

        public static WifiAdapter[] FindAllAdapters() => new[] { new WifiAdapter() };

        public void Disconnect() { }

        public void Dispose() { }
    }
}

namespace nanoFramework.Networking
{
    using global::System;
    using global::System.Device.Wifi;
    using global::System.Threading;

    public enum NetworkHelperStatus
    {
        None, Started, NetworkIsReady, FailedNoNetworkInterface, TokenExpiredWaitingIPAddress, TokenExpiredWaitingDateTime,
        ErrorConnetingToWiFiWhileScanning, ExceptionOccurred, Reconnecting,
    }

    /// <summary>Waits for the board's link; whoever scripts the board decides when it is there.</summary>
    public static class WifiNetworkHelper
    {
        private const int PollMs = 250;
        private const int PollsMax = 120;

        public static NetworkHelperStatus Status { get; private set; }

        public static bool ConnectDhcp(
            string ssid,
            string password,
            WifiReconnectionKind reconnectionKind = WifiReconnectionKind.Automatic,
            bool requiresDateTime = false,
            int wifiAdapterId = 0,
            CancellationToken token = default)
        {
            Status = NetworkHelperStatus.Started;
            return WaitForLink();
        }

        public static bool Reconnect(bool requiresDateTime = false, int wifiAdapterId = 0, CancellationToken token = default)
        {
            Status = NetworkHelperStatus.Reconnecting;
            return WaitForLink();
        }

        public static void Disconnect() => Status = NetworkHelperStatus.None;

        private static bool WaitForLink()
        {
            for (int polls = 0; polls < PollsMax; polls++)
            {
                if (HostBoard.Native.Network.IsAvailable)
                {
                    Status = NetworkHelperStatus.NetworkIsReady;
                    return true;
                }

                Thread.Sleep(PollMs);
            }

            Status = NetworkHelperStatus.TokenExpiredWaitingIPAddress;
            return false;
        }
    }
}
