using BodyCam.Nano.Hosting;

namespace System.Net.Sockets
{
    public class SocketException : Exception
    {
        internal SocketException(int errorCode) => ErrorCode = errorCode;

        public int ErrorCode { get; }
    }
}

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

    public enum WifiConnectionStatus { AccessRevoked, InvalidCredential, NetworkNotAvailable, Success, Timeout, UnspecifiedFailure, UnsupportedAuthenticationProtocol }

    public class WifiConnectionResult
    {
        internal WifiConnectionResult(WifiConnectionStatus status) => ConnectionStatus = status;

        public WifiConnectionStatus ConnectionStatus { get; }
    }

    public class WifiAvailableNetwork
    {
        internal WifiAvailableNetwork(string ssid, int rssiDbm)
        {
            Ssid = ssid;
            NetworkRssiInDecibelMilliwatts = rssiDbm;
        }

        public string Ssid { get; }

        public double NetworkRssiInDecibelMilliwatts { get; }
    }

    public class WifiNetworkReport
    {
        internal WifiNetworkReport(WifiAvailableNetwork[] networks) => AvailableNetworks = networks;

        public WifiAvailableNetwork[] AvailableNetworks { get; }
    }

    public delegate void AvailableNetworksChangedEventHandler(WifiAdapter sender, object e);

    public sealed class WifiAdapter : IDisposable
    {
        private bool _disposed;

        internal WifiAdapter() { }

        public event AvailableNetworksChangedEventHandler AvailableNetworksChanged;

        public WifiNetworkReport NetworkReport
        {
            get
            {
                BodyCam.VirtualBoard.AccessPoint[] found = HostBoard.Native.Network.ScanReport();
                var networks = new WifiAvailableNetwork[found.Length];
                for (int i = 0; i < found.Length; i++)
                {
                    networks[i] = new WifiAvailableNetwork(found[i].Ssid, found[i].RssiDbm);
                }

                return new WifiNetworkReport(networks);
            }
        }

        public static WifiAdapter[] FindAllAdapters() => new[] { new WifiAdapter() };

        public WifiConnectionResult Connect(string ssid, WifiReconnectionKind reconnectionKind, string passwordCredential)
        {
            CheckUsable();
            if (ssid == null || passwordCredential == null)
            {
                throw new ArgumentNullException();
            }

            return new WifiConnectionResult((WifiConnectionStatus)HostBoard.Native.Network.Join(ssid, passwordCredential));
        }

        public void ScanAsync()
        {
            CheckUsable();
            HostBoard.Native.Network.Scan(() => AvailableNetworksChanged?.Invoke(this, EventArgs.Empty));
        }

        public void Disconnect()
        {
            CheckUsable();
            HostBoard.Native.Network.Leave();
        }

        public void Dispose() => _disposed = true;

        private void CheckUsable()
        {
            if (_disposed)
            {
                throw new ObjectDisposedException();
            }
        }
    }
}
