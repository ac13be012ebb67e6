using System;
using System.Net.NetworkInformation;
using BodyCam.Firmware.Parts;
using nanoFramework.Networking;

namespace BodyCam.Firmware.Drivers
{
    /// <summary>The chip's Wi-Fi station; network names and passwords lie in the network configuration block, written when the board is flashed.</summary>
    public sealed class Wireless : IWireless
    {
        /// <inheritdoc/>
        public bool IsJoined => NetworkInterface.GetIsNetworkAvailable();

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
    }
}
