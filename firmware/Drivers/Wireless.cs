using System;
using System.Device.Wifi;
using System.Net.NetworkInformation;
using System.Threading;
using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Parts;
using nanoFramework.Networking;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>The chip's Wi-Fi station (nanoFramework.System.Device.Wifi): networks named by the caller are kept in RAM only, the one in the configuration block is joined by itself at power-up.</summary>
    /// <remarks>The library's own helper waits for an address without end, so it is not used. The uplink thread joins; the control thread asks for presence and level.</remarks>
    public sealed class Wireless : IWireless
    {
        private const int AddressWaitMs = 15000;
        private const int AddressLookMs = 250;

        // Passive scan of 13 channels at 500 ms, and as much again to be told.
        private const int ScanWaitMs = 13000;

        private readonly AutoResetEvent _scanned = new AutoResetEvent(false);
        private WifiAdapter _adapter;
        private bool _hasAddress;
        private bool _scanFault;

        /// <inheritdoc/>
        public bool IsJoined
        {
            get
            {
                // The link is up as soon as the access point has taken the station; the address comes later.
                if (!NetworkInterface.GetIsNetworkAvailable())
                {
                    _hasAddress = false;
                }
                else if (!_hasAddress)
                {
                    NetworkInterface[] interfaces = NetworkInterface.GetAllNetworkInterfaces();
                    for (int index = 0; index < interfaces.Length && !_hasAddress; index++)
                    {
                        _hasAddress = interfaces[index].NetworkInterfaceType == NetworkInterfaceType.Wireless80211 && interfaces[index].IPv4Address[0] != '0';
                    }
                }

                return _hasAddress;
            }
        }

        /// <inheritdoc/>
        public bool Join(string ssid, string password)
        {
            try
            {
                WifiAdapter adapter = Adapter();
                _hasAddress = false;

                // Automatic is the kind that leaves the configuration block alone. Leaving an earlier network answers "unspecified" at once while joining goes on, so only a clear no ends the wait.
                WifiConnectionStatus status = adapter.Connect(ssid, WifiReconnectionKind.Automatic, password).ConnectionStatus;
                bool refused = status == WifiConnectionStatus.InvalidCredential || status == WifiConnectionStatus.NetworkNotAvailable;
                for (int waitedMs = 0; !refused && waitedMs < AddressWaitMs; waitedMs += AddressLookMs)
                {
                    if (IsJoined)
                    {
                        return true;
                    }

                    SystemClock.Sleep(AddressLookMs);
                }

                // Without this the station tries for ever, and neither a scan nor another network gets a turn.
                adapter.Disconnect();
            }
            catch (Exception)
            {
                // The adapter is not there or busy: not joined.
            }

            return false;
        }

        /// <inheritdoc/>
        public int LevelDbm(string ssid)
        {
            int levelDbm = 0;
            try
            {
                WifiAdapter adapter = Adapter();
                _scanned.Reset();
                adapter.ScanAsync();
                if (!SystemClock.Wait(_scanned, ScanWaitMs) || _scanFault)
                {
                    return 0;
                }

                WifiAvailableNetwork[] heard = adapter.NetworkReport.AvailableNetworks;
                for (int index = 0; index < heard.Length; index++)
                {
                    int dbm = (int)heard[index].NetworkRssiInDecibelMilliwatts;
                    if ((ssid.Length == 0 || heard[index].Ssid == ssid) && (levelDbm == 0 || dbm > levelDbm))
                    {
                        levelDbm = dbm;
                    }
                }
            }
            catch (Exception)
            {
                // Busy joining: no level.
            }

            return levelDbm;
        }

        /// <inheritdoc/>
        public void AskTime(string server)
        {
            try
            {
                if (Sntp.Server1 != server)
                {
                    Sntp.Server1 = server;
                    Sntp.Server2 = server;
                }

                Sntp.UpdateNow();
            }
            catch (Exception)
            {
                // No answer: the clock was not stepped, and the caller sees that.
            }
        }

        private WifiAdapter Adapter()
        {
            lock (_scanned)
            {
                if (_adapter == null)
                {
                    _adapter = WifiAdapter.FindAllAdapters()[0];
                    _adapter.AvailableNetworksChanged += OnScanned;
                }

                return _adapter;
            }
        }

        private void OnScanned(WifiAdapter sender, object e)
        {
            try
            {
                _scanFault = false;
                _scanned.Set();
            }
            catch (Exception)
            {
                _scanFault = true;
            }
        }
    }
}
